"""The rows that lists of actions come to, collected: a sheet for each list, a page for each ticket. store.rows
writes them.

Collecting raises Refused for what cannot happen, before anything is written. A ticket that is opened gets its number
when the sheet is written; until then its page is found under None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from mailflow.desk.actions import (
    AskConsent,
    AskDetails,
    ConfirmDetails,
    CorrectDetails,
    FallSilent,
    MarkUndeliverable,
    PageOnCall,
    Reject,
    Release,
    Remember,
    Send,
    SetTimer,
    Split,
    StopCorrection,
    TimerKind,
)
from mailflow.desk.intake.consent import Consent
from mailflow.desk.intake.given import Given
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.policy import Policy
from mailflow.desk.reach.deeds import HearReach, TickTasks
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.due import clocks
from mailflow.desk.timing.turn import level_timers
from mailflow.desk.writing.letter import Outgoing, write
from mailflow.errors import Refused
from mailflow.store.judged import Judged
from mailflow.store.tables import TICKET

_OF_TICKET = frozenset(field.name for field in fields(Ticket))
_COLUMNS = tuple(sorted(_OF_TICKET & set(TICKET.c.keys())))


@dataclass(slots=True)
class Page:
    """One ticket: as it will be, and what is to be written to make it so."""

    ticket: Ticket
    columns: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    participants: dict[str, dict[str, Any]] = field(default_factory=dict)  # by address
    given: list[Given] = field(default_factory=list)
    asks: list[AskConsent] = field(default_factory=list)
    answered: list[Consent] = field(default_factory=list)
    reached: list[HearReach | TickTasks] = field(default_factory=list)  # of its reach case
    timers: list[SetTimer] = field(default_factory=list)
    moved: list[SetTimer] = field(default_factory=list)  # where they stand
    cancelled: set[TimerKind] = field(default_factory=set)
    calls: list[PageOnCall] = field(default_factory=list)  # to whoever is on call
    taken_by: str = ""  # who looks at it: they are called no more
    is_new: bool = False
    before: Ticket | None = None  # as it was; None: it is opened

    def change(self, **columns: Any) -> None:
        self.columns.update(columns)
        self.ticket = replace(self.ticket, **{name: columns[name] for name in columns.keys() & _OF_TICKET})

    def note(self, now: datetime, kind: str, text: str) -> None:
        self.events.append({"at": now, "kind": kind, "text": text})

    def keep_time(self, policy: Policy, now: datetime) -> None:
        """What is due follows from what the ticket is."""
        kept = clocks(self.ticket, policy.schedule, now)
        if kept.pauses != self.ticket.pauses:
            self.change(pauses=kept.pauses)
        if policy.config.due:
            self.change(response_due=kept.response_due, resolution_due=kept.resolution_due, due=kept.due)
        self._keep_levels(policy, now)

    def _keep_levels(self, policy: Policy, now: datetime) -> None:
        kept = level_timers(self.before, self.ticket, policy, now, given_up=self.cancelled)
        if kept.given_up:
            self.cancel(kept.given_up)
        self.timers += kept.set
        self.moved += kept.moved

    def take_part(self, addresses: Iterable[str], now: datetime, why: str, *, not_any_more: bool = False) -> None:
        theirs = frozenset(addresses)
        for address in theirs:
            self.participants[address] = {"address": address, "takes_part": not not_any_more, "since": now, "why": why}
        taking, gone = self.ticket.participants, self.ticket.removed
        taking, gone = (taking - theirs, gone | theirs) if not_any_more else (taking | theirs, gone - theirs)
        self.ticket = replace(self.ticket, participants=taking, removed=gone)

    def give(self, items: Sequence[Given]) -> None:
        self.given.extend(items)
        self.ticket = replace(self.ticket, given=(*self.ticket.given, *items))

    def answer(self, consent: Consent) -> None:
        """Number 0: it was never asked, and is known from elsewhere."""
        self.answered.append(consent)
        others = (consent if each.number == consent.number else each for each in self.ticket.consents)
        self.ticket = replace(self.ticket, consents=(*others, *(() if consent.number else (consent,))))

    def cancel(self, kinds: frozenset[TimerKind]) -> None:
        """Those that stand, and those set so far by the same actions."""
        self.cancelled |= kinds
        self.timers = [timer for timer in self.timers if timer.kind not in kinds]

    def rows(self, collected: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        return ({"ticket": self.ticket.number, **row} for row in collected)


class Sheet:
    """Pages of the tickets that one list of actions touches, and the letters that go out. `tickets` are locked.
    `judged`: the message that they come of."""

    def __init__(self, tickets: Mapping[int, Ticket], now: datetime, judged: Judged | None) -> None:
        self.now = now
        self.judged = judged
        self.letters: list[Send] = []
        self.silent: list[FallSilent] = []
        self.marks: list[MarkUndeliverable] = []
        self.cleared: list[str] = []
        self.confirmed: dict[int, int] = {}  # held entry: the one that answered for it
        self.decided: list[Release | Reject] = []
        self.proved: list[Remember] = []
        self.details: list[AskDetails | ConfirmDetails | CorrectDetails | StopCorrection] = []
        self.admitted: list[Register | Recover] = []
        self.splits: list[Split] = []
        self.pages: dict[int | None, Page] = {}
        self._tickets = tickets

    @property
    def former_ticket(self) -> int | None:
        """As the entry has it."""
        return self.judged.entry.former_ticket if self.judged else None

    @property
    def opened(self) -> Page | None:
        return self.pages.get(None)

    def open(self, ticket: Ticket) -> Page:
        columns = {name: getattr(ticket, name) for name in _COLUMNS}
        page = self.pages[None] = Page(ticket, columns, is_new=True)
        return page

    def page(self, number: int | None) -> Page:
        """None is the ticket that is opened here."""
        if number not in self.pages:
            ticket = self._tickets.get(number) if number else None
            if ticket is None:
                raise Refused(f"there is no ticket {number}" if number else "no ticket is opened here")
            self.pages[number] = Page(ticket, before=ticket)
        return self.pages[number]

    def hush(self) -> None:
        """The database that was replaced has written all of it, and called who was to be called."""
        for page in self.pages.values():
            page.calls.clear()
        for send in self.letters:
            about = self.page(send.ticket) if send.ticket else self.opened
            if about:
                about.note(
                    self.now, "mail", f"{send.kind} to {send.to} is not written again: that was before the restore"
                )
        self.letters.clear()
        self.silent.clear()

    def mail(self, policy: Policy) -> Iterator[Outgoing]:
        """The letters, written: the tickets have their numbers now."""
        for send in self.letters:
            page = self.page(send.ticket) if send.ticket else self.opened
            yield write(send, page.ticket if page else None, policy, self.now)
            if page:
                page.note(self.now, "mail", f"{send.kind} to {send.to}")
