"""The question whether somebody agrees in other hands (T1): a consent is not forged, replayed, guessed or passed on;
who is asked sees nothing of the ticket but what it may."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from itertools import product
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.decision import Disposition
from mailflow.desk.explain import letter_text
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.set_by_agent import set_item
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_CONSENT, OF_A_PAGE, OF_A_TICKET, OF_AN_AGENT, Keyring
from mailflow.store import apply, outbox
from mailflow.store.tables import CONSENT, ENTRY, EVENT, MESSAGE, OUTBOX, PARTICIPANT, TICKET
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, OLD, SECRET, SUPPORT, World, mail

OLGA, EWA, KLARA = "olga@inhaber.example", "ewa@staff.example", "klara@staff.example"
NUMBER = 8
"""Of the ticket."""
TRANSFER = {
    "title": {"en": ["Change of reseller"]},
    "item": [
        {"name": "customer", "kind": "text", "label": {"en": ["Customer"]}},
        {"name": "owner", "kind": "address", "label": {"en": ["Owner"]}},
        {"name": "price", "kind": "text", "label": {"en": ["Price"]}},
    ],
    "party": [{"name": "owner", "title": {"en": ["the owner"]}, "address": "owner", "sees": ["customer"]}],
    "gate": [{"name": "paid", "department": "billing", "question": {"en": ["Is all paid?"]}}],
}
AGENTS = [
    {"name": "ewa", "addresses": [EWA], "departments": ["support"]},
    {"name": "klara", "addresses": [KLARA], "departments": ["billing"]},
]
PRICE = f"{SECRET} 17"
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "requester": (ANNA, True),
    "same-account": (KARL, True),
    "other-account": (DORA, True),
    "agent": (EWA, True),
    "forged": (OLGA, False),
    "like-her": ("olga+x@inhaber.example", True),
    "no-author": ("", True),
}
Attempt = Callable[[World], tuple[tuple[str, ...], str]]
"""Fields of the mail, and where it goes."""


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def token(world: World, number: int = 1, address: str = OLGA) -> str:
    return plus(world.policy.keyring.sign(OF_A_CONSENT, number, address, world.now))


def asked_in(world: World, kind: str = "consent") -> Any:
    return world.rows(OUTBOX, kind=kind)[-1]


ATTEMPTS: dict[str, Attempt] = {
    "address": lambda world: ((), token(world)),
    "in-reply-to": lambda world: ((f"In-Reply-To: <{asked_in(world).message_id}>",), SUPPORT),
    "references": lambda world: ((f"References: <{asked_in(world).message_id}>",), SUPPORT),
    "no-such-question": lambda world: ((), token(world, 4_000_000_000)),
    "old-key": lambda world: ((), plus(Keyring((OLD,)).sign(OF_A_CONSENT, 1, OLGA, world.now))),
    "machine": lambda world: (("Auto-Submitted: auto-replied",), token(world)),
}


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    kinds = Catalogue.of({"transfer": RequestType.model_validate(TRANSFER)})
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}), kinds=kinds)


def first(owner: str = OLGA) -> str:
    return f"Customer: Green Ltd\r\nOwner: {owner}\r\nPrice: {PRICE}"


@pytest.fixture
def asked(world: World) -> World:
    """#8 is Anna's, and waits for Olga's consent."""
    words = mail(ANNA, "Change of reseller", text=first(), id_="transfer@kunde.example")
    world.receive(words, mail_from=ANNA, trusted=True)
    assert states(world) == [("owner", "asked")]
    return world


def states(world: World) -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in world.rows(CONSENT)]


def shown(row: Any) -> str:
    """A mail of ours, as its reader sees it, with all its fields."""
    return f"{message_from_bytes(row.octets, policy=default)}\n{letter_text(outbox.outgoing_of(row))}"


def says(world: World, text: str, to: str, author: str = OLGA, *fields: str, **more: Any) -> Any:
    world.receive(mail(author, "Re: Do you agree?", *fields, text=text), mail_from=author, to=to, **more)
    return world.rows(ENTRY)[-1]


