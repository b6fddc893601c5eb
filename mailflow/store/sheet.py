"""The rows that a list of actions comes to: collected first, written in one go with few statements.

Collecting raises Refused for what cannot happen, before anything is written. A ticket that is opened gets its number
when the sheet is written; until then its page is found under None.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from mailflow.desk.actions import Send, SetTimer, TimerKind
from mailflow.desk.letter import write
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.errors import Refused
from mailflow.store import outbox, timers
from mailflow.store.tables import EVENT, MESSAGE, TICKET, TICKET_DEPARTMENT
from mailflow.store.tickets import load
from mailflow.store.upsert import insert_new

_OPEN = insert(TICKET).returning(TICKET.c.id)
_CHANGE = update(TICKET).where(TICKET.c.id == bindparam("number"))
_MESSAGES = insert(MESSAGE)
_EVENTS = insert(EVENT)
_DEPARTMENTS = insert_new(TICKET_DEPARTMENT, "ticket", "department")
_OF_TICKET = frozenset(field.name for field in fields(Ticket))


@dataclass(slots=True)
class Page:
    """One ticket: as it will be, and what is to be written to make it so."""

    ticket: Ticket
    columns: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    timers: list[SetTimer] = field(default_factory=list)
    cancelled: set[TimerKind] = field(default_factory=set)

    def change(self, **columns: Any) -> None:
        self.columns.update(columns)
        self.ticket = replace(self.ticket, **{name: columns[name] for name in columns.keys() & _OF_TICKET})

    def note(self, now: datetime, kind: str, text: str) -> None:
        self.events.append({"at": now, "kind": kind, "text": text})

    def cancel(self, kinds: frozenset[TimerKind]) -> None:
        """Those that stand, and those set so far by the same actions."""
        self.cancelled |= kinds
        self.timers = [timer for timer in self.timers if timer.kind not in kinds]

    def rows(self, collected: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        return ({"ticket": self.ticket.number, **row} for row in collected)


class Sheet:
    """Pages of the tickets that are touched, and the letters that go out."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self.letters: list[Send] = []
        self._connection = connection
        self._pages: dict[int | None, Page] = {}

    def open(self, ticket: Ticket) -> Page:
        columns = {name: getattr(ticket, name) for name in _OF_TICKET & set(TICKET.c.keys())}
        page = self._pages[None] = Page(ticket, columns)
        return page

    def page(self, number: int | None) -> Page:
        """None is the ticket that is opened here."""
        if number not in self._pages:
            ticket = load(self._connection, number, lock=True) if number else None
            if ticket is None:
                raise Refused(f"there is no ticket {number}" if number else "no ticket is opened here")
            self._pages[number] = Page(ticket)
        return self._pages[number]

    def write(self, policy: Policy) -> int | None:
        """Everything; the number of the ticket that was opened."""
        opened = self._pages.get(None)
        for page in self._pages.values():
            self._write_ticket(page)
        self._mail(policy)
        self._write_rows(list(self._pages.values()))
        for page in self._pages.values():
            self._write_timers(page)
        return opened.ticket.number if opened else None

    def _write_ticket(self, page: Page) -> None:
        if not page.ticket.number:
            number = self._connection.execute(_OPEN, page.columns).scalar_one()
            page.ticket = replace(page.ticket, number=number)
        elif page.columns:
            self._connection.execute(_CHANGE.values(page.columns), {"number": page.ticket.number})

    def _mail(self, policy: Policy) -> None:
        outgoing = []
        for send in self.letters:
            page = self.page(send.ticket) if send.ticket else self._pages.get(None)
            outgoing.append(write(send, page.ticket if page else None, policy, self.now))
            if page:
                page.note(self.now, "mail", f"{send.kind} to {send.to}")
        outbox.insert_all(self._connection, outgoing, self.now)

    def _write_rows(self, pages: list[Page]) -> None:
        if messages := [row for page in pages for row in page.rows(page.messages)]:
            self._connection.execute(_MESSAGES, messages)
        if events := [row for page in pages for row in page.rows(page.events)]:
            self._connection.execute(_EVENTS, events)
        if departments := [
            {"ticket": page.ticket.number, "department": name} for page in pages for name in page.departments
        ]:
            self._connection.execute(_DEPARTMENTS[self._connection.dialect.name], departments)

    def _write_timers(self, page: Page) -> None:
        if page.cancelled and page is not self._pages.get(None):
            timers.cancel(self._connection, page.ticket.number, page.cancelled)
        timers.set_all(self._connection, page.ticket.number, page.timers)
