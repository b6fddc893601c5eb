"""Who decides about held mail by a reply to the digest, about which of it, and what else does nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Block, Reject, Release, Send
from mailflow.desk.context import Context, Named
from mailflow.desk.decide import decide
from mailflow.desk.decision import Disposition
from mailflow.desk.digests.digest_answer import not_blocked
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import Report
from mailflow.mail.parse import parse
from mailflow.mail.token import minute_of, of_a_digest
from tests.conftest import ORGANISATION

EWA, EVE = "ewa@staff.example", "eve@staff.example"
HOUR = timedelta(hours=1)
DECISIONS = (Release, Reject)


@pytest.fixture
def policy(policy: Any) -> Any:
    """Ewa decides for support, Eve for billing."""
    support, billing, sales = ORGANISATION["department"]
    departments = [{**support, "digest_to": [EWA]}, {**billing, "digest_to": [EVE]}, sales]  # type: ignore[dict-item]
    return replace(policy, config=Config.model_validate({**ORGANISATION, "department": departments}))


def named(number: int, since: Any, **said: Any) -> Named:
    return Named(number=number, **{"rcpt_tos": ("support@firma.example",), "held_since": since, **said})


def _token(desk: Any, moment: datetime, reads: str = EWA, of: str = "support") -> str:
    token: str = desk.policy.keyring.sign(of_a_digest(of), minute_of(moment), reads, desk.now)
    return token


def answered(desk: Any, words: str = "release 17\nreject 18 spam", **said: Any) -> Any:
    """The decision about Ewa's answer to the digest of an hour ago."""
    moment = desk.now - said.pop("ago", HOUR)
    author, reads = said.pop("author", EWA), said.pop("addressee", EWA)
    token = said.pop("token", None) or _token(desk, moment, reads, said.pop("of", "support"))
    since = moment - HOUR
    known = said.pop("named", {17: named(17, since), 18: named(18, since)})
    entry = desk.entry(
        said.pop("to", f"support+{token}@firma.example"), **{"mail_from": author, **said.pop("entry", {})}
    )
    message = desk.message(author=author, reply=words, text=words, **said)
    return decide(message, entry, Context(named=known), desk.policy, desk.now)


def test_what_is_ordered_is_done_and_said_in_one_answer(desk: Any, only: Any) -> None:
    decision = answered(desk, "release 17\nreject 18 spam\nrelease 99\nthanks")
    assert (decision.disposition, decision.rule, decision.ticket) == (Disposition.FILED, "digest", None)
    assert [each for each in decision.actions if isinstance(each, DECISIONS)] == [
        Release(entry=17, by=EWA),
        Reject(entry=18, by=EWA, why="spam"),
    ]
    (send,) = only(decision.actions, Send)
    assert (send.kind, send.to, send.key) == (Kind.HANDLED, EWA, "handled:entry:812")
    text = parse(write(send, None, desk.policy, desk.now).octets).text
    for said in ("Released: 17\n", "good: 18\n", "99: it was not in that digest", "«thanks»"):
        assert said in text


@pytest.mark.parametrize("where", ["In-Reply-To", "References"])
def test_the_message_id_proves_as_much_as_the_address(where: str, desk: Any, only: Any) -> None:
    id_ = f"{_token(desk, desk.now - HOUR)}.u@mail.firma.example"
    said: dict[str, Any] = {"in_reply_to": (id_,)} if where == "In-Reply-To" else {"references": ("0@x", id_)}
    decision = answered(desk, to="support@firma.example", **said)
    assert len([each for each in decision.actions if isinstance(each, DECISIONS)]) == 2


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not the addressee": ({"author": EVE}, "another address"),
    "not the addressee, who decides elsewhere": ({"addressee": EVE}, "another address"),
    "a customer": ({"author": "anna@kunde.example"}, "another address"),
    "a plus address": ({"author": "ewa+x@staff.example"}, "another address"),
    "not proven": ({"entry": {"trusted": False}}, "nothing proves"),
    "released, but not proven": ({"entry": {"trusted": False, "released": True}}, "released it"),
    "null sender": ({"entry": {"mail_from": ""}}, "the null sender"),
    "a list": ({"robot": "list"}, "a machine"),
    "a program": ({"robot": "auto-generated"}, "a machine"),
    "marked": ({"auto_submitted": "auto-replied"}, "a machine"),
    "too late": ({"ago": timedelta(days=31)}, "only 30 days"),
    "no reader any more": (
        {"author": "old@staff.example", "addressee": "old@staff.example"},
        "no more in the digest_to of support",
    ),
    "it did not arrive": ({"robot": "bounce"}, "did not arrive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_does_nothing_and_says_why(case: str, desk: Any) -> None:
    said, why = REFUSED[case]
    decision = answered(desk, **dict(said))
    assert (decision.disposition, decision.actions) == (Disposition.HELD, ())
    assert why in decision.reason


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.TEMPERROR, Verdict.UNVERIFIED])
def test_who_is_not_believed_decides_nothing(verdict: Verdict, desk: Any) -> None:
    entry = desk.entry(f"support+{_token(desk, desk.now)}@firma.example", trusted=False)
    message = desk.message(author=EWA, reply="release 17")
    decision = desk.judge(verdict, message, entry, Context(named={17: named(17, desk.now)}))
    assert (decision.disposition, decision.actions) == (Disposition.HELD, ())


