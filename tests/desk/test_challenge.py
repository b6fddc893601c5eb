"""Did you write this? Who is asked, how often, and which answers count (A5)."""

import random
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Any

import pytest

from mailflow.desk.actions import Append, Confirm, Send
from mailflow.desk.contacts.contact import Role
from mailflow.desk.context import Challenged, Context
from mailflow.desk.decide import decide
from mailflow.desk.decision import Disposition
from mailflow.desk.thread import clues_of
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.mail.effort import ONLY_HEADER
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.identity.evidence import Evidence, Result, Spf
from mailflow.mail.message import Report
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_TICKET

BOB = "bob@fremd.example"
HOUR = timedelta(hours=1)
AN_HOUR_AGO = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HELD = 700
"""The entry that is asked about."""


def asked(desk: Any, only: Any, message: Any = None, **known: Any) -> list[Any]:
    """What is mailed for an unproven mail in Anna's name."""
    entry = desk.entry(**known.pop("entry", {"trusted": False}))
    context = known.pop("context", None)
    return list(only(desk.decide(message, entry, context, **known).actions, Send))


def test_who_is_registered_is_asked_in_fixed_words(desk: Any, only: Any) -> None:
    hostile = desk.message(subject="Buy at http://evil.example", text="evil", message_id="evil@evil", name="Evil")
    (send,) = asked(desk, only, hostile)
    outgoing = write(send, None, desk.policy, desk.now)
    assert (outgoing.kind, outgoing.rcpt_to, outgoing.mail_from) == (Kind.CHALLENGE, desk.anna, "")
    assert "evil" not in outgoing.octets.decode().lower()
    assert (outgoing.automatic, outgoing.ticket) == (True, None)
    back = parse(outgoing.octets)
    assert back.automatic.is_automatic
    token = desk.policy.keyring.sign(OF_A_CHALLENGE, 812, desk.anna, desk.now)
    assert back.reply_to[0].address == f"support+{token}@firma.example"
    assert back.message_id.startswith(f"{token}.")
    assert clues_of(back, desk.entry(), desk.policy).own  # if it comes back to us


ASKED = {
    "A5-ask-once": ({}, 1),
    "A5-ask-23h": ({"challenge_at": -23 * HOUR}, 0),
    "A5-ask-24h": ({"challenge_at": -24 * HOUR}, 1),
    "A5-ask-undeliverable": ({"undeliverable": True}, 0),
    "A5-ask-ceiling": ({"automatic_today": 99}, 0),
}


@pytest.mark.parametrize("case", ASKED)
def test_once_a_day_and_only_where_mail_arrives(case: str, desk: Any, only: Any) -> None:
    known, count = ASKED[case]
    if "challenge_at" in known:
        known = {"challenge_at": desk.now + known["challenge_at"]}
    assert len(asked(desk, only, **known)) == count


NEVER = {
    "A5-never-unregistered": {"context": Context()},
    "A5-never-proven": {"entry": {"trusted": True}},
    "A5-never-null-sender": {"entry": {"trusted": False, "mail_from": ""}},
    "A5-never-backlog": {"entry": {"trusted": False, "backlog": True}},
}


@pytest.mark.parametrize("case", NEVER)
def test_whom_we_do_not_ask(case: str, desk: Any, only: Any) -> None:
    assert Kind.CHALLENGE not in [send.kind for send in asked(desk, only, **dict(NEVER[case]))]


def test_nobody_is_asked_for_a_robot_or_what_could_not_be_read_or_a_role_not_served(desk: Any, only: Any) -> None:
    assert asked(desk, only, desk.message(robot="list")) == []
    assert asked(desk, only, desk.message(auto_submitted="auto-generated")) == []
    assert asked(desk, only, desk.message(defects=(ONLY_HEADER,))) == []
    assert asked(desk, only, context=desk.contact(roles=(Role.BILLING,))) == []
    assert asked(desk.at("hold"), only) == []


def test_who_is_forged_is_not_asked(desk: Any, only: Any) -> None:
    """No challenge if SPF or DKIM failed (threats 8): who is forged would be mailed by every forger."""
    forged = Evidence(spf=Spf(result=Result.FAIL, domain="kunde.example", peer="192.0.2.1"))
    assert asked(desk, only, entry={"trusted": False, "evidence": forged}) == []
    relayed = Evidence(spf=Spf(result=Result.FAIL, domain="forwarder.example", peer="192.0.2.1"))
    assert len(asked(desk, only, entry={"trusted": False, "evidence": relayed})) == 1


# Answers


def answer(desk: Any, *, to: str = "", author: str = "", **said: Any) -> Any:
    """The decision about a mail with the token of the challenge about HELD."""
    token = said.pop("token", None) or desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)
    about = said.pop("about", Challenged(number=HELD, waits=False, held_since=desk.now - HOUR))
    entry = {"trusted": False, **said.pop("entry", {})}
    message = desk.message(author=author or desk.anna, **said)
    return desk.decide(message, desk.entry(to or f"support+{token}@firma.example", **entry), challenged=about)


