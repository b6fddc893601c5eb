"""What an absence note does to reminders, and whose note does nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mailflow.desk.actions import CancelTimers, SetAway, SetTimer, TimerKind
from mailflow.desk.agents.answer import reply
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.conversation.away import LONGEST
from mailflow.desk.ticket import Move, Status
from mailflow.desk.timing.sla import QUESTION_TIMERS, due_actions
from mailflow.mail.message import Automatic, AutomaticKind

DAY = timedelta(days=1)
BACK = datetime(2026, 11, 10, tzinfo=UTC)


def note(desk: Any, until: date | None, *, addressee: str = "", author: str = "", **ticket: Any) -> Any:
    """An absence note to our question of yesterday."""
    said = {"status": Status.AWAITING_CUSTOMER, "question_at": desk.now - DAY, **ticket}
    automatic = Automatic(kind=AutomaticKind.AUTO_REPLY, why="it is one", until=until)
    author = author or desk.anna
    entry = desk.entry(f"support+{desk.token(42, addressee or author)}@firma.example", mail_from=author)
    message = desk.message(author=author, automatic=automatic)
    context = desk.contact() if author == desk.anna else NOTHING_KNOWN
    return desk.decide(message, entry, context, tickets={42: desk.ticket(**said)})


def test_reminders_count_from_the_day_after_the_absence(desk: Any, only: Any) -> None:
    decision = note(desk, date(2026, 11, 9))
    assert only(decision.actions, SetAway) == [SetAway(ticket=42, until=BACK)]
    assert only(decision.actions, CancelTimers) == [CancelTimers(ticket=42, kinds=QUESTION_TIMERS)]
    timers = [(timer.kind, timer.step, timer.due - BACK) for timer in only(decision.actions, SetTimer)]
    assert timers == [(TimerKind.REMIND, 1, 2 * DAY), (TimerKind.REMIND, 2, 5 * DAY), (TimerKind.RESOLVE, 1, 10 * DAY)]
    assert any(reason.answer == "from 2026-11-10 on" for reason in decision.reasons)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, {}),
        (date(2026, 11, 1), {}),  # over
        (date.max, {}),
        ((datetime(2026, 11, 2, tzinfo=UTC) + LONGEST).date(), {}),
        (date(2026, 11, 9), {"status": Status.OPEN}),
        (date(2026, 11, 9), {"status": Status.RESOLVED}),
        (date(2026, 11, 9), {"question_at": None}),
        (date(2026, 11, 9), {"away_until": BACK}),  # known
        (date(2026, 11, 9), {"author": "bob@kunde.example"}),
        (date(2026, 11, 9), {"author": "bob@kunde.example", "addressee": "anna@kunde.example"}),
    ],
)
def test_other_notes_move_nothing(until: date | None, said: Any, desk: Any, only: Any) -> None:
    assert only(note(desk, until, **said).actions, SetAway) == []


def test_a_reminder_after_the_absence_is_another_than_before_it(desk: Any) -> None:
    asked = {"status": Status.AWAITING_CUSTOMER, "question_at": desk.now}
    (before,) = due_actions(desk.ticket(**asked), TimerKind.REMIND, 1, desk.policy, desk.now + 2 * DAY)
    away = desk.ticket(**asked, away_until=BACK)
    (after,) = due_actions(away, TimerKind.REMIND, 1, desk.policy, BACK + 2 * DAY)
    assert before.key != after.key
    assert after.values == {"resolves_on": "2026-11-20"}


def test_who_writes_is_back(desk: Any, only: Any) -> None:
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER, question_at=desk.now, away_until=BACK)
    decision = desk.decide(entry=desk.entry(f"support+{desk.token()}@firma.example"), tickets={42: ticket})
    assert only(decision.actions, SetAway) == [SetAway(ticket=42, until=None)]


def test_a_new_question_waits_for_the_end_of_the_absence_too(desk: Any, only: Any) -> None:
    actions = reply(desk.ticket(away_until=BACK), "Is it red?", "ewa", desk.policy, desk.now, then=Move.QUESTION_MAILED)
    assert min(timer.due for timer in only(actions, SetTimer)) == BACK + 2 * DAY
