"""A party that has agreed to a request hears that it is over, whatever ended it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.actions import Action, Send, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.incidents.affected import news
from mailflow.desk.incidents.incident import Incident
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.given import Given
from mailflow.desk.reach.courses import Seeker
from mailflow.desk.reach.reaching import Came, Letter, Reaching, State
from mailflow.desk.reach.turns import told
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind

OLGA = "olga@ziel.example"
SHAPE = {
    "title": {"en": "Move"},
    "item": [
        {"name": "date", "kind": "date", "label": {"en": "Date"}},
        {"name": "owner", "kind": "address", "label": {"en": "Owner"}},
    ],
    "party": [
        {"name": "owner", "title": {"en": "the owner"}, "address": "owner", "sees": ["date"]},
        {"name": "boss", "title": {"en": "the boss"}, "address": "requester"},
    ],
    "expires": "30d",
    "reach": {"account": "owner"},
}
Ending = Callable[[Ticket, Any], tuple[Action, ...]]


def expired(ticket: Ticket, desk: Any) -> tuple[Action, ...]:
    return sla.due_actions(ticket, TimerKind.EXPIRE, 1, desk.policy, desk.now)


def settled(ticket: Ticket, desk: Any) -> tuple[Action, ...]:
    return answer.resolve(ticket, "ewa", desk.policy, desk.now)


def incident_over(ticket: Ticket, desk: Any) -> tuple[Action, ...]:
    incident = Incident(
        id=1, name="shops", title="The shops", department="", texts={}, state=2, opened=desk.now, ended=desk.now
    )
    return news(ticket, incident, desk.policy, desk.now, told=True)


def reached(ticket: Ticket, desk: Any) -> tuple[Action, ...]:
    letter = Letter(number=1, contact=9, address=OLGA, asked=desk.now, came=Came.CONFIRMED, news=True)
    reaching = Reaching(
        number=1, account=9, code="9", name="Ziel", region="", disrupted=False, tickets=(ticket.number,),
        state=State.ASKED, opened=desk.now, letters=(letter,),
    )  # fmt: skip
    return told(Seeker(ticket, ticket), reaching, letter, None, None, desk.policy, desk.now)


@pytest.mark.parametrize("end", [expired, settled, incident_over, reached])
def test_who_has_agreed_is_told_that_it_is_over(end: Ending, desk: Any, only: Any) -> None:
    desk = type(desk)(replace(desk.policy, kinds=Catalogue.of({"move": RequestType.model_validate(SHAPE)})))
    said = {"date": "2026-12-03", "owner": OLGA}
    agreed = Consent(
        number=3, name="owner", is_gate=False, address=OLGA, language="en", seen={"date": said["date"]},
        state=ConsentState.GIVEN, asked=desk.now, answered=desk.now,
    )  # fmt: skip
    given = tuple(Given(item=item, value=value, words="", by=desk.anna, at=desk.now) for item, value in said.items())
    held: dict[str, Any] = {"status": Status.ON_HOLD, "type": "move", "collects": True, "language": "en"}
    ticket = desk.ticket(given=given, consents=(agreed,), **held)
    (party,) = (each for each in only(end(ticket, desk), Send) if each.kind is Kind.PARTY)
    assert (party.to, party.values["begun"], party.values["over"]) == (OLGA, "", "yes")
