"""The question whether an account can be reached in other hands (T1): it is not answered by others, by machines, or
with what somebody was shown; nothing of the one side reaches the other but what is public."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import update

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.actions import AddParticipants
from mailflow.desk.contacts.contact import Role
from mailflow.desk.decision import Disposition
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.policy import Policy
from mailflow.flow.reach import advance
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.token import (
    OF_A_CHALLENGE,
    OF_A_CONSENT,
    OF_A_CORRECTION,
    OF_A_PAGE,
    OF_A_REACH_LETTER,
    OF_A_TICKET,
    OF_AN_AGENT,
    Keyring,
)
from mailflow.store import apply
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.incidents import disruptions
from mailflow.store.tables import (
    CONTACT,
    CORRECTION,
    ENTRY,
    EVENT,
    MESSAGE,
    OUTBOX,
    PARTICIPANT,
    REACH,
    REACH_LETTER,
    TICKET,
)
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, OLD, SECRET, SUPPORT, World, mail

OLGA, OFFICE, PAUL, EWA = "olga@ziel.example", "buero@ziel.example", "paul@ziel.example", "ewa@staff.example"
NUMBER = 8
"""Of the ticket."""
PHONE = "+49 30 5550100"
HIDDEN = "+49 30 5550177"
UNREACHABLE = {
    "title": {"en": ["Cannot be reached"]},
    "item": [
        {"name": "member", "kind": "text", "label": {"en": ["Member"]}},
        {"name": "why", "kind": "text", "optional": True, "label": {"en": ["Why"]}},
    ],
    "reach": {"account": "member", "department": "billing", "shows": ["phone"], "tasks": {"en": ["Call", "Ask"]}},
}
AGENTS = [
    {"name": "ewa", "addresses": [EWA], "departments": ["support"]},
    {"name": "klara", "addresses": ["klara@staff.example"], "departments": ["billing"]},
]
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "who-looks-for-it": (ANNA, True),
    "of-her-account": (KARL, True),
    "another-account": (DORA, True),
    "agent": (EWA, True),
    "forged": (OLGA, False),
    "like-her": ("olga+x@ziel.example", True),
    "of-her-domain": ("erik@ziel.example", True),
    "no-author": ("", True),
}
Attempt = Callable[[World], tuple[tuple[str, ...], str]]
"""Fields of the mail, and where it goes."""


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def token(world: World, letter: int = 1, address: str = OLGA) -> str:
    return plus(world.policy.keyring.sign(OF_A_REACH_LETTER, letter, address, world.now))


def letter(world: World) -> Any:
    return world.rows(OUTBOX, kind="reach")[0]


ATTEMPTS: dict[str, Attempt] = {
    "address": lambda world: ((), token(world)),
    "in-reply-to": lambda world: ((f"In-Reply-To: <{letter(world).message_id}>",), SUPPORT),
    "references": lambda world: ((f"References: <{letter(world).message_id}>",), SUPPORT),
    "no-such-letter": lambda world: ((), token(world, 4_000_000_000)),
    "old-key": lambda world: ((), plus(Keyring((OLD,)).sign(OF_A_REACH_LETTER, 1, OLGA, world.now))),
    "machine": lambda world: (("Auto-Submitted: auto-replied",), token(world)),
}


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    kinds = Catalogue.of({"unreachable": RequestType.model_validate(UNREACHABLE)})
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}), kinds=kinds)


def member(world: World, name: str, *addresses: str, phone: str = "", role: Role = Role.TECHNICAL) -> None:
    new = NewContact(
        account="3", account_name="Ziel Ltd", region="Coast", domains=("ziel.example",), name=name, phone=phone,
        language="en", roles=(role,), addresses=addresses,
    )  # fmt: skip
    add(world.connection, new, agent="ewa", at=world.now)


def go_on(world: World) -> None:
    while moved := advance(world.connection, world.policy, world.now):
        assert moved.error is None, moved.error


def looks_for(world: World, who: str = ANNA, name: str = "Ziel Ltd") -> None:
    words = f"Member: {name}\r\nWhy: {SECRET}"
    world.receive(mail(who, "Cannot be reached", text=words, id_=f"ask@{who}"), mail_from=who, trusted=True)
    go_on(world)


@pytest.fixture
def asked(world: World) -> World:
    """#8 is Anna's, who cannot reach Olga's account; Olga has two addresses, Paul, a colleague of hers, one."""
    member(world, "Olga", OLGA, OFFICE, phone=PHONE)
    member(world, "Paul", PAUL, phone=HIDDEN)
    looks_for(world)
    assert came(world) == ["nothing"] * 3
    return world


