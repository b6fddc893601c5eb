"""Accounts that are said to be out of reach, as rows: the case, its letters and what came of them, its tasks.

A case changes under the lock of its account, taken before that of its tickets (flow.reach); an answer changes its
letter under the lock of the ticket, and leaves word that there is news.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, insert, select, update

from mailflow.desk.contacts.details import OnFile
from mailflow.desk.reach.deeds import HearReach, TickTasks
from mailflow.desk.reach.letters import key_of
from mailflow.desk.reach.reaching import Came, Letter, Reaching, State, Task
from mailflow.store.conditions import SOUGHT
from mailflow.store.instants import aware
from mailflow.store.numbers import LARGEST, reserve
from mailflow.store.outbox import State as Sent
from mailflow.store.regions import is_disrupted
from mailflow.store.tables import ACCOUNT, CONTACT, DISRUPTION, OUTBOX, REACH, REACH_LETTER, REACH_TASK, TICKET

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_CASES = (
    select(
        REACH, ACCOUNT.c.code, ACCOUNT.c.name, ACCOUNT.c.region, is_disrupted(REACH.c.account).label("disrupted")
    )
    .join(ACCOUNT, ACCOUNT.c.id == REACH.c.account)
    .where(REACH.c.id.in_(_NUMBERS))
)  # fmt: skip
_LETTERS = select(REACH_LETTER).where(REACH_LETTER.c.reach.in_(_NUMBERS)).order_by(REACH_LETTER.c.id)
_TASKS = select(REACH_TASK).where(REACH_TASK.c.reach.in_(_NUMBERS)).order_by(REACH_TASK.c.number)
_TICKETS = select(TICKET.c.id, TICKET.c.reach_case).where(TICKET.c.reach_case.in_(_NUMBERS)).order_by(TICKET.c.id)
_NOT_TAKEN = select(OUTBOX.c.key, OUTBOX.c.last_reply).where(
    OUTBOX.c.key.in_(bindparam("keys", expanding=True)), OUTBOX.c.state == Sent.REFUSED.value
)
_FIRST = select(func.min(TICKET.c.id)).where(TICKET.c.reach_case == REACH_LETTER.c.reach).scalar_subquery()
_OF_LETTERS = select(REACH_LETTER.c.id, _FIRST.label("ticket")).where(REACH_LETTER.c.id.in_(_NUMBERS))


def load_all(connection: Connection, numbers: Collection[int]) -> dict[int, Reaching]:
    """By number, as they are."""
    if not numbers:
        return {}
    asked = {"numbers": sorted(numbers)}
    letters = _by_case(connection.execute(_LETTERS, asked), "reach")
    tasks = _by_case(connection.execute(_TASKS, asked), "reach")
    tickets = _by_case(connection.execute(_TICKETS, asked), "reach_case")
    found = {
        row.id: _reaching(row, letters.get(row.id, ()), tasks.get(row.id, ()), tickets.get(row.id, ()))
        for row in connection.execute(_CASES, asked)
    }
    return {number: _with_refusals(connection, each) for number, each in found.items()}


def load(connection: Connection, number: int) -> Reaching | None:
    return load_all(connection, [number]).get(number)


def tickets_of(connection: Connection, letters: Collection[int]) -> Mapping[int, int]:
    """The first ticket of the case of each of those of these letters that there are; not of a case that has none any
    more, each being erased, or about another account by now."""
    wanted = [each for each in letters if each <= LARGEST]
    rows = connection.execute(_OF_LETTERS, {"numbers": wanted}) if wanted else ()
    return {row.id: row.ticket for row in rows if row.ticket}


def hold_account(connection: Connection, account: int) -> str:
    """Nobody else changes a case about it before this transaction ends. Its name."""
    row = select(ACCOUNT.c.name).where(ACCOUNT.c.id == account).with_for_update(key_share=True)
    return connection.execute(row).scalar() or ""


def open_of(connection: Connection, account: int) -> Reaching | None:
    number = connection.execute(select(REACH.c.id).where(SOUGHT, REACH.c.account == account)).scalar()
    return load(connection, number) if number else None


def contacts_of(connection: Connection, account: int) -> Sequence[int]:
    return (
        connection.execute(select(CONTACT.c.id).where(CONTACT.c.account == account).order_by(CONTACT.c.id))
        .scalars()
        .all()
    )


def disruptions_of(connection: Connection, region: str) -> list[tuple[datetime, datetime]]:
    """Those that are over."""
    ended = (DISRUPTION.c.region == region, DISRUPTION.c.until.is_not(None))
    return [(row.since, row.until) for row in connection.execute(select(DISRUPTION).where(*ended))] if region else []


def begin(connection: Connection, account: int, ticket: int, state: State, at: datetime) -> int:
    """Its number."""
    (number,) = reserve(connection, REACH, 1)
    row = {"id": number, "account": account, "ticket": ticket, "state": state.value, "opened": aware(at)}
    connection.execute(insert(REACH), row)
    return number


def ask(connection: Connection, case: int, contacts: Iterable[OnFile], at: datetime) -> list[tuple[Letter, OnFile]]:
    """A letter to each address of each contact, with its number."""
    wanted = [(whose, address) for whose in contacts for address in whose.addresses]
    numbers = reserve(connection, REACH_LETTER, len(wanted)) if wanted else ()
    letters = [
        (Letter(number=number, contact=whose.contact, address=address, asked=aware(at)), whose)
        for number, (whose, address) in zip(numbers, wanted, strict=True)
    ]
    rows = [_row(letter, case) for letter, _ in letters]
    if rows:
        connection.execute(insert(REACH_LETTER), rows)
    return letters


def change(connection: Connection, case: int, **columns: Any) -> None:
    """`state`, `asked`, `due`, `ended`."""
    values = {name: value.value if isinstance(value, State) else value for name, value in columns.items()}
    connection.execute(update(REACH).where(REACH.c.id == case).values(values))


def hear(connection: Connection, heard: HearReach, at: datetime) -> None:
    values = {
        "came": heard.came.value, "words": heard.words, "entry": heard.entry, "by": heard.by, "more": heard.more,
        "news": heard.tells, "heard": aware(at),
    }  # fmt: skip
    connection.execute(update(REACH_LETTER).where(REACH_LETTER.c.id == heard.letter).values(values))


def lose(connection: Connection, letter: int, words: str) -> None:
    """It was not written."""
    lost = update(REACH_LETTER).where(REACH_LETTER.c.id == letter)
    connection.execute(lost.values(came=Came.LOST.value, words=words))


def told_of_letters(connection: Connection, case: int) -> None:
    connection.execute(update(REACH_LETTER).where(REACH_LETTER.c.reach == case).values(news=False))


def told_of_tasks(connection: Connection, case: int) -> None:
    connection.execute(update(REACH_TASK).where(REACH_TASK.c.reach == case).values(news=False))


def set_tasks(connection: Connection, case: int, tasks: Iterable[Task]) -> None:
    rows = [
        {"reach": case, "number": each.number, "text": each.text, "done": None, "done_by": "", "news": False}
        for each in tasks
    ]
    if rows:
        connection.execute(insert(REACH_TASK), rows)


def tick(connection: Connection, ticked: TickTasks, at: datetime) -> None:
    these = (REACH_TASK.c.reach == ticked.case, REACH_TASK.c.number.in_(ticked.tasks), REACH_TASK.c.done.is_(None))
    connection.execute(update(REACH_TASK).where(*these).values(done=aware(at), done_by=ticked.by, news=True))


def name_of(connection: Connection, account: int | None) -> str:
    found = connection.execute(select(ACCOUNT.c.name, ACCOUNT.c.code).where(ACCOUNT.c.id == account)).one_or_none()
    return (found.name or found.code) if found else ""


def _by_case(rows: Iterable[Row[Any]], column: str) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _reaching(
    row: Row[Any], letters: Iterable[Row[Any]], tasks: Iterable[Row[Any]], tickets: Iterable[Row[Any]]
) -> Reaching:
    return Reaching(
        number=row.id,
        account=row.account,
        code=row.code,
        name=row.name,
        region=row.region,
        disrupted=bool(row.disrupted),
        tickets=tuple(each.id for each in tickets),
        state=State(row.state),
        opened=row.opened,
        asked=row.asked,
        due=row.due,
        ended=row.ended,
        letters=tuple(_letter(each) for each in letters),
        tasks=tuple(
            Task(number=each.number, text=each.text, done=each.done, by=each.done_by, news=each.news) for each in tasks
        ),
    )


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        number=row.id,
        contact=row.contact,
        address=row.address,
        asked=row.asked,
        came=Came(row.came),
        news=row.news,
        more=row.more,
        by=row.by,
        heard=row.heard,
        entry=row.entry,
        words=row.words,
    )


def _row(letter: Letter, case: int) -> dict[str, Any]:
    return {
        "id": letter.number, "reach": case, "contact": letter.contact, "address": letter.address, "asked": letter.asked,
        "came": letter.came.value, "news": False, "more": False, "by": None, "heard": None, "entry": None, "words": "",
    }  # fmt: skip


def _with_refusals(connection: Connection, reaching: Reaching) -> Reaching:
    """A letter that no server took is lost as well."""
    waits = {key_of(each): each.number for each in reaching.letters if each.came is Came.NOTHING}
    rows = connection.execute(_NOT_TAKEN, {"keys": list(waits)}) if waits and reaching.is_open else ()
    refused = {waits[row.key]: row.last_reply for row in rows}
    if not refused:
        return reaching
    letters = (
        replace(each, came=Came.LOST, words=refused[each.number]) if each.number in refused else each
        for each in reaching.letters
    )
    return replace(reaching, letters=tuple(letters))
