"""What becomes of a message: a list of questions in order, the first that has an answer decides.

Pure. `context` is what `store.recall` found for the message's clues; the decision is a disposition, the effects for
`store.apply`, and the reasons that `mailflow explain` prints.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, AddDepartments
from mailflow.desk.agents import agent_answer, forwarded
from mailflow.desk.agents.briefing import with_agents_told
from mailflow.desk.case import Case
from mailflow.desk.contacts import objection
from mailflow.desk.context import Context, Earlier
from mailflow.desk.conversation import late, requests
from mailflow.desk.conversation.followup import follow_up
from mailflow.desk.conversation.opening import new_ticket, serving, too_many
from mailflow.desk.conversation.report import report
from mailflow.desk.conversation.undeliverable import cleared_by
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.digests import digest_answer
from mailflow.desk.entry import Entry
from mailflow.desk.intake import consent_answer
from mailflow.desk.lists.screen import blocked_by, told
from mailflow.desk.newcomers import application, newcomer_answer
from mailflow.desk.newcomers.registration import held
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.paging import page_answer
from mailflow.desk.parent import Joins, StandsAlone, parent_of
from mailflow.desk.policy import Policy
from mailflow.desk.reach import heard
from mailflow.desk.ruled import by_rules, changed, ended
from mailflow.desk.trust import allowed, challenge
from mailflow.desk.trust.proof import remembered
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import AutomaticKind, Message

Question = Callable[[Case], Decision | None]


def decide(message: Message, entry: Entry, context: Context, policy: Policy, now: datetime) -> Decision:
    return judge(Case.of(message, entry, context, policy, now))


def judge(case: Case) -> Decision:
    decision = before = before_rules(case)
    if decision is None:
        case = by_rules(case)
        decision = ended(case) or after_rules(case)
    decision = changed(case, _from_a_live_address(case, _beside_a_held_copy(case, decision)))
    decision = with_agents_told(case, decision)
    return replace(
        decision,
        actions=(*decision.actions, *remembered(case, decision)),
        reasons=(*case.reasons(), allowed.reason(case), *decision.reasons),
        identity=case.identity,
        ruling=None if before and case.policy.rules.rules else case.ruling,
    )


def before_rules(case: Case) -> Decision | None:
    """What needs no rule to be known."""
    return _first(BEFORE_RULES, case)


def after_rules(case: Case) -> Decision:
    """Of what no rule has ended."""
    return _first(AFTER_RULES, case) or _a_ticket(case)


def _first(questions: Sequence[Question], case: Case) -> Decision | None:
    return next((decision for question in questions if (decision := question(case))), None)


def filed_before(case: Case) -> Decision | None:
    """Copies to two of our departments are one ticket that both see (R2.5); a repeated delivery changes nothing."""
    earlier = _kept_copy(case)
    return _duplicate(case, earlier) if earlier and not earlier.held else None


def _beside_a_held_copy(case: Case, decision: Decision) -> Decision:
    """Held twice is held once. But what is served here is served, whatever became of the copy to another mailbox."""
    earlier = _kept_copy(case)
    if earlier is None or not earlier.held:
        return decision
    if decision.disposition is Disposition.HELD:
        return _duplicate(case, earlier)
    also = f"the same message is held as entry {earlier.number}"
    reasons = (Reason("duplicate", "no", also), *decision.reasons)
    return replace(decision, reason=f"{decision.reason}; {also}", reasons=reasons)


def _from_a_live_address(case: Case, decision: Decision) -> Decision:
    """Whose mail is filed can be reached again."""
    cleared = cleared_by(case, decision) if decision.disposition is Disposition.FILED else ()
    if not cleared:
        return decision
    reason = Reason("address", f"{case.identity.author}", "undeliverable no more: its owner writes")
    return replace(decision, actions=(*decision.actions, *cleared), reasons=(*decision.reasons, reason))


def _kept_copy(case: Case) -> Earlier | None:
    earlier = case.context.earlier
    return None if earlier is None or earlier.number == case.entry.number else earlier


def _duplicate(case: Case, earlier: Earlier) -> Decision:
    departments = tuple(dict.fromkeys(mailbox.department for mailbox in case.mailboxes))
    add: tuple[Action, ...] = ()
    if earlier.ticket is not None and departments:
        add = (AddDepartments(ticket=earlier.ticket, departments=departments),)
    about = f" (#{earlier.ticket})" if earlier.ticket else ""
    return Decision(
        disposition=Disposition.DUPLICATE,
        reason=f"the same message as entry {earlier.number}{about}",
        duplicate_of=earlier.number,
        ticket=earlier.ticket,
        actions=add,
        reasons=(Reason("duplicate", f"of entry {earlier.number}{about}", "same content"),),
    )


def in_a_loop(case: Case) -> Decision | None:
    most, hops = case.policy.config.limits.received_hops, case.message.hops
    return _dropped(OwnRule.LOOP, f"it has passed {hops} servers, more than {most}") if hops > most else None


def our_own(case: Case) -> Decision | None:
    """Recognised by our signature, not by its From."""
    return (
        _dropped(OwnRule.OWN_MAIL, "it carries our own signed Message-ID: mail of ours came back")
        if case.clues.own
        else None
    )


def from_a_blocked_domain(case: Case) -> Decision | None:
    shown = case.message.from_.address if case.message.from_ else None
    envelope = case.entry.envelope
    peer = "" if envelope.trusted or envelope.relayed else envelope.peer
    entry = blocked_by(envelope.mail_from, case.message.author or shown, peer, case.policy, case.now)
    return _dropped(OwnRule.BLOCKED, told(entry)) if entry else None


def for_nobody_here(case: Case) -> Decision | None:
    if case.mailboxes or case.entry.released:
        return None
    return _held("none of its recipients is ours")


def not_to_be_believed(case: Case) -> Decision | None:
    """Denied by the owner of its domain, or not to be checked: kept whatever it carries, and never answered."""
    if allowed.ALLOWED[case.identity.verdict] is not allowed.Act.NOTHING:
        return None
    words = _WORDS_OF[case.identity.verdict]
    return _held(f"{words}: {case.identity.evidence}", "such a mail is never answered")


def an_answer_to_a_digest(case: Case) -> Decision | None:
    return digest_answer.an_answer(case)


def a_question_for_a_list(case: Case) -> Decision | None:
    return requests.listed(case)


def about_our_mail(case: Case) -> Decision | None:
    return report(case)


def an_answer_to_a_page(case: Case) -> Decision | None:
    return page_answer.an_answer(case)


def an_objection(case: Case) -> Decision | None:
    return objection.an_answer(case)


def an_answer_about_a_newcomer(case: Case) -> Decision | None:
    return newcomer_answer.an_answer(case)


def an_answer_whether_somebody_agrees(case: Case) -> Decision | None:
    return consent_answer.an_answer(case)


def an_answer_of_who_is_looked_for(case: Case) -> Decision | None:
    return heard.an_answer(case)


def an_agents_answer(case: Case) -> Decision | None:
    return agent_answer.an_answer(case)


def an_agents_forward(case: Case) -> Decision | None:
    return forwarded.a_forward(case)


def an_answer_to_a_challenge(case: Case) -> Decision | None:
    return challenge.an_answer(case)


def in_a_conversation(case: Case) -> Decision | None:
    parent = parent_of(case)
    return follow_up(case, parent) if isinstance(parent, Joins) else None


def too_late(case: Case) -> Decision | None:
    return late.refused(case)


def an_answering_machine(case: Case) -> Decision | None:
    automatic = case.message.automatic
    if automatic.kind is not AutomaticKind.AUTO_REPLY or case.entry.released:
        return None
    return _held("automatic reply to nothing we know", automatic.why)


def who_asks_to_be_registered(case: Case) -> Decision | None:
    return application.an_application(case)


def from_someone_not_served(case: Case) -> Decision | None:
    return None if serving(case) else held(case, case.mailboxes[0], _alone(case))


def from_a_flood(case: Case) -> Decision | None:
    why = too_many(case)
    return _held(why) if why else None


BEFORE_RULES: Sequence[Question] = (
    filed_before,
    in_a_loop,
    our_own,
    from_a_blocked_domain,
)
"""If one of them decides, the admin's rules are not asked."""
AFTER_RULES: Sequence[Question] = (
    for_nobody_here,
    not_to_be_believed,
    an_answer_to_a_digest,
    an_answer_to_a_page,
    an_objection,
    an_answer_about_a_newcomer,
    an_answer_whether_somebody_agrees,
    an_answer_of_who_is_looked_for,
    about_our_mail,
    an_agents_answer,
    an_answer_to_a_challenge,
    a_question_for_a_list,
    in_a_conversation,
    an_agents_forward,
    too_late,
    an_answering_machine,
    who_asks_to_be_registered,
    from_someone_not_served,
    from_a_flood,
)
"""If none of them decides, it is a new ticket."""


def _a_ticket(case: Case) -> Decision:
    return new_ticket(case, serving(case), _alone(case))


def _alone(case: Case) -> StandsAlone:
    parent = parent_of(case)
    return parent if isinstance(parent, StandsAlone) else StandsAlone()


def _dropped(rule: OwnRule, why: str) -> Decision:
    return Decision(
        disposition=Disposition.DROPPED, reason=why, rule=rule, reasons=(Reason("rule", rule, why), _NO_ANSWER)
    )


def _held(reason: str, why: str = "") -> Decision:
    return Decision(
        disposition=Disposition.HELD,
        reason=reason,
        reasons=(Reason("ticket", "none, held", reason), Reason("mail", "none", why)),
    )


_WORDS_OF = {
    Verdict.FAILED: "its domain says that its author did not write it",
    Verdict.TEMPERROR: "who wrote it cannot be checked now",
}
_NO_ANSWER = Reason("mail", "none", "what is dropped is not answered")
