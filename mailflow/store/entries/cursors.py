"""How far each IMAP folder was read. Only a short cut: what keeps mail from being kept twice is `entry.source_key`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mailflow.store.instants import aware
from mailflow.store.tables import CURSOR
from mailflow.store.upsert import insert_or_change


@dataclass(frozen=True, slots=True)
class Cursor:
    uidvalidity: int
    last_uid: int
    adopted: datetime  # when the folder was first read: older mail is backlog


_SAVE = insert_or_change(CURSOR, ("account", "folder"), ("uidvalidity", "last_uid", "adopted"))


def load(connection: Connection, account: str, folder: str) -> Cursor | None:
    where = (CURSOR.c.account == account, CURSOR.c.folder == folder)
    row = connection.execute(select(CURSOR).where(*where)).one_or_none()
    return Cursor(row.uidvalidity, row.last_uid, row.adopted) if row else None


def save(connection: Connection, account: str, folder: str, uidvalidity: int, last_uid: int, adopted: datetime) -> None:
    row = {
        "account": account, "folder": folder, "uidvalidity": uidvalidity, "last_uid": last_uid,
        "adopted": aware(adopted),
    }  # fmt: skip
    connection.execute(_SAVE[connection.dialect.name], row)
