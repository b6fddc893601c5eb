"""Whose turn it is in a request that others must agree to: items first, then parties, then gates."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import known
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.progress import Progress

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
SHAPE = {
    "title": {"en": "Transfer"},
    "item": [
        {"name": "customer", "kind": "text", "label": {"en": "Customer"}},
        {"name": "date", "kind": "text", "label": {"en": "Date"}},
        {"name": "owner", "kind": "address", "label": {"en": "Owner"}},
        {"name": "account", "kind": "text", "label": {"en": "Account"}, "party": "owner"},
        {"name": "note", "kind": "text", "label": {"en": "Note"}, "optional": True},
        {"name": "with_broker", "kind": "text", "label": {"en": "With broker"}, "optional": True},
        {"name": "broker", "kind": "address", "label": {"en": "Broker"}, "when": {"with_broker": "yes"}},
    ],
    "party": [
        {"name": "owner", "title": {"en": "the owner"}, "address": "owner", "sees": ["date"]},
        {"name": "broker", "title": {"en": "the broker"}, "address": "broker"},
        {"name": "self", "title": {"en": "you"}, "address": "requester", "sees": ["customer"]},
        {"name": "watcher", "title": {"en": "a watcher"}, "address": "owner", "consent": False},
    ],
    "gate": [{"name": "paid", "department": "billing", "question": {"en": "Paid?"}, "sees": ["customer"]}],
}
ALL = {"customer": "Green", "date": "May", "owner": "Olga@inhaber.example", "account": "17"}


def progress(consents: tuple[Consent, ...] = (), **items: str) -> Progress:
    kind = Kind("transfer", RequestType.model_validate(SHAPE))
    given = [Given(item=name, value=value, words=value, by="x", at=AT) for name, value in items.items()]
    return Progress(Dossier(kind, given), consents, "anna@kunde.example")


def agreed(before: Progress, *names: str, state: ConsentState = ConsentState.GIVEN) -> tuple[Consent, ...]:
    found = [before.named(name) for name in names]
    return tuple(
        Consent(
            number=number,
            name=each.name,
            is_gate=each.name == "paid",
            address=before.address_of(each),
            language="",
            seen=before.facts_of(each),
            state=state,
            asked=AT,
        )
        for number, each in enumerate(found, 1)
        if each
    )


def names(asked: Any) -> list[str]:
    return [each.name for each in asked]


def test_nobody_is_asked_while_items_are_missing() -> None:
    early = progress(customer="Green")
    assert (names(early.to_ask), names(early.awaited), early.is_ready) == ([], [], False)


def test_parties_come_before_gates_and_who_is_not_there_is_not_asked() -> None:
    now = progress(**ALL)
    assert names(now.to_ask) == ["owner", "self"]
    assert names(progress(**ALL, with_broker="yes", broker="b@x.example").to_ask) == ["owner", "broker", "self"]
    both = replace(now, consents=agreed(now, "owner", "self"))
    assert (names(both.to_ask), both.is_ready) == (["paid"], False)
    assert replace(now, consents=agreed(now, "owner", "self", "paid")).is_ready


def test_each_is_shown_its_own_items_and_what_it_sees() -> None:
    now = progress(**ALL)
    facts = {name: now.facts_of(asked) for name in ("owner", "self", "paid") if (asked := now.named(name))}
    assert facts == {
        "owner": {"date": "May", "account": "17"},
        "self": {"customer": "Green"},
        "paid": {"customer": "Green"},
    }
    assert "17" not in known(now.dossier, "en")


@pytest.mark.parametrize(
    ("changed", "void"),
    [
        ({"date": "June"}, ["owner"]),
        ({"account": "18"}, ["owner"]),
        ({"owner": "karl@x.example"}, ["owner"]),
        ({"customer": "Brown"}, ["self", "paid"]),
        ({"note": "quick"}, []),
        ({"owner": "olga@INHABER.example"}, []),
    ],
)
def test_what_somebody_saw_voids_the_consent_when_it_changes(changed: dict[str, str], void: list[str]) -> None:
    before = progress(**ALL)
    after = progress(agreed(before, "owner", "self", "paid"), **{**ALL, **changed})
    assert (names(after.overtaken), after.is_ready) == (void, not void)


def test_who_refuses_is_named_and_not_asked_again() -> None:
    now = progress(**ALL)
    refused = replace(now, consents=agreed(now, "owner", state=ConsentState.REFUSED))
    assert (names(refused.refused), names(refused.to_ask), names(refused.awaited)) == (
        ["owner"],
        ["self"],
        ["owner", "self"],
    )
