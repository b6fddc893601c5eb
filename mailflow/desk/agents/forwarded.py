"""A customer's mail that an agent passes on to one of our mailboxes: it becomes that customer's ticket.

The agent has to be proved; whose the original was is the agent's word, and proves nothing more. So its author is a
requester whom nothing proves: no account, no acknowledgement, no reminder, until an agent answers. What the agent wrote
above it is a note.
"""

from dataclasses import replace

from mailflow.config import Agent
from mailflow.desk.actions import Action, Append, Say, Send
from mailflow.desk.agents.agent_answer import confirmation
from mailflow.desk.case import Case
from mailflow.desk.clues import Copies
from mailflow.desk.conversation.opening import new_ticket
from mailflow.desk.decision import Decision, Reason
from mailflow.desk.parent import StandsAlone
from mailflow.desk.route import mailbox_of
from mailflow.mail.address import canonical
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.mail.message import Address, PassedOn


def a_forward(case: Case) -> Decision | None:
    """What becomes of a message in which an agent passes on a customer's; None when it is none."""
    agent, original = case.policy.agents.get(case.identity.author or ""), case.message.passed_on
    if agent is None or original is None or not case.mailboxes or not case.identity.acts or case.is_automatic:
        return None
    author = canonical(original.author)
    if author in case.policy.agents or mailbox_of(author, case.policy):
        return None
    told = _told(case, author)
    decision = new_ticket(_as_it_was(case, original, agent), case.mailboxes, StandsAlone())
    return replace(
        decision,
        reason=f"{agent.name} passes on a mail of {author}: a new ticket",
        actions=(*map(_passed_on, decision.actions), *_note(original, agent), *told),
        reasons=(
            Reason("agent", agent.name, f"passes on a mail of {author}"),
            *decision.reasons,
            *(Reason("mail", f"{each.kind} to {each.to}") for each in told),
        ),
    )


def _as_it_was(case: Case, original: PassedOn, agent: Agent) -> Case:
    """The case of the mail that is passed on: of its author nothing is known."""
    author = canonical(original.author)
    message = replace(
        case.message,
        author=author,
        from_=Address(original.name, author),
        reply_to=(),
        to=(),
        cc=(),
        subject=original.subject,
        text=original.text,
        reply=original.text,
        language=original.language,
    )
    identity = Identity(author, Verdict.UNVERIFIED, f"passed on by {agent.name}, and nothing else says who wrote it")
    context = replace(case.context, contact=None, account=None, pin=None, addresses=frozenset(), copied={})
    clues = replace(case.clues, author=author, copies=Copies())
    return replace(case, message=message, identity=identity, context=context, clues=clues)


def _passed_on(action: Action) -> Action:
    return replace(action, passed_on=True) if isinstance(action, Append) else action


def _note(original: PassedOn, agent: Agent) -> tuple[Action, ...]:
    said = Say(ticket=None, text=original.above, author=agent.name, internal=True)
    return (said,) if original.above else ()


def _told(case: Case, author: str) -> tuple[Send, ...]:
    """The agent, who can answer it at once."""
    return confirmation(case, case.mailboxes[0], None, done=(f"a ticket of {author}",))