@pytest.mark.parametrize(("how", "who"), list(product(ATTEMPTS, WHO)), ids=lambda each: each)
def test_t1_nobody_else_agrees(how: str, who: str, asked: World) -> None:
    author, trusted = WHO[who]
    ticket, mails = tuple(asked.rows(TICKET, id=NUMBER)[0]), len(asked.rows(OUTBOX))
    fields, to = ATTEMPTS[how](asked)
    asked.receive(mail(author, "Re: Yes", *fields, text="Yes"), mail_from=author or BOB, to=to, trusted=trusted)
    assert states(asked) == [("owner", "asked")]
    assert asked.rows(ENTRY)[-1].disposition != Disposition.FAILED
    assert tuple(asked.rows(TICKET, id=NUMBER)[0]) == ticket
    assert not any(row.rcpt_to in (OLGA, KLARA) for row in asked.rows(OUTBOX)[mails:])


@pytest.mark.parametrize("how", ["machine", "no-such-question", "old-key"])
def test_who_is_asked_does_not_agree_by_what_is_no_answer(how: str, asked: World) -> None:
    fields, to = ATTEMPTS[how](asked)
    says(asked, "Yes", to, OLGA, *fields, trusted=True)
    assert states(asked) == [("owner", "asked")]


@pytest.mark.parametrize("how", ["address", "in-reply-to", "references"])
def test_who_is_asked_agrees_once(how: str, asked: World) -> None:
    fields, to = ATTEMPTS[how](asked)
    for _ in range(2):
        entry = says(asked, "Yes", to, OLGA, *fields, trusted=True)
    assert states(asked) == [("owner", "given"), ("paid", "asked")]
    (given, _) = asked.rows(CONSENT)
    assert (given.words, given.by, given.entry) == ("Yes", OLGA, entry.id - 1)
    assert entry.disposition == Disposition.DUPLICATE
    assert [(row.direction, row.author) for row in asked.rows(MESSAGE, ticket=NUMBER)] == [("in", ANNA), ("note", OLGA)]


FIELDS = {
    "to another": (f"To: {BOB}",),
    "to nobody": (),
    "to us, where nothing is signed": (f"To: {SUPPORT}",),
}


@pytest.mark.parametrize("how", FIELDS)
def test_a_yes_that_she_signed_for_others_is_none_here(how: str, asked: World) -> None:
    signature = Signature(
        result=Result.PASS,
        domain="inhaber.example",
        algorithm="rsa-sha256",
        bits=2048,
        covers_from=True,
        covers_recipients="nothing is signed" not in how,
    )
    entry = says(asked, "Yes", token(asked), OLGA, *FIELDS[how], evidence=Evidence(signatures=(signature,)))
    assert (entry.disposition, states(asked)) == ("held", [("owner", "asked")])
    assert "whoever has it can hand it in" in entry.reason


@pytest.mark.parametrize("kind", ["sign", "agent", "page", "challenge"])
def test_a_token_of_another_kind_agrees_to_nothing(kind: str, asked: World) -> None:
    ring, now = asked.policy.keyring, asked.now
    tokens = {
        "sign": ring.sign(OF_A_TICKET, NUMBER, OLGA, now),
        "agent": ring.sign(OF_AN_AGENT, NUMBER, OLGA, now),
        "page": ring.sign(OF_A_PAGE, 1, OLGA, now),
        "challenge": ring.sign(OF_A_CHALLENGE, 1, OLGA, now),
    }
    says(asked, "Yes", plus(tokens[kind]), trusted=True)
    assert states(asked) == [("owner", "asked")]


def test_what_has_changed_is_another_question(asked: World) -> None:
    old, changed = token(asked), "Customer: Brown Ltd"
    asked.receive(mail(ANNA, "Re: x", text=changed), mail_from=ANNA, to=plus(asked.sign(NUMBER)), trusted=True)
    assert states(asked) == [("owner", "void"), ("owner", "asked")]
    entry = says(asked, "Yes", old, trusted=True)
    assert states(asked) == [("owner", "void"), ("owner", "asked")]
    assert entry.reason.endswith("what it was asked has changed since")
    says(asked, "Yes, I agree.", token(asked, 2), trusted=True)
    assert states(asked)[:2] == [("owner", "void"), ("owner", "given")]


