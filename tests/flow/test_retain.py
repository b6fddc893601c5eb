"""What is kept no longer goes, in pieces, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, update

from mailflow.config import Retention
from mailflow.desk.actions import Append, ChangeStatus
from mailflow.desk.agents.merge import merge
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move
from mailflow.errors import Refused
from mailflow.flow.retain import Retain
from mailflow.mail.parse import parse
from mailflow.store.database import Database
from mailflow.store.forgetting import retention as kept
from mailflow.store.forgetting.pieces import in_pieces
from mailflow.store.health.audit import audit
from mailflow.store.tables import ENTRY, MESSAGE, OCTETS, OUTBOX, PAGE, TICKET
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
FOR_A_MONTH = dict.fromkeys(("filed", "dropped", "duplicate", "failed", "sent", "closed_tickets", "pages"), "30d")
ALL = Retention.model_validate(FOR_A_MONTH)
FOR_A_DAY = Retention.model_validate(dict.fromkeys(("filed", "dropped", "duplicate"), "1d"))
Kept = Callable[[Retention], Any]


@pytest.fixture
async def retained(database: Database, policy: Any, clock: Any) -> Any:
    """A pass by these settings; as the daemon does it on its first round."""
    writer = Writer(database)

    async def go(settings: Retention) -> None:
        config = policy.config.model_copy(update={"retention": settings})
        await Retain(writer, database, policy=lambda: replace(policy, config=config), now=clock.now).round()

    yield go
    await writer.close()


@pytest.fixture
def desk(database: Database, policy: Any, clock: Any) -> Any:
    from tests.store.conftest import Desk

    return Desk(database, policy, clock)


def ended(desk: Any, disposition: Disposition) -> int:
    """An entry with this end; its number."""
    entry = desk.entry()
    if disposition is Disposition.FAILED:
        with desk.database.begin() as connection:
            from mailflow.store import journal

            journal.fail(connection, entry, "broken", desk.clock.now())
    elif disposition is not Disposition.RECEIVED:
        original = 1 if disposition is Disposition.DUPLICATE else None
        desk.file(Decision(disposition=disposition, reason="x", duplicate_of=original), None, entry)
    return int(entry.number)


def raw(desk: Any) -> list[int]:
    return [row.entry for row in desk.rows(OCTETS)]


async def test_by_default_all_is_kept(desk: Any, retained: Kept, clock: Any) -> None:
    desk.open()
    clock.forward(1000 * DAY)
    await retained(Retention())
    assert raw(desk) == [1]


@pytest.mark.parametrize(
    ("disposition", "goes"),
    [
        (Disposition.RECEIVED, False),
        (Disposition.DROPPED, True),
        (Disposition.HELD, False),
        (Disposition.DUPLICATE, True),
        (Disposition.FAILED, True),
    ],
)
async def test_raw_mail_goes_when_its_time_is_over(
    desk: Any, retained: Kept, clock: Any, disposition: Disposition, goes: bool
) -> None:
    desk.open()
    number = ended(desk, disposition)
    clock.forward(MONTH - DAY)
    await retained(ALL)
    assert number in raw(desk)
    clock.forward(DAY)
    await retained(ALL)
    assert (number in raw(desk)) is not goes
    (entry,) = desk.rows(ENTRY, id=number)
    assert (entry.emptied == clock.now()) is goes
    with desk.database.connect() as connection:
        proof = audit(connection, clock.now())
    claimed = ("entry 2 is claimed by nobody alive",) if disposition is Disposition.RECEIVED else ()
    assert (proof.problems, proof.accepted) == (claimed, 2)


async def test_what_failed_is_given_up_with_its_mail(desk: Any, retained: Kept, clock: Any) -> None:
    ended(desk, Disposition.FAILED)
    clock.forward(MONTH)
    await retained(ALL)
    (entry,) = desk.rows(ENTRY)
    assert (entry.disposition, entry.rule) == ("dropped", "retention")


async def test_a_copy_that_comes_after_it_is_a_duplicate_all_the_same(desk: Any, retained: Kept, clock: Any) -> None:
    from mailflow.desk.decide import decide
    from mailflow.desk.thread import clues_of
    from mailflow.store.recall import recall

    octets = b"From: a@kunde.example\r\nDate: Mon, 2 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n"
    dispositions = []
    for _ in range(2):
        arrival = desk.arrival(octets=octets)
        desk.receive(replace(arrival, envelope=replace(arrival.envelope, rcpt_tos=("sales@firma.example",))))
        (claimed,) = desk.claim()
        message = parse(octets)
        with desk.database.begin() as connection:
            context = recall(connection, clues_of(message, claimed.entry, desk.policy), clock.now())
        decision = decide(message, claimed.entry, context, desk.policy, clock.now())
        dispositions.append(decision.disposition)
        desk.file(decision, message, claimed.entry)
        clock.forward(timedelta(days=5))
        await retained(FOR_A_DAY)
        assert raw(desk) == []
    assert dispositions == [Disposition.FILED, Disposition.DUPLICATE]


async def test_of_what_was_sent_the_content_goes(desk: Any, retained: Kept, clock: Any) -> None:
    desk.open()
    desk.open()
    with desk.database.begin() as connection:
        sent = update(OUTBOX).where(OUTBOX.c.id == 1).values(state="sent", settled=clock.now())
        connection.execute(sent)
    clock.forward(MONTH)
    await retained(ALL)
    first, second = desk.rows(OUTBOX)
    assert (first.octets, first.emptied, first.rcpt_to) == (b"", clock.now(), "anna@kunde.example")
    assert second.octets
    assert second.emptied is None


async def test_a_closed_ticket_is_a_number_in_the_end(desk: Any, retained: Kept, clock: Any) -> None:
    closed, waits = desk.open(), desk.open()
    close(desk, closed)
    clock.forward(MONTH)
    await retained(Retention.model_validate({"closed_tickets": "30d"}))
    subjects = {row.id: (row.subject, row.requester) for row in desk.rows(TICKET)}
    assert subjects == {closed: ("[erased]", ""), waits: ("Printer on fire", "anna@kunde.example")}
    assert raw(desk) == [2]
    with desk.database.connect() as connection:
        assert audit(connection, clock.now()).problems == ()


async def test_a_merged_ticket_stays_as_long_as_that_in_which_it_is_read(
    desk: Any, retained: Kept, clock: Any, database: Database
) -> None:
    merged, stands = desk.open(), desk.open()
    with database.begin() as connection:
        both = tickets.load_all(connection, [merged, stands], lock=True)
        actions = merge(both[merged], both[stands], "ewa", desk.policy, clock.now())
    desk.act(stands, *actions)
    clock.forward(2 * MONTH)
    settings = Retention.model_validate({"closed_tickets": "30d"})
    await retained(settings)
    with database.begin() as connection:
        assert kept.empty_tickets(connection, [merged], clock.now()) == 0
        assert kept.empty_mail_of_tickets(connection, raw(desk), clock.now()) == 0
    assert {row.ticket: row.reply for row in desk.rows(MESSAGE)} == dict.fromkeys((merged, stands), "It burns.")
    close(desk, stands)
    await retained(settings)
    assert [row.subject for row in desk.rows(TICKET)] == ["[erased]"] * 2
    assert raw(desk) == []


async def test_what_somebody_brings_back_meanwhile_stays(desk: Any, database: Database, clock: Any) -> None:
    from mailflow.store import journal

    number = ended(desk, Disposition.DROPPED)
    with database.begin() as connection:
        journal.retry(connection, number)
        assert kept.empty_mail(connection, [number], clock.now()) == 0
    assert raw(desk) == [number]


async def test_much_goes_in_pieces_that_others_can_write_between(
    desk: Any, retained: Kept, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "STEP", 3)
    monkeypatch.setattr("mailflow.store.forgetting.pieces.ROWS", 2)
    numbers = [ended(desk, Disposition.DROPPED if each % 2 else Disposition.HELD) for each in range(10)]
    clock.forward(MONTH)
    await retained(ALL)
    assert raw(desk) == numbers[::2]


async def test_it_is_looked_through_once_a_day(desk: Any, database: Database, policy: Any, clock: Any) -> None:
    writer = Writer(database)
    config = policy.config.model_copy(update={"retention": ALL})
    retain = Retain(writer, database, policy=lambda: replace(policy, config=config), now=clock.now)
    clock.forward(MONTH)
    await retain.round()
    first = ended(desk, Disposition.DROPPED)
    with database.begin() as connection:
        connection.execute(update(ENTRY).values(received=clock.now() - 2 * MONTH, settled=clock.now() - 2 * MONTH))
    await retain.round()
    assert raw(desk) == [first]
    clock.forward(DAY)
    await retain.round()
    assert raw(desk) == []
    await writer.close()


async def test_a_clock_that_was_put_back_keeps_nothing_for_longer(
    desk: Any, database: Database, policy: Any, clock: Any
) -> None:
    writer, ahead = Writer(database), 365 * DAY
    config = policy.config.model_copy(update={"retention": ALL})
    of_it = replace(policy, config=config)
    retain = Retain(writer, database, policy=lambda: of_it, now=lambda: clock.now() + ahead)
    await retain.round()
    ahead = 0 * DAY
    ended(desk, Disposition.DROPPED)
    clock.forward(MONTH)
    await retain.round()
    assert raw(desk) == []
    await writer.close()


def test_pages_that_somebody_took_go(database: Database, desk: Any, clock: Any) -> None:
    ticket = desk.open()
    with database.begin() as connection:
        for state, settled in (("taken", clock.now()), ("waiting", None)):
            row = {
                "ticket": ticket, "on_call": f"night {state}", "cause": "x", "state": state, "created": clock.now(),
                "due": clock.now(), "settled": settled,
            }  # fmt: skip
            connection.execute(PAGE.insert().values(**row))
        found = kept.look_at_pages(connection, ALL, 0, clock.now() + MONTH)
        assert kept.empty_pages(connection, found.pieces[0], clock.now()) == 1
    assert [row.state for row in desk.rows(PAGE)] == ["waiting"]


async def test_what_has_no_raw_mail_is_not_tried_again(desk: Any, retained: Kept, clock: Any) -> None:
    from mailflow.store import journal

    number = ended(desk, Disposition.DROPPED)
    clock.forward(2 * MONTH)
    await retained(ALL)
    with (
        desk.database.begin() as connection,
        pytest.raises(Refused, match="cannot retry entry 1: its raw mail went on"),
    ):
        journal.retry(connection, number)


async def test_a_row_without_raw_mail_keeps_no_other_from_being_read(desk: Any) -> None:
    (first,), (second,) = desk.receive(), desk.receive()
    with desk.database.begin() as connection:
        connection.execute(delete(OCTETS).where(OCTETS.c.entry == first))
    assert [each.entry.number for each in desk.claim()] == [second]
    (lost,) = desk.rows(ENTRY, id=first)
    assert (lost.disposition, lost.reason) == ("failed", "its raw mail is not there any more")


async def test_an_answer_whose_words_went_is_not_sent_again(desk: Any, retained: Kept, clock: Any) -> None:
    from mailflow.store import outbox

    desk.open()
    with desk.database.begin() as connection:
        outbox.cancel(connection, 1, clock.now())
    clock.forward(2 * MONTH)
    await retained(ALL)
    with desk.database.begin() as connection, pytest.raises(Refused, match="its words are not kept any more"):
        outbox.retry(connection, 1)


def test_a_piece_is_as_much_as_is_emptied_while_others_wait() -> None:
    large = 10 << 20
    assert in_pieces({}) == []
    assert in_pieces({1: large, 2: 1, 3: 1, 4: large, 5: large}) == [[1], [2, 3], [4], [5]]
    assert [len(piece) for piece in in_pieces(dict.fromkeys(range(250), 1))] == [100, 100, 50]


async def test_of_large_mail_each_goes_by_itself_that_of_tickets_too(
    desk: Any, retained: Kept, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of one ticket: what a transaction frees is what a `250` waits for."""
    monkeypatch.setattr("mailflow.store.forgetting.pieces.OCTETS", 30)
    number = desk.open()
    for _ in range(3):
        entry = desk.entry()
        filed = Decision(disposition=Disposition.FILED, reason="x", ticket=number, actions=(Append(ticket=number),))
        desk.file(filed, None, entry)
    for _ in range(2):
        ended(desk, Disposition.DROPPED)
    close(desk, number)
    clock.forward(MONTH)
    freed = []

    @event.listens_for(desk.database.engine, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("DELETE FROM octets"):
            freed.append(cursor.rowcount)

    await retained(Retention.model_validate({"dropped": "30d", "closed_tickets": "30d"}))
    assert raw(desk) == []
    assert [count for count in freed if count] == [1] * 6


def close(desk: Any, number: int) -> None:
    desk.act(number, ChangeStatus(ticket=number, move=Move.RESOLVE, cause="x"))
    desk.act(number, ChangeStatus(ticket=number, move=Move.CLOSE, cause="x"))
