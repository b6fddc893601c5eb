"""`mailflow db`: the database itself."""

from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.errors import Refused

app = typer.Typer()


@app.command()
def upgrade(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Create the tables, or bring them to this version; `mailflow run` does it by itself."""
    with office(config) as here:
        here.database.upgrade()
        print(f"{_shown(here.config.database.url)} is up to date")


@app.command()
def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Compare the tables with what this version expects."""
    with office(config) as here:
        differences = here.database.check()
        if differences:
            raise Refused("\n".join([*differences, "to change the tables: mailflow db upgrade"]))
        print(f"{_shown(here.config.database.url)} is as this version expects it")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The copy, which must not exist yet.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Copy a SQLite database as it is at one moment, while the daemon runs."""
    with office(config) as here:
        if here.database.dialect != "sqlite":
            raise Refused(f"PostgreSQL has its own tool for this: pg_dump --format=custom --file={file}")
        here.database.backup(file)
        file.chmod(0o600)  # customers' mail
        print(f"{file}: {file.stat().st_size:,} octets")


def _shown(url: str) -> str:
    """A database without its password."""
    scheme, slashes, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}{slashes}{account.partition(':')[0]}{at}{place}"
