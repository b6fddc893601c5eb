"""Schema changes, oldest first: `versions/NNNN_what.py`. Never edit one that was released, add the next.

A new one: change `store/tables.py`, call `draft(connection, "0002", "what it adds")` on an upgraded database, read what
it wrote, set `database.HEAD`. No alembic.ini: the connection is handed over, in the caller's transaction, so that a
migration that fails half way leaves nothing behind on either database. There is no way down but the backup.
"""

import argparse
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from mailflow.errors import Refused
from mailflow.store.tables import Row

FOLDER = Path(__file__).parent
SPELLED = {"Text": "sa.String()", "AutoString": "sa.String()", "UTCDateTime": "sa.DateTime(timezone=True)"}


def upgrade(connection: Connection, folder: Path = FOLDER, to: str = "head") -> None:
    try:
        command.upgrade(_configured(connection, folder), to)
    except CommandError as error:
        raise Refused(f"the tables were made by another version of mailflow: {error}") from error


def differences(connection: Connection) -> list[str]:
    """Where the tables are not what `store.tables` says."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, Row.metadata)]


def draft(connection: Connection, revision: str, what: str, folder: Path = FOLDER) -> None:
    """Write the migration that leads from the tables of `connection` to `store.tables`, for a person to read."""
    command.revision(_configured(connection, folder), what, autogenerate=True, rev_id=revision)


def render_item(kind: str, item: object, context: object) -> str | bool:
    """Migrations speak SQLAlchemy only: they must work when sqlmodel or we have renamed a type."""
    return SPELLED.get(type(item).__name__, False) if kind == "type" else False


def _configured(connection: Connection, folder: Path) -> Config:
    config = Config(cmd_opts=argparse.Namespace(quiet=True))
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = {"connection": connection, "metadata": Row.metadata, "render_item": render_item}
    config.attributes.update(attributes)
    return config
