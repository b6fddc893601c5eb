"""Tickets of every kind, and a daemon that comes and goes and looks for what is due."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from mailflow.config import Config
from mailflow.desk.actions import Action, OpenTicket, PageOnCall
from mailflow.desk.agents import answer
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.edge.pager import Tried
from mailflow.flow.digests import Digests
from mailflow.flow.escalate import Escalate
from mailflow.flow.held import HeldMail
from mailflow.flow.page import Paging
from mailflow.flow.rounds import Rounds
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.store import apply, journal
from mailflow.store.database import Database
from mailflow.store.tables import TICKET
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL = b"From: x@strangers.example\r\nSubject: Invoice\r\nMessage-ID: <i@strangers.example>\r\n\r\nPlease pay.\r\n"
LEVELS = [{"at": "50%", "tell": ["one@firma.example"]}, {"at": "100%", "tell": ["two@firma.example"]},
          {"after": "1d", "tell": ["three@firma.example"]}]  # fmt: skip
CONFIG = {
    **ORGANISATION,
    "department": [
        {"name": "support", "title": "Support", "escalation": LEVELS, "digest_to": ["ewa@staff.example"]},
        {"name": "billing", "title": "Billing"},
        {"name": "sales", "title": "Sales"},
    ],
    "due": [{"first_response": "8h", "next_response": "8h"}],
    "reminders": {"after": ["1d", "2d", "3d"], "resolve_after": "30d"},
    "resolved": {"close_after": "2d"},
    "held": {"digest_at": "08:00"},
    "on_call": [{"name": "night", "step": [{"mail": ["phone@firma.example"]}], "give_up_after": "1h"}],
}


class Told(Protocol):
    """A clock."""

    def now(self) -> datetime: ...


class Nobody:
    async def page(self, *step: object) -> Tried:
        raise AssertionError(step)


class House:
    """Tickets of every kind, and a daemon that comes and goes."""

    def __init__(self, database: Database, writer: Writer, policy: Policy, clock: Told, **more: Any) -> None:
        self.database, self.writer, self.clock = database, writer, clock
        self.policy = replace(policy, config=Config.model_validate({**CONFIG, **more}))
        self.rests: Callable[[], bool] = lambda: False

    async def runs(self, twice: int = 2) -> None:
        """A daemon that has just started looks for what is due."""
        common: dict[str, Any] = {"policy": lambda: self.policy, "now": self.clock.now}
        paging = Paging(self.writer, Nobody(), node="main", **common)
        loops: Sequence[Rounds] = (
            Escalate(self.writer, rests=self.rests, **common),
            HeldMail(self.writer, rests=self.rests, **common),
            Digests(self.writer, self.database, rests=self.rests, **common),
        )
        for _ in range(twice):
            for loop in loops:
                await loop.round()
            while await paging.sweep():
                pass

    def act(self, number: int | None, *actions: Action) -> int:
        with self.database.begin() as connection:
            done = apply.carry_out(connection, number, actions, self.policy, self.clock.now())
        assert done
        return done

    def opens(self, requester: str) -> int:
        return self.act(None, OpenTicket(
            subject="Printer on fire", department="support", also=(), mailbox="support@firma.example",
            requester=requester, requester_name="", contact=None, account=None, language="en",
        ))  # fmt: skip

    def waits(self, requester: str) -> None:
        """For our answer."""
        number = self.opens(requester)
        with self.database.begin() as connection:
            of_it = TICKET.update().where(TICKET.c.id == number)
            connection.execute(of_it.values(status="on_hold", waiting_since=self.clock.now()))
            ticket = tickets.load(connection, number)
            assert ticket
            actions = answer.reopen(ticket, "ewa", self.policy, self.clock.now())
            apply.carry_out(connection, number, actions, self.policy, self.clock.now())

    def is_answered(self, requester: str, then: Move) -> None:
        number = self.opens(requester)
        with self.database.begin() as connection:
            ticket = tickets.load(connection, number)
            assert ticket
            actions = answer.reply(ticket, "Water?", "ewa", self.policy, self.clock.now(), then=then)
            apply.carry_out(connection, number, actions, self.policy, self.clock.now())

    def pages(self, requester: str) -> None:
        number = self.opens(requester)
        self.act(number, PageOnCall(ticket=number, on_call="night", cause="rule outages"))

    def holds(self) -> None:
        with self.database.begin() as connection:
            envelope = Envelope(source="smtp", mail_from="", rcpt_tos=("support@firma.example",))
            journal.receive(connection, [Arrival(envelope=envelope, octets=MAIL)], self.clock.now())
            (claimed,) = journal.claim(connection, "main", self.clock.now(), HOUR, 1, 1 << 20)
            decision = Decision(disposition=Disposition.HELD, reason="nobody knows it")
            apply.file(connection, claimed.entry, parse(MAIL), decision, self.policy, self.clock.now())
