"""One answer of an agent's, and how far it is done."""

from dataclasses import dataclass, field, replace

from mailflow.config import Agent
from mailflow.desk.actions import Action, OpenTicket
from mailflow.desk.agents.instructions import Instructions
from mailflow.desk.case import Case
from mailflow.desk.ticket import Ticket
from mailflow.mail.bounds import Bounds
from mailflow.mail.enclosure import Enclosure, enclosure
from mailflow.mail.mime.parts import part_at, parts_of

KEPT_BACK = frozenset(
    f"application/{kind}"
    for kind in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pkcs7-mime", "x-pkcs7-mime", "ms-tnef")
)
"""Of an agent's mail: the proof of who signed it, and what wraps files that go along by themselves."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One answer of an agent's."""

    case: Case
    ticket: Ticket
    agent: Agent
    instructions: Instructions
    enclosures: tuple[Enclosure, ...] = ()  # that came with it

    @property
    def by(self) -> str:
        return self.agent.name


@dataclass(frozen=True, slots=True)
class Done:
    """So far: the ticket as it is then, what makes it so, and what the agent is told."""

    ticket: Ticket
    actions: tuple[Action, ...] = ()
    told: tuple[str, ...] = field(default=())

    @property
    def opens(self) -> bool:
        """Is it the beginning of another ticket?"""
        return any(isinstance(each, OpenTicket) for each in self.actions)

    def then(self, told: str, *actions: Action, **changes: object) -> "Done":
        ticket = replace(self.ticket, **changes)  # type: ignore[arg-type]  # fields of a ticket
        return Done(ticket, (*self.actions, *actions), (*self.told, told))


def enclosures_of(case: Case) -> tuple[Enclosure, ...]:
    """The files that an agent's mail brings: not what stands in its text."""
    wanted = [
        each for each in case.message.attachments if not each.stands_in_text and each.content_type not in KEPT_BACK
    ]
    if not wanted:
        return ()
    root = parts_of(case.entry.octets, Bounds(**case.policy.config.limits.parser.model_dump()))
    found = [(each, part_at(root, each.part)) for each in wanted]
    return tuple(
        enclosure(each.filename, each.content_type, part.octets(), each.part)
        for each, part in found
        if part is not None
    )
