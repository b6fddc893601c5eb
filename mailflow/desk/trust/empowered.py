"""Answers to mails of ours that let their reader decide something (a digest, a page, a notification): what is the same
of those that do not count."""

from dataclasses import replace

from mailflow.desk.actions import Action
from mailflow.desk.case import Case
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.writing.silence import from_the_null_sender
from mailflow.mail.message import AutomaticKind

MACHINES = frozenset({AutomaticKind.AUTO_REPLY, AutomaticKind.FEEDBACK})
"""What these say of such a mail is for nobody. Reports are events of a ticket (desk.conversation.report)."""


def dropped(case: Case, answers: str, rule: OwnRule) -> Decision:
    """A machine's: nobody needs to read it. `answers`: what it answers, in words."""
    why = case.message.automatic.why or f"it is {case.message.automatic.kind}"
    return Decision(
        disposition=Disposition.DROPPED,
        reason=f"a machine answers {answers}: {why}",
        rule=rule,
        reasons=(Reason("rule", rule, why), Reason("mail", "none", "a machine is not answered")),
    )


def held(answers: str, why: str) -> Decision:
    """Of whom it is not proved that they may decide."""
    reason = f"it answers {answers}, but {why}"
    return Decision(
        disposition=Disposition.HELD,
        reason=reason,
        reasons=(Reason("ticket", "none, held", reason), Reason("mail", "none", "such an answer is never answered")),
    )


def by_a_machine(case: Case) -> tuple[tuple[bool, str], ...]:
    """Questions and what is said where they are answered by yes."""
    return (
        (case.is_automatic or case.message.auto_submitted not in ("", "no"), "a machine wrote this"),
        (from_the_null_sender(case), "it came from the null sender (RFC 5321 4.5.5)"),
    )


def also(decision: Decision, *actions: Action) -> Decision:
    """The same, and these besides."""
    return replace(decision, actions=(*decision.actions, *actions))
