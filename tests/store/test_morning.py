"""What a department is told when its day begins: counted and read, on both databases."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mailflow.config import Config
from mailflow.desk.actions import ChangeStatus, MarkUndeliverable, PageOnCall, Route, SetPriority, TakePages
from mailflow.desk.digests.digest import Day
from mailflow.desk.digests.morning import Morning
from mailflow.desk.paging.oncall import PageState
from mailflow.desk.ticket import Move, Priority
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.incidents import disruptions
from mailflow.store.shown import morning
from mailflow.store.tables import ENTRY, OUTBOX, PAGE, TICKET
from tests.conftest import ORGANISATION

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = [{"priority": "high", "first_response": "1h"}, {"first_response": "6h"}, {"resolution": "5d"}]


@pytest.fixture
def promised(desk: Any) -> Any:
    """A desk that promises something, and its clock at nine."""
    desk.policy = replace(desk.policy, config=Config.model_validate({**ORGANISATION, "due": DUE}))
    return desk


def told(desk: Any, moment: datetime | None = None, department: str = "support") -> Morning:
    """Today ends at midnight, UTC."""
    now = desk.clock.now()
    ends = datetime.combine(now.date() + DAY, time(), now.tzinfo)
    day = Day(desk.policy.departments[department], moment or now, ends)
    with desk.database.connect() as connection:
        return morning.morning(connection, day, desk.policy, now)


def numbers(pile: Any) -> list[int]:
    return [each.ticket.number for each in pile.shown]


def test_what_is_overdue_and_what_is_due_today_the_oldest_first(promised: Any) -> None:
    first, second, third = (promised.open() for _ in range(3))
    promised.act(second, SetPriority(ticket=second, priority=Priority.HIGH))
    promised.act(third, Route(ticket=third, department="billing"))
    promised.clock.forward(2 * HOUR)
    found = told(promised)
    assert (numbers(found.overdue), numbers(found.today)) == ([second], [first])
    assert numbers(told(promised, department="billing").today) == [third]
    promised.clock.forward(6 * HOUR)
    assert numbers(told(promised).overdue) == [second, first]


def test_what_is_due_tomorrow_is_not_told_nor_what_came_later_or_is_settled(promised: Any) -> None:
    late = promised.open()
    promised.clock.forward(10 * HOUR)
    assert numbers(told(promised).overdue) == [late]
    promised.act(late, ChangeStatus(ticket=late, move=Move.RESOLVE, cause="done"))
    moment = promised.clock.now()
    promised.clock.forward(HOUR / 60)
    promised.open()  # at seven in the evening: due at one in the morning
    assert not told(promised).has_any
    promised.clock.forward(4 * HOUR + 6 * HOUR)
    assert not told(promised, moment).has_any
    assert told(promised).overdue.count == 1


def test_a_disrupted_region_is_left_in_peace(promised: Any) -> None:
    number = promised.open()
    with promised.database.begin() as connection:
        add(connection, _contact(), agent="ewa", at=promised.clock.now())
        connection.execute(update(TICKET).where(TICKET.c.id == number).values(account=1))
        disruptions.disrupt(connection, "Kerala", "a storm", "ewa", promised.clock.now())
    promised.clock.forward(DAY)
    assert not told(promised).has_any


def _contact() -> NewContact:
    return NewContact(account="1", account_name="K", region="Kerala", name="Anna", addresses=("anna@kunde.example",))


def test_many_are_counted_and_few_are_read(promised: Any) -> None:
    for _ in range(morning.SHOWN + 2):
        promised.open()
    promised.clock.forward(DAY)
    found = told(promised).overdue
    assert (found.count, len(found.shown)) == (morning.SHOWN + 2, morning.SHOWN)


def test_what_failed_is_told_to_whose_mailbox_it_came_to(desk: Any) -> None:
    (number,) = desk.receive()
    with desk.database.begin() as connection:
        failed = {"disposition": "failed", "reason": "RecursionError", "settled": desk.clock.now()}
        connection.execute(update(ENTRY).where(ENTRY.c.id == number).values(failed))
    assert [(each.number, each.reason) for each in told(desk).failed.shown] == [(number, "RecursionError")]
    assert not told(desk, department="billing").has_any
    assert not told(desk, desk.clock.now() - HOUR).has_any


def test_a_page_that_nobody_took(desk: Any) -> None:
    number = desk.open()
    desk.act(number, PageOnCall(ticket=number, on_call="night", cause="a fire"))
    with desk.database.begin() as connection:
        connection.execute(update(PAGE).values(state=PageState.GIVEN_UP.value))
    (page,) = told(desk).pages.shown
    assert (page.ticket, page.on_call, page.cause) == (number, "night", "a fire")
    assert not told(desk, department="billing").has_any
    desk.act(number, TakePages(ticket=number, by="ewa"))
    assert not told(desk).has_any


def test_who_gets_no_mail_while_their_ticket_is_not_over(desk: Any) -> None:
    number, until = desk.open(), desk.clock.now() + 5 * DAY
    lost = MarkUndeliverable(ticket=number, address="a@b.example", until=until, status="5.1.1", diagnostic="no such")
    desk.act(number, lost)
    assert [each.address for each in told(desk).unreachable.shown] == ["a@b.example"]
    desk.act(number, ChangeStatus(ticket=number, move=Move.RESOLVE, cause="done"))
    assert not told(desk).has_any
    desk.act(number, ChangeStatus(ticket=number, move=Move.CUSTOMER_WROTE, cause="it is not"))
    desk.clock.forward(6 * DAY)
    assert not told(desk).has_any


def test_a_mail_in_doubt(desk: Any) -> None:
    number = desk.open()
    with desk.database.begin() as connection:
        connection.execute(update(OUTBOX).values(state="unknown"))
    (mail,) = told(desk).doubtful.shown
    assert (mail.ticket, mail.kind, mail.rcpt_to) == (number, "acknowledgement", "anna@kunde.example")
    assert told(desk).has_any
    assert not told(desk, department="billing").has_any
