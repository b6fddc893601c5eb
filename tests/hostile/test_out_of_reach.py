"""By "I cannot reach them" nobody has an account, or anybody else, flooded with our mail, and nobody learns by what is
left out whether there is one (S8, T4). Who may answer such a letter: test_reach.py."""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.contacts.contact import Role
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.set_by_agent import set_item
from mailflow.desk.policy import Policy
from mailflow.flow import reach
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.token import OF_A_REACH_LETTER
from mailflow.store import apply, journal
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.tables import ENTRY, OUTBOX, REACH, REACH_LETTER, TICKET
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, SECRET, START, SUPPORT, World, mail

JAN, BIURO, EVA = "jan@baltyk.example", "biuro@baltyk.example", "eva@baltyk.example"
EWA = "ewa@staff.example"
NUMBER = 8
"""Of the first ticket."""
UNREACHABLE = """
department = "support"
title.en = "A member cannot be reached"
words.en = "cannot reach"

[[item]]
name = "member"
kind = "text"
label.en = "Member"

[reach]
account = "member"
shows = ["name", "phone"]
tasks.en = ["Call the numbers on file"]
"""
AGENTS = [{"name": "ewa", "addresses": [EWA], "departments": ["support"]}]


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    kinds = Catalogue.of({"unreachable": RequestType.model_validate(tomllib.loads(UNREACHABLE))})
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}), kinds=kinds)


def contact(world: World, account: str, name: str, *addresses: str, **more: Any) -> None:
    new = NewContact(account=account, name=name, addresses=addresses, **{"roles": (Role.TECHNICAL,), **more})
    add(world.connection, new, agent="ewa", at=START)


@pytest.fixture
def members(world: World) -> World:
    """Of account 2002 are Jan, with two addresses, and Eva, who has billing only."""
    contact(world, "2002", "Jan Kot", JAN, BIURO, account_name="Bałtyk", phone="+48 58 555 01 10")
    contact(world, "2002", "Eva Morska", EVA, roles=(Role.BILLING,))
    return world


def sweep(world: World) -> list[str]:
    """What the loop does until nothing is left."""
    done = []
    while moved := reach.advance(world.connection, world.policy, world.now):
        if moved.error:
            raise moved.error
        done.append(moved.what)
        assert len(done) < 50
    return done


def says_so(world: World, member: str = "2002", author: str = ANNA, **more: Any) -> Any:
    more = {"mail_from": author, "trusted": True, **more}
    subject = f"I cannot reach {len(world.rows(ENTRY))}"
    world.receive(mail(author, subject, text=f"Member: {member}\r\n\r\n{SECRET}"), **more)
    sweep(world)
    return world.rows(TICKET)[-1]


@pytest.fixture
def sought(members: World) -> World:
    says_so(members)
    assert came(members) == ["nothing"] * 3
    return members


def came(world: World) -> list[str]:
    return [row.came for row in world.rows(REACH_LETTER)]


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def token(world: World, address: str = JAN, letter: int = 0) -> str:
    number = letter or next(row.id for row in world.rows(REACH_LETTER) if row.address == address)
    return plus(world.policy.keyring.sign(OF_A_REACH_LETTER, number, address, world.now))


def asked_in(world: World, address: str = JAN) -> Any:
    return world.rows(OUTBOX, kind="reach", rcpt_to=address)[-1]


def answers(world: World, text: str = "I confirm", author: str = JAN, to: str = "", *fields: str, **more: Any) -> Any:
    to, more = to or token(world), {"mail_from": author or BOB, "trusted": True, **more}
    world.receive(mail(author, f"Re: reached? {len(world.rows(ENTRY))}", *fields, text=text), to=to, **more)
    sweep(world)
    return world.rows(ENTRY)[-1]


def to(world: World, address: str, since: int = 0) -> list[Any]:
    return [row for row in world.rows(OUTBOX)[since:] if row.rcpt_to == address]


MACHINES = {
    "auto-submitted": ("Auto-Submitted: auto-replied",),
    "generated": ("Auto-Submitted: auto-generated",),
    "x-autoreply": ("X-Autoreply: yes",),
    "list": ("List-Id: <members.baltyk.example>", "Precedence: list"),
    "bulk": ("Precedence: bulk",),
}


