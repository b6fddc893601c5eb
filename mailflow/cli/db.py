"""`mailflow db`: the database itself."""

import typer

from mailflow.cli.backup import backup
from mailflow.cli.missing import missing
from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.restore import restore, restored
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


for command in (backup, restore, restored, missing):
    app.command()(command)


def _shown(url: str) -> str:
    """A database without its password."""
    scheme, slashes, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}{slashes}{account.partition(':')[0]}{at}{place}"
