"""What Prometheus is told of the ledger, on both databases."""

from datetime import timedelta
from typing import Any

from mailflow.desk.actions import SetTimer, TimerKind
from mailflow.desk.decision import Decision, Disposition
from mailflow.flow.exposition import _of_the_ledger
from mailflow.store import journal, outbox
from mailflow.store.health.figures import sums, waiting
from mailflow.store.outbox import State
from mailflow.store.timing import timers


def test_every_mail_is_counted_by_what_became_of_it(desk: Any) -> None:
    opened = desk.clock.now()
    desk.open()
    desk.file(Decision(disposition=Disposition.DROPPED, reason="spam", rule="spam"))
    desk.file(Decision(disposition=Disposition.HELD, reason="who is it?"))
    desk.clock.forward(timedelta(minutes=3))
    desk.receive()
    with desk.database.connect() as connection:
        found, over = waiting(connection, desk.clock.now()), sums(connection)
    assert found.entries == {"held": 1, "received": 1}
    assert found.held == {("", ""): 1}
    assert over.entries == {"filed": 1, "dropped": 1}
    assert over.accepted == 4
    assert over.dropped == {"spam": 1}
    assert found.oldest_entry == desk.clock.now()
    assert found.outgoing == {"waiting": 1}
    assert found.oldest_outgoing == opened
    assert over.outgoing == {}
    assert found.oldest_timer is None
    assert over.tickets == {"open": 1}
    assert found.octets > 0


def test_what_is_filed_between_two_countings_is_accepted_all_the_same(desk: Any) -> None:
    """Sums are told again for longer than what waits: a counter that falls is a restart to Prometheus."""
    entry = desk.entry()
    with desk.database.connect() as connection:
        over = sums(connection)
    desk.file(Decision(disposition=Disposition.DROPPED, reason="spam", rule="spam"), None, entry)
    with desk.database.connect() as connection:
        found = waiting(connection, desk.clock.now())
    (accepted,) = (family for family in _of_the_ledger(found, over) if family.name == "mailflow_accepted")
    assert [sample.value for sample in accepted.samples] == [1]


def test_what_left_is_counted_by_kind_and_a_timer_that_was_not_heard_is_seen(desk: Any) -> None:
    number = desk.open()
    at = desk.clock.now()
    with desk.database.begin() as connection:
        (claimed,) = outbox.claim(connection, "main", at, timedelta(minutes=1), 10)
        outbox.settle(connection, claimed, State.REFUSED, "550 no", at)
        due = at - timedelta(hours=1)
        timers.set_all(connection, [SetTimer(ticket=number, kind=TimerKind.ESCALATE, step=9, due=due)])
        journal.release_claims(connection, "main")
    with desk.database.connect() as connection:
        found, over = waiting(connection, at), sums(connection)
    assert over.outgoing == {("refused", "acknowledgement"): 1}
    assert found.oldest_outgoing is None
    assert found.oldest_timer == due
