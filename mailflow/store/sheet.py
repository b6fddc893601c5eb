"""The rows that lists of actions come to: collected first, a sheet for each, then written with few statements.

Collecting raises Refused for what cannot happen, before anything is written. A ticket that is opened gets its number
when the sheet is written; until then its page is found under None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, insert, update

from mailflow import maillog
from mailflow.desk.actions import (
    AUTOMATIC,
    ONE_TO_EACH,
    TO_AGENTS,
    AskConsent,
    AskDetails,
    ConfirmDetails,
    CorrectDetails,
    FallSilent,
    Kind,
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
from mailflow.desk.intake.question import as_asked, questions
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.newcomers.applicant import is_applicant
from mailflow.desk.policy import Policy
from mailflow.desk.reach.deeds import HearReach, TickTasks
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.due import clocks
from mailflow.desk.timing.expiry import in_words
from mailflow.desk.timing.turn import level_timers
from mailflow.desk.writing.ceiling import enough, enough_for_a_stranger, enough_told
from mailflow.desk.writing.letter import Outgoing, deliverable, write
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.store import journal, outbox, pages
from mailflow.store.contacts import pins, said, undeliverable
from mailflow.store.entries import held
from mailflow.store.judged import Judged
from mailflow.store.newcomers import admission
from mailflow.store.numbers import reserve
from mailflow.store.reach import reaches
from mailflow.store.tables import EVENT, MESSAGE, TICKET, TICKET_DEPARTMENT, TICKET_TAG
from mailflow.store.tickets import consents, given, merging, participants, splitting
from mailflow.store.timing import timers
from mailflow.store.upsert import insert_new

SECOND = timedelta(seconds=1)
_OPEN = insert(TICKET)
_MESSAGES = insert(MESSAGE)
_EVENTS = insert(EVENT)
_DEPARTMENTS = insert_new(TICKET_DEPARTMENT, "ticket", "department")
_TAGS = insert_new(TICKET_TAG, "ticket", "tag")
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

    def mail(self, policy: Policy) -> Iterator[Outgoing]:
        """The letters, written: the tickets have their numbers now."""
        for send in self.letters:
            page = self.page(send.ticket) if send.ticket else self.opened
            yield write(send, page.ticket if page else None, policy, self.now)
            if page:
                page.note(self.now, "mail", f"{send.kind} to {send.to}")


def write_all(connection: Connection, sheets: Sequence[Sheet], policy: Policy, now: datetime) -> None:
    """Everything; the tickets that are opened get their numbers. No two of the sheets touch the same ticket."""
    for page in (page for sheet in sheets for page in sheet.pages.values() if page.columns):
        page.keep_time(policy, now)
    _write_opened(connection, [sheet.opened for sheet in sheets if sheet.opened])
    for sheet in sheets:
        _write_splits(connection, sheet)
    undeliverable.clear(connection, {address for sheet in sheets for address in sheet.cleared})
    undeliverable.mark(connection, [mark for sheet in sheets for mark in sheet.marks], now)
    for entry, answer in (each for sheet in sheets for each in sheet.confirmed.items()):
        journal.confirm(connection, entry, answer)
    for decided in (each for sheet in sheets for each in sheet.decided):
        _end_hold(connection, decided, now)
    pins.remember(connection, [proved for sheet in sheets for proved in sheet.proved], now)
    for sheet in sheets:
        _ask(connection, sheet, policy)
    for sheet in sheets:
        _withhold(connection, sheet, policy)
    outbox.insert_all(connection, [letter for sheet in sheets for letter in sheet.mail(policy)], now)
    said.carry_out(connection, [each for sheet in sheets for each in sheet.details], now)
    for heard in (each for sheet in sheets for page in sheet.pages.values() for each in page.reached):
        _reach(connection, heard, now)
    touched = [page for sheet in sheets for page in sheet.pages.values()]  # a letter notes itself on one
    for page in touched:
        _call(connection, page, policy, now)
    _write_changes(connection, touched, now)
    _write_rows(connection, touched)
    admission.carry_out(connection, [each for sheet in sheets for each in sheet.admitted], policy, now)


def _end_hold(connection: Connection, decided: Release | Reject, now: datetime) -> None:
    match decided:
        case Release():
            journal.release(connection, decided.entry, decided.by)
        case Reject():
            held.reject(connection, decided.entry, decided.by, decided.why, now)


def _reach(connection: Connection, heard: HearReach | TickTasks, now: datetime) -> None:
    match heard:
        case HearReach():
            reaches.hear(connection, heard, now)
        case TickTasks():
            reaches.tick(connection, heard, now)


def _write_opened(connection: Connection, pages: Sequence[Page]) -> None:
    if pages:
        numbers = reserve(connection, TICKET, len(pages))
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}  # one statement has the columns of its first row
        for page, number in zip(pages, numbers, strict=True):
            alike.setdefault(tuple(page.columns), []).append({"id": number, **page.columns})
        for rows in alike.values():
            connection.execute(_OPEN, rows)
        for page, number in zip(pages, numbers, strict=True):
            page.ticket = replace(page.ticket, number=number)
            page.columns = {}


def _write_splits(connection: Connection, sheet: Sheet) -> None:
    for split in sheet.splits:
        other = sheet.page(None).ticket.number
        splitting.move(connection, split.ticket, split.first, other)
        sheet.page(split.ticket).note(sheet.now, "split", f"#{other} was split from this")


def _ask(connection: Connection, sheet: Sheet, policy: Policy) -> None:
    """The answers first, then the new questions, whose mail carries their numbers."""
    for page in sheet.pages.values():
        for consent in page.answered:
            if consent.number:
                consents.change(connection, consent)
            else:
                consents.begin(connection, page.ticket.number, consent)
            page.note(sheet.now, "consent", f"{consent}")
        for ask in page.asks:
            language = consents.language_of(connection, ask.address) or ask.language or page.ticket.language
            asked = consents.begin(connection, page.ticket.number, as_asked(ask, language, sheet.now))
            page.note(sheet.now, "consent", f"{asked}")
            page.ticket = replace(page.ticket, consents=(*page.ticket.consents, asked))
            sheet.letters += [
                replace(send, ticket=None) if page.is_new else send for send in questions(page.ticket, asked, policy)
            ]


def _withhold(connection: Connection, sheet: Sheet, policy: Policy) -> None:
    """A machine that has written enough falls silent, so does one that writes where no mail arrives; the ticket says
    so."""
    letters = [send for send in sheet.letters if send.kind in AUTOMATIC and send.ticket]
    lost = undeliverable.standing(connection, {canonical(send.to) for send in letters}, sheet.now)
    for send in letters:
        ticket = sheet.page(send.ticket).ticket
        written = outbox.written(connection, deliverable(send.to), ticket.number, sheet.now)
        to_a_stranger = enough_for_a_stranger(send, written) if is_applicant(ticket, policy.registrations) else ""
        too_much = "" if send.kind in ONE_TO_EACH else to_a_stranger or enough(send, written, policy)
        if why := str(lost.get(canonical(send.to), "")) or too_much:
            _fall_silent(sheet, send, why)
    for each in sheet.silent:
        _tell_silence(sheet, each.ticket, each.kind, each.to, each.because)
    for send in [send for send in sheet.letters if send.kind in TO_AGENTS and send.ticket]:
        number = sheet.page(send.ticket).ticket.number
        told = outbox.told(connection, deliverable(send.to), number, sheet.now)
        if why := enough_told(send, told, policy):
            _fall_silent(sheet, send, why)


def _fall_silent(sheet: Sheet, send: Send, why: str) -> None:
    sheet.letters.remove(send)
    _tell_silence(sheet, send.ticket, send.kind, send.to, why)


def _tell_silence(sheet: Sheet, ticket: int | None, kind: Kind, to: str, why: str) -> None:
    page = sheet.page(ticket)
    page.note(sheet.now, "silence", f"{kind} to {to} not written: {why}")
    maillog.silence(ticket=page.ticket.number, kind=kind, to=to, because=why)


def _call(connection: Connection, page: Page, policy: Policy, now: datetime) -> None:
    """Who looks at a ticket ends the calls about it; then come those that were wanted."""
    number = page.ticket.number
    for taken in pages.take(connection, number, page.taken_by, now) if page.taken_by else ():
        after = in_words(max(taken.after, SECOND) // SECOND * SECOND)
        page.note(now, "page", f"page {taken.number}, {taken.on_call}: taken by {page.taken_by} after {after}")
        maillog.page_taken(page=taken.number, ticket=number, by=page.taken_by)
    for call in page.calls:
        begun = pages.begin(connection, call, number, policy, now)
        if begun and begun.withheld:
            page.note(now, "page", f"page {begun.number}, {call.on_call}: withheld, {begun.withheld}; {call.cause}")
            maillog.page_withheld(page=begun.number, ticket=number, on_call=call.on_call, because=begun.withheld)
        elif begun:
            page.note(now, "page", f"page {begun.number}, {call.on_call}: {call.cause}")


def _write_changes(connection: Connection, pages: Sequence[Page], now: datetime) -> None:
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for page in pages:
        if page.columns:
            values = {f"new_{name}": value for name, value in page.columns.items()}
            alike.setdefault(tuple(page.columns), []).append({"number": page.ticket.number, **values})
    for names, rows in alike.items():
        connection.execute(_change(names), rows)
    for page in pages:
        if (into := page.columns.get("merged_into")) and merging.take_along(connection, page.ticket.number, into, now):
            page.note(now, "mail", "automatic mail cancelled before it was sent")
    _write_cancelled(connection, [page for page in pages if page.cancelled and not page.is_new], now)
    for page in pages:
        gone = [address for address, row in page.participants.items() if not row["takes_part"]]
        for address in outbox.cancel_to(connection, page.ticket.number, gone, now):
            page.note(now, "mail", f"mail to {address} cancelled before it was sent")


@lru_cache(64)
def _change(names: tuple[str, ...]) -> Update:
    """Of these columns, for any number of tickets. `answered_at` is the first answer and stays so."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if "answered_at" in values:
        values["answered_at"] = func.coalesce(TICKET.c.answered_at, values["answered_at"])
    return update(TICKET).where(TICKET.c.id == bindparam("number")).values(values)


