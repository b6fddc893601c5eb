"""Schema changes, oldest first: `versions/NNNN_what.py`. Never edit one that was released, add the next.

A new one: change `store/tables/`, call `draft(connection, "0002", "what it adds")` on an upgraded database, read what
it wrote, set `database.HEAD`. No alembic.ini: the connection is handed over, in the caller's transaction, so that a
migration that fails half way leaves nothing behind on either database. There is no way down but the backup.
"""

import argparse
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from mailflow.errors import Refused
from mailflow.store.tables.row import Row
from mailflow.store.trouble import hits_everyone, is_full

FOLDER = Path(__file__).parent
SPELLED = {"Text": "sa.String()", "AutoString": "sa.String()", "UTCDateTime": "sa.DateTime(timezone=True)"}


def upgrade(
    connection: Connection,
    folder: Path | None = None,
    to: str = "head",
    *,
    told: Callable[[int], None] = lambda done: None,
) -> None:
    """Refused when it cannot be done; the caller's transaction is to be rolled back then. `told` hears before each step
    how many are done."""
    done = count(1)
    config = _configured(connection, folder or FOLDER)
    config.attributes["applied"] = lambda **_: told(next(done))
    told(0)
    try:
        command.upgrade(config, to)
        _every_row_has_its_parent(connection)
    except CommandError as error:
        raise Refused(f"the tables were made by another version of mailflow: {error}") from error
    except (SQLAlchemyError, NotImplementedError) as error:
        if hits_everyone(error) or is_full(error):
            raise
        why = str(error).partition("\n")[0]
        raise Refused(f"the tables cannot be brought to this version, and are as they were: {why}") from error


def _every_row_has_its_parent(connection: Connection) -> None:
    """SQLite does not look by itself while tables are copied."""
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        tables = ", ".join(sorted({f"{table} of {parent}" for table, _, parent, _ in orphans}))
        if orphans:
            raise Refused(f"{len(orphans)} rows would have no parent ({tables}); the tables are as they were")


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
