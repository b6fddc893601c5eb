"""An agent's token in other hands (T1): no command, no word to a customer, nothing shown, nothing lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.decision import Disposition
from mailflow.desk.policy import Policy
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_AN_AGENT, Keyring
from mailflow.store import journal
from mailflow.store.tables import ENTRY, EVENT, MESSAGE, OUTBOX, TICKET, TIMER
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, OLD, SECRET, SUPPORT, World, inline, mail

EWA, PIOTR = "ewa@staff.example", "piotr@staff.example"
VICTIMS = (1, 2, 3, 4)
ORDERS = "#resolve\r\n#assign piotr\r\n#merge 6\r\n\r\nGive me the money."
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "same-account": (KARL, True),
    "other-account": (DORA, True),
    "herself": (ANNA, True),
    "forged-contact": (ANNA, False),
    "forged-agent": (EWA, False),
    "forged-colleague": (PIOTR, False),
    "like-an-agent": ("ewa+x@staff.example", True),
    "no-author": ("", True),
}
Attempt = Callable[[World, str], tuple[bytes, str]]


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    agents = [{"name": "ewa", "addresses": [EWA]}, {"name": "piotr", "addresses": [PIOTR]}]
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": agents}))


def _plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def _token(world: World, number: int = 1, *, ago: timedelta = timedelta(0)) -> str:
    return world.policy.keyring.sign(OF_AN_AGENT, number, EWA, world.now - ago)


def _told(world: World) -> Any:
    """What Ewa was told of Anna's first ticket."""
    return next(row for row in world.rows(OUTBOX, kind="notification", ticket=1) if row.rcpt_to == EWA)


def _address(number: int) -> Attempt:
    return lambda world, who: (mail(who, "Re: Frage", text=ORDERS), _plus(_token(world, number)))


def _by_id(field: str) -> Attempt:
    return lambda world, who: (mail(who, "Re: Frage", f"{field}: <{_told(world).message_id}>", text=ORDERS), SUPPORT)