def _write_cancelled(connection: Connection, pages: Sequence[Page], now: datetime) -> None:
    alike: dict[frozenset[TimerKind], list[int]] = {}
    for page in pages:
        alike.setdefault(frozenset(page.cancelled), []).append(page.ticket.number)
    for kinds, numbers in alike.items():
        timers.cancel(connection, numbers, kinds)
    reminded = {page.ticket.number: page for page in pages if TimerKind.REMIND in page.cancelled}
    for number in outbox.cancel_reminders(connection, [*reminded], now):
        reminded[number].note(now, "mail", "reminder cancelled before it was sent")


def _write_rows(connection: Connection, pages: Sequence[Page]) -> None:
    if messages := [row for page in pages for row in page.rows(page.messages)]:
        connection.execute(_MESSAGES, messages)
    if events := [row for page in pages for row in page.rows(page.events)]:
        connection.execute(_EVENTS, events)
    if departments := [row for page in pages for row in page.rows({"department": name} for name in page.departments)]:
        connection.execute(_DEPARTMENTS[connection.dialect.name], departments)
    if tags := [row for page in pages for row in page.rows({"tag": tag} for tag in page.tags)]:
        connection.execute(_TAGS[connection.dialect.name], tags)
    given.write(connection, [row for page in pages for row in page.rows(map(asdict, page.given))])
    participants.write(connection, [row for page in pages for row in page.rows(page.participants.values())])
    timers.set_all(connection, [replace(timer, ticket=page.ticket.number) for page in pages for timer in page.timers])
    timers.move_all(connection, [timer for page in pages for timer in page.moved])
