"""docs/organisations: each folder is a configuration that runs as it is, and its README is true of its files."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Installation, running

FOLDERS = sorted(file.parent for file in (ROOT / "docs/organisations").glob("*/config.toml"))
FILES = (".toml", ".txt", ".md", ".csv", ".html")
each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def rows(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Of the tables of its README: what the document says, and what stands `so` beside it."""
    for line in (folder / "README.md").read_text("utf-8").splitlines():
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) == 4 and not set(line) <= {"|", "-", " "}:
            yield cells[1].strip(), [word.replace("\\|", "|") for word in re.findall("`([^`]+)`", cells[2])]


def files_in(folder: Path) -> set[str]:
    found = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return {file.as_posix() for file in found if file.parts[0] != "var" and file.name != "README.md"}


@each
def test_it_has_no_mistake_and_nothing_to_be_warned_of(folder: Path) -> None:
    words = [sys.executable, "-c", "from mailflow.cli import main; main()", "check", "--config", "config.toml"]
    ran = subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("config.toml: no mistakes, 0 warnings\n")


@each
async def test_it_starts_as_it_is_in_a_fresh_clone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`make run CONFIG=…`, but for the port, which others may have."""
    clone = tmp_path_factory.mktemp("clone")  # the path of a socket has 107 octets at most
    shutil.copytree(ROOT / "templates", clone / "templates")
    here = clone / folder.relative_to(ROOT)
    shutil.copytree(folder, here, ignore=shutil.ignore_patterns("var"))
    text = (here / "config.toml").read_text("utf-8")
    assert text.count('"127.0.0.1:2525"') == 1
    async with running(Installation(here, "")) as installation:
        installation.configure(text.replace('"127.0.0.1:2525"', '"127.0.0.1:0"'))
        await installation.start()
        code, said = await installation.run("contact", "import", str(here / "contacts.csv"), "--apply")
        assert code == 0, said
        assert await installation.stop() == 0
    assert (here / "var/mailflow.db").exists()  # which git ignores


@each
def test_its_readme_names_each_file_and_what_stands_in_it(folder: Path) -> None:
    """Beside a sentence stand `files` of the folder, and then `words` of one of them."""
    found, here = set[str](), files_in(folder)
    for _, said in rows(folder):
        names = [word for word in said if word.endswith(FILES)]
        assert [name for name in names if name not in here] == []
        texts = [(folder / name).read_text("utf-8") for name in names]
        words = [word for word in said if word not in names and not word.startswith("#")]  # what agents write
        assert [word for word in words if not any(word in text for text in texts)] == []
        found |= set(names)
    others = (folder / "README.md").read_text("utf-8")
    assert sorted(name for name in here - found if f"`{name}`" not in others) == []


@each
def test_its_readme_puts_each_sentence_beside_what_does_it(folder: Path) -> None:
    """Or says honestly who does it: no row is empty."""
    told = list(rows(folder))
    assert len(told) > 5
    assert [sentence for sentence, _ in told if not sentence.strip("«» ")] == []
    text = (folder / "README.md").read_text("utf-8")
    assert re.findall(r"^\|[^|]+\|\s*\|$", text, re.MULTILINE) == []
