"""What a kind of request says in the mails to its requester, besides what all say (R1.7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.actions import Send, TimerKind
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.ticket import Status
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind

SAY = {name: {"en": f"Words of {name}."} for name in ("missing", "step", "complete", "expired")}
BILLING = {"gate": [{"name": "paid", "department": "billing", "question": {"en": "Paid?"}}]}


def desk_with(desk: Any, **more: Any) -> Any:
    item = {"name": "date", "kind": "date", "label": {"en": "Date"}}
    shape = RequestType.model_validate(
        {"title": {"en": "Move"}, "words": {"en": "move us"}, "item": [item], "expires": "30d", "say": SAY, **more}
    )
    return type(desk)(replace(desk.policy, kinds=Catalogue.of({"move": shape})))


def told(desk: Any, text: str, only: Any) -> Send:
    decision = desk.decide(desk.message(text=text, reply=text))
    return next(each for each in only(decision.actions, Send) if each.to == desk.anna)


@pytest.mark.parametrize(
    ("more", "text", "kind"),
    [
        ({}, "Please move us.", Kind.MISSING),
        (BILLING, "Please move us.\nDate: 3 December 2026", Kind.STEP),
        ({}, "Please move us.\nDate: 3 December 2026", Kind.COMPLETE),
    ],
)
def test_each_mail_has_the_words_of_its_step(more: dict[str, Any], text: str, kind: Kind, desk: Any, only: Any) -> None:
    send = told(desk_with(desk, **more), text, only)
    assert (send.kind, send.values["say"]) == (kind, f"Words of {kind}.")


def test_so_has_the_last_one(desk: Any, only: Any) -> None:
    desk = desk_with(desk)
    held = {"status": Status.AWAITING_CUSTOMER, "type": "move", "collects": True, "question_at": desk.now}
    late = desk.now + timedelta(days=30)
    (send,) = only(sla.due_actions(desk.ticket(language="en", **held), TimerKind.EXPIRE, 1, desk.policy, late), Send)
    assert (send.kind, send.values["say"]) == (Kind.EXPIRED, "Words of expired.")


def test_a_kind_that_says_nothing_adds_nothing(desk: Any, only: Any) -> None:
    assert told(desk_with(desk, say={}), "Please move us.", only).values["say"] == ""
