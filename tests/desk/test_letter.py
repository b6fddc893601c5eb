"""Our own mail: tied to its ticket, silent to robots, and the same for the same cause."""

from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest

from mailflow.config import Mail, Mailbox
from mailflow.desk.actions import Send
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import AUTOMATIC, TO_AGENTS, WRITTEN, Kind
from mailflow.desk.writing.letter import AUTO_SUBMITTED, write
from mailflow.mail.address import split_plus
from mailflow.mail.token import OF_A_TICKET, OF_AN_AGENT, PURPOSES
from mailflow.mail.values import VALUES


def send(kind: Kind = Kind.REPLY, **said: Any) -> Send:
    ordinary: dict[str, Any] = {
        "kind": kind,
        "to": "anna@kunde.example",
        "to_name": "Anna Nowak",
        "language": "pl",
        "mailbox": "support@firma.example",
        "ticket": 42,
        "key": f"{kind}:1",
        "values": {"text": "Proszę użyć wody.", "agent": "ewa"},
    }
    return Send(**{**ordinary, **said})


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_signed_tagged_and_marked_for_what_it_is(kind: Kind, desk: Any) -> None:
    outgoing = write(send(kind), desk.ticket(), desk.policy, desk.now)
    header = message_from_bytes(outgoing.octets)
    token, rest = outgoing.message_id.split(".", 1)
    ring = desk.policy.keyring
    seen = ring.verify(token, *PURPOSES)
    assert (seen.purpose, seen.number) == (OF_AN_AGENT if kind in TO_AGENTS else OF_A_TICKET, 42)
    assert rest.endswith("@mail.firma.example")
    assert split_plus(header["Reply-To"].strip("<>")) == ("support@firma.example", token)
    assert outgoing.subject.startswith("[#42] ")
    assert outgoing.automatic == (kind in AUTOMATIC)
    assert (header["Auto-Submitted"] or "") == AUTO_SUBMITTED[kind]
    marks = ("X-Auto-Response-Suppress", "X-Loop")
    assert [name in header for name in marks] == [kind not in WRITTEN] * 2
    assert (header["Precedence"] or "") == ("" if kind in WRITTEN else "bulk")


@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_nobody_must_miss_can_bounce(kind: Kind, desk: Any) -> None:  # threats 10
    outgoing = write(send(kind), desk.ticket(), desk.policy, desk.now)
    to_a_person = (
        Kind.ACKNOWLEDGEMENT,
        Kind.REGISTRATION,
        Kind.CHALLENGE,
        Kind.REOPENED,
        Kind.CLOSED,
        Kind.STANDING,
        Kind.MISSING,
        Kind.COMPLETE,
        Kind.REQUESTS,
        Kind.DETAILS_PENDING,
        Kind.DETAILS_KEPT,
    )
    answers = (*to_a_person, Kind.HANDLED, Kind.CONFIRMATION, Kind.INCIDENT)
    token = desk.policy.keyring.sign(OF_AN_AGENT, 42, desk.anna, desk.now) if kind in TO_AGENTS else desk.token()
    assert outgoing.mail_from == ("" if kind in answers else f"support+{token}@firma.example")


def test_the_same_cause_has_the_same_id_and_another_cause_another(desk: Any) -> None:
    first, again = (write(send(key="a"), desk.ticket(), desk.policy, desk.now) for _ in range(2))
    assert first == again
    assert write(send(key="b"), desk.ticket(), desk.policy, desk.now).message_id != first.message_id


def test_it_continues_the_conversation(desk: Any) -> None:
    ticket = desk.ticket(last_message_id="2@x", references=("0@x", "1@x"))
    header = message_from_bytes(write(send(), ticket, desk.policy, desk.now).octets)
    assert header["In-Reply-To"] == "<2@x>"
    assert header["References"].split() == ["<0@x>", "<1@x>", "<2@x>"]


def test_registration_says_nothing_that_the_stranger_said(desk: Any) -> None:
    hostile = send(Kind.REGISTRATION, ticket=None, to_name="", subject="Buy at http://evil.example", in_reply_to="1@x")
    outgoing = write(hostile, None, desk.policy, desk.now)
    assert "evil" not in outgoing.octets.decode()
    assert (outgoing.ticket, outgoing.mail_from) == (None, "")
    assert message_from_bytes(outgoing.octets)["Reply-To"] == "<support@firma.example>"
    assert "name" not in VALUES[Kind.REGISTRATION]


def test_the_status_is_the_public_one_in_the_readers_language(desk: Any) -> None:  # R3.4
    outgoing = write(send(Kind.RESOLVED), desk.ticket(status=Status.CLOSED), desk.policy, desk.now)
    body = message_from_bytes(outgoing.octets).get_payload(decode=True)
    assert "Status:  Rozwiązane" in body.decode()  # type: ignore[union-attr]  # one part: octets


@pytest.mark.parametrize(("language", "spoken"), [("fr", "fr"), ("it", "es"), ("", "es")])
def test_a_language_without_words_falls_back_to_the_mailboxs(language: str, spoken: str, desk: Any) -> None:
    spanish = Mailbox(address="support@firma.example", department="support", language="es")
    policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"mailbox": (spanish,)}))
    outgoing = write(send(language=language), desk.ticket(), policy, desk.now)
    assert message_from_bytes(outgoing.octets)["Content-Language"] == spoken


def test_without_plus_addressing_the_id_alone_is_signed(desk: Any) -> None:
    plain = Mailbox(address="support@firma.example", department="support", plus_addressing=False)
    policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"mailbox": (plain,)}))
    outgoing = write(send(), desk.ticket(), policy, desk.now)
    header = message_from_bytes(outgoing.octets)
    assert header["Reply-To"] == "<support@firma.example>"
    assert outgoing.mail_from == "support@firma.example"
    assert desk.token() in header["Message-ID"]


def test_a_mailbox_that_is_gone_still_answers_from_one_of_ours(desk: Any, policy: Policy) -> None:
    outgoing = write(send(mailbox="old@firma.example"), desk.ticket(), policy, desk.now)
    assert message_from_bytes(outgoing.octets)["From"].endswith("<support@firma.example>")


def test_an_international_domain_is_written_as_the_dns_has_it(desk: Any) -> None:
    outgoing = write(send(to="Anna@exämple.example"), desk.ticket(), desk.policy, desk.now)
    assert outgoing.rcpt_to == "Anna@xn--exmple-cua.example"


def test_the_subject_has_the_tag_of_the_configuration_and_none_of_before(desk: Any) -> None:
    mail = Mail(subject_tag="[ACME-{number}]", subject_tags_known=("[#{number}]",))
    policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"mail": mail}))
    outgoing = write(send(), desk.ticket(subject="[#42] Re: Drukarka"), policy, desk.now)
    assert outgoing.subject == "[ACME-42] Re: Drukarka"
