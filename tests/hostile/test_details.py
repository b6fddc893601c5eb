"""The question whether details are true, its answer, and the notice that they will change, in other hands (T1): nothing
on file moves, nobody hears whose it is, and what may not be waits for an agent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.decision import Disposition
from mailflow.desk.policy import Policy
from mailflow.flow.corrections import settle_due
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_CORRECTION, OF_A_TICKET
from mailflow.store.contacts import details
from mailflow.store.contacts.contact_history import history
from mailflow.store.contacts.contacts import find
from mailflow.store.tables import CONTACT, CONTACT_ADDRESS, CORRECTION, ENTRY, OUTBOX
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, SUPPORT, World, mail

DAY = timedelta(hours=25)
NEW = "anna@neu.example"
WHO = {
    "stranger": (BOB, False),
    "proven-stranger": (BOB, True),
    "same-account": (KARL, True),
    "other-account": (DORA, True),
    "forged": (ANNA, False),
    "like-her": ("anna+x@kunde.example", True),
    "no-author": ("", True),
}
SAYS = {
    "confirms": "I confirm",
    "telephone": "Phone: +48 22 555 01 23",
    "address": f"E-mail: {BOB}",
    "all": f"Name: Mallory\r\nPhone: 030 123456\r\nE-mail: {BOB}\r\nLanguage: fr",
}


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    return replace(policy, config=Config.model_validate({**ORGANISATION, "verification": {"every": "180d"}}))


@pytest.fixture
def asked(world: World) -> World:
    """Anna is asked, in the acknowledgement of a new ticket; she was before, and did not answer."""
    world.now += timedelta(days=20)
    world.receive(mail(ANNA, "Drucker", text="Er brennt."), mail_from=ANNA, trusted=True)
    assert b"anna@kunde.example" in acknowledgement(world).octets.partition(b"\r\n\r\n")[2]
    return world


def acknowledgement(world: World) -> Any:
    return [row for row in world.rows(OUTBOX, kind="acknowledgement") if row.rcpt_to == ANNA][-1]


def reply_to(row: Any) -> str:
    _, _, rest = row.octets.decode().partition("Reply-To: <")
    return str(rest.partition(">")[0])


def answers(world: World, text: str, author: str = ANNA, *, trusted: bool = True, **more: Any) -> Any:
    """To the mail that asks; the row of the journal."""
    asks = more.pop("to_mail", None) or acknowledgement(world)
    fields = more.pop("fields", (f"In-Reply-To: <{asks.message_id}>",))
    octets = mail(author, "Re: Drucker", *fields, text=text)
    world.receive(octets, mail_from=author or BOB, to=reply_to(asks), trusted=trusted, **more)
    return world.rows(ENTRY)[-1]


def on_file(world: World) -> Any:
    contacts = [tuple(row) for row in world.rows(CONTACT)]
    return contacts, sorted(tuple(row) for row in world.connection.execute(CONTACT_ADDRESS.select()))


def verified(world: World) -> Any:
    contact = find(world.connection, ANNA)
    assert contact
    return contact["verified"]


def settle(world: World) -> list[str]:
    world.now += DAY
    found = []
    while settled := settle_due(world.connection, world.policy, world.now):
        found.append(settled[1])
    return found


@pytest.mark.parametrize("what", SAYS)
@pytest.mark.parametrize("who", WHO)
def test_t1_nobody_else_says_what_is_true_of_her(who: str, what: str, asked: World) -> None:
    before, mails = on_file(asked), len(asked.rows(OUTBOX))
    author, trusted = WHO[who]
    entry = answers(asked, SAYS[what], author, trusted=trusted)
    assert entry.disposition != Disposition.FAILED
    assert settle(asked) == []
    assert (on_file(asked), verified(asked), asked.rows(CORRECTION)) == (before, None, [])
    for row in asked.rows(OUTBOX)[mails:]:
        assert row.rcpt_to == author
        assert b"555 01" not in row.octets


SIGNED = Signature(
    result=Result.PASS, domain="kunde.example", algorithm="rsa-sha256", bits=2048, covers_from=True,
    covers_recipients=True,
)  # fmt: skip
NO_ANSWERS: dict[str, Callable[[World], dict[str, Any]]] = {
    "handed-in": lambda world: {"trusted": False, "evidence": Evidence(signatures=(SIGNED,))},
    "machine": lambda world: {
        "fields": (f"In-Reply-To: <{acknowledgement(world).message_id}>", "Auto-Submitted: auto-replied")
    },
    "another-mail": lambda world: {"fields": ("In-Reply-To: <first1@kunde.example>",)},
    "guessed": lambda world: {"fields": (f"In-Reply-To: <{'a' * 40}.{'b' * 16}@mail.firma.example>",)},
}  # fmt: skip


@pytest.mark.parametrize("how", NO_ANSWERS)
@pytest.mark.parametrize("what", SAYS)
def test_t1_what_is_no_answer_of_hers_changes_nothing(how: str, what: str, asked: World) -> None:
    before = on_file(asked)
    answers(asked, SAYS[what], **NO_ANSWERS[how](asked))
    assert settle(asked) == []
    assert (on_file(asked), verified(asked)) == (before, None)


def test_her_own_answer_counts_once(asked: World) -> None:
    answers(asked, "I confirm")
    first = verified(asked)
    assert first
    asked.now += timedelta(hours=1)
    for text in ("Yes, I confirm", SAYS["all"], "I confirm"):
        answers(asked, text)
    assert settle(asked) == []
    assert (verified(asked), asked.rows(CORRECTION)) == (first, [])


def test_the_mail_of_a_question_of_before_answers_no_later_one(asked: World) -> None:
    before = acknowledgement(asked)
    asked.now += timedelta(days=20)
    asked.receive(mail(ANNA, "Toner", text="Er ist leer."), mail_from=ANNA, trusted=True)
    assert acknowledgement(asked).id != before.id
    answers(asked, SAYS["address"], to_mail=before)
    assert asked.rows(CORRECTION) == []


def test_the_question_shows_nothing_of_others(asked: World) -> None:
    octets = acknowledgement(asked).octets.decode()
    assert [each for each in (KARL, DORA, "Karl", "Dora", "technical") if each in octets] == []


def test_who_is_not_believed_is_not_asked(world: World) -> None:
    world.now += timedelta(days=20)
    contact = find(world.connection, ANNA)
    assert contact
    before = details.on_file(world.connection, [contact["id"]])
    world.receive(mail(ANNA, "Drucker"), mail_from=ANNA, to="sales@firma.example", trusted=False)
    world.receive(mail(BOB, "Drucker"), mail_from=BOB, to="sales@firma.example", trusted=True)
    assert details.on_file(world.connection, [contact["id"]]) == before


@pytest.mark.parametrize("address", [KARL, DORA, SUPPORT, "support+x@firma.example", "lead@firma.example", "x@qq.com"])
def test_an_address_that_is_not_hers_is_told_to_nobody_and_waits(address: str, asked: World) -> None:
    """She hears just what she hears of any other, so that nobody learns whose is registered."""
    before, mails = on_file(asked), len(asked.rows(OUTBOX))
    answers(asked, f"E-mail: {ANNA}, {address}")
    assert [(row.kind, row.rcpt_to) for row in asked.rows(OUTBOX)[mails:]] == [("details_pending", ANNA)]
    assert len(settle(asked)) == 1
    assert on_file(asked) == before
    assert [row.state for row in asked.rows(CORRECTION)] == ["waits"]
    assert len(asked.rows(OUTBOX)) == mails + 1


@pytest.mark.parametrize(
    "text",
    [
        "Name: Anna\r\nBcc: bob@fremd.example", "E-mail: a@neu.example\\r\\nBcc:x@y.example", "Role: primary",
        "Roles: primary", "Contract: gold", "Account: 2", "Password: hunter2", "Region: east",
        "Name: http://bad.example/login", "Phone: <script>", "E-mail: <>, ,;", "Name: {{ organisation }}",
    ],
)  # fmt: skip
def test_what_is_no_detail_changes_nothing_by_itself(text: str, asked: World) -> None:
    before = on_file(asked)
    answers(asked, text)
    settle(asked)
    contacts, addresses = on_file(asked)
    assert addresses == before[1]
    assert contacts == before[0]


@pytest.fixture
def corrected(asked: World) -> World:
    answers(asked, f"E-mail: {NEW}")
    assert [row.state for row in asked.rows(CORRECTION)] == ["pending"]
    return asked


def notice(world: World) -> Any:
    (row,) = world.rows(OUTBOX, kind="details_pending")
    return row


@pytest.mark.parametrize("who", [name for name in WHO if name != "forged"])
def test_t1_nobody_else_stops_it(who: str, corrected: World) -> None:
    author, trusted = WHO[who]
    entry = answers(corrected, "stop", author, trusted=trusted, to_mail=notice(corrected))
    assert entry.disposition == Disposition.HELD
    assert settle(corrected) == [""]


@pytest.mark.parametrize("text", ["stop", "Das war ich nicht!", "What is this?", ""])
@pytest.mark.parametrize("trusted", [True, False])
def test_she_stops_it_by_any_word_proved_or_not(trusted: bool, text: str, corrected: World) -> None:
    before = on_file(corrected)
    entry = answers(corrected, text, trusted=trusted, to_mail=notice(corrected))
    assert entry.disposition == (Disposition.FILED if trusted else Disposition.HELD)
    assert settle(corrected) == []
    assert on_file(corrected) == before
    assert [row.state for row in corrected.rows(CORRECTION)] == ["waits"]
    contact = find(corrected.connection, ANNA)
    assert contact
    assert [each["kind"] for each in history(corrected.connection, contact["id"])][-2:] == ["corrected", "objected"]


def test_who_agrees_does_not_stop_it_and_no_absence_note_does(corrected: World) -> None:
    asks = notice(corrected)
    entry = answers(corrected, "Yes, that is correct.", to_mail=asks)
    assert entry.disposition == Disposition.FILED
    absent = (f"In-Reply-To: <{asks.message_id}>", "Auto-Submitted: auto-replied")
    entry = answers(corrected, "I am on holiday.", to_mail=asks, fields=absent)
    assert (entry.disposition, entry.rule) == (Disposition.DROPPED, "correction-machine")
    assert settle(corrected) == [""]


def test_an_objection_after_it_took_effect_is_read_by_an_agent(corrected: World) -> None:
    """The old address is hers no more: it is held, and changes nothing."""
    assert settle(corrected) == [""]
    after = on_file(corrected)
    entry = answers(corrected, "stop", to_mail=notice(corrected))
    assert entry.disposition == Disposition.HELD
    assert on_file(corrected) == after


def test_a_token_of_a_ticket_stops_nothing_and_that_of_a_correction_joins_nothing(corrected: World) -> None:
    to = SUPPORT.replace("@", f"+{corrected.sign(1)}@")
    corrected.receive(mail(ANNA, "Re: Frage", text="stop"), mail_from=ANNA, to=to, trusted=True)
    ring = corrected.policy.keyring
    assert ring.verify(ring.sign(OF_A_CORRECTION, 1, ANNA, corrected.now), OF_A_TICKET) is None
    assert ring.verify(ring.sign(OF_A_CORRECTION, 1, ANNA, corrected.now), OF_A_CHALLENGE) is None
    assert settle(corrected) == [""]
