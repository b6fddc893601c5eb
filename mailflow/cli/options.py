"""Options that mean the same in every command."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration.")]
DEFAULT_CONFIG = Path("config.toml")
LARGEST = (1 << 31) - 1  # number that a table of PostgreSQL can hold

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, one object a line.")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=LARGEST, metavar="N", help="At most so many, the newest first.")
]
Agent = Annotated[str, typer.Option("--agent", metavar="NAME", envvar="MAILFLOW_AGENT", help="Who does this.")]


def named(agent: str) -> str:
    """The agent that was named, else whoever is logged in."""
    try:
        return agent or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, in a container
        return "agent"