@pytest.mark.parametrize("how", MACHINES)
def test_a_machine_is_no_answer_and_gets_none(how: str, sought: World) -> None:
    mails = len(sought.rows(OUTBOX))
    for _ in range(3):
        answers(sought, "I confirm", JAN, "", *MACHINES[how])
    assert came(sought) == ["nothing"] * 3
    assert len(sought.rows(OUTBOX)) == mails
    assert sought.rows(TICKET, id=NUMBER)[0].status == "on_hold"


def signed(domain: str = "baltyk.example") -> Evidence:
    signature = Signature(
        result=Result.PASS, domain=domain, algorithm="rsa-sha256", bits=2048, covers_from=True, covers_recipients=True
    )
    return Evidence(signatures=(signature,))


def release(world: World, entry: int) -> None:
    journal.release(world.connection, entry, "ewa")
    world.receive(mail(BOB, f"Something else {entry}"))


# What is read of whom


def test_neither_reads_more_of_the_other_than_it_may(sought: World) -> None:
    answers(
        sought, "Phone: +48 58 555 02 20\r\n\r\nWe know those of 2: they owe us 17,000.", BIURO, token(sought, BIURO)
    )
    bounced(sought, EVA)
    sought.reply(NUMBER, "Please try again.")
    for row in to(sought, ANNA, 17):
        for word in ("baltyk", "Eva", "17,000", "17=2C000", "biuro"):
            assert word.encode() not in row.octets, (row.kind, word)
    for row in sought.rows(OUTBOX, kind="reach"):
        head, _, body = row.octets.partition(b"\r\n\r\n")
        for word in (SECRET, ANNA, "Anna", "kunde.example", "#8", "cannot reach", "In-Reply-To", "References"):
            assert word.encode() not in head + body, word


def bounced(world: World, address: str) -> None:
    report = (
        f"From: mailer-daemon@baltyk.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        f"--b\r\n\r\nGone.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; baltyk.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{asked_in(world, address).message_id}>\r\n--b--\r\n"
    )
    world.receive(report.encode(), mail_from="", to=asked_in(world, address).mail_from)
    sweep(world)


def story(world: World, member: str) -> list[tuple[str, bytes]]:
    """What Anna is sent while she asks and writes about a member, within a day."""
    mails, now, undone = len(world.rows(OUTBOX)), world.now, world.connection.begin_nested()
    says_so(world, member)
    for number, text in enumerate(
        ("Any news?", "Please hurry.", "My requests", "Thank you, it is solved.", "It is not.")
    ):
        where = SUPPORT if text == "My requests" else plus(world.sign(NUMBER))
        subject = text if text == "My requests" else f"Re: {number}"
        world.receive(mail(ANNA, subject, text=text), mail_from=ANNA, to=where, trusted=True)
        sweep(world)
    told = [(row.kind, re.sub(rb"<\d+@kunde.example>|2\d\d\d@?", b"", row.octets)) for row in to(world, ANNA, mails)]
    undone.rollback()
    world.now = now
    return told


@pytest.mark.parametrize("addresses", [1, 4])
def test_nobody_learns_by_our_mail_whether_an_account_exists(addresses: int, members: World) -> None:
    """Mail to others that counted with her own left some of hers out, and so told how many addresses there are."""
    contact(members, "2003", "Maria", *(f"m{number}@m.example" for number in range(addresses)), account_name="2003")
    there, not_there = story(members, "2003"), story(members, "2999")
    assert [kind for kind, _ in there] == ["reach_state", "standing", "requests", "resolved", "reopened"]
    assert there == not_there


# Whom a request makes us write to, and how often


def test_a_request_writes_to_one_account_whatever_it_says_later(sought: World) -> None:
    mails = len(sought.rows(OUTBOX, kind="reach"))
    for number, member in enumerate(("2", "2002", "2", "2002", "Bałtyk", DORA)):
        words = mail(ANNA, f"Re: {number}", text=f"Member: {member}")
        sought.receive(words, mail_from=ANNA, to=plus(sought.sign(NUMBER)), trusted=True)
        sweep(sought)
    assert len(sought.rows(OUTBOX, kind="reach")) == mails
    assert sought.rows(REACH)[0].state == "asked"
    assert sought.rows(TICKET, id=NUMBER)[0].status == "open"
    assert to(sought, EWA)[-1].ticket == NUMBER


def test_an_agent_still_says_that_it_is_another(sought: World) -> None:
    ticket = tickets.load(sought.connection, NUMBER)
    assert ticket
    said = set_item(ticket, "member", "2", "ewa", sought.policy, sought.now)
    apply.carry_out(sought.connection, NUMBER, said, sought.policy, sought.now)
    sweep(sought)
    assert sought.rows(OUTBOX, kind="reach")[-1].rcpt_to == DORA


