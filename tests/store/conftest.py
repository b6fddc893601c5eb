"""A desk to file mail with: what the parser and the judgement would bring, made by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import Action, Append, OpenTicket, Send
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import Kind
from mailflow.mail.envelope import Arrival, Envelope, Tls
from mailflow.mail.message import Address, Attachment, Automatic, Message
from mailflow.store import apply, journal
from mailflow.store.database import Database

ANNA = "anna@kunde.example"
SUPPORT = "support@firma.example"


class Desk:
    """Receives, claims and files on a real database."""

    def __init__(self, database: Database, policy: Policy, clock: Any) -> None:
        self.database, self.policy, self.clock = database, policy, clock
        self.new_ticket, self.acknowledgement = new_ticket, acknowledgement
        self._number = 0

    def arrival(self, key: str | None = None, octets: bytes = b"Subject: x\r\n\r\nx\r\n") -> Arrival:
        tls = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        envelope = Envelope(source="smtp", mail_from=ANNA, rcpt_tos=(SUPPORT,), tls=tls, login="noc")
        return Arrival(envelope=envelope, octets=octets, key=key)

    def receive(self, *arrivals: Arrival) -> list[int]:
        with self.database.begin() as connection:
            return journal.receive(connection, arrivals or (self.arrival(),), self.clock.now())

    def claim(self, node: str = "main", limit: int = 10, octets_limit: int = 1 << 20) -> list[journal.Claimed]:
        with self.database.begin() as connection:
            return journal.claim(connection, node, self.clock.now(), timedelta(minutes=5), limit, octets_limit)

    def entry(self) -> Entry:
        """One received and claimed."""
        self.receive()
        return self.claim()[-1].entry

    def message(self, **changes: Any) -> Message:
        self._number += 1
        return replace(_message(self._number), **changes)

    def file(self, decision: Decision, message: Message | None = None, entry: Entry | None = None) -> int | None:
        entry = entry or self.entry()
        with self.database.begin() as connection:
            return apply.file(connection, entry, message or self.message(), decision, self.policy, self.clock.now())

    def open(self, *actions: Action, message: Message | None = None) -> int:
        """A plain new ticket with its acknowledgement."""
        entry = self.entry()
        number = self.file(new_ticket(entry, *actions), message, entry)
        assert number
        return number

    def act(self, ticket: int, *actions: Action) -> None:
        with self.database.begin() as connection:
            apply.carry_out(connection, ticket, actions, self.policy, self.clock.now())

    def rows(self, table: Any, **where: Any) -> list[Any]:
        statement = table.select().filter_by(**where)
        with self.database.connect() as connection:
            return list(connection.execute(statement.order_by(*table.primary_key.columns)))


def new_ticket(entry: Entry, *actions: Action) -> Decision:
    opening = OpenTicket(
        subject="Printer on fire",
        department="support",
        also=(),
        mailbox=SUPPORT,
        requester=ANNA,
        requester_name="Anna Nowak",
        contact=None,
        account=None,
        language="en",
    )
    return Decision(
        disposition=Disposition.FILED,
        reason="a new ticket",
        actions=(opening, Append(ticket=None), acknowledgement(f"acknowledgement:entry:{entry.number}"), *actions),
    )


def acknowledgement(key: str, ticket: int | None = None) -> Send:
    return Send(
        kind=Kind.ACKNOWLEDGEMENT, to=ANNA, to_name="Anna Nowak", language="en", mailbox=SUPPORT, ticket=ticket, key=key
    )


def _message(number: int) -> Message:
    return Message(
        message_id=f"{number}@kunde.example", author=ANNA, author_defect="", from_=Address("Anna Nowak", ANNA),
        reply_to=(), to=(Address("", SUPPORT),), cc=(), subject="Printer on fire", date=None, in_reply_to=(),
        references=(), language="en", automatic=Automatic(), report=None, text="It burns.\n> quoted", reply="It burns.",
        quoted="> quoted", html=None,
        attachments=(
            Attachment(
                filename="fire.jpg", content_type="image/jpeg", size=12, inline=False, content_id="", sha256=None,
                part="2",
            ),
        ),
        signed=False, encrypted=False, auto_submitted="", wants_no_answer=False, hops=1, digest=f"digest {number}",
        defects=(),
    )  # fmt: skip


@pytest.fixture
def desk_of(policy: Policy, clock: Any) -> Callable[[Database], Desk]:
    return lambda database: Desk(database, policy, clock)


@pytest.fixture
def desk(database: Database, desk_of: Callable[[Database], Desk]) -> Desk:
    return desk_of(database)


@pytest.fixture
def sqlite_desk(sqlite_url: str, desk_of: Callable[[Database], Desk]) -> Iterator[Desk]:
    """On SQLite only, for what does not depend on the database."""
    database = Database(sqlite_url)
    yield desk_of(database)
    database.close()
