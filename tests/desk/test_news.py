"""R3.9: who asks for news moves nothing, opens nothing, and hears once a day where the request stands."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import ChangeStatus, FallSilent, OpenTicket, Send, SetTimer
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind

NEWS = "Dzień dobry,\n\nczy są jakieś wieści?"
HOUR = timedelta(hours=1)


def chaser(desk: Any, *waiting: int, trusted: bool = True, rcpt_to: str = "support@firma.example", **known: Any) -> Any:
    tickets = {number: desk.ticket(number, waiting_since=desk.now - HOUR) for number in (42, *waiting)}
    entry = desk.entry(rcpt_to, trusted=trusted)
    message = desk.message(subject="Moje zgłoszenie", text=NEWS, reply=NEWS)
    return desk.decide(message, entry, **{"tickets": tickets, "waiting": waiting, **known})


def test_it_is_put_to_the_one_thing_that_its_author_waits_for(desk: Any, only: Any) -> None:
    decision = chaser(desk, 42)
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert "asks for news" in decision.reason
    assert not only(decision.actions, OpenTicket) + only(decision.actions, SetTimer)  # keeps its place, R2.3
    (told,) = only(decision.actions, Send)
    assert (told.kind, told.to, told.values) == (Kind.STANDING, desk.anna, {"opened": "2026-11-02", "waits_for": ""})


@pytest.mark.parametrize("waiting", [(), (41, 42)])
def test_who_waits_for_nothing_or_for_several_things_opens_a_ticket(
    waiting: tuple[int, ...], desk: Any, only: Any
) -> None:
    assert only(chaser(desk, *waiting).actions, OpenTicket)


def test_in_the_name_of_another_nothing_is_found_out(desk: Any, only: Any) -> None:  # T1
    decision = chaser(desk, 42, trusted=False)
    assert decision.ticket is None
    assert Kind.STANDING not in [send.kind for send in only(decision.actions, Send)]


def test_a_reply_that_asks_for_news_is_told_too(desk: Any, only: Any) -> None:
    decision = chaser(desk, rcpt_to=f"support+{desk.token()}@firma.example")
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.STANDING]


@pytest.mark.parametrize(("hours", "is_told"), [(23, False), (24, True)])
def test_it_is_told_once_a_day(hours: int, is_told: bool, desk: Any, only: Any) -> None:
    decision = chaser(desk, 42, standing_at={42: desk.now - hours * HOUR})
    assert bool(only(decision.actions, Send)) == is_told


def test_what_is_resolved_is_opened_again_and_that_is_told(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    known = {42: desk.ticket(status=Status.RESOLVED)}
    decision = desk.decide(desk.message(text=NEWS, reply=NEWS), entry, tickets=known)
    assert only(decision.actions, ChangeStatus)
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.REOPENED]


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (Status.OPEN, NEWS, Kind.STANDING),
        (Status.RESOLVED, NEWS, Kind.REOPENED),
        (Status.OPEN, "It works again, thank you!", Kind.RESOLVED),
    ],
)
def test_what_the_ceiling_keeps_back_is_told_to_the_ticket(
    status: Status, words: str, kind: Kind, desk: Any, only: Any
) -> None:
    entry, known = desk.entry(f"support+{desk.token()}@firma.example"), {42: desk.ticket(status=status)}
    decision = desk.decide(desk.message(text=words, reply=words), entry, tickets=known, automatic_today=5)
    (silent,) = only(decision.actions, FallSilent)
    assert (silent.ticket, silent.kind, silent.to) == (42, kind, desk.anna)
    assert not only(decision.actions, Send)
