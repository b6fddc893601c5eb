"""A request says that an account cannot be reached: when it is complete, the account is looked up by the words for it.

In the name of a registered contact only, whose mail is proved: the account is told by whom it is looked for.
"""

from mailflow.config.request import Reach
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.progress import Progress
from mailflow.desk.reach.deeds import Seek
from mailflow.desk.ticket import Ticket


def reach_of(progress: Progress) -> Reach | None:
    return progress.dossier.kind.shape.reach


def named(progress: Progress) -> str:
    """The words for the account; '' where there are none yet, or the request is of another kind."""
    reach = reach_of(progress)
    given = progress.dossier.latest.get(reach.account) if reach and progress.is_ready else None
    return given.value if given else ""


def seek(ticket: int | None, before: Progress, after: Progress) -> tuple[Seek, ...]:
    """What `after` says, and `before` did not."""
    wanted = named(after)
    return (Seek(ticket=ticket, named=wanted),) if wanted and wanted != named(before) else ()


def seek_once(ticket: Ticket | None, before: Progress, after: Progress) -> tuple[Seek, ...]:
    """What mail brings about: of a request one account is written to. Another is an agent's to name, else one request
    after the other would write to all there are."""
    if ticket is None:
        return seek(None, before, after)
    return seek(ticket.number, before, after) if is_registered(ticket) and ticket.reach is None else ()


def is_registered(ticket: Ticket) -> bool:
    """It was opened by a contact, who was believed."""
    return ticket.believed and ticket.contact is not None


def sought_by(ticket: Ticket, kinds: Catalogue) -> str:
    """The account in the words of its requester."""
    kind = kinds.kinds.get(ticket.type)
    reach = kind.shape.reach if kind else None
    said = [each.value for each in ticket.given if reach and each.item == reach.account and each.value]
    return said[-1] if said else ""
