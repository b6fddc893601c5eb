"""Judged again by other rules: what these cannot have changed stays as it was."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.context import Context, Earlier
from mailflow.desk.decision import Disposition
from mailflow.desk.outcome import Outcome
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.past import Past, again, case_of
from mailflow.desk.ruled import Lands
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.mail.identity.authentication import Verdict
from mailflow.standing import names_in

TAGS = '[[rule]]\nname = "tags"\nthen = { tag = "x", priority = "high" }\n'
FOLLOW_UPS = '[[rule]]\nname = "again"\nif.follow_up = true\nthen.priority = "high"\n'
HOLDS = '[[rule]]\nname = "holds"\nthen.hold = "why"\n'
DROPPED = (Applied("no", "filters/1.toml:1", Effects(end=End.DROP)),)


def past(disposition: str, lands: Lands = Lands.NOWHERE, verdict: Verdict | None = None, **outcome: Any) -> Past:
    return Past(outcome=Outcome(disposition=Disposition(disposition), **outcome), lands=lands, verdict=verdict)


def judged(
    desk: Any, rules: str, before: Past, robot: str = "none", context: Context | None = None, **entry: Any
) -> Any:
    """What became of it, and what each rule did."""
    names = names_in(desk.policy.config, desk.policy.templates, {})
    policy = replace(desk.policy, rules=Rulebook(rules_in(rules, "filters/10.toml", names)))
    message = desk.message(robot=robot)
    case = case_of(message, replace(desk.entry(), **entry), context or desk.contact(), policy, before)
    outcome = again(case, before)
    return outcome.became, {each.rule: each.effects for each in outcome.applied}


def test_what_no_rule_ended_stays_what_it_became(desk: Any) -> None:
    assert judged(desk, TAGS, past("held", reason="not registered")) == ("held", {"tags": Effects()})
    assert judged(desk, TAGS, past("dropped", rule="rejected")) == ("dropped", {"tags": Effects()})
    opened, effects = judged(desk, TAGS, past("filed", Lands.OPENS))
    assert (opened, effects["tags"].priority, effects["tags"].tags) == ("filed", "high", ("x",))
    assert judged(desk, TAGS, past("filed", Lands.CONTINUES)) == ("filed", {"tags": Effects(tags=("x",))})


def test_what_continued_a_ticket_is_a_follow_up_and_a_report_is_none(desk: Any) -> None:
    assert judged(desk, FOLLOW_UPS, past("filed", Lands.OPENS))[1] == {}
    assert list(judged(desk, FOLLOW_UPS, past("filed", Lands.CONTINUES))[1]) == ["again"]
    assert judged(desk, FOLLOW_UPS, past("filed", Lands.CONTINUES), robot="bounce")[1] == {}


@pytest.mark.parametrize("disposition", ["filed", "held", "dropped"])
def test_a_rule_ends_it_now(desk: Any, disposition: str) -> None:
    assert judged(desk, HOLDS, past(disposition, Lands.OPENS)) == (
        "held",
        {"holds": Effects(end=End.HOLD, because="why")},
    )


def test_what_a_person_let_through_is_not_held(desk: Any) -> None:
    assert judged(desk, HOLDS, past("filed", Lands.OPENS), released=True) == ("filed", {})


def test_a_copy_is_a_copy_and_is_none_of_what_came_later(desk: Any) -> None:
    context = replace(desk.contact(), earlier=Earlier(number=900, ticket=3))
    assert judged(desk, HOLDS, past("duplicate"), context=context) == ("duplicate", {})
    assert judged(desk, TAGS, past("filed", Lands.OPENS), context=context)[0] == "filed"


@pytest.mark.parametrize("before", [past("dropped", rule="no", applied=DROPPED), past("dropped", rule=OwnRule.BLOCKED)])
def test_what_filters_ended_and_would_not_end_again_is_judged_afresh(desk: Any, before: Past) -> None:
    flood = replace(desk.contact(), tickets_hour=999, tickets_today=999)  # by now
    stranger = replace(desk.entry().envelope, trusted=False, relayed=True)
    before = replace(before, verdict=Verdict.VERIFIED)
    became, effects = judged(desk, TAGS, before, context=flood, envelope=stranger)
    assert (became, effects["tags"].tags) == ("filed", ("x",))


def test_the_verdict_is_that_of_then(desk: Any) -> None:
    rule = '[[rule]]\nname = "v"\nif.verdict = "failed"\nthen.tag = "x"\n'
    assert list(judged(desk, rule, past("filed", Lands.OPENS, Verdict.FAILED))[1]) == ["v"]
    assert judged(desk, rule, past("filed", Lands.OPENS))[1] == {}
