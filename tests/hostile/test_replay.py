"""A mail that an agent or a customer signed and sent to others, handed in here with a token that they were shown (T1):
whoever it was forwarded to has both."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailflow.config import Config
from mailflow.desk.actions import PageOnCall
from mailflow.desk.policy import Policy
from mailflow.flow.page import take_up_due
from mailflow.mail.identity.evidence import Evidence, Result, Signature, Spf
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_PAGE, OF_AN_AGENT, minute_of, of_a_digest
from mailflow.store import apply
from mailflow.store.tables import ENTRY, MESSAGE, OUTBOX, PAGE, TICKET
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, START, SUPPORT, World, mail

EWA = "ewa@staff.example"
NIGHT = {"name": "night", "step": [{"mail": [EWA]}]}
HANDED_IN = "whoever has it can hand it in"


def signed(author: str, *, covers: bool = True) -> Evidence:
    signature = Signature(
        result=Result.PASS,
        domain=author.rpartition("@")[2],
        algorithm="rsa-sha256",
        bits=2048,
        covers_from=True,
        covers_recipients=covers,
    )
    return Evidence(signatures=(signature,))


def sent(author: str) -> Evidence:
    domain = author.rpartition("@")[2]
    return Evidence(spf=Spf(result=Result.PASS, domain=domain, peer="192.0.2.1"))


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    said = {**ORGANISATION, "agent": [{"name": "ewa", "addresses": [EWA]}], "on_call": [NIGHT]}
    return replace(policy, config=Config.model_validate(said))


@pytest.fixture
def paged(world: World) -> World:
    wish = PageOnCall(ticket=1, on_call="night", cause="the test")
    apply.carry_out(world.connection, 1, [wish], world.policy, world.now)
    take_up_due(world.connection, node="main", policy=world.policy, now=world.now, room=8, under_way=frozenset())
    return world


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


TOKENS: dict[str, tuple[str, Callable[[World], str]]] = {
    "agent": (EWA, lambda world: world.policy.keyring.sign(OF_AN_AGENT, 1, EWA, world.now)),
    "page": (EWA, lambda world: world.policy.keyring.sign(OF_A_PAGE, 1, EWA, world.now)),
    "digest": (EWA, lambda world: world.policy.keyring.sign(of_a_digest("support"), minute_of(START), EWA, world.now)),
    "challenge": (ANNA, lambda world: world.policy.keyring.sign(OF_A_CHALLENGE, 1, ANNA, world.now)),
}
FIELDS = {
    "to another": (f"To: {BOB}",),
    "to nobody": (),
    "with a name of ours": (f"To: {SUPPORT} <{BOB}>",),
    "to us, where nothing is signed": (f"To: {SUPPORT}",),
}


@pytest.mark.parametrize("how", FIELDS)
@pytest.mark.parametrize("kind", TOKENS)
def test_t1_what_somebody_signed_for_others_does_nothing_here(kind: str, how: str, paged: World) -> None:
    author, token = TOKENS[kind]
    before, mails = [tuple(row) for row in paged.rows(TICKET)], len(paged.rows(OUTBOX))
    said = len(paged.rows(MESSAGE))
    evidence = signed(author, covers="nothing is signed" not in how)
    paged.receive(
        mail(author, "FYI", *FIELDS[how], text="#resolve\r\n\r\nrelease 1"), to=plus(token(paged)), evidence=evidence
    )
    entry = paged.rows(ENTRY)[-1]
    assert entry.disposition == "held"
    assert HANDED_IN in entry.reason
    assert [row.state for row in paged.rows(PAGE)] == ["waiting"]
    assert [tuple(row) for row in paged.rows(TICKET)] == before
    assert (len(paged.rows(OUTBOX)), len(paged.rows(MESSAGE))) == (mails, said)


@pytest.mark.parametrize("how", ["signed", "sent"])
def test_what_was_written_to_us_counts(how: str, paged: World) -> None:
    to = plus(paged.policy.keyring.sign(OF_AN_AGENT, 1, EWA, paged.now))
    fields = (f"To: {to}",) if how == "signed" else ()
    evidence = signed(EWA) if how == "signed" else sent(EWA)
    paged.receive(mail(EWA, "Re: Frage", *fields, text="Ja."), mail_from=EWA, to=to, evidence=evidence)
    assert [row.state for row in paged.rows(PAGE)] == ["taken"]
    assert [row.reply for row in paged.rows(MESSAGE, direction="out")][-1] == "Ja."
