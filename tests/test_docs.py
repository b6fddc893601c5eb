"""What the code has, the documentation names: settings, commands, templates, states."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailflow import config
from mailflow.desk.actions import Disposition, Kind

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
    assert [kind for kind in Kind if f"`{kind}" not in page("filters-and-templates.md")] == []


@pytest.mark.parametrize("file", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))], ids=str)
def test_every_link_leads_somewhere(file: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)[^):]*\)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_every_table_of_the_configuration_example_exists() -> None:
    tables = set(re.findall(r"^#? ?\[+([a-z]+)\]+", (ROOT / "config.toml").read_text(encoding="utf-8"), re.M))
    assert tables <= set(config.Config.model_fields)
