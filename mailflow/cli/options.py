"""Options that mean the same in every command."""

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, one object a line.")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=LARGEST, metavar="N", help="At most so many, the newest first.")
]
Agent = Annotated[str, typer.Option("--agent", metavar="NAME", envvar="MAILFLOW_AGENT", help="Who does this.")]


def named(agent: str, config: "Config | None" = None) -> str:
    """The agent that was named, and is one by `config`; else whoever is logged in, also behind sudo."""
    if agent and config:
        from mailflow.desk.agents import known  # `inspect` has no settings, and is not to wait for their code

        return known(agent, config)
    try:
        return agent or os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, in a container
        return "agent"
