"""Who was asked whether they agree and says nothing is asked again, and then an agent is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Lapse
from mailflow.config.request import RequestType
from mailflow.desk.actions import ChangeStatus, OurTurn, Send, SetTimer, TimerKind
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.given import Given
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind

OLGA = "olga@inhaber.example"
SHAPE = {
    "title": {"en": "Transfer"},
    "item": [{"name": "owner", "kind": "address", "label": {"en": "Owner"}}],
    "party": [{"name": "owner", "title": {"en": "the owner"}, "address": "owner"}],
}


def waiting(desk: Any, state: ConsentState = ConsentState.ASKED, **changes: Any) -> Any:
    """#42 waits for Olga's consent."""
    given = Given(item="owner", value=OLGA, words=OLGA, by=desk.anna, at=desk.now)
    asked = Consent(
        number=7, name="owner", is_gate=False, address=OLGA, language="en", seen={}, state=state, asked=desk.now
    )
    request = {"type": "transfer", "collects": True, "given": (given,), "consents": (asked,)}
    return desk.ticket(**{"status": Status.ON_HOLD, **request, **changes})


@pytest.fixture(name="policy")
def policy_with_transfers(policy: Policy) -> Policy:
    return replace(policy, kinds=Catalogue.of({"transfer": RequestType.model_validate(SHAPE)}))


def steps(policy: Any, desk: Any) -> list[SetTimer]:
    timers = sla.timers_of_consents(policy, desk.now, 42, policy.schedule.hours_of("support"))
    return [each for each in timers if isinstance(each, SetTimer)]


def test_it_is_asked_again_by_the_ladder_of_reminders(desk: Any, policy: Any, only: Any) -> None:
    (first, *_, last) = steps(policy, desk)
    assert (first.kind, first.due > desk.now) == (TimerKind.CONSENT, True)
    actions = sla.due_actions(waiting(desk), TimerKind.CONSENT, first.step, policy, desk.now)
    (again,) = only(actions, Send)
    assert (again.kind, again.to, again.consent, again.values["again"]) == (Kind.CONSENT, OLGA, 7, "yes")
    assert first.step < last.step


def test_at_the_end_an_agent_is_told(desk: Any, policy: Any, only: Any) -> None:
    last = steps(policy, desk)[-1]
    actions = sla.due_actions(waiting(desk), TimerKind.CONSENT, last.step, policy, desk.now)
    (moved,) = only(actions, ChangeStatus)
    assert moved.cause == f"asked whether they agree, and did not answer: owner ({OLGA})"
    assert only(actions, OurTurn)
    assert not [each for each in only(actions, Send) if each.to == OLGA]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ConsentState.GIVEN},
        {"state": ConsentState.REFUSED},
        {"status": Status.RESOLVED},
        {"status": Status.CLOSED},
        {"type": "gone"},
    ],
)
def test_what_is_no_longer_true_brings_nothing(desk: Any, policy: Any, changes: dict[str, Any]) -> None:
    ticket = waiting(desk, **changes)
    for timer in steps(policy, desk):
        assert sla.due_actions(ticket, TimerKind.CONSENT, timer.step, policy, desk.now) == ()


def test_without_a_last_step_the_last_reminder_tells_the_agent(desk: Any, policy: Any) -> None:
    after = (Lapse(2, "d"), Lapse(5, "d"))
    reminders = policy.config.reminders.model_copy(update={"after": after, "resolve_after": None})
    policy = replace(policy, config=policy.config.model_copy(update={"reminders": reminders}))
    assert [each.due - desk.now for each in steps(policy, desk)] == [timedelta(days=2), timedelta(days=5)]
