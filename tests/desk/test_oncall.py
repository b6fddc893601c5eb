"""The ladder of a page as a table: which step when, when again, when no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.config import OnCall
from mailflow.desk.paging.oncall import GiveUp, Page, Try, as_json, due_again, ladder_of, next_try, way_of

START = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
NIGHT = OnCall.model_validate(
    {
        "name": "night",
        "step": [
            {"mail": ["anna@staff.example", "jan@staff.example"]},
            {"after": "10m", "command": ["/usr/local/bin/page", "--secret", "hunter2"]},
            {"after": "30m", "webhook": "https://pager.example/T0P/S3CR3T"},
        ],
        "repeat": "5m",
        "give_up_after": "2h",
    }
)
ONE = NIGHT.model_copy(update={"step": NIGHT.step[:1], "give_up_after": None})


def page(**known: Any) -> Page:
    return Page(number=3, ticket=12, on_call="night", cause="rule outages", created=START, **known)


@pytest.mark.parametrize(
    ("minutes", "tried_before", "step"),
    [
        (0, 0, 1),
        (-5, 0, 1),  # the clock was put back
        (5, 1, 1),
        (9.99, 1, 1),
        (10, 1, 2),
        (29, 2, 2),
        (30, 2, 3),
        (45, 1, 3),  # we were away: only the step whose time it is
        (119, 3, 3),
        (600, 0, 3),  # away for longer than all of it: once all the same
        (600, 2, 3),
    ],
)
def test_the_step_whose_time_has_come_is_tried(minutes: float, tried_before: int, step: int) -> None:
    found = next_try(page(step=tried_before), NIGHT, START + timedelta(minutes=minutes))
    assert found == Try(step, NIGHT.step[step - 1])


@pytest.mark.parametrize(("minutes", "tried_before"), [(120, 3), (600, 3), (600, 5)])
def test_it_ends_when_the_last_step_was_tried_and_the_time_is_over(minutes: float, tried_before: int) -> None:
    found = next_try(page(step=tried_before), NIGHT, START + timedelta(minutes=minutes))
    assert found == GiveUp("nobody took it in 2 hours")


def test_without_an_end_it_goes_on() -> None:
    assert next_try(page(step=1, attempts=5000), ONE, START + timedelta(days=400)) == Try(1, ONE.step[0])


def test_a_ladder_that_is_gone_ends_it() -> None:
    assert next_try(page(), None, START) == GiveUp("there is no [[on_call]] named 'night' any more")


@pytest.mark.parametrize(
    ("step", "minutes", "reached", "again"),
    [
        (1, 0, True, 5),
        (1, 0, False, 1),  # trouble: sooner
        (1, 7, True, 10),  # the next step is sooner
        (1, 9.5, False, 10),
        (1, 11, True, 11),  # the attempt took so long that the next step is due
        (2, 10, True, 15),
        (2, 28, True, 30),
        (3, 30, True, 35),
        (3, 118, True, 120),  # then it is given up
        (3, 118, False, 119),
        (3, 130, True, 130),
    ],
)
def test_when_it_is_looked_at_again(step: int, minutes: float, reached: bool, again: float) -> None:
    now = START + timedelta(minutes=minutes)
    due = due_again(page(step=step), NIGHT, Try(step, NIGHT.step[step - 1]), now, reached=reached)
    assert due == START + timedelta(minutes=again)


def test_the_only_step_is_repeated_for_ever() -> None:
    now = START + timedelta(days=30)
    tried = Try(1, ONE.step[0])
    assert due_again(page(step=1), ONE, tried, now, reached=True) == now + timedelta(minutes=5)


def test_a_short_repeat_is_no_longer_after_trouble() -> None:
    often = ONE.model_copy(update={"repeat": timedelta(seconds=30)})
    tried = Try(1, ONE.step[0])
    assert due_again(page(step=1), often, tried, START, reached=False) == START + timedelta(seconds=30)


def test_words_name_no_secret() -> None:
    ways = [way_of(step) for step in NIGHT.step]
    assert ways == [
        "mail to anna@staff.example, jan@staff.example",
        "command /usr/local/bin/page",
        "webhook pager.example",
    ]
    assert ladder_of(NIGHT) == (
        "mail to anna@staff.example, jan@staff.example; after 10 minutes command /usr/local/bin/page; "
        "after 30 minutes webhook pager.example; every 5 minutes until somebody takes it"
    )


def test_what_is_told_is_the_ticket_and_not_its_words(desk: Any) -> None:
    told = as_json(page(step=2, attempts=4), desk.ticket(12, subject="Down\r\n\x1b[2J" + "x" * 500))
    subject = told.pop("subject")
    assert isinstance(subject, str)
    assert subject.isprintable()
    assert len(subject) <= 200
    assert told == {
        "page": 3,
        "on_call": "night",
        "step": 2,
        "attempt": 4,
        "ticket": 12,
        "requester": "anna@kunde.example",
        "priority": "normal",
        "department": "support",
        "cause": "rule outages",
        "since": "2026-11-02T02:00:00+00:00",
    }