def _bounce(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Undelivered", "Auto-Submitted: auto-replied", text=f"failed: {ANNA}"), _plus(_token(world))


def _away(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Automatic reply: Frage", "Auto-Submitted: auto-replied", text=ORDERS), _plus(_token(world))


def _old(world: World, who: str) -> tuple[bytes, str]:
    token = Keyring((OLD,)).sign(OF_AN_AGENT, 1, EWA, world.now)
    return mail(who, "Frage", text=ORDERS), _plus(token)


def _other_number(world: World, who: str) -> tuple[bytes, str]:
    return mail(who, "Frage", text=ORDERS), _plus(_token(world, 1)[:14] + _token(world, 7)[14:])


ATTEMPTS: dict[str, Attempt] = {
    "address": _address(1),
    "address-of-closed": _address(2),
    "address-of-merged": _address(3),
    "address-of-resolved": _address(4),
    "in-reply-to": _by_id("In-Reply-To"),
    "references": _by_id("References"),
    "machine": _away,
    "other-machine": _bounce,
    "old-key": _old,
    "another-number": _other_number,
    "long-ago": lambda world, who: (
        mail(who, "Frage", text=ORDERS),
        _plus(_token(world, ago=timedelta(days=500))),
    ),
}
OURS = (MESSAGE, EVENT, TIMER)


@pytest.mark.parametrize(("how", "who"), list(product(ATTEMPTS, WHO)), ids=lambda each: each)
def test_t1_an_agents_token_in_other_hands_does_nothing(how: str, who: str, world: World) -> None:
    author, trusted = WHO[who]
    before = [tuple(row) for row in world.rows(TICKET) if row.id in VICTIMS]
    mails = len(world.rows(OUTBOX))
    octets, to = ATTEMPTS[how](world, author)
    world.receive(octets, mail_from=author or BOB, to=to, trusted=trusted)
    entry, written = world.rows(ENTRY)[-1], world.rows(OUTBOX)[mails:]
    after = [tuple(row) for row in world.rows(TICKET) if row.id in VICTIMS]
    joined = [row for row in world.rows(MESSAGE, entry=entry.id) if row.ticket in VICTIMS]
    assert entry.disposition != Disposition.FAILED
    assert [row.direction for row in world.rows(MESSAGE)].count("out") == 4  # of the world
    if author == ANNA and trusted and how in ("in-reply-to", "references"):  # her reference, as ever
        assert [(row.ticket, row.direction) for row in joined] == [(1, "in")]
        assert "shown that" in joined[0].warning
        assert {row.rcpt_to for row in written} == {EWA, PIOTR}  # who hear of what she wrote
        return
    assert after == before
    assert [row for row in joined if row.automatic != "bounce"] == []  # a report is put beside what it is about
    for row in written:
        assert SECRET.encode() not in row.octets
        allowed = {author, *({EWA, PIOTR} if row.ticket not in VICTIMS else {EWA} if author == EWA else set())}
        assert row.rcpt_to in allowed


def test_t1_a_customers_token_makes_no_agent(world: World) -> None:
    """Ewa with what was issued to Anna is a bystander, and what she writes is words."""
    world.receive(mail(EWA, "Re: Frage", text=ORDERS), mail_from=EWA, to=_plus(world.sign(1)), trusted=True)
    row = world.rows(MESSAGE)[-1]
    assert (row.ticket, row.direction, world.rows(TICKET)[0].status) == (1, "in", "open")
    assert "issued to someone else" in row.warning


def test_an_agent_answers_and_the_customer_sees_no_agent(world: World) -> None:
    mails = len(world.rows(OUTBOX))
    told = _told(world)
    fields = (f"In-Reply-To: <{told.message_id}>", "Received: from laptop.staff.example", "X-Mailer: Ewa's own")
    words = "Nehmen Sie Wasser.\r\n#resolve\r\n\r\n-- \r\nEwa, Zimmer 7"
    world.receive(mail(EWA, "Re: [#1] Frage", *fields, text=words), mail_from=EWA, trusted=True)
    reply, confirmation = world.rows(OUTBOX)[mails:]
    assert (reply.kind, reply.rcpt_to, confirmation.kind, confirmation.rcpt_to) == ("reply", ANNA, "confirmation", EWA)
    for hidden in ("ewa@", "staff.example", "Zimmer 7", "X-Mailer", "#resolve", told.message_id):
        assert hidden.encode() not in reply.octets
    assert world.rows(TICKET)[0].status == "resolved"
    said = world.rows(MESSAGE)[-1]
    assert (said.direction, said.author, said.reply) == ("out", "ewa", "Nehmen Sie Wasser.")
    assert said.entry == world.rows(ENTRY)[-1].id


PLAN = [
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSiehe Plan.\r\n',
    "Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <logo>\r\n\r\nLOGO\r\n",
    'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="Plan ä.pdf"\r\n\r\nPLAN\r\n',
    "Content-Type: application/pgp-signature\r\nContent-Disposition: attachment\r\n\r\nSIGNED\r\n--b--\r\n",
]


@pytest.mark.parametrize(("type_", "name"), [("application/pdf", "plan.pdf"), ("image/jpeg", "IMG_1.jpeg")])
def test_a_file_that_apple_mail_calls_inline_goes_along(type_: str, name: str, world: World) -> None:
    octets = inline(EWA, "Re: Frage", "Siehe Plan.", type_, name)
    world.receive(octets, mail_from=EWA, to=_plus(_token(world)), trusted=True)
    (went,) = parse(world.rows(OUTBOX, kind="reply")[-1].octets).attachments
    assert (went.filename, went.content_type) == (name, type_)


AWAY = "Das Teil kommt am Montag. I am out of the office until Friday, in urgent cases please contact Piotr."


def test_an_agents_words_that_read_like_an_absence_note_are_not_lost(world: World) -> None:
    mails = len(world.rows(OUTBOX))
    world.receive(mail(EWA, "Re: Frage", text=AWAY), mail_from=EWA, to=_plus(_token(world)), trusted=True)
    entry = world.rows(ENTRY)[-1]
    assert (entry.disposition, len(world.rows(OUTBOX))) == (Disposition.HELD, mails)
    assert "reads like a machine's" in entry.reason
    journal.release(world.connection, entry.id, "lead")
    world.receive(mail(BOB, "Etwas anderes"))
    assert world.rows(MESSAGE, ticket=1)[-1].reply == AWAY
    assert [row.rcpt_to for row in world.rows(OUTBOX, kind="reply")[-1:]] == [ANNA]


def _with_a_plan() -> bytes:
    head = f"From: {EWA}\r\nSubject: Re: Frage\r\nMessage-ID: <plan@staff.example>\r\n"
    return (f"{head}Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n" + "--b\r\n".join(PLAN)).encode()


def test_what_an_agent_attaches_goes_along_and_what_stands_in_the_text_does_not(world: World) -> None:
    mails = len(world.rows(OUTBOX))
    world.receive(_with_a_plan(), mail_from=EWA, to=_plus(_token(world)), trusted=True)
    reply, confirmation = world.rows(OUTBOX)[mails:]
    (went,) = parse(reply.octets).attachments
    assert (went.filename, went.content_type, went.size) == ("Plan ä.pdf", "application/pdf", len("PLAN"))
    assert "with Plan ä.pdf" in parse(confirmation.octets).text
    said = world.rows(MESSAGE)[-1]
    assert [(each["filename"], each["part"]) for each in said.attachments] == [("Plan ä.pdf", "3")]


@pytest.mark.parametrize(
    ("copied", "left_out"),
    [("ulf@fremd.example", True), (f"{PIOTR}, {ANNA}", False), (f"Ulf <ulf@fremd.example>, {PIOTR}", True)],
)
def test_an_agent_is_told_who_in_copy_is_sent_nothing(copied: str, left_out: bool, world: World) -> None:
    mails = len(world.rows(OUTBOX))
    octets = mail(EWA, "Re: Frage", f"To: {_plus(_token(world))}", f"Cc: {copied}", text="Nehmen Sie Wasser.")
    world.receive(octets, mail_from=EWA, to=_plus(_token(world)), trusted=True)
    reply, confirmation = world.rows(OUTBOX)[mails:]
    assert (reply.rcpt_to, confirmation.rcpt_to) == (ANNA, EWA)
    text = " ".join(parse(confirmation.octets).text.replace("… ", "").split())
    said = "not sent to ulf@fremd.example, who takes no part; from the next answer on: mailflow ticket cc 1 add ulf@"
    assert (said in text) is left_out
    assert "piotr" not in text


def test_too_much_is_not_sent(world: World) -> None:
    limits = world.policy.config.limits.model_copy(update={"enclosures": 3})
    world.policy = replace(world.policy, config=world.policy.config.model_copy(update={"limits": limits}))
    mails = len(world.rows(OUTBOX))
    world.receive(_with_a_plan(), mail_from=EWA, to=_plus(_token(world)), trusted=True)
    (confirmation,) = world.rows(OUTBOX)[mails:]
    assert "4 octets together; 3 is the most" in " ".join(parse(confirmation.octets).text.split())


def test_a_copy_of_an_agents_answer_is_not_sent_again(world: World) -> None:
    octets = mail(EWA, "Re: Frage", text="Nehmen Sie Wasser.")
    for _ in range(2):
        world.receive(octets, mail_from=EWA, to=_plus(_token(world)), trusted=True)
    assert len([row for row in world.rows(MESSAGE) if row.reply == "Nehmen Sie Wasser."]) == 1
    assert world.rows(ENTRY)[-1].disposition == Disposition.DUPLICATE


def test_two_machines_stop(world: World) -> None:
    """A robot in Anna's name that nothing gives away writes a hundred times: Ewa is told of some of it."""
    for number in range(100):
        world.receive(mail(ANNA, "Re: Frage", text=f"{number}"), mail_from=ANNA, to=_plus(world.sign(1)), trusted=True)
    assert len([row for row in world.rows(OUTBOX, kind="notification", ticket=1) if row.rcpt_to == EWA]) <= 31
    assert any(row.kind == "silence" for row in world.rows(EVENT, ticket=1))


def _offered(world: World) -> Any:
    """What Ewa was told of Anna's mail with a new subject: she may split it off."""
    world.receive(mail(ANNA, "Die Rechnung", text="Zu hoch."), mail_from=ANNA, to=_plus(world.sign(1)), trusted=True)
    return [row for row in world.rows(OUTBOX, kind="notification", ticket=1) if row.rcpt_to == EWA][-1]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("to", ["token", "no-token"])
def test_t1_nobody_but_an_agent_splits_a_ticket(to: str, who: str, world: World) -> None:
    author, trusted = WHO[who]
    offered = _offered(world)
    before = [(row.id, row.ticket) for row in world.rows(MESSAGE)]
    octets = mail(author, "Re: Die Rechnung", f"In-Reply-To: <{offered.message_id}>", text="#split")
    address = _plus(_token(world)) if to == "token" else SUPPORT
    world.receive(octets, mail_from=author or BOB, to=address, trusted=trusted)
    assert [(row.id, row.ticket) for row in world.rows(MESSAGE)][: len(before)] == before
    assert not [row for row in world.rows(TICKET) if row.split_from]


def test_t1_an_agent_splits_no_other_ticket_than_the_one_that_is_answered(world: World) -> None:
    """Ewa's own token of one ticket, and the id of what she was told of another."""
    offered, tickets = _offered(world), len(world.rows(TICKET))
    octets = mail(EWA, "Re: Die Rechnung", f"In-Reply-To: <{offered.message_id}>", text="#split")
    world.receive(octets, mail_from=EWA, to=_plus(_token(world, 4)), trusted=True)
    assert len(world.rows(TICKET)) == tickets
    told = " ".join(parse(world.rows(OUTBOX, kind="confirmation")[-1].octets).text.split())
    assert "is no mail of a customer's in #4" in told


ZOE = "zoe@neu.example"
PASSED_ON = (
    "Bitte helfen.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Zoe <zoe@neu.example>\r\n"
    "Date: Mon, 2 Nov 2026 at 10:00\r\nSubject: Herd\r\nTo: Ewa\r\n\r\nEr ist kalt."
)


def test_what_an_agent_passes_on_is_the_ticket_of_who_wrote_it(world: World) -> None:
    mails, tickets = len(world.rows(OUTBOX)), len(world.rows(TICKET))
    world.receive(mail(EWA, "Fwd: Herd", text=PASSED_ON), mail_from=EWA, trusted=True)
    (ticket,) = world.rows(TICKET)[tickets:]
    assert (ticket.requester, ticket.subject, ticket.believed, ticket.contact) == (ZOE, "Herd", False, None)
    came, noted = world.rows(MESSAGE, ticket=ticket.id)
    assert (came.direction, came.author, came.author_name, came.reply) == ("in", ZOE, "Zoe", "Er ist kalt.")
    assert (noted.direction, noted.author, noted.reply) == ("note", "ewa", "Bitte helfen.")
    assert (came.verdict, came.message_id, "passed on by ewa" in came.warning) == ("unverified", "", True)
    written = {(row.kind, row.rcpt_to) for row in world.rows(OUTBOX)[mails:]}
    assert written == {("confirmation", EWA), ("notification", PIOTR)}  # and nothing to who did not prove it
    token = world.policy.keyring.sign(OF_AN_AGENT, ticket.id, EWA, world.now)
    world.receive(mail(EWA, "Re: Herd", text="Stecker?\r\n#ask"), mail_from=EWA, to=_plus(token), trusted=True)
    reply = world.rows(OUTBOX, kind="reply")[-1]
    assert (reply.rcpt_to, b"staff.example" in reply.octets) == ("zoe@neu.example", False)


@pytest.mark.parametrize("who", [who for who in WHO if who not in ("no-author",)])
def test_t1_nobody_else_passes_anything_on(who: str, world: World) -> None:
    """Who is no agent, or is not proved, opens tickets in no other name."""
    author, trusted = WHO[who]
    tickets = len(world.rows(TICKET))
    text = PASSED_ON.replace("zoe@neu.example", ANNA)
    world.receive(mail(author, "Fwd: Herd", text=text), mail_from=author, trusted=trusted)
    assert {row.requester for row in world.rows(TICKET)[tickets:]} <= {author}


@pytest.mark.parametrize("whose", [EWA, PIOTR, SUPPORT, "support+x@firma.example"])
def test_what_is_ours_is_passed_on_to_nobody(whose: str, world: World) -> None:
    tickets = len(world.rows(TICKET))
    world.receive(mail(EWA, "Fwd: Herd", text=PASSED_ON.replace("zoe@neu.example", whose)), mail_from=EWA, trusted=True)
    assert {row.requester for row in world.rows(TICKET)[tickets:]} <= {EWA}
