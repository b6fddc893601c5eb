"""Agents are told by mail what they may answer by mail: a ticket that opens, what its customer writes, what is theirs.

Who is told is the assignee, else the team of the department ([[department]] notify); never who wrote it, nor whose
ticket it is. A stranger's words stand in it as a quotation, folded: no mail program makes them an agent's.
"""

import re
from collections.abc import Iterable, Sequence

from mailflow.config import Agent
from mailflow.desk.actions import Send
from mailflow.desk.policy import Policy
from mailflow.desk.roster import named, team
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.folding import folded
from mailflow.desk.writing.kind import Kind
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.message import Attachment

SHOWN = 20_000
"""Characters of what was written; the rest is in the ticket."""
FILES = 20
"""Names of files that came with it."""
_NAME = 100  # characters
_MARK = "> "
_OF_ENTRY = re.compile(r"notification:entry:([0-9]+):")


def told(
    ticket: Ticket,
    policy: Policy,
    *,
    cause: str,
    key: str,
    values: dict[str, str] | None = None,
    but: Iterable[str] = (),
    also: Iterable[str] = (),
) -> tuple[Send, ...]:
    """The mails to those who should know. `cause`: see mail.template; `but`: who knows already, by address; `also`: the
    departments besides its own that see it now."""
    theirs = {canonical(address) for address in (*but, *ticket.participants, ticket.requester) if address}
    return tuple(
        _notification(ticket, agent, cause, key, values or {})
        for agent in _readers(ticket, policy, also)
        if theirs.isdisjoint(map(canonical, agent.addresses))
    )


def entry_told_of(key: str) -> int | None:
    """Of the outbox, by the key that `told` gave it: the mail that it tells of, if it does."""
    found = _OF_ENTRY.match(key)
    return int(found[1]) if found else None


def files_of(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """What came with the words, by name: `mailflow ticket attachment` has it."""
    names = [f"[{one_line(each.filename or each.content_type, _NAME)}]" for each in attachments[:FILES]]
    return (*names, *(["…"] if len(attachments) > FILES else []))


def quoted(text: str, files: Iterable[str] = ()) -> str:
    """A stranger's words, each line marked as a quotation and no longer than mail programs leave it."""
    shown = text if len(text) <= SHOWN else text[:SHOWN].rpartition("\n")[0] + "\n…"
    lines = (one_line(line, len(line) + 1) for line in (*shown.strip().splitlines(), *files))
    return "\n".join(folded(line, _MARK) if line else _MARK.rstrip() for line in lines)


def _readers(ticket: Ticket, policy: Policy, also: Iterable[str]) -> tuple[Agent, ...]:
    """Each once. A department that sees it besides has no say in whose it is: all of its team are told."""
    others = [agent for name in also if _tells(name, policy, "all") for agent in team(name, policy.config)]
    return tuple(dict.fromkeys((*_of_its_own(ticket, policy), *others)))


def _of_its_own(ticket: Ticket, policy: Policy) -> tuple[Agent, ...]:
    assignee = named(ticket.assignee, policy.config)
    if assignee and _tells(ticket.department, policy, "all", "assignee"):
        return (assignee,)
    return team(ticket.department, policy.config) if _tells(ticket.department, policy, "all") and not assignee else ()


def _tells(department: str, policy: Policy, *whom: str) -> bool:
    found = policy.departments.get(department)
    return found is not None and found.notify in whom


def _notification(ticket: Ticket, agent: Agent, cause: str, key: str, values: dict[str, str]) -> Send:
    return Send(
        kind=Kind.NOTIFICATION,
        to=agent.addresses[0],
        to_name=agent.name,
        language="",  # the mailbox's: it is the team's own
        mailbox=ticket.mailbox,
        ticket=ticket.number or None,
        key=f"notification:{key}:{agent.name}",
        values={
            "cause": cause,
            "priority": ticket.priority,
            "requester": one_line(ticket.requester),
            "assignee": ticket.assignee,
            **values,
        },
    )
