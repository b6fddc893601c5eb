"""No way into a ticket by To and Cc (T1): who is shown there by whom they may be is all that counts, and whatever is
tried, EVE is sent nothing that is said in Anna's tickets.

Each way is tried where who takes part may bring anyone (`copies = "anyone"`): the most that a mailbox allows.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailflow.desk.actions import MarkUndeliverable
from mailflow.desk.conversation.participants import add, remove
from mailflow.store import apply
from mailflow.store.tables import OUTBOX, TICKET
from mailflow.store.tickets import tickets
from tests.hostile.world import ANNA, BOB, DORA, KARL, SECRET, SUPPORT, World, mail

EVE = "eve@evil.example"
LEAD = "lead@firma.example"
US = f"To: {SUPPORT}"
CC = (US, f"Cc: {EVE}")
HERS = ("In-Reply-To: <first1@kunde.example>", "References: <first1@kunde.example>")
Way = Callable[[World], object]


@pytest.fixture
def desk(world: World) -> World:
    config = world.policy.config
    mailboxes = tuple(each.model_copy(update={"copies": "anyone"}) for each in config.mailbox)
    world.policy = replace(world.policy, config=config.model_copy(update={"mailbox": mailboxes}))
    return world


def _came(*fields: str, who: str = ANNA, trusted: bool = True, to: str = SUPPORT, subject: str = "Re: Frage") -> Way:
    return lambda world: world.receive(
        mail(who, subject, *fields), mail_from=who or BOB, trusted=trusted, to=to
    )  # fmt: skip


def _with_token(*fields: str, who: str, trusted: bool, issued_to: str = ANNA) -> Way:
    def way(world: World) -> None:
        to = SUPPORT.replace("@", f"+{world.sign(1, issued_to)}@")
        world.receive(mail(who, "Re: Frage", *fields), mail_from=who, trusted=trusted, to=to)

    return way


def _takes_part(world: World, *addresses: str, no_more: bool = False) -> None:
    ticket = tickets.load(world.connection, 1)
    assert ticket is not None
    deed = remove(ticket, addresses, "ewa") if no_more else add(ticket, addresses, "ewa", world.policy)
    apply.carry_out(world.connection, 1, deed, world.policy, world.now)


def _of_one_who_was_removed(world: World) -> None:
    _takes_part(world, KARL)
    _takes_part(world, KARL, no_more=True)
    _with_token(*CC, who=KARL, trusted=True, issued_to=KARL)(world)
    _came(*CC, *HERS, who=KARL)(world)


def _removed_and_named_again(world: World) -> None:
    _takes_part(world, EVE)
    _takes_part(world, EVE, no_more=True)
    _came(*CC, *HERS)(world)


def _dead(world: World) -> None:
    until = world.now.replace(year=world.now.year + 1)
    mark = MarkUndeliverable(ticket=1, address=EVE, until=until, status="5.1.1", diagnostic="no such user")
    apply.carry_out(world.connection, 1, (mark,), world.policy, world.now)
    _came(*CC, *HERS)(world)


def _in_the_text(world: World) -> None:
    quoted = f"---- Forwarded message ----\r\nFrom: {ANNA}\r\nTo: {SUPPORT}\r\nCc: {EVE}\r\n\r\nHallo."
    world.receive(mail(ANNA, "Fwd: Frage", US, *HERS, text=quoted), mail_from=ANNA, trusted=True)


def _in_a_message_that_is_attached(world: World) -> None:
    inner = mail(ANNA, "Frage", *CC).replace(b"MIME-Version: 1.0\r\n", b"")
    whole = mail(ANNA, "Fwd: Frage", US, *HERS).replace(
        b"Content-Type: text/plain; charset=utf-8", b"Content-Type: message/rfc822"
    )
    world.receive(whole.replace(b"Hallo.\r\n", inner), mail_from=ANNA, trusted=True)


WAYS: dict[str, Way] = {
    "forged-author": _came(*CC, *HERS, trusted=False),
    "forged-author-of-a-new-ticket": _came(*CC, trusted=False, to="sales@firma.example"),
    "forged-author-with-her-token": _with_token(*CC, who=ANNA, trusted=False),
    "two-authors": _came(f"From: {EVE}", *CC, *HERS),
    "no-author": _came(*CC, *HERS, who=""),
    "same-account": _came(*CC, *HERS, who=KARL),
    "other-account": _came(*CC, *HERS, who=DORA),
    "stranger-with-her-token": _with_token(*CC, who=BOB, trusted=True),
    "herself-with-her-token": _with_token(US, f"Cc: {ANNA}", who=EVE, trusted=True),
    "who-was-removed": _of_one_who_was_removed,
    "removed-and-named-again": _removed_and_named_again,
    "absent": _came(*CC, *HERS, "Auto-Submitted: auto-replied"),
    "robot": _came(*CC, *HERS, "Auto-Submitted: auto-generated"),
    "list": _came(*CC, *HERS, "List-Id: <all.kunde.example>", "Precedence: list"),
    "blind-copy": _came(f"To: {EVE}", *HERS),
    "bcc": _came(US, f"Bcc: {EVE}", *HERS),
    "reply-to": _came(US, f"Reply-To: {EVE}", f"Mail-Followup-To: {EVE}", *HERS),
    "sender": _came(US, f"Sender: {EVE}", f"Return-Path: <{EVE}>", *HERS),
    "resent": _came(US, f"Resent-To: {EVE}", f"Resent-Cc: {EVE}", f"Resent-From: {EVE}", *HERS),
    "fields-of-others": _came(US, f"X-Cc: {EVE}", f"X-Original-To: {EVE}", f"Apparently-To: {EVE}", *HERS),
    "control-fields": _came(US, f"X-Mailflow-Cc: {EVE}", f"X-RT-AddCc: {EVE}", *HERS),
    "encoded-word": _came(US, "Cc: =?utf-8?q?eve=40evil=2Eexample?=", *HERS),
    "a-name": _came(US, f'Cc: "{EVE}" <{SUPPORT}>', *HERS),
    "a-comment": _came(US, f"Cc: {SUPPORT} ({EVE})", *HERS),
    "two-in-one": _came(US, f"Cc: {SUPPORT} <{EVE}>", f"Cc: <{SUPPORT}> <{EVE}>", *HERS),
    "a-group": _came(US, f"Cc: staff: {EVE};", *HERS),
    "quoted-local-part": _came(US, f'Cc: "{EVE} "@kunde.example', *HERS),
    "folded-into-another": _came(US, f"Cc: {SUPPORT}\r\n\tBcc: {EVE}", *HERS),
    "in-the-text": _in_the_text,
    "in-a-message-that-is-attached": _in_a_message_that_is_attached,
    "undeliverable": _dead,
}


def _said_to(world: World, number: int = 1) -> list[str]:
    """To whom an agent's answer in this ticket goes."""
    before = len(world.rows(OUTBOX))
    world.reply(number, SECRET)
    return [row.rcpt_to for row in world.rows(OUTBOX)[before:]]


