"""A mail of ours before there is a reason to send it: for who writes templates, and wants to see what readers will."""

from datetime import datetime

from mailflow.config import Mailbox
from mailflow.desk.actions import Send
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import Outgoing, write
from mailflow.mail.values import ANSWERS, values_of

OF_THE_TICKET = frozenset({"organisation", "department", "mailbox", "name", "number", "subject", "status"})
"""What `desk.writing.letter` fills in itself; all else is shown as the sample that templates are tried with."""
WITHOUT_A_TICKET = frozenset(kind for kind in Kind if "number" not in values_of(kind))


def preview(template: str, language: str, ticket: Ticket | None, policy: Policy, now: datetime) -> Outgoing:
    """`template`: a kind of mail, or `answers/NAME`. `ticket`: whose mail it would be; None: a sample."""
    kind = Kind.ACKNOWLEDGEMENT if template.startswith(ANSWERS) else Kind(template)
    shown = ticket or _sample(policy.config.mailbox[0], now)
    said = {name: value for name, value in values_of(template).items() if name not in OF_THE_TICKET}
    about = None if kind in WITHOUT_A_TICKET else shown
    send = Send(
        kind=kind,
        to=shown.requester,
        to_name=shown.requester_name if shown.contact else "",
        language=language or shown.language,
        mailbox=shown.mailbox,
        ticket=about.number if about else None,
        key=f"preview:{template}",
        template=template,
        values=said,
    )
    return write(send, about, policy, now)


def _sample(mailbox: Mailbox, now: datetime) -> Ticket:
    """As in the samples of `mail.values`."""
    said = values_of(Kind.ACKNOWLEDGEMENT)
    return Ticket(
        number=int(said["number"]),
        subject=said["subject"],
        status=Status.OPEN,
        priority=Priority.NORMAL,
        department=mailbox.department,
        mailbox=mailbox.address,
        requester="anna@firma.example",
        requester_name=said["name"],
        contact=1,
        account=None,
        language=mailbox.language,
        participants=frozenset({"anna@firma.example"}),
        created=now,
        last_activity=now,
    )
