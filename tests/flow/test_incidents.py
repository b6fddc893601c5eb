"""What an agent says of an incident reaches everybody who waits, once, whoever goes on with it; on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mailflow.config.request import RequestType
from mailflow.desk.actions import ChangeStatus, Give, MarkUndeliverable, OpenTicket, SetType
from mailflow.desk.agents.merge import merge
from mailflow.desk.conversation.opening import opened as ticket_of
from mailflow.desk.incidents import affected
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.expiring import timers_of_expiry
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.desk.timing.hours import ALWAYS
from mailflow.flow.escalate import ring_due
from mailflow.flow.incidents import Incidents, tell
from mailflow.store import apply
from mailflow.store.database import Database
from mailflow.store.incidents import incidents
from mailflow.store.tables import TICKET
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer
from tests.flow.conftest import Now

Rows = Callable[[str], list[Any]]
NEWS = "SELECT kind, rcpt_to, ticket FROM outbox WHERE kind LIKE 'incident_%' ORDER BY id"
STATUSES = "SELECT status FROM ticket ORDER BY id"
HISTORY = "SELECT text FROM event WHERE kind = 'incident' AND ticket = {} ORDER BY id"


@pytest.fixture
def opened(database: Database, clock: Any) -> None:
    with database.begin() as connection:
        incidents.open_(connection, "shops", "Shops", {"": "We work."}, agent="ewa", at=clock.now())


@pytest.fixture
def waits(database: Database, policy: Policy, clock: Any, opened: None) -> Callable[..., int]:
    """A ticket of the incident."""

    def waits(requester: str = "anna@kunde.example", *, believed: bool = True) -> int:
        opening = OpenTicket(
            subject="My shop", department="support", also=(), mailbox="support@firma.example", requester=requester,
            requester_name="", contact=None, account=None, language="pl", believed=believed,
        )  # fmt: skip
        with database.begin() as connection:
            number = apply.carry_out(connection, None, (opening,), policy, clock.now())
            assert number
            ticket = replace(ticket_of(opening, clock.now()), number=number)
            actions = affected.attach(ticket, incidents.kept(connection, "shops"), "ewa", policy, tell=False)
            apply.carry_out(connection, number, actions, policy, clock.now())
        return number

    return waits


@pytest.fixture
def close(database: Database, clock: Any) -> Callable[[], None]:
    """Only the agent's words: nobody is told yet."""

    def close() -> None:
        with database.begin() as connection:
            incidents.close(connection, "shops", {}, agent="ewa", at=clock.now())

    return close


@pytest.fixture
def loop(writer: Writer, policy: Policy, now: Now) -> Incidents:
    return Incidents(writer, policy=lambda: policy, now=now)


def some(database: Database, policy: Policy, clock: Any, most: int = 50) -> Any:
    with database.begin() as connection:
        return tell(connection, policy, clock.now(), most)


async def test_the_daemon_tells_whom_a_command_did_not_reach(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, loop: Incidents, rows: Rows
) -> None:
    names = ("anna", "bob", "claire", "dora", "emil")
    for name in names:
        waits(f"{name}@kunde.example")
    close()
    first = some(database, policy, clock, most=2)  # and then the command was stopped
    assert (first.tickets, first.mails) == (2, 2)
    assert rows(STATUSES) == [("resolved",)] * 2 + [("on_hold",)] * 3
    await loop.round()
    assert rows(NEWS) == [("incident_over", f"{name}@kunde.example", place) for place, name in enumerate(names, 1)]
    assert rows(STATUSES) == [("resolved",)] * 5
    assert rows("SELECT tell FROM incident") == [(0,)]
    await loop.round()
    assert len(rows(NEWS)) == 5


def test_while_there_is_nothing_to_tell_nobody_is_told(
    database: Database, policy: Policy, clock: Any, waits: Any, rows: Rows
) -> None:
    waits()
    assert some(database, policy, clock) is None
    assert rows(NEWS) == []