@pytest.mark.parametrize("way", WAYS)
def test_t1_nobody_gets_in_by_to_and_cc(way: str, desk: World) -> None:
    WAYS[way](desk)
    assert _said_to(desk) == [ANNA]
    for row in desk.rows(TICKET):
        if row.requester == ANNA:
            ticket = tickets.load(desk.connection, row.id)
            assert ticket is not None
            assert EVE not in ticket.participants
    assert [row for row in desk.rows(OUTBOX) if EVE in row.rcpt_to and SECRET.encode() in row.octets] == []


NEVER = {
    "ourselves": SUPPORT,
    "ourselves-in-capitals": SUPPORT.upper(),
    "with-a-plus": "support+x@firma.example",
    "another-mailbox": "Sales+x+y@firma.example",
    "postmaster": "postmaster@firma.example",
    "cyrillic-local-part": "suppоrt@firma.example",
    "full-width-local-part": "ｓｕｐｐｏｒｔ@firma.example",
    "cyrillic-domain": "support@fіrma.example",
    "its-a-label": "support@xn--frma-l9d.example",
    "full-width-dot": "support@firma．example",
    "zero-width": "sup\u200bport@firma.example",
    "agent": LEAD,
    "agent-with-a-plus": "lead+x@firma.example",
    "no-reply": "no-reply@fremd.example",
    "daemon": "MAILER-DAEMON@fremd.example",
    "blocked": "eve@qq.com",
    "blocked-below": "eve@mail.qq.com",
    "no-domain": "eve",
    "no-host-of-ours": "eve@",
    "an-address-literal-of-nobody": "eve@[203.0.113.7",
}


@pytest.mark.parametrize("who", NEVER)
def test_t1_some_never_take_part_whoever_names_them(who: str, desk: World) -> None:
    _came(US, f"Cc: {NEVER[who]}, {BOB}", *HERS)(desk)
    assert _said_to(desk) == [ANNA, BOB]


def test_t1_a_crowd_of_500_is_cut(desk: World) -> None:
    crowd = ",\r\n ".join(f"p{number}@fremd.example" for number in range(500))
    _came(US, f"Cc: {crowd}", *HERS)(desk)
    _came(US, f"Cc: {EVE}", *HERS, subject="Re: Noch etwas")(desk)
    assert _said_to(desk) == [ANNA, *(f"p{number}@fremd.example" for number in range(10))]


def test_t1_who_is_brought_in_is_told_nothing_of_before_and_has_a_token_of_their_own(desk: World) -> None:
    before = len(desk.rows(OUTBOX))
    _came(US, f"Cc: {BOB}", *HERS)(desk)
    assert len(desk.rows(OUTBOX)) == before  # no notice, no acknowledgement
    desk.reply(1, "Ein Wort.")
    mails = desk.rows(OUTBOX)[before:]
    assert [row.rcpt_to for row in mails] == [ANNA, BOB]
    assert len({row.mail_from for row in mails}) == len({row.message_id for row in mails}) == 2
    for row in mails:
        assert SECRET.encode() not in row.octets
        assert row.octets.count(b"@fremd.example") == (1 if row.rcpt_to == BOB else 0)


def test_t1_where_only_an_account_is_meant_no_other_gets_in(world: World) -> None:
    _came(US, f"Cc: {EVE}, {DORA}, {BOB}, {KARL}", *HERS)(world)
    assert _said_to(world) == [ANNA, KARL]


def test_t1_counts_of_copies() -> None:
    assert (len(WAYS), len(NEVER)) == (31, 20)
