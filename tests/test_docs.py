"""What the code has, the documentation names: settings, commands, states, conditions, values of templates."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailflow import config
from mailflow.desk.agents.instructions import Verb
from mailflow.desk.decision import Disposition
from mailflow.desk.rules.examplefile import GIVEN
from mailflow.desk.rules.fact import COMPARISONS_OF
from mailflow.desk.writing.kind import Kind
from mailflow.mail.values import VALUES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sections() -> list[type[BaseModel]]:
    return [value for value in vars(config).values() if isinstance(value, type) and issubclass(value, config.Section)]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_setting_is_described(section: type[BaseModel]) -> None:
    text = page("configuration.md")
    assert [key for key in section.model_fields if f"`{key}`" not in text] == []


def test_every_command_is_described() -> None:
    from typer.main import get_command

    from mailflow.cli import app

    def names(command: object, prefix: str) -> list[str]:
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            return [prefix]
        return [name for word, one in subcommands.items() for name in names(one, f"{prefix} {word}")]

    text = page("commands.md")
    assert [name for name in names(get_command(app), "mailflow") if name not in text] == []


def test_every_disposition_is_described() -> None:
    assert [kind for kind in Disposition if f"| {kind} |" not in page("operations.md")] == []


def test_every_kind_of_mail_is_described() -> None:
    assert [kind for kind in Kind if f"`{kind}" not in page("templates.md")] == []


@pytest.mark.parametrize("file", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))], ids=str)
def test_every_link_leads_somewhere(file: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)[^):]*\)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_every_table_of_the_configuration_example_exists() -> None:
    tables = set(re.findall(r"^#? ?\[+([a-z]+)\]+", (ROOT / "config.toml").read_text(encoding="utf-8"), re.M))
    assert tables <= set(config.Config.model_fields)


def test_every_comparison_is_described() -> None:
    wanted = {word for words in COMPARISONS_OF.values() for word in words}
    _, _, section = page("filters.md").partition("\n## Comparisons\n")
    rows = [line.split("|")[1] for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    assert {word for row in rows for word in re.findall("`([a-z_]+)`", row)} == wanted


def test_what_an_example_may_state_is_described() -> None:
    (line,) = re.findall(r"\n\* These may be stated: (.+?\.) ", page("filters.md"), re.DOTALL)
    assert tuple(re.findall("`([a-z_]+)`", line)) == GIVEN


@pytest.mark.parametrize("kind", VALUES)
def test_every_value_of_a_template_is_described(kind: str) -> None:
    table = page("templates.md").partition("| value | meaning |")[2].partition("\n\n")[0]
    assert [value for value in VALUES[kind] if f"`{value}`" not in table] == []


def test_what_agents_are_shown_was_said_in_a_story() -> None:
    story = ROOT / "tests/scenarios/45-an-agent-who-only-uses-mail"
    said = {line.strip() for file in story.iterdir() for line in file.read_text("utf-8").splitlines()}
    shown = [block for block in page("agents.md").split("```")[1::2] if block.startswith("\n")]
    assert len(shown) == 4
    assert [line for block in shown for line in block.splitlines() if line.strip() not in said] == []


def test_every_instruction_of_an_agent_is_described() -> None:
    assert [verb for verb in Verb if f"`#{verb}" not in page("agents.md")] == []


FAMILIES = {*(f"D{n}" for n in range(1, 13)), "I1", "I2", "I3", "L3", *(f"O{n}" for n in range(1, 9))}


def test_what_breaks_has_a_test_that_breaks_it() -> None:
    table = page("reliability.md").partition("\n## What was tried\n")[2]
    assert set(re.findall(r"^\| ([A-Z]\d+) \|", table, re.MULTILINE)) == FAMILIES
    named = re.findall(r"\]\(\.\./(tests/[a-z_/]+\.py)\)((?:,? `[a-z0-9_]+`)*)", table)
    assert len(named) > len(FAMILIES)
    wanted = [(file, name) for file, names in named for name in re.findall("`(.+?)`", names)]
    assert [each for each in wanted if f"def test_{each[1]}(" not in (ROOT / each[0]).read_text(encoding="utf-8")] == []
