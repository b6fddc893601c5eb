"""Who may take part in a ticket, and what agents, rules and mail bring."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import AddParticipants, RemoveParticipants, Send
from mailflow.desk.agents.answer import reply
from mailflow.desk.context import Known
from mailflow.desk.conversation.participants import add, added_by, remove
from mailflow.desk.copied import staff_of, unfit
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.effects import Effects
from mailflow.desk.ticket import Status
from mailflow.errors import Refused
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.parse import parse

MAILBOXES = frozenset(
    {"support@firma.example", "support+billing@firma.example", "hilfe@xn--mnchen-3ya.example", "a+b@firma.example"}
)
STAFF = frozenset({"lead@firma.example"})
ANNA, KARL, LENA = "anna@kunde.example", "karl@kunde.example", "lena@kunde.example"
NO_ADDRESS = "is no address that mail can be written to"
OURS = "is a [[mailbox]] of ours"
LOOKS_LIKE_OURS = "looks like an address of ours"
MIXED = "has a domain of mixed scripts, which looks like another"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (KARL, ""),
        ("Karl.Maria+x@KUNDE.example", ""),
        ("karl@żółw.example", ""),
        ("karl@例え.example", ""),
        ("karl", NO_ADDRESS),
        ("karl@", NO_ADDRESS),
        ("", NO_ADDRESS),
        ("karl@kunde.example, eve@evil.example", NO_ADDRESS),
        ("karl@kunde.example>eve@evil.example", NO_ADDRESS),
        ("karl@kunde.example\r\nBcc: eve@evil.example", NO_ADDRESS),
        ('"karl nowak"@kunde.example', NO_ADDRESS),
        ("=?utf-8?q?eve=40evil.example?=@kunde.example", NO_ADDRESS),
        ("x" * 129 + "@kunde.example", NO_ADDRESS),
        ("karl@kunde．example", NO_ADDRESS),  # a full-width dot
        ("support@firma.example", OURS),
        ("SUPPORT@Firma.Example", OURS),
        ("support+aaaaaaaa@firma.example", OURS),
        ("support+billing+x@firma.example", OURS),
        ("a+b@firma.example", OURS),
        ("a+b+c@firma.example", OURS),
        ("hilfe@münchen.example", OURS),
        ("HILFE+x@MÜNCHEN.example", OURS),
        ("suppоrt@firma.example", LOOKS_LIKE_OURS),  # a Cyrillic o
        ("ｓｕｐｐｏｒｔ@firma.example", LOOKS_LIKE_OURS),
        ("support@fіrma.example", MIXED),  # a Cyrillic i
        ("support@xn--frma-l9d.example", MIXED),
        ("lead@firma.example", "is an agent's, who is told otherwise"),
        ("lead+night@firma.example", "is an agent's, who is told otherwise"),
        ("no-reply@kunde.example", "is read by nobody"),
        ("mailer-daemon@kunde.example", "is read by nobody"),
        ("postmaster@kunde.example", "is read by nobody"),
    ],
)
def test_who_can_never_take_part(address: str, why: str) -> None:
    assert unfit(address, MAILBOXES, STAFF) == why


def test_whose_addresses_are_agents() -> None:
    config = Config.model_validate(
        {
            "mailbox": [{"address": "support@firma.example", "department": "support"}],
            "department": [
                {"name": "support", "title": "S", "escalate_to": ["Lead@firma.example"], "digest_to": ["eva@x.example"]}
            ],
            "agent": [{"name": "ewa", "addresses": ["ewa@firma.example"]}],
            "on_call": [{"name": "night", "step": [{"mail": ["duty@firma.example"]}]}],
        }
    )
    people = {"lead@firma.example", "eva@x.example", "ewa@firma.example", "duty@firma.example"}
    assert staff_of(config) == people


def test_an_agent_lets_others_take_part(desk: Any) -> None:
    actions = add(desk.ticket(), ["Karl@Kunde.Example", LENA, KARL], "ewa", desk.policy)
    assert actions == (AddParticipants(ticket=42, addresses=(KARL, LENA), why="by ewa"),)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (ANNA.upper(), "ANNA@KUNDE.EXAMPLE takes part in #42 already"),
        (KARL, "karl@kunde.example takes part in #42 already"),
        ("billing@firma.example", f"billing@firma.example {OURS}"),
        ("lead@firma.example", "lead@firma.example is an agent's, who is told otherwise"),
    ],
)
def test_whom_an_agent_cannot_add(desk: Any, address: str, why: str) -> None:
    ticket = desk.ticket(participants=frozenset({ANNA, KARL}))
    with pytest.raises(Refused) as refused:
        add(ticket, [LENA, address], "ewa", desk.policy)
    assert str(refused.value) == why


def test_who_was_removed_is_added_again_by_an_agent_only(desk: Any) -> None:
    ticket = desk.ticket(removed=frozenset({KARL}))
    assert add(ticket, [KARL], "ewa", desk.policy) == (AddParticipants(ticket=42, addresses=(KARL,), why="by ewa"),)
    rules = [
        Applied("both", "filters/10.toml:1", Effects(cc=(KARL, LENA))),
        Applied("tag", "x:2", Effects(tags=("x",))),
    ]
    (brought,) = added_by(rules, 42, ticket)
    assert brought == AddParticipants(ticket=42, addresses=(LENA,), why="rule both (filters/10.toml:1)")


def test_an_agent_ends_it(desk: Any) -> None:
    ticket = desk.ticket(participants=frozenset({ANNA, KARL}))
    assert remove(ticket, ["KARL@kunde.example"], "ewa") == (
        RemoveParticipants(ticket=42, addresses=(KARL,), by="ewa"),
    )


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (ANNA, "anna@kunde.example is whose request #42 is"),
        (LENA, "lena@kunde.example takes no part in #42"),
    ],
)
def test_whom_an_agent_cannot_remove(desk: Any, address: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        remove(desk.ticket(participants=frozenset({ANNA, KARL})), [KARL, address], "ewa")
    assert str(refused.value) == why


def test_each_who_takes_part_is_answered_by_a_letter_with_a_token_of_their_own(desk: Any) -> None:
    ticket = desk.ticket(participants=frozenset({ANNA, KARL}))
    letters = [each for each in reply(ticket, "Ja.", "ewa", desk.policy, desk.now, then=None) if hasattr(each, "to")]
    assert [(each.to, each.to_name) for each in letters] == [(ANNA, "Anna Nowak"), (KARL, "")]
    assert len({each.key for each in letters}) == 2


# To and Cc

US = "To: support@firma.example"
CC = f"Cc: Karl <{KARL}>, {LENA}"
OF_HERS = {KARL: Known(contact=8, account=3), LENA: Known(contact=9, account=3)}
DORA, BOB = "dora@andere.example", "bob@fremd.example"
BY = "in To or Cc of a mail from anna@kunde.example"


def mailed(desk: Any, *fields: str, copies: str = "account", most: int = 10, **how: Any) -> tuple[Any, Any]:
    """Who joins a new ticket of Anna's, or that of `ticket`, and what `explain` says of it."""
    lines = (f"From: {how.pop('author', ANNA)}", "Message-ID: <1@kunde.example>", *fields, *how.pop("more", ()))
    octets = ("\r\n".join(lines) + "\r\n\r\nHallo.\r\n").encode()
    ticket, known = how.pop("ticket", None), how.pop("known", OF_HERS)
    mailboxes = tuple(each.model_copy(update={"copies": copies}) for each in desk.policy.config.mailbox)
    limits = desk.policy.config.limits.model_copy(update={"participants_per_ticket": most})
    config = desk.policy.config.model_copy(update={"mailbox": mailboxes, "limits": limits})
    desk.policy = replace(desk.policy, config=config)
    context = replace(how.pop("context", None) or desk.contact(), copied=known)
    if ticket:
        octets = b"In-Reply-To: <9@x>\r\n" + octets
        context = replace(context, tickets={42: ticket}, by_message_id={"9@x": 42})
    decision = desk.decide(parse(octets), desk.entry(octets=octets, **how), context)
    (joined,) = [each for each in decision.actions if isinstance(each, AddParticipants)] or [None]
    return joined, [(reason.answer, reason.why) for reason in decision.reasons if reason.question == "cc"]