@pytest.mark.parametrize("robot", ["auto-reply", "delay", "disposition", "feedback"])
def test_a_machine_that_answers_leaves_a_record_and_no_work(robot: str, desk: Any) -> None:
    report = Report(recipients=(), original_message_id="") if robot != "auto-reply" else None
    decision = answered(desk, robot=robot, report=report)
    assert (decision.disposition, decision.rule, decision.actions) == (Disposition.DROPPED, "digest-machine", ())


def test_a_forged_token_is_none(desk: Any) -> None:
    right = _token(desk, desk.now - HOUR)
    for token in (right[:-1] + ("a" if right[-1] != "a" else "b"), desk.token(17, EWA)):
        decision = answered(desk, token=token)
        assert not [each for each in decision.actions if isinstance(each, DECISIONS)]


NOT_DONE: dict[str, tuple[dict[str, Any], str]] = {
    "another department's": ({"rcpt_tos": ("billing@firma.example",)}, "it was not in that digest"),
    "held later": ({"held_since": 0 * HOUR}, "held after 2026-11-02 08:00 UTC, up to which that"),
    "held no more": ({"held_since": None, "became": "filed in #3"}, "it is held no more: filed in #3"),
    "only a header": ({"header_only": True}, "only its header is here"),
}


@pytest.mark.parametrize("case", NOT_DONE)
def test_only_what_the_digest_listed_and_is_held_still(case: str, desk: Any, only: Any) -> None:
    said, why = NOT_DONE[case]
    if said.get("held_since", 0) is not None:
        said = {**said, "held_since": desk.now - said.get("held_since", 3 * HOUR)}
    decision = answered(desk, "release 17", named={17: named(17, said.pop("held_since"), **said)})
    assert not [each for each in decision.actions if isinstance(each, DECISIONS)]
    (send,) = only(decision.actions, Send)
    assert why in send.values["refused"]
    assert why in next(reason.why for reason in decision.reasons if reason.question == "held")


def test_what_is_held_for_two_departments_either_decides(desk: Any, only: Any) -> None:
    both = {17: named(17, desk.now - 2 * HOUR, rcpt_tos=("billing@firma.example", "support@firma.example"))}
    assert only(answered(desk, "release 17", named=both).actions, Release)
    assert only(answered(desk, "release 17", named=both, author=EVE, addressee=EVE, of="billing").actions, Release)


def test_who_decides_for_two_departments_does_so_by_the_digest_of_each(desk: Any, only: Any) -> None:
    departments = [each.model_copy(update={"digest_to": (EWA,)}) for each in desk.policy.config.department]
    desk.policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"department": tuple(departments)}))
    of_support = {17: named(17, desk.now - 2 * HOUR)}
    assert only(answered(desk, "release 17", named=of_support).actions, Release)
    decision = answered(desk, "release 17", named=of_support, of="billing")
    assert not only(decision.actions, Release)
    (send,) = only(decision.actions, Send)
    assert "17: it was not in that digest" in send.values["refused"]
    assert send.mailbox == "billing@firma.example"


