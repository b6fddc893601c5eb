"""What is written because an account cannot be reached: to its contacts, and to those who look for it.

The contacts read the name of the account that looks for them, and what is on file of their own. Who looks for them
reads the words of their own request, and of the contact that answers what `[reach] shows`: nothing else of either
reaches the other, no subject, no address, no Message-ID.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mailflow.config import zone_named
from mailflow.config.request import Public, Reach
from mailflow.desk.actions import Send
from mailflow.desk.contacts.details import SEPARATOR, Correction, Detail, OnFile, State, label, listed, on_file
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.form import known
from mailflow.desk.intake.question import progress_of
from mailflow.desk.policy import Policy
from mailflow.desk.reach.courses import Seeker
from mailflow.desk.reach.reaching import BEGUN, Letter, Reaching, Task
from mailflow.desk.reach.reaching import State as Standing
from mailflow.desk.reach.seeking import sought_by
from mailflow.desk.ticket import IN_PUBLIC, Status, Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import tell_requester
from mailflow.mail.compose import one_line

OF_DETAIL: Mapping[Public, Detail] = {
    Public.NAME: Detail.NAME,
    Public.PHONE: Detail.PHONE,
    Public.ADDRESS: Detail.ADDRESSES,
    Public.LANGUAGE: Detail.LANGUAGE,
    Public.REGION: Detail.REGION,
}
PAUSED, RESUMED, WIDER, TASKS, HEARD = "paused", "resumed", "wider", "tasks", "heard"
"""How a case stands, as templates ask for it, besides BEGUN."""
LONGEST = 200
"""Characters of a detail."""


def shape_of(ticket: Ticket, policy: Policy) -> Reach:
    """Of its kind of request; where that is gone, what is shown is nothing."""
    kind = policy.kinds.kinds.get(ticket.type)
    return (kind.shape.reach if kind else None) or Reach(account="account")


def key_of(letter: Letter) -> str:
    """Of the mail, in the outbox."""
    return f"{Kind.REACH}:{letter.number}"


def question(letter: Letter, whose: OnFile, asker: str, ticket: Ticket, policy: Policy) -> Send:
    """`asker`: the name of the account that looks for it; `ticket`: of that, which its reader hears nothing of."""
    mailbox = mailbox_named(ticket.mailbox, policy)
    language = spoken(Kind.REACH, whose.language or mailbox.language, mailbox, policy)
    shows = (label(OF_DETAIL[each], language) for each in shape_of(ticket, policy).shows)
    return Send(
        kind=Kind.REACH,
        to=letter.address,
        to_name=whose.name,
        language=language,
        mailbox=mailbox.address,
        ticket=ticket.number,
        key=key_of(letter),
        values={"asker": one_line(asker), "on_file": on_file(whose, language), "shows": ", ".join(shows)},
        letter=letter.number,
    )


def standing(
    seeker: Seeker, reaching: Reaching, state: str, policy: Policy, *, key: str = "", tasks: Iterable[Task] = ()
) -> tuple[Send, ...]:
    """How it stands, to who looks for the account. `key`: where a state comes more than once."""
    cause = f"{Kind.REACH_STATE}:{reaching.number}:{seeker.ticket.number}:{state}{key}"
    return tell_requester(seeker.ticket, Kind.REACH_STATE, cause, policy, values_of(seeker.said, state, policy, tasks))


def looked_up(seeker: Seeker, reaching: Reaching | None, policy: Policy, now: datetime) -> tuple[Send, ...]:
    """The answer to the request: that it is there, and how it stands. `reaching`: the case that it is about; None:
    there is none, and its reader must not see that."""
    state = _stands(reaching) if reaching else BEGUN
    cause = f"{Kind.REACH_STATE}:{seeker.ticket.number}:{now.isoformat()}"
    tasks = reaching.tasks if reaching else ()
    values = {**values_of(seeker.said, state, policy, tasks), "known": _known(seeker.said, policy)}
    return tell_requester(seeker.ticket, Kind.REACH_STATE, cause, policy, values)


def _stands(reaching: Reaching) -> str:
    """For who asks now: where nothing is in the way it has only begun, also if others asked before."""
    if reaching.state is Standing.WIDER:
        return WIDER
    return PAUSED if reaching.state is Standing.PAUSED and reaching.disrupted else BEGUN


def values_of(said: Ticket, state: str, policy: Policy, tasks: Iterable[Task] = ()) -> dict[str, str]:
    language = spoken(Kind.REACH_STATE, said.language, mailbox_named(said.mailbox, policy), policy)
    kind = policy.kinds.kinds.get(said.type)
    return {
        "type": kind.title(language) if kind else "",
        "sought": sought_by(said, policy.kinds),
        "state": state,
        "tasks": "\n".join(f"- {_said(each, said, language, policy)}" for each in tasks),
    }


def _known(said: Ticket, policy: Policy) -> str:
    """What was given of the request, as its requester may see it."""
    progress = progress_of(said, policy)
    language = spoken(Kind.REACH_STATE, said.language, mailbox_named(said.mailbox, policy), policy)
    return known(progress.dossier, language) if progress else ""


def _said(task: Task, ticket: Ticket, language: str, policy: Policy) -> str:
    """In the language of its reader, if the file has it."""
    words = words_in(shape_of(ticket, policy).tasks, language)
    return words[task.number - 1] if task.number <= len(words) else task.text


def answered(
    seeker: Seeker, reaching: Reaching, whose: OnFile, correction: Correction | None, then: Status, policy: Policy
) -> tuple[Send, ...]:
    """It has answered. `whose`: the contact's who did; `correction`: what it said should be; `then`: the ticket is."""
    language = spoken(Kind.REACH_ANSWERED, seeker.ticket.language, mailbox_named(seeker.ticket.mailbox, policy), policy)
    pending = correction if correction and correction.state is State.PENDING else None
    shows = shape_of(seeker.said, policy).shows
    values = {
        **values_of(seeker.said, "", policy),
        "details": _shown(shows, whose, {}, language, but=pending.wanted if pending else {}),
        "coming": _shown(shows, whose, pending.wanted, language, of=pending.wanted) if pending else "",
        "in_force": _moment(pending.due, policy) if pending else "",
        "status": IN_PUBLIC[then],
    }
    cause = f"{Kind.REACH_ANSWERED}:{reaching.number}:{seeker.ticket.number}"
    return tell_requester(seeker.ticket, Kind.REACH_ANSWERED, cause, policy, values)


def _shown(
    shows: Sequence[Public],
    whose: OnFile,
    wanted: Mapping[Detail, str],
    language: str,
    *,
    of: Mapping[Detail, str] | None = None,
    but: Mapping[Detail, str] | None = None,
) -> str:
    """What is public, in lines; only `of` these details, and none `but` these."""
    details = (OF_DETAIL[each] for each in shows)
    said = {each: _first(each, wanted.get(each, whose.said(each))) for each in details}
    return listed(
        {
            each: one_line(value, LONGEST)
            for each, value in said.items()
            if value and (of is None or each in of) and each not in (but or {})
        },
        language,
    )


def _first(detail: Detail, value: str) -> str:
    """Of several addresses where mail goes."""
    return value.split(SEPARATOR, maxsplit=1)[0] if detail is Detail.ADDRESSES else value


def _moment(at: datetime, policy: Policy) -> str:
    return f"{at.astimezone(zone_named(policy.config.time_zone)):%Y-%m-%d %H:%M %Z}"
