"""A small desk for tables: one mail, one ticket, one contact, each with what matters said and the rest ordinary."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow.desk.actions import Action
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Account, Contact, Role
from mailflow.desk.context import NOTHING_KNOWN, Context
from mailflow.desk.decide import decide, judge
from mailflow.desk.decision import Decision
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.mail.message import Address, Automatic, AutomaticKind, Message
from mailflow.mail.token import OF_A_TICKET

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANNA = "anna@kunde.example"


class Desk:
    """Judges with the shared `policy`; everything has a default that is asserted, registered and served."""

    now = NOW
    anna = ANNA

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def message(
        self, *, author: str | None = ANNA, name: str = "Anna Nowak", robot: str = "none", **said: Any
    ) -> Message:
        ordinary: dict[str, Any] = {
            "message_id": "1@kunde.example",
            "author": author,
            "author_defect": "" if author else "there are 2 From fields",
            "from_": Address(name, author) if author else None,
            "reply_to": (),
            "to": (),
            "cc": (),
            "subject": "Drukarka",
            "date": NOW,
            "in_reply_to": (),
            "references": (),
            "language": "",
            "automatic": Automatic(kind=AutomaticKind(robot), why="" if robot == "none" else f"it is {robot}"),
            "report": None,
            "text": "Nie działa.",
            "reply": "Nie działa.",
            "quoted": "",
            "html": None,
            "attachments": (),
            "signed": False,
            "encrypted": False,
            "auto_submitted": "",
            "wants_no_answer": False,
            "hops": 2,
            "digest": "d1",
            "defects": (),
        }
        return Message(**{**ordinary, **said})

    def entry(
        self, *rcpt_tos: str, trusted: bool = True, mail_from: str = ANNA, source: str = "smtp", **said: Any
    ) -> Entry:
        envelope = Envelope(
            source=source,
            mail_from=mail_from,
            rcpt_tos=rcpt_tos or ("support@firma.example",),
            peer="192.0.2.1",
            trusted=trusted,
        )
        return Entry(**{"number": 812, "envelope": envelope, "received": NOW, "size": 1000, **said})

    def contact(self, language: str = "pl", roles: tuple[Role, ...] = (Role.TECHNICAL,)) -> Context:
        """Anna is registered, with two addresses."""
        return Context(
            contact=Contact(id=7, name="Anna Nowak", language=language, roles=frozenset(roles)),
            account=Account(id=3, code="4711", name="Kunde"),
            addresses=frozenset({ANNA, "a.nowak@privat.example"}),
        )

    def ticket(self, number: int = 42, status: Status = Status.OPEN, **said: Any) -> Ticket:
        ordinary: dict[str, Any] = {
            "number": number,
            "subject": "Drukarka",
            "status": status,
            "priority": Priority.NORMAL,
            "department": "support",
            "mailbox": "support@firma.example",
            "requester": ANNA,
            "requester_name": "Anna Nowak",
            "contact": 7,
            "account": 3,
            "language": "pl",
            "participants": frozenset({ANNA}),
            "created": NOW,
            "last_activity": NOW,
        }
        return Ticket(**{**ordinary, **said})

    def token(self, number: int = 42, addressee: str = ANNA, issued: datetime = NOW) -> str:
        return self.policy.keyring.sign(OF_A_TICKET, number, addressee, issued)

    def decide(
        self, message: Message | None = None, entry: Entry | None = None, context: Context | None = None, **known: Any
    ) -> Decision:
        context = replace(self.contact() if context is None else context, **known)
        return decide(message or self.message(), entry or self.entry(), context, self.policy, NOW)

    def judge(
        self,
        verdict: Verdict,
        message: Message | None = None,
        entry: Entry | None = None,
        context: Context | None = None,
        **known: Any,
    ) -> Decision:
        """With this verdict, however it came about."""
        context = replace(self.contact() if context is None else context, **known)
        case = Case.of(message or self.message(), entry or self.entry(trusted=False), context, self.policy, NOW)
        return judge(replace(case, identity=Identity(case.clues.author, verdict, "by the test")))

    def at(self, unverified: str, address: str = "support@firma.example") -> "Desk":
        """The same desk with another setting of one mailbox."""
        mailboxes = tuple(
            mailbox.model_copy(update={"unverified": unverified}) if mailbox.address == address else mailbox
            for mailbox in self.policy.config.mailbox
        )
        return self.having(mailbox=mailboxes)

    def having(self, **sections: Any) -> "Desk":
        """The same desk with other tables in config.toml."""
        return Desk(replace(self.policy, config=self.policy.config.model_copy(update=sections)))


def of_type(actions: tuple[Action, ...], kind: type) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]


@pytest.fixture
def desk(policy: Policy) -> Desk:
    return Desk(policy)


@pytest.fixture
def only() -> Callable[[tuple[Action, ...], type], list[Any]]:
    return of_type


@pytest.fixture
def stranger() -> Context:
    return NOTHING_KNOWN
