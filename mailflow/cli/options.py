"""Options that mean the same in every command."""

import getpass
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from mailflow.config import Config

DEFAULT_CONFIG = Path("config.toml")
INSTALLED = Path("/etc/mailflow/config.toml")
"""What is meant where there is no config.toml: agents do not work in the folder of the configuration."""


def _meant(file: Path) -> Path:
    return INSTALLED if file == DEFAULT_CONFIG and not file.exists() and INSTALLED.exists() else file


ConfigFile = Annotated[
    Path,
    typer.Option(
        "--config", "-c", metavar="FILE", help=f"The configuration; where there is none, {INSTALLED}.", callback=_meant
    ),
]
LARGEST = (1 << 31) - 1  # number that a table of PostgreSQL can hold


def number_in(said: object) -> int:
    """For typer: 12, or #12 as mail has it."""
    digits = str(said).removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits[:20]) <= LARGEST):
        raise typer.BadParameter(f"{str(said)!r} is no number; write 12")
    return int(digits)


TicketNumber = Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The ticket's number.")]

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, one object a line.")]
Limit = Annotated[
    int, typer.Option("--limit", parser=number_in, metavar="N", help="At most so many, the newest first.")
]
Agent = Annotated[str, typer.Option("--agent", metavar="NAME", envvar="MAILFLOW_AGENT", help="Who does this.")]


Word = TypeVar("Word", bound=StrEnum)


def one_of(words: type[Word]) -> Callable[[str], Word]:
    """For typer: reads one of them; a beginning that only one of them has is enough."""

    def read(said: str) -> Word:
        found = [word for word in words if word == said] or [word for word in words if said and word.startswith(said)]
        if len(found) != 1:
            raise typer.BadParameter(f"{said!r} is none of {every(words)}")
        return found[0]

    return read


def every(words: type[StrEnum]) -> str:
    return ", ".join(words)


def named(agent: str, config: "Config | None" = None) -> str:
    """The agent that was named, and is one by `config`; else whoever is logged in, also behind sudo."""
    if agent and config:
        from mailflow.desk.roster import known  # `inspect` has no settings, and is not to wait for their code

        return known(agent, config)
    try:
        return agent or os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, in a container
        return "agent"
