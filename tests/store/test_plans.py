"""What is asked for every message is found by an index, however many rows there are."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from mailflow.desk.clues import Clues, ReachSeen, TokenSeen
from mailflow.desk.ticket import Priority
from mailflow.store import journal, outbox, pages
from mailflow.store.contacts import corrections
from mailflow.store.entries import past
from mailflow.store.health.figures import sums, waiting
from mailflow.store.newcomers.applications import accounts_named
from mailflow.store.reach import look
from mailflow.store.recall import recall, recall_all
from mailflow.store.shown.queue import queue
from mailflow.store.timing import timers

CLUES = Clues(
    digest="x",
    author="anna@kunde.example",
    tokens=(TokenSeen(ticket=1, for_author=True, where="recipient address"),),
    message_ids=("a@b", "c@d"),
    tag=2,
    reach=ReachSeen(letter=1, for_author=True),
)
ASKED = {
    "claim entries": lambda c, now: journal.claim(c, "main", now, timedelta(1), 10, 1 << 20),
    "claim mail": lambda c, now: outbox.claim(c, "main", now, timedelta(1), 10),
    "due timers": lambda c, now: timers.due(c, now, 10),
    "due pages": lambda c, now: pages.due(c, now, 10),
    "due corrections": corrections.due,
    "accounts to look up": lambda c, _: look.seeking(c),
    "cases of accounts": look.in_work,
    "accounts that mail names": lambda c, _: accounts_named(c, ["K-1", "firma.example", "anna@firma.example"]),
    "recall": lambda c, now: recall(c, CLUES, now),
    "what waits": waiting,
    "what is over": lambda c, _: sums(c),
    "read the past": lambda c, now: past.batch(c, past.Span(now - timedelta(30), now, 9, 0, 1, 9), 9, 64, 1 << 20),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_table_is_scanned(sqlite_desk: Any, name: str) -> None:
    statements: list[tuple[str, Any]] = []
    sqlite_desk.open()

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(sqlite_desk.database.engine, "before_cursor_execute", note)
    with sqlite_desk.database.begin() as connection:
        ASKED[name](connection, sqlite_desk.clock.now())
        asked = [each for each in statements if each[0].startswith("SELECT")]
        plans = [
            row.detail
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert plans
    tables = {row.name for row in _tables(sqlite_desk)}
    scanned = [plan for plan in plans if plan.startswith("SCAN ") and plan.split()[1] in tables and "INDEX" not in plan]
    assert scanned == []
    assert not any("TEMP B-TREE FOR ORDER BY" in plan for plan in plans if name != "recall")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ASKED)
def test_postgresql_scans_no_table_either(desk: Any, name: str) -> None:
    """With few rows it would scan any: it is told not to where there is another way."""
    statements: list[tuple[str, Any]] = []
    desk.open()

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(desk.database.engine, "before_cursor_execute", note)
    with desk.database.begin() as connection:
        ASKED[name](connection, desk.clock.now())
        asked = [each for each in statements if each[0].startswith("SELECT")]
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = [
            plan
            for statement, parameters in asked
            for (plan,) in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        ]
    assert plans
    assert [plan for plan in plans if "Seq Scan on" in plan] == []


def test_a_batch_finds_its_copies_by_digest(sqlite_desk: Any) -> None:
    """Of few values SQLite seeks the disposition instead, which nearly all rows have in common."""
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(sqlite_desk.database.engine, "before_cursor_execute", note)
    batch = [replace(CLUES, digest=f"digest {number}") for number in range(32)]
    with sqlite_desk.database.begin() as connection:
        recall_all(connection, batch, sqlite_desk.clock.now())
        (asked,) = [each for each in statements if "FROM entry" in each[0]]
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1])]
    assert plan[0] == "SEARCH entry USING INDEX ix_entry_digest (digest=?)"


@pytest.mark.parametrize("asked_for", [{}, {"department": "billing"}, {"assignee": "ewa"}], ids=str)
def test_the_queue_is_walked_in_its_order(sqlite_desk: Any, asked_for: dict[str, str]) -> None:
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(sqlite_desk.database.engine, "before_cursor_execute", note)
    with sqlite_desk.database.begin() as connection:
        queue(connection, **asked_for)
        asked = [each for each in statements if "FROM ticket " in each[0]]
        plans = [
            [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
        ]
    assert len(plans) == len(Priority)
    for first, *others in plans:
        assert first.startswith("SEARCH ticket USING INDEX ix_ticket_queue (priority=?")
        assert not any("TEMP B-TREE" in plan or plan.startswith("SCAN") for plan in others)


def _tables(desk: Any) -> list[Any]:
    with desk.database.connect() as connection:
        return list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
