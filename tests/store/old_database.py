"""Databases of earlier versions: made by their migrations, with a small desk in them and a row in every table."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select

from mailflow.store import migrations

FIRST, MIDDLE = "0001", "0017"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANNA = "anna@kunde.example"
SUPPORT = "support@firma.example"
RAW = b"From: anna@kunde.example\r\nSubject: Printer\r\nMessage-ID: <1@kunde.example>\r\n\r\nIt burns.\r\n"
TICKETS = ("open", "awaiting_customer", "resolved", "closed", "on_hold")


def build(connection: Connection, revision: str) -> None:
    """As a daemon of the first version left it, brought to `revision`."""
    migrations.upgrade(connection, to=FIRST)
    tables = _tables(connection)
    _people(connection, tables)
    for number, status in enumerate(TICKETS, start=1):
        _ticket(connection, tables, number, status)
    _others(connection, tables)
    migrations.upgrade(connection, to=revision)
    for table in _tables(connection).values():
        if table.name != "alembic_version" and not connection.execute(select(func.count()).select_from(table)).scalar():
            connection.execute(table.insert().values(_anything(table)))


def counts(connection: Connection) -> dict[str, int]:
    """Rows of each table there is."""
    tables = _tables(connection)
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar() or 0
        for name, table in tables.items()
    }


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables}


def _insert(connection: Connection, table: Table, **values: Any) -> None:
    """What is not said is as empty as the column allows."""
    connection.execute(table.insert().values({**_anything(table), **values}))


def _anything(table: Table) -> dict[str, Any]:
    return {
        column.name: _empty(column)
        for column in table.columns
        if not column.nullable and column.server_default is None and not (column.primary_key and column.name == "id")
    }


def _empty(column: Any) -> Any:
    if column.foreign_keys:
        return 1
    kind = column.type.python_type
    return {bool: True, int: 1, float: 0.0, bytes: b"x", datetime: NOW, dict: [], list: []}.get(
        kind, f"{column.name} x"
    )


def _people(connection: Connection, tables: dict[str, Table]) -> None:
    _insert(connection, tables["account"], code="kunde", name="Kunde")
    _insert(connection, tables["account_domain"], domain="kunde.example", account=1)
    _insert(connection, tables["contact"], account=1, name="Anna Nowak", language="en", roles=["primary"])
    _insert(connection, tables["contact_address"], address=ANNA, contact=1, position=0)


def _ticket(connection: Connection, tables: dict[str, Table], number: int, status: str) -> None:
    waits = status == "open"
    _insert(
        connection, tables["ticket"], subject=f"Matter {number}", status=status, priority="normal",
        department="support", mailbox=SUPPORT, account=1, contact=1, requester=ANNA, requester_name="Anna Nowak",
        assignee="", language="en", waiting_since=NOW if waits else None,
        question_at=NOW if status == "awaiting_customer" else None,
    )  # fmt: skip
    _entry(connection, tables, "filed", ticket=number, digest=f"digest {number}")
    _insert(connection, tables["octets"], entry=number, octets=RAW)
    _insert(
        connection, tables["message"], ticket=number, entry=number, digest=f"digest {number}", direction="in",
        author=ANNA, subject=f"Matter {number}", message_id=f"{number}@kunde.example", text="It burns.",
        reply="It burns.", automatic="none", attachments=[],
    )  # fmt: skip
    _insert(connection, tables["event"], ticket=number, kind="opened", text=f"by {ANNA}")
    _insert(
        connection, tables["outbox"], key=f"acknowledgement:entry:{number}", kind="acknowledgement", automatic=True,
        ticket=number, mail_from=SUPPORT, rcpt_to=ANNA, message_id=f"{number}@mail.firma.example", state="sent",
        claimed_by="", octets=RAW,
    )  # fmt: skip
    kind = {"open": "escalate", "awaiting_customer": "remind", "resolved": "close"}.get(status)
    if kind:
        _insert(connection, tables["timer"], ticket=number, kind=kind, step=1, due=NOW + timedelta(hours=number))


def _entry(connection: Connection, tables: dict[str, Table], disposition: str, **values: Any) -> None:
    _insert(
        connection, tables["entry"], source="smtp", mail_from=ANNA, rcpt_tos=[SUPPORT], released=False,
        backlog=False, author=ANNA, disposition=disposition, rule="", trouble="", claimed_by="", **values,
    )  # fmt: skip


def _others(connection: Connection, tables: dict[str, Table]) -> None:
    first = len(TICKETS) + 1
    for number, disposition in enumerate(("held", "failed", "received"), start=first):
        _entry(connection, tables, disposition)
        _insert(connection, tables["octets"], entry=number, octets=RAW)
    _entry(connection, tables, "dropped")
    _entry(connection, tables, "duplicate", duplicate_of=1)
    _insert(connection, tables["cursor"], account="main", folder="INBOX", uidvalidity=7, last_uid=9)
