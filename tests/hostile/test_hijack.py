"""No way into another's ticket (T1): 120 attempts, and what each leaves behind in a real database.

Nothing is appended but by the token, and then with a warning, moving nothing; nobody who takes no part is sent
anything; nothing vanishes.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mailflow.desk.decision import Disposition
from mailflow.mail.token import OF_A_CHALLENGE
from mailflow.store.tables import ENTRY, MESSAGE, OUTBOX, TICKET
from tests.hostile.world import ANNA, BOB, DORA, KARL, SECRET, SUPPORT, World, mail

VICTIMS = (1, 2, 3, 4)
"""Anna's tickets: open, closed, merged into the first, resolved."""
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "same-account": (KARL, True),
    "other-account": (DORA, True),
    "forged-contact": (ANNA, False),
    "no-author": ("", True),
}
Attempt = Callable[[World, str], tuple[bytes, str]]
"""The octets and the recipient, for an author."""


def _plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def _tag(number: int, form: str = "Re: [#{}] Frage") -> Attempt:
    return lambda world, who: (mail(who, form.format(number)), SUPPORT)


def _field(*fields: str) -> Attempt:
    return lambda world, who: (mail(who, "Re: [#1] Frage", *fields), SUPPORT)


def _references(world: World, who: str) -> tuple[bytes, str]:
    """Of Anna's own mails, which others have seen."""
    ids = " ".join(f"<first{number}@kunde.example>" for number in VICTIMS)
    return mail(who, "Re: Frage", "In-Reply-To: <first1@kunde.example>", f"References: {ids}"), SUPPORT


def _guessed(world: World, who: str) -> tuple[bytes, str]:
    ids = [f"{token}.aaaaaaaaaaaaaaaa@mail.firma.example" for token in ("a" * 40, "1", "ticket1", "1-1")]
    return mail(who, "Re: Frage", *(f"In-Reply-To: <{id_}>" for id_ in ids)), SUPPORT


def _wrong_token(world: World, who: str) -> tuple[bytes, str]:
    token = world.sign(1)
    return mail(who, "Frage"), _plus(token[:-1] + ("a" if token[-1] != "a" else "b"))


def _other_number(world: World, who: str) -> tuple[bytes, str]:
    """The MAC of a ticket of one's own on the number of another's."""
    return mail(who, "Frage"), _plus(world.sign(1)[:14] + world.sign(7, BOB)[14:])


def _old_token(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Frage"), _plus(world.sign(1, old=True))


def _token_of_long_ago(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Frage"), _plus(world.sign(1, ago=timedelta(days=400)))


def _challenge_token(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Frage"), _plus(world.policy.keyring.sign(OF_A_CHALLENGE, 1, ANNA, world.now))


def _token_of_what_is_over(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Re: Frage"), _plus(world.sign(2))


def _token_elsewhere(world: World, who: str) -> tuple[bytes, str]:
    token = world.sign(1)
    return mail(who, f"Frage {token}", f"X-Token: {token}", "Reply-To: <x@x.example>", text=token), SUPPORT


def _forwarded(world: World, who: str) -> tuple[bytes, str]:
    said = f"---- Forwarded message ----\r\nFrom: {ANNA}\r\nSubject: Re: [#1] Frage\r\n\r\nHallo."
    return mail(who, "Fwd: [#1] Frage", f"Resent-From: {ANNA}", text=said), SUPPORT


def _control(world: World, who: str) -> tuple[bytes, str]:
    names = ("X-Mailflow-Ticket", "X-Mailflow-Follow-Up", "X-Mailflow-Contact", "X-RT-Ticket", "X-Zammad-Ticket-Id")
    own = ("X-Mailflow-Verdict: verified", f"X-Mailflow-Author: {ANNA}", "X-Mailflow-Status: resolved")
    return mail(who, "Frage", *(f"{name}: 1" for name in names), *own), SUPPORT


ATTEMPTS: dict[str, Attempt] = {
    "guessed-id": _guessed,
    "tag": _tag(1),
    "tag-of-closed": _tag(2),
    "tag-of-merged": _tag(3),
    "tag-of-resolved": _tag(4),
    "tag-in-other-forms": _tag(1, "Re: Ticket #{0} ({0}) [Ticket#{0}] [#{0}] [#0{0}]"),
    "forged-references": _references,
    "wrong-token": _wrong_token,
    "token-of-another-number": _other_number,
    "old-token": _old_token,
    "token-of-long-ago": _token_of_long_ago,
    "token-of-a-challenge": _challenge_token,
    "token-of-closed": _token_of_what_is_over,
    "token-where-none-counts": _token_elsewhere,
    "cc": _field(f"Cc: {ANNA}", f"To: {SUPPORT}"),
    "to": _field(f"To: {ANNA}, {SUPPORT}"),
    "reply-to": _field(f"Reply-To: {ANNA}"),
    "sender": _field(f"Sender: {ANNA}", f"Return-Path: <{ANNA}>", f"X-Original-From: {ANNA}"),
    "forwarded": _forwarded,
    "control-fields": _control,
}
BY_TOKEN: dict[str, Attempt] = {
    "her-token": lambda world, who: (mail(who, "Re: Frage"), _plus(world.sign(1))),
}


def _after(world: World, attempt: Attempt, who: str) -> tuple[Any, list[Any], list[Any]]:
    """The journal's row, new messages and new mails."""
    author, trusted = WHO[who]
    messages, mails = len(world.rows(MESSAGE)), len(world.rows(OUTBOX))
    octets, to = attempt(world, author)
    world.receive(octets, mail_from=author or BOB, to=to, trusted=trusted)
    return world.rows(ENTRY)[-1], world.rows(MESSAGE)[messages:], world.rows(OUTBOX)[mails:]


def _state(world: World) -> list[Any]:
    return [tuple(row) for row in world.rows(TICKET) if row.id in VICTIMS]


@pytest.mark.parametrize(("how", "who"), list(product(ATTEMPTS, WHO)), ids=lambda each: each)
def test_t1_nothing_joins_and_nothing_is_told(how: str, who: str, world: World) -> None:
    before = _state(world)
    entry, messages, mails = _after(world, ATTEMPTS[how], who)
    assert [row for row in messages if row.ticket in VICTIMS] == []
    assert _state(world) == before
    assert entry.disposition in (Disposition.FILED, Disposition.HELD)
    assert (entry.disposition == Disposition.FILED) == bool(messages)
    for row in mails:
        assert row.ticket not in VICTIMS
        assert SECRET.encode() not in row.octets
        assert row.rcpt_to == WHO[who][0]


@pytest.mark.parametrize("who", WHO)
def test_t1_her_token_joins_with_a_warning_and_nothing_else(who: str, world: World) -> None:
    before = [row.status for row in world.rows(TICKET)]
    entry, messages, mails = _after(world, BY_TOKEN["her-token"], who)
    assert (entry.disposition, entry.ticket, mails) == (Disposition.FILED, 1, [])
    (message,) = messages
    assert message.warning
    assert [row.status for row in world.rows(TICKET)] == before
    assert world.rows(TICKET)[0].requester == ANNA
    world.reply(1, SECRET)
    assert [row.rcpt_to for row in world.rows(OUTBOX)[-1:]] == [ANNA]  # and no one else
    assert len([row for row in world.rows(OUTBOX) if row.key.startswith("reply:1:")]) == 2


def test_t1_counts() -> None:
    assert (len(ATTEMPTS) + len(BY_TOKEN)) * len(WHO) == 126