@pytest.mark.parametrize("where", ["recipient address", "In-Reply-To", "References"])
def test_the_answer_of_the_one_who_was_asked_counts(where: str, desk: Any) -> None:
    id_ = f"{desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)}.u@mail.firma.example"
    said: dict[str, Any] = {} if where == "recipient address" else {"to": "support@firma.example"}
    if where == "In-Reply-To":
        said["in_reply_to"] = (id_,)
    if where == "References":
        said["references"] = ("0@x", id_)
    decision = answer(desk, **said)
    assert (decision.disposition, decision.actions) == (Disposition.RECEIVED, (Confirm(entry=HELD),))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "A5-from-another-address": ({"author": BOB}, "another address"),
    "A5-from-another-address-proven": ({"author": BOB, "entry": {"trusted": True}}, "another address"),
    "A5-from-a-plus-address": ({"author": "anna+x@kunde.example"}, "another address"),
    "A5-from-another-domain": ({"author": "anna@kunde.example.evil.example"}, "another address"),
    "A5-other-address-of-the-contact": ({"author": "a.nowak@privat.example"}, "another address"),
    "A5-absence-note": ({"robot": "auto-reply"}, "a machine"),
    "A5-generated": ({"robot": "auto-generated"}, "a machine"),
    "A5-list": ({"robot": "list"}, "a machine"),
    "A5-auto-submitted": ({"auto_submitted": "auto-replied"}, "a machine"),
    "A5-null-sender": ({"entry": {"mail_from": ""}}, "the null sender"),
    "A5-no-such-entry": ({"about": None}, "not there"),
    "A5-replay": ({"about": Challenged(number=HELD, waits=False, confirmed_by=3, ticket=42)}, "answered before"),
    "A5-replay-while-filed": ({"about": Challenged(number=HELD, waits=True, confirmed_by=3)}, "answered before"),
    "A5-two-in-the-name": (
        {"about": Challenged(number=HELD, waits=False, held_since=AN_HOUR_AGO, others=1)},
        "came from elsewhere",
    ),
    "A5-released-by-an-agent": ({"about": Challenged(number=HELD, waits=False, ticket=42)}, "not held any more"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_any_other_answer_does_nothing_and_says_why(case: str, desk: Any) -> None:
    said, why = REFUSED[case]
    decision = answer(desk, **dict(said))
    assert (decision.disposition, decision.actions) == (Disposition.HELD, ())
    assert decision.reason.startswith(f"it answers our challenge about entry {HELD}, but ")
    assert why in decision.reason


@pytest.mark.parametrize(("hours", "counts"), [(72, True), (72.01, False), (24 * 365, False)])
def test_the_answer_must_come_within_three_days(hours: float, counts: bool, desk: Any) -> None:  # A5-expiry
    about = Challenged(number=HELD, waits=False, held_since=desk.now - timedelta(hours=hours))
    assert (answer(desk, about=about).disposition is Disposition.RECEIVED) == counts


def test_a_denied_answer_is_none(desk: Any) -> None:  # A5-failed
    entry = desk.entry(
        f"support+{desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)}@firma.example", trusted=False
    )
    about = Challenged(number=HELD, waits=False, held_since=desk.now)
    for verdict in (Verdict.FAILED, Verdict.TEMPERROR):
        decision = desk.judge(verdict, entry=entry, challenged=about)
        assert (decision.disposition, decision.actions) == (Disposition.HELD, ())


@pytest.mark.parametrize("kind", ["bounce", "delay", "disposition"])
def test_a_report_about_a_challenge_confirms_nothing(kind: str, desk: Any, only: Any) -> None:  # A5-report
    id_ = f"{desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)}.u@mail.firma.example"
    report = Report(recipients=(), original_message_id=id_)
    decision = answer(desk, robot=kind, report=report, in_reply_to=(id_,))
    assert only(decision.actions, Confirm) == []


def test_neither_token_is_taken_for_the_other(desk: Any) -> None:
    ring = desk.policy.keyring
    assert ring.verify(ring.sign(OF_A_CHALLENGE, 42, desk.anna, desk.now), OF_A_TICKET) is None
    assert ring.verify(desk.token(), OF_A_CHALLENGE) is None


def test_brute_force_finds_nothing(desk: Any) -> None:  # A5-brute-force
    guess, letters = random.Random(4), ascii_lowercase + "234567"
    right = desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)
    tries = ["".join(guess.choices(letters, k=len(right))) for _ in range(1000)]
    tries += [right[:at] + ("a" if right[at] != "a" else "b") + right[at + 1 :] for at in range(len(right))]
    assert not any(desk.policy.keyring.verify(each, OF_A_CHALLENGE) for each in tries)


# The answer itself


@pytest.mark.parametrize(
    ("about", "status", "disposition"),
    [
        ({"waits": True}, Status.OPEN, Disposition.RECEIVED),
        ({"waits": False, "ticket": 42}, Status.OPEN, Disposition.FILED),
        ({"waits": False, "ticket": 42}, Status.CLOSED, Disposition.HELD),
        ({"waits": False}, Status.OPEN, Disposition.HELD),
    ],
)
def test_the_answer_is_put_beside_what_it_confirmed(
    about: dict[str, Any], status: Status, disposition: Disposition, desk: Any, only: Any
) -> None:
    challenged = Challenged(number=HELD, confirmed_by=812, **about)
    entry = desk.entry(
        f"support+{desk.policy.keyring.sign(OF_A_CHALLENGE, HELD, desk.anna, desk.now)}@firma.example", trusted=False
    )
    decision = desk.decide(None, entry, challenged=challenged, tickets={42: desk.ticket(status=status)})
    assert decision.disposition is disposition
    assert bool(only(decision.actions, Append)) == (disposition is Disposition.FILED)
    assert only(decision.actions, Send) == []


def test_what_was_confirmed_is_asserted_with_its_evidence(desk: Any) -> None:
    entry = desk.entry(trusted=False, confirmed_by=900)
    decision = decide(desk.message(), entry, desk.contact(), desk.policy, desk.now)
    assert decision.disposition is Disposition.FILED
    assert decision.reasons[0].why == "asserted: its author confirmed it, see entry 900"