def test_colleagues_in_cc_take_part_in_what_is_opened(desk: Any) -> None:
    joined, told = mailed(desk, US, CC)
    assert joined == AddParticipants(ticket=None, addresses=(KARL, LENA), why=f"{BY}, entry 812")
    assert told == [(f"{KARL}, {LENA}", BY)]


def test_and_in_what_is_continued_by_whom_it_is(desk: Any) -> None:
    joined, _ = mailed(desk, f"To: support+abc@firma.example, {KARL}", ticket=desk.ticket())
    assert (joined.ticket, joined.addresses) == (42, (KARL,))


def test_who_takes_part_may_bring_others(desk: Any) -> None:
    ticket = desk.ticket(requester=LENA, contact=9, participants=frozenset({LENA, ANNA}))
    joined, _ = mailed(desk, US, CC, ticket=ticket)
    assert joined.addresses == (KARL,)


@pytest.mark.parametrize(
    "fields",
    [
        (US,),
        (US, f"Cc: {ANNA}, a.nowak@privat.example, billing@firma.example"),
        ("To: undisclosed-recipients:;, support@firma.example",),
        (US, "Cc: Karl"),
        (US, "Cc: =?utf-8?q?karl=40kunde.example?="),  # no address, whatever it says when it is decoded
        (US, f"Cc: All of us: {KARL}, {LENA};"),
        (US, f"Cc: {KARL} <eve@evil.example> <{LENA}>"),
        (US, f"Bcc: {KARL}", f"Reply-To: {KARL}", f"Sender: {KARL}", f"Resent-Cc: {KARL}", f"X-Cc: {KARL}"),
        (US, f"Apparently-To: {KARL}", f"Original-Recipient: rfc822;{KARL}", f"Delivered-To: {KARL}"),
    ],
)
def test_where_nobody_else_stands_nobody_joins_and_nothing_is_said(desk: Any, fields: tuple[str, ...]) -> None:
    assert mailed(desk, *fields, copies="anyone") == (None, [])