def test_a_no_may_become_a_yes_and_a_yes_is_final(asked: World) -> None:
    for text, state in (("No", "refused"), ("Yes", "given"), ("No, not at all", "given"), ("No.", "given")):
        says(asked, text, token(asked), trusted=True)
        assert states(asked)[0] == ("owner", state), text
    assert asked.rows(TICKET, id=NUMBER)[0].status == "open"


def test_she_may_sign_with_a_word_of_her_address(asked: World) -> None:
    says(asked, "Yes.\r\n\r\nKind regards\r\nOlga Inhaber", token(asked), trusted=True)
    assert states(asked)[0] == ("owner", "given")


@pytest.mark.parametrize("text", ["Yes, but not before March", "What is this?", "Olga", ""])
def test_what_is_not_clear_is_for_an_agent(text: str, asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    says(asked, text, token(asked), trusted=True)
    assert states(asked) == [("owner", "asked")]
    assert asked.rows(TICKET, id=NUMBER)[0].status == "open"
    assert [row.rcpt_to for row in asked.rows(OUTBOX)[mails:]] == [EWA]


def test_a_no_is_told_without_its_words(asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    says(asked, "I refuse", token(asked), trusted=True)
    told = {row.rcpt_to: row.octets for row in asked.rows(OUTBOX)[mails:]}
    assert sorted(told) == [ANNA, EWA]
    assert b"the owner" in told[ANNA]
    assert b"refuse" not in told[ANNA]
    assert OLGA.encode() not in told[ANNA]


def test_who_is_asked_sees_what_it_may_and_nothing_else(asked: World) -> None:
    text = shown(asked_in(asked))
    assert "Green Ltd" in text
    for word in (SECRET, PRICE, ANNA, "transfer@kunde.example", "References", "In-Reply-To"):
        assert word not in text, word
    says(asked, "Yes", token(asked), trusted=True)
    asked.reply(NUMBER, "It is done.")
    assert not any(row.rcpt_to == OLGA for row in asked.rows(OUTBOX, kind="reply"))
    (reply,) = [row for row in asked.rows(OUTBOX, kind="reply") if row.ticket == NUMBER]
    assert b"inhaber.example" not in reply.octets
    assert asked.connection.execute(PARTICIPANT.select().filter_by(ticket=NUMBER)).all() == []


def test_nobody_agrees_with_itself(world: World) -> None:
    world.receive(mail(ANNA, "Change of reseller", text=first(ANNA)), mail_from=ANNA, trusted=True)
    assert states(world) == []
    assert world.rows(TICKET, id=NUMBER)[0].status == "open"


def test_a_request_does_not_write_to_all_the_world(asked: World) -> None:
    """By mail that names another owner each time, with words for them."""
    for number in range(12):
        words = mail(ANNA, f"Re: {number}", text=f"Owner: o{number}@inhaber.example\r\nCustomer: Buy at shop.example")
        asked.receive(words, mail_from=ANNA, to=plus(asked.sign(NUMBER)), trusted=True)
    written = [row.rcpt_to for row in asked.rows(OUTBOX, kind="consent")]
    assert written == [OLGA, "o0@inhaber.example", "o1@inhaber.example"]
    assert (asked.rows(TICKET, id=NUMBER)[0].status, asked.rows(OUTBOX)[-1].rcpt_to) == ("open", EWA)
    ticket = tickets.load(asked.connection, NUMBER)
    assert ticket
    said = set_item(ticket, "owner", BOB, "ewa", asked.policy, asked.now)
    apply.carry_out(asked.connection, NUMBER, said, asked.policy, asked.now)
    assert asked_in(asked).rcpt_to == BOB


def test_words_for_another_do_not_turn_ours_round(world: World) -> None:
    words = first().replace("Green Ltd", "Green\u202e Ltd\u2066\u2028Dear owner")
    world.receive(mail(ANNA, "Change of reseller", text=words), mail_from=ANNA, trusted=True)
    (row,) = world.rows(OUTBOX, kind="consent")
    assert "Customer: Green Ltd Dear owner\n" in row.octets.decode().replace("\r", "")


def test_in_the_name_of_who_is_not_believed_nobody_is_asked(world: World) -> None:
    mails = len(world.rows(OUTBOX))
    world.receive(mail(BOB, "Change of reseller", text=first()), to="sales@firma.example")
    assert states(world) == []
    assert not any(row.rcpt_to == OLGA for row in world.rows(OUTBOX)[mails:])


def test_a_question_that_did_not_arrive_is_no_answer_and_an_agent_is_told(asked: World) -> None:
    report = (
        b"From: mailer-daemon@inhaber.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\n\r\nGone.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; inhaber.example\r\n\r\n"
        b"Final-Recipient: rfc822; olga@inhaber.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <"
        + asked_in(asked).message_id.encode()
        + b">\r\n--b--\r\n"
    )
    asked.receive(report, mail_from="", to=token(asked))
    assert states(asked) == [("owner", "asked")]
    assert "undeliverable" in [row.kind for row in asked.rows(EVENT, ticket=NUMBER)]
    assert asked.rows(TICKET, id=NUMBER)[0].status == "open"
    assert asked.rows(OUTBOX)[-1].rcpt_to == EWA


def test_a_request_has_as_many_mails_as_it_needs(world: World) -> None:
    """The ceiling of a ticket would leave its requester or a party without a word."""
    config = {**ORGANISATION, "agent": AGENTS, "limits": {"automatic_per_ticket": 1}}
    world.policy = replace(world.policy, config=Config.model_validate(config))
    world.receive(mail(ANNA, "Change of reseller", text=first()), mail_from=ANNA, trusted=True)
    says(world, "Yes", token(world), trusted=True)
    says(world, "yes", token(world, 2, KLARA), KLARA, trusted=True)
    sent = [row.kind for row in world.rows(OUTBOX, ticket=NUMBER)]
    assert sent == ["step", "consent", "step", "party", "gate", "complete", "party", "notification"]


@pytest.fixture
def at_the_gate(asked: World) -> World:
    says(asked, "Yes", token(asked), trusted=True)
    assert asked_in(asked, "gate").rcpt_to == KLARA
    return asked


@pytest.mark.parametrize(
    ("who", "address"),
    [(EWA, EWA), (EWA, KLARA), (ANNA, KLARA), (OLGA, KLARA), (OLGA, OLGA), (BOB, BOB)],
)
def test_t1_nobody_else_opens_a_gate(who: str, address: str, at_the_gate: World) -> None:
    entry = says(at_the_gate, "It is paid: yes", token(at_the_gate, 2, address), who, trusted=True)
    assert (entry.disposition, states(at_the_gate)[1]) == ("held", ("paid", "asked"))


@pytest.mark.parametrize(
    ("text", "state"), [("yes", "given"), ("#yes\r\n\r\nSee invoice 12.", "given"), ("#no", "refused")]
)
def test_an_agent_of_the_department_does(text: str, state: str, at_the_gate: World) -> None:
    says(at_the_gate, text, token(at_the_gate, 2, KLARA), KLARA, trusted=True)
    assert states(at_the_gate)[1] == ("paid", state)
    ticket = at_the_gate.rows(TICKET, id=NUMBER)[0]
    assert (ticket.status, ticket.complete_at is not None) == ("open", state == "given")
    assert not any(b"invoice 12" in row.octets for row in at_the_gate.rows(OUTBOX))


@pytest.fixture
def told(at_the_gate: World) -> World:
    """Olga has agreed, and is told that billing must confirm something."""
    assert asked_in(at_the_gate, "party").rcpt_to == OLGA
    return at_the_gate


def test_who_has_agreed_is_told_each_step_and_nothing_but_what_it_saw(told: World) -> None:
    says(told, "yes", token(told, 2, KLARA), KLARA, trusted=True)
    told.reply(NUMBER, "It is done, for 17.", Move.RESOLVE)
    mails = [row for row in told.rows(OUTBOX) if row.rcpt_to == OLGA]
    assert [row.kind for row in mails] == ["consent", "party", "party", "party"]
    for word in (SECRET, "for 17", ANNA, KLARA, "klara", "transfer@kunde.example"):
        assert not any(word in shown(row) for row in mails)
    assert "Customer: Green Ltd" in shown(mails[-1])


def test_who_has_not_answered_is_told_nothing(asked: World) -> None:
    asked.reply(NUMBER, "It is done.", Move.RESOLVE)
    assert [row.kind for row in asked.rows(OUTBOX) if row.rcpt_to == OLGA] == ["consent"]


@pytest.mark.parametrize("text", ["Yes", "No", "Please stop it."])
def test_what_she_writes_then_is_for_an_agent_and_changes_nothing(text: str, told: World) -> None:
    before = states(told)
    says(told, text, SUPPORT, OLGA, f"In-Reply-To: <{asked_in(told, 'party').message_id}>", trusted=True)
    assert states(told) == before
    assert told.rows(MESSAGE, ticket=NUMBER)[-1].direction == "note"
    assert told.rows(TICKET, id=NUMBER)[0].status == "open"
    assert told.rows(OUTBOX)[-1].rcpt_to == EWA


@pytest.mark.parametrize("who", [each for each in WHO if each != "no-author"])
def test_t1_nobody_else_answers_what_she_was_told(who: str, told: World) -> None:
    author, trusted = WHO[who]
    before, mails = tuple(told.rows(TICKET, id=NUMBER)[0]), len(told.rows(OUTBOX))
    reply = f"In-Reply-To: <{asked_in(told, 'party').message_id}>"
    entry = says(told, "No", SUPPORT, author, reply, trusted=trusted)
    assert (entry.disposition, tuple(told.rows(TICKET, id=NUMBER)[0])) == ("held", before)
    assert len(told.rows(OUTBOX)) == mails


@pytest.fixture
def own(world: World) -> World:
    """#8 is Anna's, who must agree herself, and so must Olga."""
    party = {"name": "self", "title": {"en": ["the new reseller"]}, "address": "requester", "sees": ["customer"]}
    shape = RequestType.model_validate({**TRANSFER, "party": [*TRANSFER["party"], party]})
    world.policy = replace(world.policy, kinds=Catalogue.of({"transfer": shape}))
    words = mail(ANNA, "Change of reseller", text=first(), id_="transfer@kunde.example")
    world.receive(words, mail_from=ANNA, trusted=True)
    return world


def test_whose_request_it_is_gets_one_mail_that_asks_and_tells_the_rest(own: World) -> None:
    mails = own.rows(OUTBOX, ticket=NUMBER)
    assert [(row.kind, row.rcpt_to) for row in mails] == [("consent", OLGA), ("consent", ANNA)]
    assert PRICE in shown(mails[1])  # its own words, which Olga does not see
    assert "- the owner" in shown(mails[1])
    assert PRICE not in shown(mails[0])


def test_who_asks_for_news_and_has_not_agreed_hears_that_we_wait_for_that(own: World) -> None:
    fields = ("In-Reply-To: <transfer@kunde.example>",)
    own.receive(mail(ANNA, "Re: Change of reseller", *fields, text="Any news?"), mail_from=ANNA, trusted=True)
    (told,) = own.rows(OUTBOX, kind="standing")
    assert b"Among them are you" in told.octets
    assert b"nothing more you need to do" not in told.octets


def test_whose_no_becomes_a_yes_lets_the_ticket_wait_for_the_others_again(own: World) -> None:
    says(own, "No", token(own), trusted=True)
    assert own.rows(TICKET, id=NUMBER)[0].status == "open"
    own.reply(NUMBER, "She says no.")
    says(own, "Yes", token(own), trusted=True)
    assert own.rows(TICKET, id=NUMBER)[0].status == "on_hold"