def test_a_requester_hears_of_it_once_however_many_tickets(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    waits()
    waits("Anna@KUNDE.example")
    close()
    assert (some(database, policy, clock).mails, some(database, policy, clock)) == (1, None)
    assert len(rows(NEWS)) == 1
    assert rows(STATUSES) == [("resolved",)] * 2
    assert rows(HISTORY.format(2))[-1] == ("shops is over; its requester is told in another ticket",)


def test_what_machines_wrote_today_keeps_nobody_from_hearing(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    number = waits()
    close()
    limits = policy.config.limits.model_copy(update={"automatic_per_address": 0, "automatic_per_ticket": 0})
    strict = replace(policy, config=policy.config.model_copy(update={"limits": limits}))
    some(database, strict, clock)
    assert rows(NEWS) == [("incident_over", "anna@kunde.example", number)]


@pytest.mark.parametrize("believed", [True, False])
def test_who_cannot_be_told_is_named_in_the_history(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows, *, believed: bool
) -> None:
    number = waits(believed=believed)
    if believed:
        lost = MarkUndeliverable(
            ticket=number, address="anna@kunde.example", until=clock.now().replace(year=2030), status="5.1.1",
            diagnostic="nobody",
        )  # fmt: skip
        with database.begin() as connection:
            apply.carry_out(connection, number, (lost,), policy, clock.now())
    close()
    assert some(database, policy, clock).mails == 0
    assert rows(NEWS) == []
    assert rows(STATUSES) == [("resolved" if believed else "open",)]  # nobody was ever told, nor read it
    kind = "silence" if believed else "incident"
    (told,) = rows(f"SELECT text FROM event WHERE kind = '{kind}' ORDER BY id DESC LIMIT 1")
    assert ("not written" if believed else "cannot be told") in told[0]


def test_a_ticket_that_was_merged_is_told_of_where_it_came_from(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    first, second = waits(), waits()
    with database.begin() as connection:
        connection.execute(update(TICKET).where(TICKET.c.id == second).values(incident=None))
        both = tickets.load_all(connection, [first, second], lock=True)
        actions = merge(both[first], both[second], "ewa", policy, clock.now())
        apply.carry_out(connection, second, actions, policy, clock.now())
    close()
    some(database, policy, clock)
    assert rows(NEWS) == [("incident_over", "anna@kunde.example", first)]
    assert rows(STATUSES) == [("closed",), ("on_hold",)]


def test_what_an_agent_took_up_stays_as_it_is_and_is_told_too(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    number = waits()
    with database.begin() as connection:
        taken = ChangeStatus(ticket=number, move=Move.REOPEN, cause="ewa looks")
        apply.carry_out(connection, number, (taken,), policy, clock.now())
    close()
    some(database, policy, clock)
    assert rows(STATUSES) == [("open",)]
    assert len(rows(NEWS)) == 1


def test_the_state_of_now_is_told_though_two_are_due(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    waits()
    with database.begin() as connection:
        incidents.update_(connection, "shops", {"": "Soon."}, agent="ewa", at=clock.now(), tell=True)
    close()
    some(database, policy, clock)
    assert [kind for kind, *_ in rows(NEWS)] == ["incident_over"]


def test_who_came_after_the_words_knows_them(
    database: Database, policy: Policy, clock: Any, waits: Any, rows: Rows
) -> None:
    waits()
    with database.begin() as connection:
        incidents.update_(connection, "shops", {"": "Soon."}, agent="ewa", at=clock.now(), tell=True)
    waits("bob@kunde.example")
    assert some(database, policy, clock).tickets == 1
    assert rows(NEWS) == [("incident_update", "anna@kunde.example", 1)]


async def test_a_mistake_on_one_ticket_keeps_nobody_else_from_hearing(
    waits: Any, close: Any, loop: Incidents, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = waits()
    waits("bob@kunde.example")
    close()
    news = affected.news

    def stumble(ticket: Any, *rest: Any, told: bool) -> Any:
        if ticket.number == first:
            raise ZeroDivisionError("our bug")
        return news(ticket, *rest, told=told)

    monkeypatch.setattr(affected, "news", stumble)
    await loop.round()
    assert [to for _, to, _ in rows(NEWS)] == ["bob@kunde.example"]
    assert rows(HISTORY.format(first))[-1] == ("shops could not be told of, see the log",)
    assert rows("SELECT tell FROM incident") == [(0,)]


def test_two_at_once_tell_each_once(
    database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    waits()
    waits("bob@kunde.example")
    close()
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as connection:
            tell(connection, policy, clock.now())
            other = thread.submit(some, database, policy, clock)
        assert other.result(10) is None
    assert len(rows(NEWS)) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_incident_is_locked_before_a_ticket(
    database: Database, policy: Policy, clock: Any, waits: Any, rows: Rows
) -> None:  # mail locks its ticket, then the incidents that rules name
    number = waits()
    words = {"": "Soon."}
    with database.begin() as connection:
        connection.execute(update(TICKET).values(incident_state=2))  # all of it have heard
        incidents.update_(connection, "shops", words, agent="ewa", at=clock.now(), tell=True)
        other = incidents.open_(connection, "mail", "Mail", words, agent="ewa", at=clock.now())
        incidents.update_(connection, "mail", words, agent="ewa", at=clock.now(), tell=True)
    second = waits("bob@kunde.example")
    with database.begin() as connection:
        state = {"incident": other.id, "incident_state": other.state}
        connection.execute(update(TICKET).where(TICKET.c.id == second).values(**state))
    waiting = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as filer:
            tickets.load(filer, second, lock=True)
            telling = thread.submit(some, database, policy, clock)
            while not filer.exec_driver_sql(waiting).scalar():
                assert not telling.done()
            filer.exec_driver_sql("SELECT id FROM incident WHERE name = 'shops' FOR SHARE NOWAIT")
        assert telling.result(10).tickets == 1
    assert some(database, policy, clock) is None
    assert rows("SELECT tell FROM incident") == [(0,), (0,)]
    assert rows(NEWS) == [("incident_update", "bob@kunde.example", second)]
    assert rows(HISTORY.format(number))[1:] == []


MOVE = {
    "title": {"en": "Move"},
    "item": [{"name": "day", "kind": "date", "label": {"en": ["Day"]}}],
    "expires": "10d",
}
LEAVES = ("it is taken out", "it is over", "an agent answers")


@pytest.mark.parametrize("how", LEAVES)
def test_the_time_of_a_request_stands_still_while_it_waits_for_the_end(
    how: str, database: Database, policy: Policy, clock: Any, waits: Any, close: Any, rows: Rows
) -> None:
    kinds = Catalogue.of({"move": RequestType.model_validate(MOVE)})
    policy = replace(policy, kinds=kinds)
    number = waits()

    def does(*actions: Any) -> None:
        with database.begin() as connection:
            apply.carry_out(connection, number, actions, policy, clock.now())

    def rings() -> str:
        with database.begin() as connection:
            ring_due(connection, policy, clock.now())
        return str(rows(STATUSES)[0][0])

    def loaded() -> Any:
        with database.begin() as connection:
            found = tickets.load(connection, number)
        assert found
        return found

    does(*affected.detach(loaded(), "ewa", policy, clock.now()))
    does(SetType(ticket=number, type="move"), Give(ticket=number, given=(), complete=False))
    does(*timers_of_expiry(kinds.kinds["move"], number, clock.now(), ALWAYS))
    clock.forward(timedelta(days=4))
    with database.begin() as connection:
        shops = incidents.kept(connection, "shops")
    does(*affected.attach(loaded(), shops, "ewa", policy, tell=False))
    for _ in range(3):
        clock.forward(timedelta(days=4))
        assert rings() == "on_hold"
    if how == "it is over":
        with database.begin() as connection:  # words that nobody answered: an agent takes it up
            connection.execute(update(TICKET).values(waiting_since=clock.now(), last_activity=clock.now()))
        close()
        some(database, policy, clock)
        with database.begin() as connection:
            connection.execute(update(TICKET).values(waiting_since=None))
    elif how == "it is taken out":
        does(*affected.detach(loaded(), "ewa", policy, clock.now()))
    else:
        does(ChangeStatus(ticket=number, move=Move.REOPEN, cause="ewa answered"))
        does(*affected.detach(loaded(), "ewa", policy, clock.now()))
    clock.forward(timedelta(days=6) - timedelta(minutes=1))
    assert rings() == "open"
    clock.forward(timedelta(minutes=1))
    assert rings() == "resolved"
    assert rows("SELECT kind FROM outbox ORDER BY id DESC LIMIT 1") == [("expired",)]
