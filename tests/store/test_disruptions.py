"""A disrupted region: no timer rings, nothing is due; lifted, each goes on with what was left, once (R0.7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Append, SetTimer, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.contacts.contact import Role
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move
from mailflow.desk.timing.pause import Why
from mailflow.errors import Refused
from mailflow.flow.escalate import ring_due
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.database import Database
from mailflow.store.incidents import disruptions
from mailflow.store.shown import overview, queue, ticket_views
from mailflow.store.tables import ACCOUNT, DISRUPTION, EVENT, TICKET, TIMER
from mailflow.store.tickets import tickets
from mailflow.store.timing import timers
from tests.conftest import ORGANISATION
from tests.store.conftest import new_ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = [{"first_response": "4h", "next_response": "3h", "resolution": "9h"}]


@pytest.fixture
def region(desk: Any) -> Any:
    """#1 is of an account in Tamil Nadu, #2 of one elsewhere, #3 nobody's; all wait since now."""
    desk.policy = replace(desk.policy, config=Config.model_validate({**ORGANISATION, "due": DUE}))
    for number, where in ((1, "Tamil Nadu"), (2, "Kerala")):
        contact = NewContact(
            account=f"{number}",
            name="Anna",
            addresses=(f"{number}@kunde.example",),
            roles=(Role.PRIMARY,),
            region=where,
        )
        with desk.database.begin() as connection:
            add(connection, contact, agent="ewa", at=desk.clock.now())
    for number in (1, 2, None):
        of_account(desk, number)
    return desk


def of_account(desk: Any, account: int | None) -> int:
    """A ticket that waits for us, and escalates in four hours."""
    entry = desk.entry()
    opening, *rest = new_ticket(entry).actions
    timer = SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now() + 4 * HOUR)
    actions = (replace(opening, account=account), *rest, timer)
    number = desk.file(Decision(disposition=Disposition.FILED, reason="new", actions=actions), None, entry)
    assert number
    return int(number)


def disrupt(desk: Any, name: str = "Tamil Nadu") -> None:
    with desk.database.begin() as connection:
        disruptions.disrupt(connection, name, "a storm", "ewa", desk.clock.now())


def lift(desk: Any, name: str = "Tamil Nadu") -> int:
    with desk.database.begin() as connection:
        return disruptions.lift(connection, name, desk.policy, desk.clock.now())


def rung(desk: Any) -> list[int]:
    """Which tickets ring."""
    with desk.database.begin() as connection:
        return [each.timer.ticket for each in ring_due(connection, desk.policy, desk.clock.now())]


def listed(desk: Any) -> list[int]:
    with desk.database.connect() as connection:
        return [each["number"] for each in queue.due(connection)]


def test_clocks_stand_still_and_go_on_with_what_was_left(region: Any) -> None:
    start = region.clock.now()
    region.clock.forward(HOUR)
    disrupt(region)
    assert listed(region) == [2, 3]
    region.clock.forward(2 * DAY)
    assert rung(region) == [2, 3]
    assert rung(region) == []
    assert lift(region) == 1
    assert region.rows(TIMER)[0].due == start + 4 * HOUR + 2 * DAY
    row = region.rows(TICKET)[0]
    assert (row.response_due - start, row.resolution_due - start) == (4 * HOUR + 2 * DAY, 9 * HOUR + 2 * DAY)
    assert listed(region) == [2, 3, 1]
    region.clock.forward(3 * HOUR - timedelta(seconds=1))
    assert rung(region) == []
    region.clock.forward(timedelta(seconds=1))
    assert rung(region) == [1]
    assert [each.text for each in region.rows(EVENT, kind="disruption")] == [
        "region Tamil Nadu, since 2026-11-02 10:00 UTC, is over: the clocks go on"
    ]


def test_a_restart_loses_and_doubles_nothing(region: Any, database: Database) -> None:
    """What is known of it are rows: another daemon on the same database does as the first."""
    disrupt(region)
    region.clock.forward(DAY)
    url = database.engine.url.render_as_string(hide_password=False)
    region.database = Database(f"sqlite:///{database.file}" if database.file else url)
    try:
        assert rung(region) == [2, 3]
        lift(region)
        with pytest.raises(Refused, match="Tamil Nadu is not disrupted"):
            lift(region)
        region.clock.forward(4 * HOUR)
        assert rung(region) == [1]
        assert rung(region) == []
    finally:
        region.database.close()
        region.database = database


def test_what_begins_in_it_has_all_its_time_from_the_end_on(region: Any) -> None:
    disrupt(region)
    region.clock.forward(DAY)
    number = of_account(region, 1)
    region.clock.forward(DAY)
    lift(region)
    (timer,) = region.rows(TIMER, ticket=number)
    assert timer.due == region.clock.now() + 4 * HOUR
    assert region.rows(TICKET)[-1].response_due == region.clock.now() + 4 * HOUR


