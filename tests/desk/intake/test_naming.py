"""An agent says of which kind a request is: what was said before is read, and only the rest is asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.actions import ChangeConsent, ChangeStatus, Give, Send, SetType
from mailflow.desk.context import Said
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.naming import MOST, after, ask_rest, set_type
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused
from mailflow.mail.message import Attachment

HOUR = timedelta(hours=1)
MOVE = {
    "title": {"en": "Move"},
    "item": [
        {"name": "date", "kind": "date", "label": {"en": "Date"}},
        {"name": "place", "kind": "text", "label": {"en": "Place"}},
        {"name": "plan", "kind": "attachment", "label": {"en": "Plan"}},
    ],
}
CALL = {"title": {"en": "Call"}, "item": [{"name": "date", "kind": "text", "label": {"en": "When"}}]}
PLAN = Attachment(
    filename="plan.pdf", content_type="application/pdf", size=9, inline=False, content_id="", sha256=None, part="2"
)


@pytest.fixture
def moving(desk: Any) -> Any:
    kinds = {"move": MOVE, "call": CALL}
    shapes = {name: RequestType.model_validate(shape) for name, shape in kinds.items()}
    return type(desk)(replace(desk.policy, kinds=Catalogue.of(shapes)))


def said(desk: Any, words: str, entry: int, **more: Any) -> Said:
    ordinary = {"direction": "in", "author": desk.anna, "proved": True, "at": desk.now + entry * HOUR, "subject": "x"}
    return Said(**{"id": entry, "entry": entry, "reply": words, "language": "en", **ordinary, **more})


def named(desk: Any, *mails: Said, name: str = "move", **ticket: Any) -> Any:
    now = desk.now + 99 * HOUR
    ticket = desk.ticket(language="en", waiting_since=desk.now, **ticket)
    actions = set_type(ticket, name, mails, "ewa", desk.policy, now)
    then = after(ticket, actions, now)
    return then, (*actions, *ask_rest(then, desk.policy, now))


def test_the_latest_counts_with_its_mail_and_line_and_only_the_rest_is_asked_for(moving: Any, only: Any) -> None:
    first = said(moving, "Hello,\nDate: 3 December 2026\nPlace: Warsaw", 1)
    ticket, actions = named(moving, first, said(moving, "Date: 4 December 2026", 2))
    (give,), (send,) = only(actions, Give), only(actions, Send)
    assert [(each.item, each.value, each.entry, each.line) for each in give.given] == [
        ("date", "2026-12-04", 2, 1),
        ("place", "Warsaw", 1, 3),
    ]
    assert (send.kind, send.to, send.values["missing"]) == (Kind.MISSING, moving.anna, "- Plan")
    assert [each.move for each in only(actions, ChangeStatus)] == [Move.QUESTION_MAILED]
    assert (ticket.type, ticket.collects, ticket.complete_at) == ("move", True, None)


def test_nothing_is_asked_where_nothing_is_missing(moving: Any, only: Any) -> None:
    words = said(moving, "Date: 3 December 2026\nPlace: Warsaw", 1, attachments=(PLAN,))
    ticket, actions = named(moving, words)
    assert [give.complete for give in only(actions, Give)] == [True]
    assert only(actions, Send) == only(actions, ChangeStatus) == []
    assert ticket.complete_at


def test_what_is_unclear_is_said(moving: Any, only: Any) -> None:
    _, actions = named(moving, said(moving, "Date: 31 November 2026\nPlace: Warsaw", 1, attachments=(PLAN,)))
    (send,) = only(actions, Send)
    assert (send.values["missing"], send.values["unclear"]) == ("", "- Date\n  «31 November 2026»")


NOT_HERS: dict[str, dict[str, Any]] = {
    "stranger": {"author": "bob@else.example"},
    "not-proved": {"proved": False},
    "robot": {"automatic": True},
    "note": {"direction": "note"},
    "ours": {"direction": "out"},
}


@pytest.mark.parametrize("who", NOT_HERS)
def test_only_words_of_who_takes_part_count(who: str, moving: Any, only: Any) -> None:
    first = said(moving, "Place: Warsaw", 1, proved=False)  # it opened the ticket
    _, actions = named(moving, first, said(moving, "Place: Bobville", 2, **NOT_HERS[who]))
    assert [each.value for give in only(actions, Give) for each in give.given] == ["Warsaw"]


def test_the_last_mails_are_read(moving: Any, only: Any) -> None:
    mails = [said(moving, f"Place: {number}", number) for number in range(1, MOST + 2)]
    _, actions = named(moving, *mails[:1], *(said(moving, "Thanks.", number) for number in range(2, MOST + 2)))
    assert only(actions, Give)[0].given == ()
    _, actions = named(moving, *mails)
    assert [each.value for each in only(actions, Give)[0].given] == [str(MOST + 1)]


def test_what_an_agent_said_later_stays(moving: Any, only: Any) -> None:
    by_agent = Given(item="place", value="Gdynia", words="", by="ewa", at=moving.now + 9 * HOUR)
    _, actions = named(moving, said(moving, "Place: Warsaw", 1), given=(by_agent,))
    assert only(actions, Give)[0].given == ()


def test_what_another_kind_kept_stays_where_it_fits(moving: Any, only: Any) -> None:
    soon = Given(item="date", value="next week", words="next week", by=moving.anna, at=moving.now, entry=1)
    held = {"type": "call", "collects": True, "given": (soon,)}
    _, actions = named(moving, **held)
    assert [(each.item, each.value) for each in only(actions, Give)[0].given] == [("date", "")]
    _, actions = named(moving, **{**held, "given": (replace(soon, value="2026-12-03"),)})
    assert only(actions, Give)[0].given == ()


def test_its_end_opens_what_waited_for_it_and_voids_consents(moving: Any, only: Any) -> None:
    asked = Consent(
        number=3, name="owner", is_gate=False, address="o@x.example", language="", seen={}, state=ConsentState.ASKED,
        asked=moving.now,
    )  # fmt: skip
    held = {"type": "move", "collects": True, "status": Status.AWAITING_CUSTOMER, "consents": (asked,)}
    ticket, actions = named(moving, name="-", **held)
    assert [(each.type, each.anew) for each in only(actions, SetType)] == [("", True)]
    assert [each.consent.state for each in only(actions, ChangeConsent)] == [ConsentState.VOID]
    assert [each.move for each in only(actions, ChangeStatus)] == [Move.REOPEN]
    assert (ticket.collects, ticket.consents[0].state) == (False, ConsentState.VOID)


def test_of_what_is_over_nobody_is_asked_anything(moving: Any, only: Any) -> None:
    _, actions = named(moving, said(moving, "Place: Warsaw", 1), status=Status.RESOLVED)
    assert [type(each) for each in actions] == [SetType]


def test_what_is_so_already_is_refused(moving: Any) -> None:
    for name, now in (("move", "move"), ("-", "")):
        with pytest.raises(Refused):
            named(moving, name=name, type=now)