WHO_WROTE: dict[str, tuple[dict[str, Any], str]] = {
    "nobody proved": ({"trusted": False, "rcpt_to": "sales@firma.example"}, "unverified: "),
    "a machine": ({"more": ("Auto-Submitted: auto-generated",)}, "it says Auto-Submitted: auto-generated"),
    "a list": ({"more": ("List-Id: <all.kunde.example>", "Precedence: list")}, "it "),
    "let through by an agent": ({"trusted": False, "released": True, "released_by": "ewa"}, "it was held: "),
    "let through by its author": ({"trusted": False, "confirmed_by": 7}, "it was held: "),
}


@pytest.mark.parametrize("case", WHO_WROTE)
def test_what_proves_no_recipients_brings_nobody(desk: Any, case: str) -> None:
    how, why = WHO_WROTE[case]
    how = {**how}
    rcpt_to = how.pop("rcpt_to", "support@firma.example")
    lines = (f"From: {ANNA}", US, CC, *how.pop("more", ()))
    octets = ("\r\n".join(lines) + "\r\n\r\nHallo.\r\n").encode()
    context = replace(desk.contact(), copied=OF_HERS)
    decision = desk.decide(parse(octets), desk.entry(rcpt_to, octets=octets, **how), context)
    assert decision.disposition == "filed"
    assert [each for each in decision.actions if isinstance(each, AddParticipants)] == []
    ((answer, said),) = [(each.answer, each.why) for each in decision.reasons if each.question == "cc"]
    assert (answer, said[: len(why)]) == ("nobody", why)


def test_a_blind_copy_tells_nobody_that_we_have_it(desk: Any) -> None:
    joined, told = mailed(desk, f"To: {KARL}", f"Cc: {LENA}", copies="anyone")
    assert joined is None
    assert told == [("nobody", "no address of ours stands beside them: a blind copy, or forwarded")]


def test_a_mailbox_may_let_nobody_join(desk: Any) -> None:
    assert mailed(desk, US, CC, copies="nobody") == (None, [("nobody", "support@firma.example has copies = nobody")])


NOT_OF_HERS = "not of its author's account"
KNOWN = {
    KARL: Known(contact=8, account=3),
    LENA: Known(contact=9, account=3, undeliverable=True),
    DORA: Known(contact=10, account=4),
}


