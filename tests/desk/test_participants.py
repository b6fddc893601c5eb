"""Who may take part in a ticket, and what agents and rules bring."""

from typing import Any

import pytest

from mailflow.desk.actions import AddParticipants, RemoveParticipants
from mailflow.desk.answer import reply
from mailflow.desk.copied import unfit
from mailflow.desk.participants import add, added_by, remove
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.effects import Effects
from mailflow.errors import Refused

MAILBOXES = frozenset({"support@firma.example", "support+billing@firma.example", "hilfe@xn--mnchen-3ya.example"})
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
