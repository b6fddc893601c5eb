"""The journal read again: what came to an end, the newest first, in batches, as it was judged."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import Append
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.ruled import Lands
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.effects import Effects, End
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.store.entries import past
from mailflow.store.tables import ENTRY

HOLDS = Applied("look", "filters/10.toml:3", Effects(end=End.HOLD, because="why"))


def held(**also: Any) -> Decision:
    return Decision(disposition=Disposition.HELD, reason="look: why", rule="look", **also)


@pytest.fixture
def three(desk: Any) -> Any:
    """A ticket, what continued it, and what was held; and one that waits."""
    ticket = desk.open()
    append = (Append(ticket=ticket),)
    desk.file(Decision(disposition=Disposition.FILED, reason="it belongs there", ticket=ticket, actions=append))
    verdict = Identity("anna@kunde.example", Verdict.FAILED, "its domain says so")
    desk.file(held(applied=(HOLDS,), identity=verdict))
    desk.receive()
    return desk


def read(desk: Any, limit: int = 10, octets: int = 1 << 20, **ago: timedelta) -> tuple[past.Span, list[past.Kept]]:
    now = desk.clock.now()
    since, until = now - ago.get("since", timedelta(days=1)), now + timedelta(seconds=1)
    found: list[past.Kept] = []
    with desk.database.connect() as connection:
        span = past.span(connection, since, until)
        below = span.last + 1
        while batch := past.batch(connection, span, below, limit, octets):
            assert len(batch) <= limit
            found += batch
            below = batch[-1].entry.number
    return span, found


@pytest.mark.parametrize(("limit", "octets"), [(10, 1 << 20), (1, 1 << 20), (10, 1)])
def test_what_was_judged_comes_back_the_newest_first(three: Any, limit: int, octets: int) -> None:
    span, found = read(three, limit, octets)
    assert (span.judged, span.others) == (3, 1)
    assert [each.entry.number for each in found] == [3, 2, 1]
    assert [each.past.lands for each in found] == [Lands.NOWHERE, Lands.CONTINUES, Lands.OPENS]
    assert found[0].entry.octets == b"Subject: x\r\n\r\nx\r\n"
    assert found[0].subject == "Printer on fire"


def test_what_was_decided_and_why_comes_with_it(three: Any) -> None:
    last = read(three)[1][0].past
    assert (last.outcome.disposition, last.outcome.rule, last.outcome.reason) == ("held", "look", "look: why")
    assert last.outcome.applied == (HOLDS,)
    assert last.ended_by_filters
    assert (last.verdict, last.verdict_reason) == (Verdict.FAILED, "its domain says so")
    first = read(three)[1][-1].past
    assert (first.outcome.applied, first.verdict, first.ended_by_filters) == ((), None, False)


def test_of_a_header_alone_nothing_is_judged(three: Any) -> None:
    with three.database.begin() as connection:
        connection.execute(ENTRY.update().where(ENTRY.c.id == 3).values(rule=OwnRule.HEADER_ONLY.value))
    span, found = read(three)
    assert (span.others, [each.entry.number for each in found]) == (2, [2, 1])


def test_what_came_before_or_after_is_not_read(three: Any) -> None:
    start = three.clock.now()
    three.clock.forward(timedelta(hours=2))
    three.file(held())
    with three.database.connect() as connection:
        span = past.span(connection, start, three.clock.now())
        numbers = [each.entry.number for each in past.batch(connection, span, 1 << 30, 10, 1 << 20)]
    assert (span.judged, numbers) == (3, [3, 2, 1])
    assert [each.entry.number for each in read(three, since=timedelta(hours=1))[1]] == [5]


def test_an_empty_journal_has_nothing_to_read(desk: Any) -> None:
    span, found = read(desk)
    assert (span.judged, span.others, found) == (0, 0, [])