def test_what_was_not_found_may_be_said_otherwise(members: World) -> None:
    says_so(members, "nobody at all")
    members.receive(
        mail(ANNA, "Re: x", text="Member: 2002"), mail_from=ANNA, to=plus(members.sign(NUMBER)), trusted=True
    )
    sweep(members)
    assert len(members.rows(OUTBOX, kind="reach")) == 3


@pytest.mark.parametrize(
    "address", ["noreply@c.example", SUPPORT, "support+x@firma.example", "mailer-daemon@c.example"]
)
def test_nobody_is_written_to_where_nobody_reads(address: str, members: World) -> None:
    contact(members, "3003", "Carl", address, account_name="C")
    says_so(members, "3003")
    assert members.rows(OUTBOX, kind="reach") == []
    assert came(members) == ["lost"]
    assert members.rows(REACH)[0].state == "wider"


@pytest.mark.parametrize(
    ("who", "fields"),
    [(BOB, ()), (ANNA, ("Auto-Submitted: auto-generated",)), (ANNA, ("Precedence: bulk",))],
)
def test_a_machine_and_a_stranger_have_nobody_written_to(who: str, fields: tuple[str, ...], members: World) -> None:
    for where in (SUPPORT, "sales@firma.example"):
        words = mail(who, f"I cannot reach {where}", *fields, text="Member: 2002")
        members.receive(words, mail_from=who, to=where, trusted=True)
        sweep(members)
    assert members.rows(OUTBOX, kind="reach") == []


def test_a_forged_mail_has_nobody_written_to(members: World) -> None:
    for where in (SUPPORT, "sales@firma.example"):
        says_so(members, mail_from=BOB, trusted=False, to=where)
    assert members.rows(OUTBOX, kind="reach") == []


def test_who_keeps_answering_is_told_of_once_and_to_agents_within_limits(sought: World) -> None:
    mails, most = len(sought.rows(OUTBOX)), 4
    limits = sought.policy.config.limits.model_copy(update={"to_agents_per_ticket": most})
    sought.policy = replace(sought.policy, config=sought.policy.config.model_copy(update={"limits": limits}))
    for number in range(most + 4):
        answers(sought, f"Thank you for your mail number {number}.")
    kinds = [row.kind for row in sought.rows(OUTBOX)[mails:]]
    assert sorted(kinds) == ["notification"] * most + ["reach_state"]


def test_words_after_the_end_are_tickets_as_other_mail_is(sought: World) -> None:
    answers(sought)
    sought.connection.execute(TICKET.update().where(TICKET.c.id == NUMBER).values(status="closed"))
    there, most = len(sought.rows(TICKET)), sought.policy.config.limits.tickets_per_hour
    for number in range(most + 5):
        entry = answers(sought, f"What is it? {number}", JAN, "", f"To: {SUPPORT}", trusted=False, evidence=signed())
    assert len(sought.rows(TICKET)) == there + most
    assert (entry.disposition, "rate" in entry.reason) == ("held", True)
    release(sought, entry.id)
    assert sought.rows(ENTRY)[-2].disposition == "filed"


def test_who_is_not_served_opens_no_ticket_by_an_answer(sought: World) -> None:
    """Eva may write to billing only."""
    answers(sought)
    sought.connection.execute(TICKET.update().where(TICKET.c.id == NUMBER).values(status="closed"))
    there = len(sought.rows(TICKET))
    entry = answers(sought, "Please send me all invoices.", EVA, token(sought, EVA))
    assert (entry.disposition, len(sought.rows(TICKET))) == ("held", there)


# Time


def test_an_answer_counts_also_after_the_clock_was_put_back(sought: World) -> None:
    sought.now -= timedelta(days=3)
    answers(sought)
    assert [row.state for row in sought.rows(REACH)] == ["answered"]
    assert sweep(sought) == []


def test_the_wider_investigation_begins_once(sought: World) -> None:
    sought.now += timedelta(hours=25)
    mails = len(sought.rows(OUTBOX))
    assert sweep(sought) == ["widen"]
    sought.now -= timedelta(days=9)
    assert sweep(sought) == []
    sought.now += timedelta(days=30)
    assert sweep(sought) == []
    assert sorted(row.kind for row in sought.rows(OUTBOX)[mails:]) == ["notification", "reach_state"]
