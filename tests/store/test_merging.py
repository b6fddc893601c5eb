"""Tickets that became one: everything stays where it came to, and is found in the one that stands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from mailflow.desk.actions import AddDepartments, AddTags, Append, Note, Say, Send, SetTimer, TimerKind
from mailflow.desk.agents.merge import merge
from mailflow.desk.clues import Clues, TokenSeen
from mailflow.desk.context import Context
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.store import outbox
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from mailflow.store.recall import recall, recall_all
from mailflow.store.shown import ticket_views
from mailflow.store.tables import MESSAGE, OUTBOX, TICKET, TIMER
from mailflow.store.tickets import merging, tickets

ANNA = "anna@kunde.example"
HOUR = timedelta(hours=1)
NOTHING: dict[str, Any] = {"digest": "nothing like it", "author": None, "tokens": (), "message_ids": (), "tag": None}


def merged(desk: Any, number: int, into: int, **how: Any) -> None:
    with desk.database.begin() as connection:
        both = tickets.load_all(connection, [number, into], lock=True)
        actions = merge(both[number], both[into], "ewa", desk.policy, desk.clock.now(), **how)
    desk.act(into, *actions)


def known(desk: Any, **clues: Any) -> Context:
    with desk.database.connect() as connection:
        return recall(connection, Clues(**{**NOTHING, **clues}), desk.clock.now())


def shown(desk: Any, number: int) -> Any:
    with desk.database.connect() as connection:
        assert audit(connection, desk.clock.now()).problems == ()
        return ticket_views.ticket(connection, number)


def escalation(desk: Any, after: timedelta = 4 * HOUR) -> SetTimer:
    return SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now() + after)


def test_the_conversation_of_both_is_one_in_the_order_of_time(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    for number in (second, first, second):
        desk.clock.forward(HOUR)
        said = Say(ticket=number, text=f"in {number}", author="ewa", internal=number == first)
        desk.act(number, said, Note(ticket=number, kind="said", text=str(number)))
    before = [desk.rows(MESSAGE, ticket=number) for number in (first, second)]
    merged(desk, second, first)
    ticket = shown(desk, first)
    assert [(each["direction"], each["ticket"]) for each in ticket["messages"]] == [
        ("in", first), ("in", second), ("out", second), ("note", first), ("out", second)
    ]  # fmt: skip
    assert [each["ticket"] for each in ticket["events"] if each["kind"] == "said"] == [second, first, second]
    assert (ticket["merged"], ticket["merged_into"]) == ([second], None)
    gone = shown(desk, second)
    assert (gone["merged_into"], gone["status"]) == (first, "closed")
    assert [each["ticket"] for each in gone["messages"]] == [second] * 3
    assert [desk.rows(MESSAGE, ticket=number) for number in (first, second)] == before


def test_nothing_is_due_in_the_one_that_ends_and_what_waits_there_waits_in_the_other(desk: Any) -> None:
    since = desk.clock.now()
    second = desk.open(escalation(desk))
    desk.clock.forward(HOUR)
    first = desk.open(escalation(desk))
    merged(desk, second, first)
    assert [(row.ticket, row.due) for row in desk.rows(TIMER)] == [(first, since + 4 * HOUR)]
    gone, stands = desk.rows(TICKET)
    assert (gone.status, gone.waiting_since) == ("closed", None)
    assert (stands.status, stands.waiting_since) == ("open", since)


def test_what_a_machine_wrote_in_the_one_that_ends_is_not_sent_and_what_a_person_wrote_is(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    send = Send(
        kind=Kind.REPLY, to=ANNA, to_name="", language="en", mailbox="support@firma.example", ticket=second, key="r",
        values={"text": "x", "agent": "ewa"},
    )  # fmt: skip
    desk.act(second, send)
    with desk.database.begin() as connection:
        (sent,) = outbox.claim(connection, "main", desk.clock.now(), HOUR, 1)
    merged(desk, second, first)
    assert [(row.ticket, row.kind, row.state) for row in desk.rows(OUTBOX)] == [
        (first, "acknowledgement", "claimed"),  # not of this one, and on its way
        (second, "acknowledgement", "cancelled"),
        (second, "reply", "waiting"),
    ]
    assert sent.outgoing.ticket == first
    assert "automatic mail cancelled before it was sent" in [each["text"] for each in shown(desk, second)["events"]]


def test_a_chain_is_one_step(desk: Any) -> None:
    first, second, third = desk.open(), desk.open(), desk.open()
    desk.act(third, AddDepartments(ticket=third, departments=("billing",)), AddTags(ticket=third, tags=("vip",)))
    desk.act(first, AddTags(ticket=first, tags=("vip",)))
    merged(desk, third, second)
    merged(desk, second, first)
    assert [row.merged_into for row in desk.rows(TICKET)] == [None, first, first]
    ticket = shown(desk, first)
    assert (ticket["merged"], ticket["departments"]) == ([second, third], ["support", "billing"])
    assert ticket["tags"] == ["vip"]
    assert {each["ticket"] for each in ticket["messages"]} == {first, second, third}
    context = known(desk, tag=third)
    assert set(context.tickets) == {first, third}
    assert context.read_in(third).number == first


def test_whatever_names_the_one_that_ended_leads_to_the_other(desk: Any) -> None:
    first = desk.open()
    theirs = desk.message(message_id="theirs@kunde.example")
    second = desk.open(message=theirs)
    merged(desk, second, first)
    (ours,) = desk.rows(OUTBOX, ticket=second)
    token = TokenSeen(ticket=second, for_author=True, where="recipient address")
    for clues in (
        {"tag": second},
        {"tokens": (token,)},
        {"message_ids": ("theirs@kunde.example",)},
        {"reported": ours.message_id},
    ):
        context = known(desk, **clues)
        assert {number: ticket.merged_into for number, ticket in context.tickets.items()} == {
            first: None,
            second: first,
        }
    assert known(desk, tag=first).tickets.keys() == {first}
    (digest,) = [row.digest for row in desk.rows(MESSAGE, ticket=second)]
    earlier = known(desk, digest=digest).earlier
    assert earlier
    assert earlier.ticket == first  # departments that get a copy are added where it is read


def test_what_we_send_from_one_names_no_message_of_the_other(desk: Any) -> None:  # T4
    first = desk.open(message=desk.message(message_id="mine@kunde.example"))
    second = desk.open(message=desk.message(message_id="yours@fremd.example"))
    merged(desk, second, first)
    ticket = known(desk, tag=first).tickets[first]
    assert (ticket.last_message_id, ticket.references) == ("mine@kunde.example", ())


def test_a_list_leaves_out_what_was_merged(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    merged(desk, second, first)

    def numbers(**filters: Any) -> list[int]:
        with desk.database.connect() as connection:
            return [each["number"] for each in ticket_views.tickets(connection, **filters)]

    assert numbers() == [first]
    assert numbers(requester=ANNA) == [first]
    assert numbers(status=["closed"]) == [second]


def test_an_answer_filed_in_the_other_is_shown_there(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    merged(desk, second, first)
    decision = Decision(disposition=Disposition.FILED, reason="", ticket=first, actions=(Append(ticket=first),))
    desk.file(decision, desk.message(message_id="late@kunde.example"))
    assert shown(desk, first)["messages"][-1]["message_id"] == "late@kunde.example"


def test_a_mail_that_arrives_while_its_ticket_is_merged_is_judged_by_what_came_of_it(
    postgresql_url: str, desk_of: Any
) -> None:
    database = Database(postgresql_url)
    desk = desk_of(database)
    first, second = desk.open(), desk.open()
    clues = Clues(**{**NOTHING, "tag": second})

    def judged() -> Context:
        with database.begin() as connection:
            (context,) = recall_all(connection, [clues], desk.clock.now(), lock=True)
            return context

    with ThreadPoolExecutor(1) as thread:
        with database.begin() as agent:
            both = tickets.load_all(agent, [first, second], lock=True)
            assert both.keys() == {first, second}
            filing = thread.submit(judged)
            waits = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            while not agent.execute(text(waits)).scalar():
                assert not filing.done()
            agent.execute(TICKET.update().where(TICKET.c.id == second).values(merged_into=first, status="closed"))
        context = filing.result(10)
    database.close()
    assert context.read_in(second).number == first
    assert context.tickets[first].status is Status.OPEN


def test_damage_is_found_and_loses_nothing(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    for damage in ("merged_into = 99, status = 'closed'", f"merged_into = {first}, status = 'open'"):
        with desk.database.begin() as connection:
            connection.execute(text(f"UPDATE ticket SET {damage} WHERE id = {second}"))
            problems = audit(connection, desk.clock.now()).problems
        assert [each for each in problems if f"ticket {second} was merged" in each]
    with desk.database.begin() as connection:
        connection.execute(text(f"UPDATE ticket SET merged_into = 99 WHERE id = {second}"))
    assert known(desk, tag=second).read_in(second).number == second


def test_what_was_merged_is_found_by_an_index(sqlite_desk: Any) -> None:
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(sqlite_desk.database.engine, "before_cursor_execute", note)
    with sqlite_desk.database.begin() as connection:
        merging.merged_into(connection, 1)
        ((statement, parameters),) = asked[-1:]
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert all("ix_ticket_merged_into" in step for step in plan)