def test_words_that_are_no_decision_are_answered_once(desk: Any, only: Any) -> None:
    decision = answered(desk, "Who is that?")
    assert decision.disposition is Disposition.FILED
    (send,) = only(decision.actions, Send)
    assert send.values["unknown"] == "    «Who is that?»"


def test_the_answer_to_the_answer_counts_too(desk: Any, only: Any) -> None:
    (send,) = only(answered(desk).actions, Send)
    back = parse(write(send, None, desk.policy, desk.now).octets)
    assert back.reply_to[0].address == f"support+{_token(desk, desk.now - HOUR)}@firma.example"


@pytest.mark.parametrize("said", [{"automatic_today": 99}, {"wants_no_answer": True}], ids=str)
def test_who_asked_for_it_is_answered_however_much_there_was(said: dict[str, Any], desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{_token(desk, desk.now)}@firma.example", mail_from=EWA)
    context = Context(named={17: named(17, desk.now)}, automatic_today=said.pop("automatic_today", 0))
    message = desk.message(author=EWA, reply="release 17", text="release 17", **said)
    decision = decide(message, entry, context, desk.policy, desk.now)
    assert only(decision.actions, Release)
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.HANDLED]


BLOCKED: dict[str, tuple[str, dict[str, Any], str]] = {
    "the address": ("block 17 spam", {}, "x@strangers.example"),
    "all of its domain": ("block 17 domain", {}, "strangers.example"),
    "an address of international letters": ("block 17", {"author": "x@Exämple.de"}, "x@xn--exmple-cua.de"),
}


@pytest.mark.parametrize("case", BLOCKED)
def test_who_is_blocked_is_rejected_and_named(case: str, desk: Any, only: Any) -> None:
    words, said, value = BLOCKED[case]
    about = named(17, desk.now - 2 * HOUR, **{"author": "x@strangers.example", **said})
    decision = answered(desk, words, named={17: about})
    (reject,), (block,) = only(decision.actions, Reject), only(decision.actions, Block)
    assert (reject.entry, block.value, block.by) == (17, value, EWA)
    (send,) = only(decision.actions, Send)
    assert (send.values["rejected"], send.values["blocked"]) == ("17", value)


NOT_BLOCKED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a customer, whoever wrote it": ("block 17", {"contact": True}, "of a registered contact"),
    "the domain of a customer": ("block 17 domain", {"account": True}, "of a registered contact"),
    "an agent": ("block 17", {"author": "Eve@staff.example"}, "is ours"),
    "the domain of agents": ("block 17 domain", {"author": "x@staff.example"}, "is ours"),
    "a domain above ours": ("block 17 domain", {"author": "x@firma.example"}, "is ours"),
    "a provider of many": ("block 17 domain", {"author": "x@gmail.com"}, "a mail provider of many"),
    "ourselves": ("block 17", {"author": "support@firma.example"}, "is ours"),
    "nobody": ("block 17", {"author": ""}, "no address is known"),
    "what is no address": ("block 17", {"author": "x@nowhere"}, "is no address"),
}


@pytest.mark.parametrize("case", NOT_BLOCKED)
def test_who_is_known_or_nobody_is_not_blocked(case: str, desk: Any, only: Any) -> None:
    words, said, why = NOT_BLOCKED[case]
    about = named(17, desk.now - 2 * HOUR, **{"author": "x@strangers.example", **said})
    decision = answered(desk, words, named={17: about})
    assert not [each for each in decision.actions if isinstance(each, (*DECISIONS, Block))]
    (send,) = only(decision.actions, Send)
    assert why in send.values["refused"]


def test_a_list_that_cannot_be_written_is_told(desk: Any, only: Any) -> None:
    since = desk.now - 2 * HOUR
    both = {number: named(number, since, author=f"x@{number}.example") for number in (17, 18)}
    decision = not_blocked(answered(desk, "block 17, 18", named=both), {18: "no space"})
    assert [block.entry for block in only(decision.actions, Block)] == [17]
    assert [reject.entry for reject in only(decision.actions, Reject)] == [17, 18]
    (send,) = only(decision.actions, Send)
    assert send.values["blocked"] == "x@17.example"
    assert send.values["refused"].split() == (
        "18: x@18.example is not blocked: no space; try: mailflow block … add x@18.example".split()
    )
    assert decision.reason.endswith("x@18.example is not blocked: no space")
