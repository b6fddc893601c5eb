"""Sheets (store.sheet) become rows, with few statements."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, insert, update

from mailflow import maillog
from mailflow.desk.actions import Reject, Release, Send, TimerKind
from mailflow.desk.intake.question import as_asked, questions
from mailflow.desk.newcomers.applicant import is_applicant
from mailflow.desk.policy import Policy
from mailflow.desk.reach.deeds import HearReach, TickTasks
from mailflow.desk.timing.span import in_words
from mailflow.desk.writing.ceiling import enough, enough_for_a_stranger, enough_told
from mailflow.desk.writing.kind import AUTOMATIC, ONE_TO_EACH, TO_AGENTS, Kind
from mailflow.desk.writing.letter import deliverable
from mailflow.mail.address import canonical
from mailflow.store import journal, outbox, pages
from mailflow.store.contacts import pins, said, undeliverable
from mailflow.store.entries import held
from mailflow.store.newcomers import admission
from mailflow.store.numbers import reserve_or_keep
from mailflow.store.reach import reaches
from mailflow.store.sheet import Page, Sheet
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


def write_all(connection: Connection, sheets: Sequence[Sheet], policy: Policy, now: datetime) -> None:
    """Everything; the tickets that are opened get their numbers. No two of the sheets touch the same ticket."""
    for page in (page for sheet in sheets for page in sheet.pages.values() if page.columns):
        page.keep_time(policy, now)
    _write_opened(connection, [(sheet.opened, sheet.former_ticket) for sheet in sheets if sheet.opened])
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
        if sheet.former_ticket is not None:
            sheet.hush()
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


def _write_opened(connection: Connection, opened: Sequence[tuple[Page, int | None]]) -> None:
    if opened:
        pages = [page for page, _ in opened]
        numbers = reserve_or_keep(connection, TICKET, [former for _, former in opened])
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
