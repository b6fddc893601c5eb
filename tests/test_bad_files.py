"""Lists and templates with mistakes: each is told with its line, what is wrong and what is allowed.

Rules with mistakes are in tests/desk/rules/test_rulefile.py, those of config.toml in tests/test_configfile.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailflow.desk.lists.entrylist import EntryList
from mailflow.errors import ConfigurationError
from mailflow.mail.template import Templates

TESTS = Path(__file__).parent
LISTS = sorted((TESTS / "bad_lists").glob("*.txt"))
TEMPLATES = sorted((TESTS / "bad_templates").glob("*.txt"))
SHIPPED = TESTS.parent / "templates"
ENOUGH = 40


def wanted(text: str) -> Iterator[str]:
    return (line.removeprefix("# error: ") for line in text.splitlines() if line.startswith("# error: "))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_bad_list_is_explained_with_line_entry_and_reason(path: Path) -> None:
    text = path.read_text("utf-8")
    with pytest.raises(ConfigurationError) as caught:
        EntryList.of(text, "filters/bad.txt")
    assert [str(problem).removeprefix("filters/bad.txt:") for problem in caught.value.problems] == list(wanted(text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_bad_template_is_explained_with_line_part_and_reason(path: Path) -> None:
    head, _, text = path.read_text("utf-8").partition("---\n")
    file = head.splitlines()[0].removeprefix("# file: ")
    files = {each.relative_to(SHIPPED).as_posix(): each.read_text("utf-8") for each in SHIPPED.rglob("*.txt")}
    with pytest.raises(ConfigurationError) as caught:
        Templates.of({**files, file: text})
    told = [str(problem).removeprefix(file).lstrip(": ") for problem in caught.value.problems]
    assert told == list(wanted(head))


def test_there_are_enough_files_with_mistakes() -> None:
    configs, rules = ((TESTS / name).glob("*.toml") for name in ("bad_configs", "bad_filters"))
    files = [*configs, *rules, *LISTS, *TEMPLATES]
    assert len(files) >= ENOUGH
    assert len({(file.parent, *wanted(file.read_text("utf-8"))) for file in files}) == len(
        files
    )  # each its own mistake