def test_each_reminder_comes_at_its_own_time(region: Any) -> None:
    """Asked a day before ten days of disruption: the first reminder is due a day after, and is none that is late."""
    with region.database.begin() as connection:
        ticket = tickets.load(connection, 1)
    assert ticket
    now = region.clock.now()
    region.act(1, *answer.reply(ticket, "Is it on?", "ewa", region.policy, now, then=Move.QUESTION_MAILED))
    region.clock.forward(DAY)
    disrupt(region)
    region.clock.forward(10 * DAY)
    assert rung(region) == [2, 3]
    lift(region)
    assert [each.due - now for each in region.rows(TIMER, ticket=1)] == [12 * DAY, 15 * DAY, 20 * DAY]
    assert rung(region) == []
    region.clock.forward(DAY)
    with region.database.begin() as connection:
        (ring,) = ring_due(connection, region.policy, region.clock.now())
    (reminder,) = ring.outcome
    assert reminder.values["resolves_on"] == (now + 20 * DAY).date().isoformat()


def test_a_hold_within_it_goes_on_after_it(region: Any) -> None:
    disrupt(region)
    with region.database.begin() as connection:
        ticket = tickets.load(connection, 1)
    assert ticket
    region.act(1, *answer.hold(ticket, "ewa"))
    region.clock.forward(DAY)
    lift(region)
    with region.database.begin() as connection:
        ticket = tickets.load(connection, 1)
    assert ticket
    assert [(each.why, each.until is None) for each in ticket.pauses] == [(Why.DISRUPTED, False), (Why.ON_HOLD, True)]


def test_what_an_agent_waits_for_is_not_the_regions(region: Any) -> None:
    region.act(1, SetTimer(ticket=1, kind=TimerKind.WAKE, step=1, due=region.clock.now() + HOUR))
    disrupt(region)
    region.clock.forward(HOUR)
    with region.database.begin() as connection:
        assert [each.kind for each in timers.due(connection, region.clock.now(), 10)] == [TimerKind.WAKE]
        due = region.clock.now()
    region.clock.forward(HOUR)
    lift(region)
    (wake,) = region.rows(TIMER, kind="wake")
    assert wake.due == due


def test_it_is_shown(region: Any) -> None:
    disrupt(region)
    region.clock.forward(DAY)
    with region.database.connect() as connection:
        shown, status = ticket_views.ticket(connection, 1), overview.status(connection, region.clock.now())
        elsewhere = ticket_views.ticket(connection, 2)
    assert shown
    assert elsewhere
    assert shown["disrupted"] == (region.clock.now() - DAY).isoformat()
    assert set(shown["due"].values()) == {None}
    assert (elsewhere["disrupted"], elsewhere["next_due"] is None) == (None, False)
    assert status["disrupted"] == [{"region": "Tamil Nadu", "since": shown["disrupted"], "why": "a storm"}]
    assert (status["timers"]["overdue"], status["due"]["overdue"]) == (2, 2)


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (
            lambda desk: disrupt(desk, "Tamil Nado"),
            r"no account is in region 'Tamil Nado'; did you mean 'Tamil Nadu'\?",
        ),
        (lambda desk: (disrupt(desk), disrupt(desk, "tamil  nadu")), "is disrupted already"),
        (lambda desk: lift(desk, "Kerala"), "Kerala is not disrupted; there is none at all"),
    ],
)
def test_what_cannot_be_done_says_why(deed: Callable[[Any], None], why: str, region: Any) -> None:
    with pytest.raises(Refused, match=why):
        deed(region)


def test_a_name_is_one_however_accounts_write_it(region: Any) -> None:
    with region.database.begin() as connection:
        connection.execute(ACCOUNT.update().where(ACCOUNT.c.code == "2").values(region="TAMIL NADU"))
    disrupt(region, "tamil nadu")
    region.clock.forward(DAY)
    assert rung(region) == [3]
    assert lift(region, "Tamil NADU") == 2
    assert [each.until for each in region.rows(DISRUPTION)] == [region.clock.now()] * 2


def test_one_may_come_again(region: Any) -> None:
    start = region.clock.now()
    for _ in range(2):
        disrupt(region)
        region.clock.forward(DAY)
        lift(region)
        region.clock.forward(HOUR)
    assert region.rows(TIMER)[0].due == start + 2 * DAY + 4 * HOUR
    assert region.rows(TICKET)[0].response_due == start + 2 * DAY + 4 * HOUR
    chaser = Decision(disposition=Disposition.FILED, reason="", ticket=1, actions=(Append(ticket=1),))
    region.file(chaser)
    assert region.rows(TICKET)[0].response_due == start + 2 * DAY + 4 * HOUR
