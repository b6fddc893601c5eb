"""The token of a page in other hands (T1): no call ends, no ticket moves, nobody is told a word."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import PageOnCall
from mailflow.desk.decision import Disposition
from mailflow.desk.policy import Policy
from mailflow.flow.page import take_up_due
from mailflow.mail.token import OF_A_PAGE, Keyring
from mailflow.store import apply
from mailflow.store.tables import ENTRY, EVENT, MESSAGE, OUTBOX, PAGE, TICKET, UNDELIVERABLE
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, OLD, SUPPORT, World, mail

EWA, JAN = "ewa@staff.example", "jan@staff.example"
NIGHT = {"name": "night", "step": [{"mail": [EWA, JAN]}]}
WORDS = "I have it, go back to sleep."
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "same-account": (KARL, True),
    "other-account": (DORA, True),
    "customer": (ANNA, True),
    "forged": (EWA, False),
    "like-her": ("ewa+x@staff.example", True),
    "no-author": ("", True),
}
Attempt = Callable[[World], tuple[tuple[str, ...], str]]
"""Fields of the mail, and where it goes."""


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    return replace(policy, config=Config.model_validate({**ORGANISATION, "on_call": [NIGHT]}))


@pytest.fixture
def paged(world: World) -> World:
    """Ewa and Jan are paged about Anna's first ticket."""
    wish = PageOnCall(ticket=1, on_call="night", cause="the test")
    apply.carry_out(world.connection, 1, [wish], world.policy, world.now)
    take_up_due(world.connection, node="main", policy=world.policy, now=world.now, room=8, under_way=frozenset())
    return world


def told(world: World, address: str = EWA) -> Any:
    return next(row for row in world.rows(OUTBOX, kind="page") if row.rcpt_to == address)


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def token(world: World, page: int = 1) -> str:
    return plus(world.policy.keyring.sign(OF_A_PAGE, page, EWA, world.now))


ATTEMPTS: dict[str, Attempt] = {
    "address": lambda world: ((), token(world)),
    "in-reply-to": lambda world: ((f"In-Reply-To: <{told(world).message_id}>",), SUPPORT),
    "references": lambda world: ((f"References: <{told(world).message_id}>",), SUPPORT),
    "no-such-page": lambda world: ((), token(world, 4_000_000_000)),
    "old-key": lambda world: ((), plus(Keyring((OLD,)).sign(OF_A_PAGE, 1, EWA, world.now))),
    "machine": lambda world: (("Auto-Submitted: auto-replied",), token(world)),
}


@pytest.mark.parametrize(("how", "who"), list(product(ATTEMPTS, WHO)), ids=lambda each: each)
def test_t1_a_page_is_taken_by_nobody_else(how: str, who: str, paged: World) -> None:
    author, trusted = WHO[who]
    before, mails = [tuple(row) for row in paged.rows(TICKET)], len(paged.rows(OUTBOX))
    fields, to = ATTEMPTS[how](paged)
    paged.receive(mail(author, "Re: Frage", *fields, text=WORDS), mail_from=author or BOB, to=to, trusted=trusted)
    assert [(row.state, row.taken_by) for row in paged.rows(PAGE)] == [("waiting", "")]
    assert paged.rows(ENTRY)[-1].disposition != Disposition.FAILED
    assert [tuple(row) for row in paged.rows(TICKET)][: len(before)] == before
    assert not any(WORDS.encode() in row.octets for row in paged.rows(OUTBOX)[mails:])
    assert not any(row.rcpt_to == ANNA and author != ANNA for row in paged.rows(OUTBOX)[mails:])


@pytest.mark.parametrize("how", ["machine", "no-such-page", "old-key"])
def test_who_was_paged_takes_nothing_by_what_is_no_answer(how: str, paged: World) -> None:
    fields, to = ATTEMPTS[how](paged)
    paged.receive(mail(EWA, "Re: Frage", *fields, text=WORDS), mail_from=EWA, to=to, trusted=True)
    assert [row.state for row in paged.rows(PAGE)] == ["waiting"]


@pytest.mark.parametrize("how", ["address", "in-reply-to", "references"])
def test_who_was_paged_takes_it_and_the_words_are_a_note(how: str, paged: World) -> None:
    before, mails = [tuple(row) for row in paged.rows(TICKET)], len(paged.rows(OUTBOX))
    fields, to = ATTEMPTS[how](paged)
    octets = mail(EWA, "Re: Frage", *fields, text=WORDS)
    for _ in range(2):
        paged.receive(octets, mail_from=EWA, to=to, trusted=True)
    assert [(row.state, row.taken_by) for row in paged.rows(PAGE)] == [("taken", EWA)]
    assert [(row.direction, row.author, row.reply) for row in paged.rows(MESSAGE, ticket=1)][-1] == ("note", EWA, WORDS)
    assert len(paged.rows(MESSAGE, ticket=1, direction="note")) == 1
    assert [tuple(row) for row in paged.rows(TICKET)] == before
    assert len(paged.rows(OUTBOX)) == mails
    entry = paged.rows(ENTRY)[-2]
    assert (entry.disposition, entry.rule, entry.ticket) == (Disposition.FILED, "page", 1)


def test_who_comes_second_is_told_in_the_history_whose_it_is(paged: World) -> None:
    for address in (EWA, JAN):
        to = plus(paged.policy.keyring.sign(OF_A_PAGE, 1, address, paged.now))
        paged.receive(mail(address, "Re: Frage", text=f"{address}: mine"), mail_from=address, to=to, trusted=True)
    assert [row.taken_by for row in paged.rows(PAGE)] == [EWA]
    assert paged.rows(ENTRY)[-1].reason == f"{JAN} answers page 1: {EWA} had taken it"


def test_a_token_of_a_ticket_takes_no_page(paged: World) -> None:
    paged.receive(mail(EWA, "Re: Frage", text=WORDS), mail_from=EWA, to=plus(paged.sign(1, EWA)), trusted=True)
    assert [row.state for row in paged.rows(PAGE)] == ["waiting"]


def test_a_page_that_did_not_arrive_is_an_event_and_ends_nothing(paged: World) -> None:
    report = (
        b"From: mailer-daemon@staff.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\n\r\nGone.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; staff.example\r\n\r\n"
        b"Final-Recipient: rfc822; ewa@staff.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <"
        + told(paged).message_id.encode()
        + b">\r\n--b--\r\n"
    )
    paged.receive(report, mail_from="", to=token(paged))
    assert [row.state for row in paged.rows(PAGE)] == ["waiting"]
    assert paged.rows(EVENT, ticket=1)[-1].kind == "undeliverable"
    assert list(paged.connection.execute(UNDELIVERABLE.select())) == []
