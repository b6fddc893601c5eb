"""Whom answers go to besides who wrote (R4.3)."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.actions import AddParticipants
from mailflow.desk.contacts.contact import Role
from mailflow.desk.context import Known
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.parse import parse

ANNA, KARL, OPS = "anna@kunde.example", "karl@kunde.example", "ops@kunde.example"
KNOWN = {
    KARL: Known(contact=8, account=3),
    "dora@andere.example": Known(contact=9, account=4),
    "lena@kunde.example": Known(contact=10, account=3, undeliverable=True),
}


def opened(desk: Any, text: str = "Hallo.", *fields: str, asks: str = "operations", **known: Any) -> tuple[Any, Any]:
    """Who joins, each with the reason, and what `explain` says of answers."""
    mailboxes = tuple(
        each.model_copy(update={"answers_to": asks, "copies": "nobody"}) for each in desk.policy.config.mailbox
    )
    desk.policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"mailbox": mailboxes}))
    rcpt_tos, trusted = known.pop("rcpt_tos", ()), known.pop("trusted", True)
    head = (f"From: {ANNA}", "To: support@firma.example", "Message-ID: <1@kunde.example>", *fields)
    octets = known.pop("octets", ("\r\n".join(head) + f"\r\n\r\n{text}\r\n").encode())
    entry = known.pop("entry", None) or desk.entry(*rcpt_tos, octets=octets, trusted=trusted)
    context = replace(desk.contact(), **{"copied": KNOWN, "operations": (OPS, "ops2@kunde.example"), **known})
    decision = desk.decide(parse(octets), entry, context)
    joined = [each.addresses for each in decision.actions if isinstance(each, AddParticipants)]
    return joined, [(each.answer, each.why) for each in decision.reasons if each.question == "answers"]


def test_answers_go_to_the_operations_contact_of_the_account(desk: Any) -> None:
    assert opened(desk) == ([(OPS,)], [(f"also to {OPS}", "the operations contact of account 4711")])


def test_where_it_is_not_asked_for_they_do_not(desk: Any) -> None:
    assert opened(desk, f"Please write to {KARL}.", asks="author") == ([], [])


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Please answer to Karl@Kunde.example, thanks.", ()),
        (f"Please answer to <{KARL}> or (dora@andere.example).", ()),
        ("Hallo.", (f"Cc: {KARL}",)),
        (f"{KARL}: he knows more. eve@evil.example, {ANNA}, a.nowak@privat.example", (f"Cc: {KARL}",)),
    ],
)
def test_a_mail_that_names_another_address_of_the_account_chooses_it(
    desk: Any, text: str, fields: tuple[str, ...]
) -> None:
    assert opened(desk, text, *fields) == ([(KARL,)], [(f"also to {KARL}", "named in it, of account 4711")])


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Write to dora@andere.example.", ()),  # of another account
        ("Write to eve@evil.example, @, a@b, karl@kunde.", ()),
        (f"Yours, Anna <{ANNA}>, a.nowak@privat.example", ()),  # a signature
        (f"Hallo.\n\nAm 1.11.2026 schrieb Karl <{KARL}>:\n> frag {KARL}", ()),
        ("Write to lena@kunde.example.", ()),  # mail does not arrive there
        ("Hallo.", (f"Reply-To: {KARL}", f"Bcc: {KARL}", f"Sender: {KARL}")),
        ("x@y.example " * 20 + KARL, ()),
    ],
)
def test_what_names_no_other_leaves_it_so(desk: Any, text: str, fields: tuple[str, ...]) -> None:
    assert opened(desk, text, *fields)[0] == [(OPS,)]


def test_without_such_a_contact_its_author_is_answered(desk: Any) -> None:
    assert opened(desk, operations=()) == ([], [("to its author", "account 4711 has no operations contact")])
    assert opened(desk, operations=("lead@firma.example",))[0] == []  # an agent's


def test_an_operations_contact_is_answered_alone(desk: Any) -> None:
    contact = replace(desk.contact().contact, roles=frozenset({Role.TECHNICAL, Role.OPERATIONS}))
    assert opened(desk, contact=contact) == ([], [("to its author", "an operations contact of account 4711")])


def test_who_is_not_believed_or_not_registered_brings_nobody(desk: Any) -> None:
    nobody = ([], [("to its author", "no registered contact that is believed")])
    sales = ("sales@firma.example",)
    assert opened(desk, rcpt_tos=sales, trusted=False) == nobody
    assert opened(desk, rcpt_tos=sales, contact=None, addresses=frozenset()) == nobody


@pytest.mark.parametrize("how", [{"released": True, "released_by": "ewa"}, {"confirmed_by": 7}])
def test_a_mail_that_was_held_chooses_nobody(desk: Any, how: dict[str, Any]) -> None:
    """Who let it through did not see whom it names."""
    octets = f"From: {ANNA}\r\nTo: support@firma.example\r\nCc: {KARL}\r\n\r\nWrite to {KARL}.\r\n".encode()
    assert opened(desk, entry=desk.entry(octets=octets, trusted=False, **how), octets=octets)[0] == [(OPS,)]


def test_a_robot_chooses_nobody(desk: Any) -> None:
    assert opened(desk, f"Write to {KARL}.", "Auto-Submitted: auto-generated")[0] == [(OPS,)]


def test_who_is_blocked_is_sent_nothing(desk: Any) -> None:
    assert opened(desk, operations=("eve@qq.com", OPS))[0] == [(OPS,)]


@pytest.mark.parametrize(("covers", "whom"), [(True, KARL), (False, OPS)])
def test_recipients_that_no_signature_covers_choose_nobody(desk: Any, covers: bool, whom: str) -> None:
    """Else who has a mail that she signed hands it in with others in Cc."""
    signature = Signature(
        result=Result.PASS,
        domain="kunde.example",
        algorithm="rsa-sha256",
        bits=2048,
        covers_from=True,
        covers_recipients=covers,
    )
    octets = f"From: {ANNA}\r\nTo: support@firma.example\r\nCc: {KARL}\r\n\r\nHallo.\r\n".encode()
    entry = desk.entry(octets=octets, trusted=False, evidence=Evidence(signatures=(signature,)))
    assert opened(desk, entry=entry, octets=octets)[0] == [(whom,)]
