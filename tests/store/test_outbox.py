"""At most once for machines, at least once for people."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.errors import Refused
from mailflow.store import outbox
from mailflow.store.tables import OUTBOX

LEASE = timedelta(minutes=5)


class Dispatch:
    """Sends letters of a database that has no tickets."""

    def __init__(self, database: Any, clock: Any) -> None:
        self.database, self.clock = database, clock

    def write(self, key: str, *, automatic: bool = True) -> None:
        letter = Outgoing(
            key=key, kind=Kind.REMINDER if automatic else Kind.REPLY, automatic=automatic, ticket=None, mail_from="",
            rcpt_to="anna@kunde.example", subject="x", message_id=f"{key}@firma.example", octets=b"x",
        )  # fmt: skip
        self.call(outbox.insert, letter, self.clock.now())

    def claim(self, node: str = "main") -> list[outbox.Claimed]:
        found: list[outbox.Claimed] = self.call(outbox.claim, node, self.clock.now(), LEASE, 10)
        return found

    def call(self, work: Any, *given: Any) -> Any:
        with self.database.begin() as connection:
            return work(connection, *given)

    def states(self) -> dict[str, str]:
        with self.database.connect() as connection:
            return dict(connection.execute(OUTBOX.select().with_only_columns(OUTBOX.c.key, OUTBOX.c.state)).all())


@pytest.fixture
def dispatch(database: Any, clock: Any) -> Dispatch:
    return Dispatch(database, clock)


def test_a_mail_goes_its_way_once(dispatch: Dispatch) -> None:
    dispatch.write("a")
    (claimed,) = dispatch.claim()
    assert (claimed.outgoing.key, claimed.attempts, dispatch.claim()) == ("a", 1, [])
    dispatch.call(outbox.mark_sending, claimed)
    dispatch.call(outbox.settle, claimed, "sent", "250 2.0.0 ok", dispatch.clock.now())
    assert dispatch.states() == {"a": "sent"}
    with pytest.raises(Refused, match="it is sent"):
        dispatch.call(outbox.settle, claimed, "refused", "550", dispatch.clock.now())
    with pytest.raises(Refused, match="cannot send outgoing mail 1: it is sent"):
        dispatch.call(outbox.mark_sending, claimed)


def test_one_cause_is_one_mail_and_its_neighbours_are_written(dispatch: Dispatch) -> None:
    for key in ("a", "a", "b"):
        dispatch.write(key)
    assert dispatch.states() == {"a": "waiting", "b": "waiting"}


def test_a_deferred_mail_waits_until_it_is_due(dispatch: Dispatch) -> None:
    dispatch.write("a")
    (claimed,) = dispatch.claim()
    due = dispatch.clock.now() + timedelta(minutes=1)
    dispatch.call(outbox.postpone, claimed, due, "451 4.3.0 later")
    assert dispatch.claim() == []
    dispatch.clock.forward(timedelta(minutes=1))
    assert [each.attempts for each in dispatch.claim()] == [2]


def in_every_doubt(dispatch: Dispatch) -> None:
    for key, automatic in (("robot", True), ("person", False), ("early", True)):
        dispatch.write(key, automatic=automatic)
    for claimed in dispatch.claim():
        if claimed.outgoing.key != "early":
            dispatch.call(outbox.mark_sending, claimed)


AFTER_A_CRASH = {"robot": "unknown", "person": "waiting", "early": "waiting"}


def test_what_was_in_doubt_when_a_node_died_is_settled_when_it_starts(dispatch: Dispatch) -> None:
    # D2: o1–o5, P4
    in_every_doubt(dispatch)
    dispatch.call(outbox.recover, "main", dispatch.clock.now())
    assert dispatch.states() == AFTER_A_CRASH


def test_what_another_node_is_sending_is_left_alone_until_its_lease_is_over(dispatch: Dispatch) -> None:
    # D7
    in_every_doubt(dispatch)
    dispatch.call(outbox.recover, "other", dispatch.clock.now())
    dispatch.call(outbox.recover, "", dispatch.clock.now())
    assert dispatch.states() == {"robot": "sending", "person": "sending", "early": "claimed"}
    dispatch.clock.forward(2 * LEASE)
    dispatch.call(outbox.recover, "", dispatch.clock.now())
    assert dispatch.states() == AFTER_A_CRASH


def test_who_lost_the_claim_neither_sends_nor_records_anything(dispatch: Dispatch) -> None:
    # P4: a machine slept through its lease, and another claim followed
    dispatch.write("a")
    (lost,) = dispatch.claim("one")
    dispatch.clock.forward(2 * LEASE)
    dispatch.call(outbox.recover, "", dispatch.clock.now())
    (mine,) = dispatch.claim("two")
    now = dispatch.clock.now()
    steps = ((outbox.mark_sending,), (outbox.settle, "sent", "250", now), (outbox.postpone, now, "451"))
    for sending in (False, True):
        for step, *given in steps[sending:]:
            with pytest.raises(Refused, match="it was claimed again since"):
                dispatch.call(step, lost, *given)
        if not sending:
            dispatch.call(outbox.mark_sending, mine)
    assert dispatch.states() == {"a": "sending"}
    dispatch.call(outbox.settle, mine, "sent", "250 2.0.0 ok", now)
    assert dispatch.states() == {"a": "sent"}


def test_what_is_in_hand_is_not_stale_however_late_the_clock_says_it_is(dispatch: Dispatch) -> None:
    # P4: it was taken for stale and sent a second time
    in_every_doubt(dispatch)
    dispatch.clock.forward(2 * LEASE)
    dispatch.call(outbox.recover, "", dispatch.clock.now(), {1, 3})
    assert dispatch.states() == {"robot": "sending", "person": "waiting", "early": "claimed"}


def test_a_clock_that_was_put_back_keeps_nothing_new_waiting(dispatch: Dispatch) -> None:
    dispatch.write("a")
    before = dispatch.clock.now() - timedelta(hours=1)
    (claimed,) = dispatch.call(outbox.claim, "main", before, LEASE, 10)
    dispatch.call(outbox.postpone, claimed, before + timedelta(minutes=1), "451 4.3.0 later")
    assert dispatch.call(outbox.claim, "main", before, LEASE, 10) == []
    dispatch.call(outbox.retry, claimed.number)
    assert len(dispatch.call(outbox.claim, "main", before, LEASE, 10)) == 1


def test_a_person_decides_about_the_unknown(dispatch: Dispatch) -> None:
    in_every_doubt(dispatch)
    dispatch.call(outbox.recover, "main", dispatch.clock.now())
    dispatch.call(outbox.retry, 1)
    dispatch.call(outbox.cancel, 2, dispatch.clock.now())
    assert dispatch.states() == {"robot": "waiting", "person": "cancelled", "early": "waiting"}
    with pytest.raises(Refused, match="there is no outgoing mail 9"):
        dispatch.call(outbox.cancel, 9, dispatch.clock.now())


def test_an_end_that_is_none_is_our_bug(dispatch: Dispatch) -> None:
    # X24
    dispatch.write("a")
    (claimed,) = dispatch.claim()
    for word in ("waiting", "gone"):
        with pytest.raises(ValueError, match=word):
            dispatch.call(outbox.settle, claimed, word, "", dispatch.clock.now())


def test_the_octets_can_be_looked_at(dispatch: Dispatch) -> None:
    dispatch.write("a")
    assert [dispatch.call(outbox.octets_of, number) for number in (1, 2)] == [b"x", None]