def came(world: World) -> list[str]:
    return [row.came for row in world.rows(REACH_LETTER)]


def state(world: World) -> str:
    return str(world.rows(REACH)[-1].state)


def says(world: World, text: str, to: str, author: str = OLGA, *fields: str, **more: Any) -> Any:
    world.receive(mail(author, "Re: Can you be reached?", *fields, text=text), mail_from=author, to=to, **more)
    entry = world.rows(ENTRY)[-1]
    go_on(world)
    return entry


def told(world: World, since: int = 0) -> list[tuple[str, str]]:
    return [(row.kind, row.rcpt_to) for row in world.rows(OUTBOX)[since:]]


@pytest.mark.parametrize(("how", "who"), list(product(ATTEMPTS, WHO)), ids=lambda each: each)
def test_t1_nobody_else_answers(how: str, who: str, asked: World) -> None:
    author, trusted = WHO[who]
    mails = len(asked.rows(OUTBOX))
    fields, to = ATTEMPTS[how](asked)
    text = "I confirm\r\nPhone: +49 30 666666"
    asked.receive(mail(author, "Re: Yes", *fields, text=text), mail_from=author or BOB, to=to, trusted=trusted)
    go_on(asked)
    assert asked.rows(ENTRY)[-1].disposition != Disposition.FAILED
    assert came(asked) == ["nothing"] * 3
    assert asked.rows(CORRECTION) == []
    assert state(asked) == "asked"
    assert not {"reach_answered", "reach_state", "reach"} & {kind for kind, _ in told(asked, mails)}


@pytest.mark.parametrize("how", ["machine", "no-such-letter", "old-key"])
def test_who_is_asked_answers_by_nothing_else(how: str, asked: World) -> None:
    fields, to = ATTEMPTS[how](asked)
    says(asked, "I confirm", to, OLGA, *fields, trusted=True)
    assert came(asked) == ["nothing"] * 3
    assert state(asked) == "asked"


@pytest.mark.parametrize("how", ["address", "in-reply-to", "references"])
def test_who_is_asked_answers_once(how: str, asked: World) -> None:
    fields, to = ATTEMPTS[how](asked)
    for _ in range(2):
        says(asked, "I confirm", to, OLGA, *fields, trusted=True)
    assert came(asked) == ["confirmed", "nothing", "nothing"]
    assert state(asked) == "answered"
    assert asked.rows(TICKET, id=NUMBER)[0].status == "resolved"
    (answered,) = asked.rows(OUTBOX, kind="reach_answered")
    assert answered.rcpt_to == ANNA
    assert PHONE.encode() in answered.octets


def test_any_contact_of_the_account_answers_for_its_own_details(asked: World) -> None:
    """Paul answers the mail that Olga passed on: he speaks of himself."""
    says(asked, "Phone: +49 30 5550199", token(asked), PAUL, trusted=True)
    assert came(asked) == ["nothing", "nothing", "corrected"]
    (correction,) = asked.rows(CORRECTION)
    assert (correction.by, correction.state, correction.wanted) == (PAUL, "pending", {"phone": "+49 30 5550199"})
    (answered,) = asked.rows(OUTBOX, kind="reach_answered")
    assert b"+49 30 5550199" in answered.octets
    assert b"4 November" in answered.octets or b"5 November" in answered.octets
    assert [row.phone for row in asked.rows(CONTACT, name="Paul")] == [HIDDEN]


