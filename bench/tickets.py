"""A database as a large support organisation has it: open tickets that wait for a customer or for us, three timers
each, and one mail each that is answered by what falls due. Nothing is due before DAYS_AHEAD.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from mailflow.desk.actions import TimerKind
from mailflow.desk.ticket import Status
from mailflow.store.database import Database
from mailflow.store.tables import ACCOUNT, CONTACT, CONTACT_ADDRESS, MESSAGE, TICKET, TIMER

MAILBOX = "support@support.example"
TIMERS = 3
"""Of each ticket: two reminders and its resolution, or three levels of escalation."""
ACCOUNTS = 1_000
BATCH = 5_000
DAYS_AHEAD = 1
LANGUAGES = ("en", "fr", "es", "pl", "de")
ASKED = (TimerKind.REMIND, 1), (TimerKind.REMIND, 2), (TimerKind.RESOLVE, 1)
WAITED_FOR = (TimerKind.ESCALATE, 1), (TimerKind.ESCALATE, 2), (TimerKind.ESCALATE, 3)


def fill(database: Database, tickets: int, now: datetime) -> None:
    with database.begin() as connection:
        connection.execute(insert(ACCOUNT), [_account(number) for number in range(1, ACCOUNTS + 1)])
        connection.execute(insert(CONTACT), [_contact(number) for number in range(1, ACCOUNTS + 1)])
        connection.execute(insert(CONTACT_ADDRESS), [_address(number) for number in range(1, ACCOUNTS + 1)])
    for first in range(1, tickets + 1, BATCH):
        numbers = range(first, min(first + BATCH, tickets + 1))
        with database.begin() as connection:
            connection.execute(insert(TICKET), [_ticket(number, now) for number in numbers])
            connection.execute(insert(MESSAGE), [_message(number, now) for number in numbers])
            connection.execute(insert(TIMER), [row for number in numbers for row in _timers(number, tickets, now)])


def is_asked(number: int) -> bool:
    """Of every second ticket the customer has the move, of the others we."""
    return number % 2 == 1


def _account(number: int) -> dict[str, Any]:
    code, region = str(number), f"R{number % 20}"
    return {
        "id": number, "code": code, "code_folded": code, "name": f"Account {number}", "contract": "", "region": region,
    }  # fmt: skip


def _contact(number: int) -> dict[str, Any]:
    language = LANGUAGES[number % len(LANGUAGES)]
    return {"id": number, "account": number, "name": f"Anna {number}", "language": language, "roles": ["primary"]}


def _address(number: int) -> dict[str, Any]:
    return {"address": f"anna@a{number}.example", "contact": number, "position": 0}


def _ticket(number: int, now: datetime) -> dict[str, Any]:
    owner = number % ACCOUNTS + 1
    since = now - timedelta(hours=1 + number % 4)
    asked = is_asked(number)
    return {
        "id": number, "subject": f"Printer {number}", "priority": "normal", "department": "support",
        "status": (Status.AWAITING_CUSTOMER if asked else Status.OPEN).value,
        "mailbox": MAILBOX, "account": owner, "contact": owner, "requester": f"a{number}@a{owner}.example",
        "requester_name": f"Anna {owner}", "assignee": "", "language": LANGUAGES[owner % len(LANGUAGES)], "type": "",
        "believed": True, "created": since, "last_activity": since, "waiting_since": None if asked else since,
        "question_at": since if asked else None, "answered_at": since if asked else None, "pauses": (),
        "response_due": None if asked else now + timedelta(days=DAYS_AHEAD),
        "due": None if asked else now + timedelta(days=DAYS_AHEAD), "incident_state": 0,
    }  # fmt: skip


def _message(number: int, now: datetime) -> dict[str, Any]:
    return {
        "ticket": number, "direction": "in", "author": f"a{number}@a{number % ACCOUNTS + 1}.example", "author_name": "",
        "at": now, "subject": f"Printer {number}", "message_id": f"{number}@client.example", "text": "It burns.",
        "reply": "It burns.", "language": "en", "automatic": "none", "verdict": "verified", "warning": "",
        "attachments": [],
    }  # fmt: skip


def _timers(number: int, of: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Spread over a fortnight."""
    for place, (kind, step) in enumerate(ASKED if is_asked(number) else WAITED_FOR):
        due = now + timedelta(days=DAYS_AHEAD + 4 * place, seconds=86_400 * 3 * number / of)
        yield {"ticket": number, "kind": kind.value, "step": step, "due": due}