@pytest.mark.parametrize(
    ("copies", "address", "why"),
    [
        ("account", DORA, NOT_OF_HERS),
        ("account", BOB, NOT_OF_HERS),
        ("account", "karl@kunde.example.evil.example", NOT_OF_HERS),
        ("anyone", DORA, ""),
        ("anyone", BOB, ""),
        ("anyone", LENA, "mail to it does not arrive"),
        ("anyone", "eve@qq.com", "is blocked"),
        ("anyone", "eve@mail.qq.com", "is blocked"),
        ("anyone", "zoe@kunde.example", "an agent has removed it"),
        ("anyone", "lead@firma.example", "is an agent's, who is told otherwise"),
        ("anyone", "no-reply@fremd.example", "is read by nobody"),
        ("anyone", "hans@xn--frma-l9d.example", MIXED),
    ],
)
def test_who_joins_is_the_mailboxs_choice_and_some_never_do(desk: Any, copies: str, address: str, why: str) -> None:
    ticket = desk.ticket(removed=frozenset({"zoe@kunde.example"}))
    joined, told = mailed(desk, US, f"Cc: {address}, {KARL}", copies=copies, known=KNOWN, ticket=ticket)
    assert joined.addresses == ((KARL,) if why else (address, KARL))
    assert told[1:] == ([(f"not {address}", why)] if why else [])


def test_an_author_who_is_registered_nowhere_brings_no_contact(desk: Any) -> None:
    """Though the domain is of an account."""
    context = replace(desk.contact(), contact=None, addresses=frozenset())
    ticket = desk.ticket(contact=None, account=None)
    assert mailed(desk, US, CC, context=context, ticket=ticket)[0] is None


def test_nobody_is_brought_into_a_ticket_of_another_account(desk: Any) -> None:
    ticket = desk.ticket(requester=DORA, contact=10, account=4, participants=frozenset({DORA, ANNA}))
    assert mailed(desk, US, CC, ticket=ticket)[0] is None


def test_another_address_of_the_requester_is_no_other(desk: Any) -> None:
    ticket = desk.ticket(requester=KARL, contact=8, participants=frozenset({KARL, ANNA}))
    known = {**OF_HERS, "karl@privat.example": Known(contact=8, account=3)}
    joined, _ = mailed(desk, US, "Cc: karl@privat.example, lena@kunde.example", known=known, ticket=ticket)
    assert joined.addresses == (LENA,)


def test_a_crowd_does_not_take_part(desk: Any) -> None:
    crowd = ", ".join(f"p{number}@fremd.example" for number in range(500))
    joined, told = mailed(desk, US, f"Cc: {crowd}", copies="anyone", most=3, ticket=desk.ticket(
        participants=frozenset({ANNA, KARL})
    ))  # fmt: skip
    assert joined.addresses == ("p0@fremd.example", "p1@fremd.example")
    assert told == [
        ("p0@fremd.example, p1@fremd.example", BY),
        (
            "not p2@fremd.example, p3@fremd.example, p4@fremd.example and 44 more",
            "#42 has enough ([limits] participants_per_ticket)",
        ),
    ]


@pytest.mark.parametrize(("covers", "joins"), [(True, True), (False, False)])
def test_a_signature_proves_the_recipients_that_it_covers(desk: Any, covers: bool, joins: bool) -> None:
    """Else a mail that she signed and sent to others is handed in here with others in Cc."""
    signature = Signature(
        result=Result.PASS,
        domain="kunde.example",
        algorithm="rsa-sha256",
        bits=2048,
        covers_from=True,
        covers_recipients=covers,
    )
    joined, told = mailed(desk, US, CC, trusted=False, evidence=Evidence(signatures=(signature,)))
    assert (joined is not None) is joins
    assert joins or told == [("nobody", "the signature that proves its author does not cover To and Cc")]


def test_who_opens_it_again_and_is_not_the_requester_has_the_requester_told(desk: Any) -> None:
    ticket = desk.ticket(requester=KARL, contact=8, participants=frozenset({KARL, ANNA}), status=Status.RESOLVED)
    context = replace(desk.contact(), tickets={42: ticket}, by_message_id={"9@x": 42})
    decision = desk.decide(desk.message(in_reply_to=("9@x",)), None, context)
    (notice,) = [each for each in decision.actions if isinstance(each, Send)]
    assert (notice.kind, notice.to) == ("reopened", KARL)
    late = desk.decide(desk.message(in_reply_to=("9@x",)), desk.entry(backlog=True), context)
    assert [each for each in late.actions if isinstance(each, Send)] == []
