"""One formula for the priority of a new ticket: mailbox, channel and contract, then rules (R2.3, R2.4)."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Note, OpenTicket
from mailflow.desk.contacts.contact import Account
from mailflow.desk.priority import Given, Weighed, weighed
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.ticket import Priority
from mailflow.mail.identity.authentication import Verdict
from tests.conftest import ORGANISATION

LOW, NORMAL, HIGH, URGENT = Priority
GOLD, MAILBOX = Given("contract gold", HIGH), Given("mailbox", NORMAL)
CONFIG = {
    "contract": [{"name": "Gold", "priority": "high"}, {"name": "basic  care", "priority": "low"}],
    "channel": [
        {"source": "submission:portal", "priority": "urgent"},
        {"source": "submission", "priority": "high"},
        {"source": "imap:old", "priority": "low"},
    ],
}


@pytest.mark.parametrize(
    ("given", "by_rule", "outcome"),
    [
        ((), None, Weighed(NORMAL)),
        ((MAILBOX,), None, Weighed(NORMAL, "mailbox")),
        ((Given("mailbox", LOW),), None, Weighed(LOW, "mailbox")),
        ((GOLD, MAILBOX), None, Weighed(HIGH, "contract gold (mailbox: normal)")),
        ((MAILBOX, GOLD), None, Weighed(HIGH, "contract gold (mailbox: normal)")),
        ((GOLD, Given("mailbox", HIGH)), None, Weighed(HIGH, "contract gold (mailbox: high)")),
        ((GOLD, MAILBOX), Given("rule x", LOW), Weighed(LOW, "rule x (contract gold: high, mailbox: normal)")),
        ((), Given("rule x", URGENT), Weighed(URGENT, "rule x")),
    ],
)
def test_the_greatest_counts_and_a_rule_replaces_it(
    given: tuple[Given, ...], by_rule: Given | None, outcome: Weighed
) -> None:
    assert weighed(given, by_rule) == outcome


def organised(desk: Any, support: str = "", **config: Any) -> Any:
    """With these sections, and a priority of the support mailbox."""
    first, *others = ORGANISATION["mailbox"]
    mailboxes = [{**first, "priority": support} if support else first, *others]
    wanted = Config.model_validate({**ORGANISATION, **CONFIG, "mailbox": mailboxes, **config})
    return type(desk)(replace(desk.policy, config=wanted))


def contract(desk: Any, name: str) -> Any:
    return replace(desk.contact(), account=Account(id=3, code="4711", name="Kunde", contract=name))


def told(decision: Any) -> str:
    """As `explain` has it."""
    (line,) = [f"{each.answer} {each.why}".strip() for each in decision.reasons if each.question == "priority"]
    (opened,) = [action for action in decision.actions if isinstance(action, OpenTicket)]
    assert line.split()[0] == opened.priority
    return line


@pytest.mark.parametrize(
    ("support", "source", "contract_", "line"),
    [
        ("", "smtp", "", "normal"),
        ("normal", "smtp", "gold", "high contract Gold (mailbox: normal)"),
        ("normal", "smtp", "Basic care", "normal mailbox (contract basic  care: low)"),
        ("", "smtp", "basic care", "low contract basic  care"),
        ("", "smtp", "silver", "normal"),
        ("", "submission:portal", "gold", "urgent channel submission:portal (contract Gold: high)"),
        ("", "submission:shop", "", "high channel submission"),
        ("", "imap:old", "", "low channel imap:old"),
        ("", "imap:new", "", "normal"),
    ],
)
def test_mailbox_channel_and_contract_give_a_ticket_its_priority(
    desk: Any, support: str, source: str, contract_: str, line: str
) -> None:
    desk = organised(desk, support)
    decision = desk.decide(entry=desk.entry(source=source), context=contract(desk, contract_))
    assert told(decision) == line
    notes = [action.text for action in decision.actions if isinstance(action, Note) and action.kind == "priority"]
    assert notes == ([line.replace(" ", ": ", 1)] if " " in line else [])


def test_of_several_mailboxes_the_greatest_counts(desk: Any) -> None:
    first, second, *others = ORGANISATION["mailbox"]
    mailboxes = [{**first, "priority": "low"}, {**second, "priority": "high"}, *others]
    desk = organised(desk, mailbox=mailboxes)
    both = desk.entry("support@firma.example", "billing@firma.example")
    assert told(desk.decide(entry=both)) == "high mailbox billing@firma.example (mailbox support@firma.example: low)"
    assert told(desk.decide(entry=desk.entry("support@firma.example"))) == "low mailbox"


def test_a_contract_counts_only_where_its_author_is_believed(desk: Any) -> None:  # R2.1
    desk = organised(desk)
    entry = desk.entry("sales@firma.example", trusted=False)
    context = contract(desk, "gold")
    assert told(desk.judge(Verdict.UNVERIFIED, entry=entry, context=context)) == "normal"
    assert told(desk.judge(Verdict.VERIFIED, entry=entry, context=context)) == "high contract Gold"


def test_what_the_last_rule_sets_replaces_all_that(desk: Any) -> None:
    text = '[[rule]]\nname = "one"\nthen.priority = "urgent"\n[[rule]]\nname = "two"\nthen.priority = "low"\n'
    text += '[[rule]]\nname = "three"\nthen.tag = "x"\n'
    desk = organised(desk, "normal")
    desk.policy = replace(desk.policy, rules=Rulebook(rules_in(text, "filters/10.toml", Names())))
    assert told(desk.decide(context=contract(desk, "gold"))) == "low rule two (contract Gold: high, mailbox: normal)"


def test_a_follow_up_has_no_priority_of_its_own(desk: Any) -> None:
    desk = organised(desk, "high")
    context = replace(contract(desk, "gold"), tickets={42: desk.ticket()}, by_message_id={"9@x": 42})
    decision = desk.decide(desk.message(in_reply_to=("9@x",)), context=context)
    assert decision.ticket == 42
    assert not [each for each in decision.reasons if each.question == "priority"]