FIELDS = {
    "to another": (f"To: {BOB}",),
    "to nobody": (),
    "to us, where nothing is signed": (f"To: {SUPPORT}",),
}


@pytest.mark.parametrize("how", FIELDS)
def test_an_answer_that_she_signed_for_others_is_none_here(how: str, asked: World) -> None:
    signature = Signature(
        result=Result.PASS,
        domain="ziel.example",
        algorithm="rsa-sha256",
        bits=2048,
        covers_from=True,
        covers_recipients="nothing is signed" not in how,
    )
    evidence = Evidence(signatures=(signature,))
    entry = says(asked, "Phone: +49 30 666666", token(asked), OLGA, *FIELDS[how], evidence=evidence)
    assert (entry.disposition, came(asked)) == ("held", ["nothing"] * 3)
    assert "whoever has it can hand it in" in entry.reason


@pytest.mark.parametrize("kind", ["sign", "agent", "page", "challenge", "consent", "correction"])
def test_a_token_of_another_kind_answers_nothing(kind: str, asked: World) -> None:
    ring, now = asked.policy.keyring, asked.now
    tokens = {
        "sign": ring.sign(OF_A_TICKET, NUMBER, OLGA, now),
        "agent": ring.sign(OF_AN_AGENT, NUMBER, OLGA, now),
        "page": ring.sign(OF_A_PAGE, 1, OLGA, now),
        "challenge": ring.sign(OF_A_CHALLENGE, 1, OLGA, now),
        "consent": ring.sign(OF_A_CONSENT, 1, OLGA, now),
        "correction": ring.sign(OF_A_CORRECTION, 1, OLGA, now),
    }
    says(asked, "I confirm", plus(tokens[kind]), trusted=True)
    assert came(asked) == ["nothing"] * 3


def test_her_token_opens_nothing_else(asked: World) -> None:
    """Neither does it join the ticket, nor let its bearer read in it."""
    says(asked, "What is this?", token(asked), trusted=True)
    asked.reply(NUMBER, f"Dear Anna, {SECRET}")
    assert not any(row.rcpt_to in (OLGA, OFFICE, PAUL) for row in asked.rows(OUTBOX, kind="reply"))
    assert asked.connection.execute(PARTICIPANT.select().filter_by(ticket=NUMBER)).all() == []
    assert [row.direction for row in asked.rows(MESSAGE, ticket=NUMBER)] == ["in", "note", "out"]


def test_the_account_reads_who_looks_for_it_and_nothing_else(asked: World) -> None:
    assert {row.rcpt_to for row in asked.rows(OUTBOX, kind="reach")} == {OLGA, OFFICE, PAUL}
    for row in asked.rows(OUTBOX, kind="reach"):
        for word in (SECRET, ANNA, "kunde.example", "Cannot be reached", "References", "In-Reply-To", f"#{NUMBER}"):
            assert word.encode() not in row.octets, word
        own, others = (PHONE, HIDDEN) if row.rcpt_to != PAUL else (HIDDEN, PHONE)
        assert own.encode() in row.octets
        assert others.encode() not in row.octets


@pytest.mark.parametrize("text", ["I confirm", "Phone: +49 30 5550199", "We are fine, thanks! Anna owes us money."])
def test_who_looks_for_it_reads_what_is_public_and_nothing_else(text: str, asked: World) -> None:
    says(asked, text, token(asked), OLGA, trusted=True)
    asked.reply(NUMBER, "Is it all right now?")
    mine = [row.octets for row in asked.rows(OUTBOX) if row.rcpt_to == ANNA and row.ticket == NUMBER]
    assert len(mine) == 3
    for octets in mine:
        for word in ("ziel.example", "Olga", "Paul", HIDDEN, "Coast", "owes us"):
            assert word.encode() not in octets, word


