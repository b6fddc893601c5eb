"""Incidents as rows: at most one of a name is open, and who attaches a ticket and who closes take turns."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, text

from mailflow.desk.clues import Clues
from mailflow.desk.context import Context
from mailflow.desk.incidents import affected
from mailflow.desk.incidents.incident import Incident
from mailflow.errors import Refused
from mailflow.store.database import Database
from mailflow.store.incidents import incidents
from mailflow.store.recall import recall_all
from mailflow.store.shown import incident_views, overview, ticket_views
from mailflow.store.tables import EVENT, INCIDENT_STATE, TICKET
from mailflow.store.tickets import tickets

ANNA = "anna@kunde.example"
WORDS = {"": "We work on it.", "pl": "Pracujemy."}
CLUES = Clues(
    digest="x", author=ANNA, tokens=(), message_ids=(), tag=None, incidents=frozenset({"shops", "never"})
)  # fmt: skip


def opened(desk: Any, name: str = "shops", **said: Any) -> Incident:
    with desk.database.begin() as connection:
        return incidents.open_(connection, name, "Shops", WORDS, agent="ewa", at=desk.clock.now(), **said)


def by_hand(desk: Any, number: int, *, tell: bool = False) -> None:
    with desk.database.connect() as connection:
        incident = incidents.latest(connection, "shops")
        ticket = tickets.load(connection, number)
    assert ticket
    desk.act(number, *affected.attach(ticket, incident, "ewa", desk.policy, tell=tell))


def known(desk: Any, *, lock: bool) -> Context:
    with desk.database.begin() as connection:
        (context,) = recall_all(connection, [CLUES], desk.clock.now(), lock=lock)
        return context


def test_of_one_name_at_most_one_is_open(desk: Any) -> None:
    first = opened(desk)
    with pytest.raises(Refused, match="an incident shops is open already"):
        opened(desk)
    with desk.database.begin() as connection:
        over = incidents.close(connection, "shops", {}, agent="ewa", at=desk.clock.now())
        with pytest.raises(Refused, match="no incident shops is open"):
            incidents.close(connection, "shops", {}, agent="ewa", at=desk.clock.now())
    assert (over.id, over.state, over.tell, over.ended) == (first.id, 2, 2, desk.clock.now())
    again = opened(desk)
    assert (again.id > first.id, again.state) == (True, 1)
    with desk.database.connect() as connection:
        assert incidents.latest(connection, "shops").id == again.id
        with pytest.raises(Refused, match="there is no incident never"):
            incidents.latest(connection, "never")


def test_each_state_is_kept(desk: Any) -> None:
    opened(desk)
    with desk.database.begin() as connection:
        incidents.update_(connection, "shops", {"": "Soon."}, agent="jan", at=desk.clock.now(), tell=False)
        incidents.update_(connection, "shops", {"": "Now."}, agent="ewa", at=desk.clock.now(), tell=True)
    assert [(row.number, row.agent, row.texts, row.tell) for row in desk.rows(INCIDENT_STATE)] == [
        (1, "ewa", WORDS, False),
        (2, "jan", {"": "Soon."}, False),
        (3, "ewa", {"": "Now."}, True),
    ]
    with desk.database.connect() as connection:
        shown = incident_views.incident(connection, 1)
    assert (shown["state"], [each["told"] for each in shown["states"]]) == ({"": "Now."}, [False, False, True])


def test_who_judges_mail_sees_what_is_open_and_who_looks_back_what_was(desk: Any) -> None:
    assert known(desk, lock=True).incidents == ()
    first = opened(desk)
    opened(desk, "mail")  # which no rule names
    assert known(desk, lock=True).incidents == (first,)
    with desk.database.begin() as connection:
        over = incidents.close(connection, "shops", {}, agent="ewa", at=desk.clock.now())
    assert known(desk, lock=True).incidents == ()
    assert known(desk, lock=False).incidents == (over,)


def test_who_was_answered_is_known_by_incident(desk: Any) -> None:
    number, incident = desk.open(), opened(desk)
    assert known(desk, lock=True).told_of == frozenset()
    by_hand(desk, number, tell=True)
    assert known(desk, lock=True).told_of == {incident.id}


def test_a_ticket_says_what_it_waits_for_as_long_as_that_is_open(desk: Any) -> None:
    number, incident = desk.open(), opened(desk)
    by_hand(desk, number)
    with desk.database.begin() as connection:
        waiting = tickets.load(connection, number, lock=True)
        incidents.close(connection, "shops", {}, agent="ewa", at=desk.clock.now())
        after = tickets.load(connection, number, lock=True)
    assert waiting
    assert after
    assert (waiting.incident, waiting.incident_state, waiting.waits_for) == (incident.id, 1, "shops")
    assert (after.incident, after.incident_state, after.waits_for) == (incident.id, 1, "")


def test_it_is_shown_with_its_tickets(desk: Any) -> None:
    first, second, other = desk.open(), desk.open(), desk.open()
    incident = opened(desk, department="billing")
    by_hand(desk, first)
    by_hand(desk, second)
    with desk.database.begin() as connection:
        incidents.update_(connection, "shops", {"": "Soon."}, agent="ewa", at=desk.clock.now(), tell=True)
        connection.execute(TICKET.update().where(TICKET.c.id == second).values(incident_state=2, status="open"))
        (listed,) = incident_views.incidents(connection)
        assert [each["number"] for each in ticket_views.tickets(connection, incident=incident.id)] == [second, first]
        assert [ticket_views.ticket(connection, each)["incident"] for each in (first, other)] == ["shops", None]
        assert overview.status(connection, desk.clock.now())["incidents"] == [listed]
        incidents.close(connection, "shops", {}, agent="jan", at=desk.clock.now())
        assert incident_views.incidents(connection) == []
        (over,) = incident_views.incidents(connection, ended=True)
    assert (listed["tickets"], listed["waiting"], listed["untold"], listed["department"]) == (2, 1, 1, "billing")
    assert (over["ended_by"], over["untold"]) == ("jan", 2)


def test_a_ticket_that_is_detached_is_of_none(desk: Any) -> None:
    number = desk.open()
    opened(desk)
    by_hand(desk, number)
    with desk.database.connect() as connection:
        ticket = tickets.load(connection, number)
    assert ticket
    desk.act(number, *affected.detach(ticket, "ewa", desk.policy, desk.clock.now()))
    (row,) = desk.rows(TICKET)
    assert (row.incident, row.incident_state, row.status) == (None, 0, "open")
    assert [each.text for each in desk.rows(EVENT, kind="incident")] == [
        "attached to shops by ewa: Shops",
        "detached by ewa",
    ]


WAITS = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")


def _until_somebody_waits_for(connection: Connection, other: Any) -> None:
    while not connection.execute(WAITS).scalar():
        assert not other.done()


def test_mail_that_is_judged_while_it_is_closed_is_attached_to_nothing(postgresql_url: str, desk_of: Any) -> None:
    database = Database(postgresql_url)
    desk = desk_of(database)
    opened(desk)
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as agent:
            incidents.close(agent, "shops", {}, agent="ewa", at=desk.clock.now())
            filing = thread.submit(known, desk, lock=True)
            _until_somebody_waits_for(agent, filing)
        context = filing.result(10)
    database.close()
    assert context.incidents == ()


def test_who_says_something_new_waits_for_mail_that_is_being_judged(postgresql_url: str, desk_of: Any) -> None:
    """Else its author would know the state of before, and nobody would tell."""
    database = Database(postgresql_url)
    desk = desk_of(database)
    incident = opened(desk)

    def close() -> Incident:
        with database.begin() as agent:
            return incidents.close(agent, "shops", {"": "Over."}, agent="ewa", at=desk.clock.now())

    with ThreadPoolExecutor(1) as thread:
        with database.begin() as filing:
            (context,) = recall_all(filing, [CLUES], desk.clock.now(), lock=True)
            closing = thread.submit(close)
            _until_somebody_waits_for(filing, closing)
            filing.execute(text("SELECT 1"))
        over = closing.result(10)
    database.close()
    assert (context.incidents, over.tell) == ((incident,), 2)


def test_two_mails_are_judged_at_once(postgresql_url: str, desk_of: Any) -> None:
    database = Database(postgresql_url)
    desk = desk_of(database)
    incident = opened(desk)
    with database.begin() as first, database.begin() as second:
        for filing in (first, second):
            (context,) = recall_all(filing, [CLUES], desk.clock.now(), lock=True)
            assert context.incidents == (incident,)
    database.close()