def test_words_are_for_an_agent_and_no_answer(asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    says(asked, "Who is that? Call me.", token(asked), trusted=True)
    assert (came(asked)[0], state(asked)) == ("words", "asked")
    assert asked.rows(TICKET, id=NUMBER)[0].status == "open"
    assert told(asked, mails) == [("notification", EWA), ("reach_state", ANNA)]
    asked.now += timedelta(days=3)
    go_on(asked)
    assert state(asked) == "asked"  # a person has it, nobody investigates by itself
    says(asked, "I confirm", token(asked), trusted=True)
    assert (came(asked)[0], state(asked)) == ("confirmed", "answered")


def test_who_has_answered_and_writes_again_writes_to_a_person(asked: World) -> None:
    says(asked, "I confirm", token(asked), trusted=True)
    says(asked, "Phone: +49 30 666666", token(asked), trusted=True)
    assert asked.rows(CORRECTION) == []
    assert came(asked)[0] == "confirmed"
    assert asked.rows(TICKET)[-1].requester == OLGA  # where nobody looks any more it is a ticket of its own
    assert len(asked.rows(OUTBOX, kind="reach_answered")) == 1


def test_after_sixty_days_it_is_no_answer(asked: World) -> None:
    asked.now += timedelta(days=61)
    entry = says(asked, "I confirm", token(asked), trusted=True)
    assert (entry.disposition, came(asked)[0]) == ("held", "nothing")


def test_an_objection_is_nothing_of_who_looks_for_it(asked: World) -> None:
    says(asked, "Phone: +49 30 666666", token(asked, 2, OFFICE), OFFICE, trusted=True)
    entry = asked.rows(CORRECTION)[0].entry
    says(
        asked,
        f"Stop. {SECRET} 2",
        plus(asked.policy.keyring.sign(OF_A_CORRECTION, entry, OLGA, asked.now)),
        trusted=True,
    )
    assert asked.rows(CORRECTION)[0].state == "waits"
    assert asked.rows(TICKET)[-1].requester == OLGA
    assert OLGA not in {row.author for row in asked.rows(MESSAGE, ticket=NUMBER)}


def test_while_a_correction_is_open_no_other_takes_its_place(asked: World) -> None:
    """Who reads one mailbox could undo an objection by answering anew."""
    says(asked, "Phone: +49 30 5550101", token(asked), trusted=True)
    entry = asked.rows(CORRECTION)[0].entry
    says(asked, "Stop", plus(asked.policy.keyring.sign(OF_A_CORRECTION, entry, OLGA, asked.now)), trusted=True)
    says(asked, "Phone: +49 30 666666", token(asked, 2, OFFICE), OFFICE, trusted=True)
    (correction,) = asked.rows(CORRECTION)
    assert (correction.state, correction.wanted) == ("waits", {"phone": "+49 30 5550101"})


@pytest.mark.parametrize("text", ["Name: see http://x.example", "Phone: 1\r\nBcc: bob@fremd.example", "Region: Moon"])
def test_what_cannot_be_a_detail_is_told_to_nobody(text: str, asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    says(asked, text, token(asked), trusted=True)
    assert asked.rows(CORRECTION) == []
    for row in asked.rows(OUTBOX)[mails:]:
        assert b"x.example" not in row.octets
        assert row.rcpt_to in (ANNA, EWA)


# Who may look for whom


@pytest.mark.parametrize(
    ("who", "trusted", "to"),
    [(BOB, True, "sales@firma.example"), (ANNA, False, "sales@firma.example"), (BOB, False, "sales@firma.example")],
)
def test_in_the_name_of_who_is_not_proved_and_registered_nobody_is_asked(
    who: str, trusted: bool, to: str, world: World
) -> None:
    member(world, "Olga", OLGA)
    world.receive(mail(who, "Cannot be reached", text="Member: Ziel Ltd"), mail_from=who, to=to, trusted=trusted)
    go_on(world)
    assert (world.rows(REACH), world.rows(OUTBOX, kind="reach")) == ([], [])


def test_a_stranger_with_her_token_looks_for_nobody(world: World) -> None:
    member(world, "Olga", OLGA)
    world.receive(mail(ANNA, "Cannot be reached", text="Hello."), mail_from=ANNA, trusted=True)
    world.receive(
        mail(BOB, "Re: Cannot be reached", text="Member: Ziel Ltd"),
        mail_from=BOB,
        to=plus(world.sign(NUMBER)),
        trusted=True,
    )
    go_on(world)
    assert world.rows(REACH) == []


NAMES = ["Ziel Ltd", "ZIEL LTD", "3", "ziel.example", "https://www.ziel.example/contact", OLGA, "x@ziel.example"]


@pytest.mark.parametrize("name", NAMES)
def test_an_account_is_known_by_what_people_call_it(name: str, world: World) -> None:
    member(world, "Olga", OLGA)
    looks_for(world, name=name)
    assert [row.address for row in world.rows(REACH_LETTER)] == [OLGA]


def test_she_cannot_tell_whether_an_account_exists(world: World) -> None:
    """Of one that there is, one that there is not, one of two of a name, and her own: she is told the same."""
    member(world, "Olga", OLGA)
    for code in ("8", "9"):
        new = NewContact(account=code, account_name="Zwilling", name="Z", addresses=(f"z{code}@z.example",))
        add(world.connection, new, agent="ewa", at=world.now)
    said = set()
    for number, name in enumerate(("Ziel Ltd", "Nobody Ltd", "Zwilling", "1"), NUMBER):
        mails = len(world.rows(OUTBOX))
        looks_for(world, name=name) if number == NUMBER else looks_for_again(world, name, number)
        mine = [row for row in world.rows(OUTBOX)[mails:] if row.rcpt_to == ANNA]
        words = [row.octets.split(b"\r\n\r\n", 1)[1].replace(str(number).encode(), b"N") for row in mine]
        said.add(tuple(each.replace(f"Member: {name}".encode(), b"Member") for each in words))
        is_found = name == "Ziel Ltd"
        assert (world.rows(TICKET, id=number)[0].status == "on_hold") is is_found
        assert (("notification", EWA) in told(world, mails)) is not is_found
    assert len(said) == 1
    assert len(world.rows(REACH)) == 1


def looks_for_again(world: World, name: str, number: int) -> None:
    words = f"Member: {name}\r\nWhy: {SECRET}"
    octets = mail(ANNA, "Cannot be reached", text=words, id_=f"ask{number}@kunde.example")
    world.receive(octets, mail_from=ANNA, trusted=True)
    go_on(world)


def test_who_is_looked_for_twice_is_asked_once_and_both_are_told(asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    looks_for(asked, DORA, "ziel.example")
    assert told(asked, mails) == [("reach_state", DORA)]
    says(asked, "I confirm", token(asked), trusted=True)
    assert [row.rcpt_to for row in asked.rows(OUTBOX, kind="reach_answered")] == [ANNA, DORA]
    assert {row.status for row in asked.rows(TICKET) if row.id >= NUMBER} == {"resolved"}


def test_who_joins_the_wider_investigation_is_told_so_by_one_mail(asked: World) -> None:
    asked.now += timedelta(hours=25)
    go_on(asked)
    looks_for(asked, DORA, "ziel.example")
    (said,) = [row.octets for row in asked.rows(OUTBOX, kind="reach_state", rcpt_to=DORA)]
    assert b"We look further now" in said
    assert b"every address" not in said


@pytest.mark.parametrize("field", ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"])
def test_a_mail_that_no_machine_answers_is_not_answered_later_either(field: str, world: World) -> None:
    member(world, "Olga", OLGA)
    looks_for(world)
    world.receive(
        mail(ANNA, "Re: Cannot be reached", field, text="Member: Nobody Ltd", id_="robot@kunde.example"),
        mail_from=ANNA,
        trusted=True,
    )
    go_on(world)
    assert len(world.rows(OUTBOX, kind="reach_state")) == 1


def test_a_flood_of_requests_is_no_flood_for_the_account(asked: World) -> None:
    """Each answered at once, and each time somebody cannot reach it again."""
    for number in range(1, 10):
        says(asked, f"I confirm\r\n\r\n{number}", token(asked, 3 * number - 2), trusted=True)
        asked.connection.execute(update(TICKET).values(created=asked.now - timedelta(days=2)))
        looks_for_again(asked, "3", number)
    assert len(asked.rows(OUTBOX, kind="reach", rcpt_to=OLGA)) <= asked.policy.config.limits.automatic_per_address


# What does not arrive, and what is disrupted


def report(world: World, address: str, status: str = "5.1.1") -> bytes:
    (row,) = world.rows(OUTBOX, kind="reach", rcpt_to=address)
    return (
        "From: mailer-daemon@ziel.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nGone.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; ziel.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{row.message_id}>\r\n--b--\r\n"
    ).encode()


def test_addresses_that_do_not_work_are_recorded_and_the_last_begins_the_investigation(asked: World) -> None:
    for number, address in enumerate((OLGA, OFFICE, PAUL), 1):
        assert state(asked) == "asked"
        asked.receive(report(asked, address), mail_from="", to=token(asked, number, address))
        go_on(asked)
        assert came(asked)[:number] == ["lost"] * number
    assert state(asked) == "wider"
    assert asked.rows(TICKET, id=NUMBER)[0].department == "billing"
    assert b"ziel.example" not in asked.rows(OUTBOX, kind="reach_state")[-1].octets


def test_a_report_that_somebody_sends_in_is_none(asked: World) -> None:
    asked.receive(report(asked, OLGA), mail_from=ANNA, to=token(asked), trusted=True)
    assert came(asked) == ["nothing"] * 3


def test_what_came_back_does_not_undo_an_answer(asked: World) -> None:
    says(asked, "I confirm", token(asked), trusted=True)
    asked.receive(report(asked, OLGA), mail_from="", to=token(asked))
    assert came(asked)[0] == "confirmed"


def test_an_address_that_came_back_may_answer_all_the_same(asked: World) -> None:
    asked.receive(report(asked, OLGA), mail_from="", to=token(asked))
    says(asked, "I confirm", token(asked), trusted=True)
    assert (came(asked)[0], state(asked)) == ("confirmed", "answered")


def test_in_a_disrupted_region_nobody_is_asked(world: World) -> None:
    member(world, "Olga", OLGA)
    disruptions.disrupt(world.connection, "Coast", "a storm", "ewa", world.now)
    looks_for(world)
    assert (state(world), world.rows(REACH_LETTER)) == ("paused", [])
    (said,) = [row.octets for row in world.rows(OUTBOX, kind="reach_state")]  # one mail, which promises nothing else
    assert b"Subject: [#8] We look into it" in said
    assert b"The region of Ziel Ltd is hit" in said
    assert b"every address" not in said
    world.now += timedelta(days=9)
    go_on(world)
    assert state(world) == "paused"
    disruptions.lift(world.connection, "Coast", world.policy, world.now)
    go_on(world)
    assert (state(world), came(world)) == ("asked", ["nothing"])
    assert len(world.rows(OUTBOX, kind="reach_state")) == 2
    assert "not written" not in " ".join(row.text for row in world.rows(EVENT, ticket=NUMBER))


def test_a_colleague_who_says_which_is_told_only_that_nothing_is_missing(world: World) -> None:
    member(world, "Olga", OLGA)
    world.receive(mail(ANNA, "Cannot be reached", text="Hello."), mail_from=ANNA, trusted=True)
    joins = AddParticipants(ticket=NUMBER, addresses=(DORA,), why="by ewa")
    apply.carry_out(world.connection, NUMBER, (joins,), world.policy, world.now)
    mails = len(world.rows(OUTBOX))
    said = mail(DORA, "Re: Cannot be reached", text=f"Member: Ziel Ltd\r\nWhy: {SECRET}")
    world.receive(said, mail_from=DORA, to=plus(world.sign(NUMBER, DORA)), trusted=True)
    go_on(world)
    assert came(world) == ["nothing"]
    assert [each for each in told(world, mails) if each[1] in (ANNA, DORA)] == [("complete", DORA)]
