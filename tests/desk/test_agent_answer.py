"""What an agent does to a ticket by answering a mail, who else does nothing with it, and what is told of either."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.actions import (
    AddTags,
    Append,
    Assign,
    CancelTimers,
    ChangeStatus,
    Give,
    Merge,
    Note,
    Route,
    Say,
    Send,
    SetPriority,
    SetTimer,
    SetType,
    TakePages,
    TimerKind,
)
from mailflow.desk.context import NOTHING_KNOWN, Answered, Context, Said
from mailflow.desk.decide import decide
from mailflow.desk.decision import Disposition
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.ruled import Lands, lands_of
from mailflow.desk.ticket import Move, Priority, Status
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import Address
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_AN_AGENT
from tests.conftest import ORGANISATION

EWA, PIOTR, ANNA = "ewa@staff.example", "piotr@staff.example", "anna@kunde.example"
HOUR = timedelta(hours=1)
AGENTS = [
    {"name": "ewa", "addresses": [EWA], "departments": ["support"]},
    {"name": "piotr", "addresses": [PIOTR], "departments": ["support", "billing"]},
]


@pytest.fixture
def policy(policy: Any) -> Any:
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}))


def answered(desk: Any, words: str = "Press the key.", **said: Any) -> Any:
    """The decision about Ewa's answer to what she was told about #42 an hour ago."""
    author, reader = said.pop("author", EWA), said.pop("addressee", EWA)
    ticket = said.pop("ticket", None) or desk.ticket(waiting_since=desk.now - HOUR)
    number, others = said.pop("number", ticket.number), said.pop("others", ())
    token = said.pop("token", None) or desk.policy.keyring.sign(
        OF_AN_AGENT, number, reader, said.pop("issued", desk.now)
    )
    entry = desk.entry(
        said.pop("to_address", f"support+{token}@firma.example"), **{"mail_from": author, **said.pop("entry", {})}
    )
    known = {each.number: each for each in (ticket, *others)}
    context = replace(said.pop("context", Context()), tickets=known, **said.pop("known", {}))
    message = desk.message(author=author, reply=words, text=words, **said)
    return decide(message, entry, context, desk.policy, desk.now)


def told(desk: Any, decision: Any) -> str:
    """What the agent reads of it."""
    (send,) = [each for each in decision.actions if isinstance(each, Send) and each.kind is Kind.CONFIRMATION]
    assert send.to in (EWA, PIOTR)
    return parse(write(send, desk.ticket(), desk.policy, desk.now).octets).text.replace("\n    … ", " ")


def mails(decision: Any) -> list[tuple[str, str]]:
    return [(each.kind.value, each.to) for each in decision.actions if isinstance(each, Send)]


def test_the_words_go_to_the_customer_in_the_name_of_the_department(desk: Any, only: Any) -> None:
    said = (
        "Press the key.\n\n-- \nEwa, room 7\n\nOn Mon, 2 Nov 2026 at 10:00, Support <s@x.example> wrote:\n> It burns."
    )
    decision = answered(desk, said)
    assert (decision.disposition, decision.rule, decision.ticket) == (Disposition.FILED, "agent", 42)
    assert only(decision.actions, Say)[0].text == "Press the key."
    assert mails(decision) == [("reply", ANNA), ("confirmation", EWA)]
    octets = write(only(decision.actions, Send)[0], desk.ticket(), desk.policy, desk.now).octets
    assert b"Press the key." in octets
    for hidden in (EWA.encode(), b"room 7", b"It burns"):
        assert hidden not in octets
    assert b'From: "Firma Support"' in octets
    assert "    answered anna@kunde.example" in told(desk, decision)


DONE: dict[str, tuple[list[tuple[type, dict[str, Any]]], list[str], str]] = {
    "#resolve\nPress.": ([(ChangeStatus, {"move": Move.RESOLVE})], ["reply"], "resolved"),
    "#resolve": ([(ChangeStatus, {"move": Move.RESOLVE})], ["resolved"], "resolved"),
    "#ask\nWhich model?": ([(ChangeStatus, {"move": Move.QUESTION_MAILED})], ["reply"], "it awaits the customer"),
    "#note\nHe is angry.": ([(Say, {"internal": True, "text": "He is angry."})], [], "noted"),
    "#note\n#resolve\nHe is angry.": ([(Say, {"internal": True})], ["resolved"], "resolved"),
    "#assign me": ([(Assign, {"assignee": "ewa"})], [], "assigned to ewa"),
    "#assign nobody": ([], [], "it is nobody's already"),
    "#assign piotr\nPress.": ([(Assign, {"assignee": "piotr"})], ["reply", "notification"], "assigned to piotr"),
    "#priority high": ([(SetPriority, {"priority": Priority.HIGH})], [], "priority high"),
    "#priority normal\nPress.": ([], ["reply"], "its priority is normal already"),
    "#department billing": ([(Route, {"department": "billing"})], ["notification"], "department billing"),
    "#type fault": ([(SetType, {"type": "fault"})], [], "type fault"),
    "#tag fire, water": ([(AddTags, {"tags": ("fire", "water")})], [], "tag fire, water"),
    "#hold": ([(ChangeStatus, {"move": Move.HOLD})], [], "on hold"),
    "#wait 3d\nPress.": (
        [(ChangeStatus, {"move": Move.HOLD}), (SetTimer, {"kind": TimerKind.WAKE})],
        ["reply"],
        "on hold until 2026-11-05 09:00 UTC",
    ),
    "#close\nBye.": (
        [(ChangeStatus, {"move": Move.RESOLVE}), (ChangeStatus, {"move": Move.CLOSE})],
        ["reply"],
        "closed",
    ),
    "#close": ([(ChangeStatus, {"move": Move.CLOSE})], ["resolved"], "closed"),
    "#merge 17\nPress.": ([(Merge, {"ticket": 42, "into": 17})], ["reply"], "merged into #17"),
    "#tag x\n#assign piotr\n\nPress.\n\n#resolve": (
        [(AddTags, {}), (Assign, {})],
        ["reply", "notification"],
        "resolved",
    ),
}


@pytest.mark.parametrize("words", DONE)
def test_what_the_first_or_last_lines_want_is_done_and_told(words: str, desk: Any) -> None:
    wanted, kinds, said = DONE[words]
    decision = answered(desk, words, others=[desk.ticket(17)])
    assert (decision.disposition, decision.rule, decision.ticket) == (Disposition.FILED, "agent", 42)
    for kind, values in wanted:
        assert [each for each in decision.actions if isinstance(each, kind) and _has(each, values)], (kind, values)
    changes = (Assign, SetPriority, Route, SetType, AddTags, Merge)
    extra = {type(each) for each in decision.actions if isinstance(each, changes)} - {kind for kind, _ in wanted}
    assert extra == set()
    assert [kind for kind, _ in mails(decision)] == [*kinds, "confirmation"]
    assert f"    {said}" in told(desk, decision)


def _has(action: Any, values: dict[str, Any]) -> bool:
    return all(getattr(action, name) == value for name, value in values.items())


NOT_DONE: dict[str, tuple[str, dict[str, Any], str]] = {
    "misspelt": ("#resolv\nPress.", {}, "did you mean '#resolve'?"),
    "nobody of that name": ("#assign pjotr\nPress.", {}, "did you mean 'piotr'?"),
    "no such priority": ("#priority hihg\nPress.", {}, "did you mean 'high'?"),
    "no such department": ("#department biling\nPress.", {}, "did you mean 'billing'?"),
    "no such ticket": ("#merge 99\nPress.", {}, "no ticket '99'"),
    "no number": ("#merge x", {}, "no ticket 'x'"),
    "itself": ("#merge 42", {}, "cannot be merged into itself"),
    "no time": ("#wait soon\nPress.", {}, "'soon' is no time to wait"),
    "no time at all": ("#wait 0d", {}, "'0d' is no time to wait"),
    "too long": ("#wait 9999999d", {}, "at most 365d"),
    "not two": ("#ask\n#hold\nWhich?", {}, "exclude one another"),
    "nothing to ask": ("#ask", {}, "no words"),
    "nothing": ("", {}, "no words of yours"),
    "only what is quoted": ("> It burns.\n> Help.", {}, "no words of yours"),
    "closed": ("Press.", {"status": Status.CLOSED}, "#42 is closed"),
    "closed, a command": ("#hold", {"status": Status.CLOSED}, "'hold' is not possible"),
    "half of it": ("#priority high\n#assign nobody-known\nPress.", {}, "no [[agent]]"),
}


@pytest.mark.parametrize("case", NOT_DONE)
def test_what_is_not_understood_is_told_and_nothing_else_is_done(case: str, desk: Any, only: Any) -> None:
    words, said, why = NOT_DONE[case]
    decision = answered(desk, words, ticket=desk.ticket(**said))
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert {type(each) for each in decision.actions} == {Note, Send}
    assert mails(decision) == [("confirmation", EWA)]
    assert why in " ".join(told(desk, decision).split())
    assert why in only(decision.actions, Note)[0].text


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not the addressee's, and no agent": ({"author": "eve@staff.example"}, "is no agent"),
    "a plus address": ({"author": "ewa+x@staff.example"}, "is no agent"),
    "nobody": ({"author": None}, "is no agent"),
    "not proven": ({"entry": {"trusted": False}}, "nothing proves"),
    "null sender": ({"entry": {"mail_from": ""}}, "the null sender"),
    "a list": ({"robot": "list"}, "a machine"),
    "a program": ({"robot": "auto-generated"}, "a machine"),
    "marked": ({"auto_submitted": "auto-replied"}, "a machine"),
    "long ago": ({"issued_ago": timedelta(days=500)}, "more than 365 days ago"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_whoever_else_answers_does_nothing(case: str, desk: Any) -> None:
    said, why = REFUSED[case]
    said = dict(said)
    if ago := said.pop("issued_ago", None):
        said["issued"] = desk.now - ago
    decision = answered(desk, "#resolve\nPress.", **said)
    assert decision.disposition is Disposition.HELD
    assert why in decision.reason
    assert {type(each) for each in decision.actions} <= {Send}
    assert all(to == EWA for _, to in mails(decision))


def test_who_only_lacks_the_proof_is_told_what_to_do(desk: Any) -> None:
    decision = answered(desk, entry={"trusted": False})
    assert mails(decision) == [("confirmation", EWA)]
    assert "mailflow journal release 812" in " ".join(told(desk, decision).split())
    assert mails(answered(desk, entry={"trusted": False}, addressee=PIOTR)) == []


def test_who_is_released_by_hand_is_believed(desk: Any) -> None:
    """Somebody has read it, and there is no other way out."""
    decision = answered(desk, "#resolve\nPress.", entry={"trusted": False, "released": True, "released_by": "lead"})
    assert mails(decision) == [("reply", ANNA), ("confirmation", EWA)]


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.TEMPERROR])
def test_a_forger_hears_nothing(verdict: Verdict, desk: Any) -> None:
    token = desk.policy.keyring.sign(OF_AN_AGENT, 42, EWA, desk.now)
    entry = desk.entry(f"support+{token}@firma.example", trusted=False, mail_from=EWA)
    message = desk.message(author=EWA, text="#resolve", reply="#resolve")
    decision = desk.judge(verdict, message, entry, NOTHING_KNOWN, tickets={42: desk.ticket()})
    assert (decision.disposition, decision.actions) == (Disposition.HELD, ())


@pytest.mark.parametrize("robot", ["auto-reply", "feedback"])
def test_an_absence_note_of_an_agents_is_for_nobody(robot: str, desk: Any) -> None:
    decision = answered(desk, "I am away.", robot=robot)
    assert (decision.disposition, decision.rule, decision.actions) == (Disposition.DROPPED, "agent-machine", ())


@pytest.mark.parametrize("robot", ["delay", "disposition"])
def test_a_receipt_of_an_agents_is_an_event(robot: str, desk: Any) -> None:
    decision = answered(desk, "It was read.", robot=robot)
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert {type(each) for each in decision.actions} == {Append, Note}


def test_a_bounce_of_what_an_agent_was_told_marks_nobody(desk: Any, only: Any) -> None:
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER, question_at=desk.now)
    decision = answered(desk, "no such user", robot="bounce", entry={"mail_from": ""}, ticket=ticket)
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert only(decision.actions, Append)[0].waits_for_us is False
    assert "what an agent was told" in only(decision.actions, Note)[0].text
    assert {type(each) for each in decision.actions} == {Append, Note}


def test_a_customer_who_was_shown_the_mail_is_a_customer(desk: Any, only: Any) -> None:
    """T1: by the reference, as without the token; what looks like an instruction is words."""
    context = replace(desk.contact(), by_message_id={"0@firma": 42})
    decision = answered(
        desk, "#resolve\n#assign nobody", author=ANNA, in_reply_to=("0@firma",), context=context, ticket=desk.ticket()
    )
    assert (decision.disposition, decision.ticket, decision.rule) == (Disposition.FILED, 42, "")
    assert "shown that" in only(decision.actions, Append)[0].warning
    assert not [each for each in decision.actions if isinstance(each, Say | ChangeStatus | Assign)]
    alone = answered(desk, "#resolve", author=ANNA, context=desk.contact())
    assert (alone.disposition, alone.actions) == (Disposition.HELD, ())


def test_a_colleague_with_the_token_of_another_leaves_a_note(desk: Any, only: Any) -> None:
    decision = answered(desk, "Ask him first.\n#resolve", author=PIOTR)
    (said,) = only(decision.actions, Say)
    assert (said.internal, said.author, said.text) == (True, "piotr", "Ask him first.\n#resolve")
    assert mails(decision) == [("confirmation", PIOTR)]
    assert not only(decision.actions, ChangeStatus)


def test_an_agent_may_answer_from_another_address_of_its_own(desk: Any) -> None:
    agents = [{**AGENTS[0], "addresses": [EWA, "ewa@home.example"]}, AGENTS[1]]
    config = Config.model_validate({**ORGANISATION, "agent": agents})
    desk = type(desk)(replace(desk.policy, config=config))
    decision = answered(desk, author="ewa@home.example")
    assert mails(decision) == [("reply", ANNA), ("confirmation", "ewa@home.example")]


def test_agents_among_themselves_stay_so(desk: Any, only: Any) -> None:
    """Written to a colleague, with us in copy."""
    to_piotr = {"to": (Address("Piotr", PIOTR),), "cc": (Address("", "support@firma.example"),)}
    decision = answered(desk, "What do you think of him?", **to_piotr)
    assert only(decision.actions, Say)[0].internal is True
    assert mails(decision) == []


def test_the_second_of_two_agents_is_told_of_the_first(desk: Any, only: Any) -> None:
    later = {"answered": Answered(by="piotr", at=desk.now - HOUR / 2), "told_at": desk.now - HOUR}
    decision = answered(desk, known=later)
    assert mails(decision) == [("confirmation", EWA)]
    assert "piotr has answered at 2026-11-02 08:30 UTC" in " ".join(told(desk, decision).split())
    again = answered(desk, known={**later, "told_at": desk.now - HOUR / 4})
    assert ("reply", ANNA) in mails(again)
    own = answered(desk, known={**later, "answered": Answered(by="ewa", at=desk.now - HOUR / 2)})
    assert ("reply", ANNA) in mails(own)
    note = answered(desk, "#note\nSeen.", known=later)
    assert only(note.actions, Say)[0].internal is True


def test_what_was_merged_is_answered_where_it_is_read_if_it_is_the_same_persons(desk: Any) -> None:
    merged = desk.ticket(42, Status.CLOSED, merged_into=17)
    decision = answered(desk, ticket=merged, others=[desk.ticket(17)])
    assert (decision.ticket, mails(decision)[0]) == (17, ("reply", ANNA))
    other = desk.ticket(17, requester="karl@kunde.example", contact=9)
    decision = answered(desk, ticket=merged, others=[other])
    assert mails(decision) == [("confirmation", EWA)]
    assert "karl@kunde.example would get your words" in " ".join(told(desk, decision).split())


@pytest.mark.parametrize("what", ["token", "marker", "encrypted", "cut"])
def test_what_is_not_only_the_agents_words_is_not_sent(what: str, desk: Any) -> None:
    token = desk.policy.keyring.sign(OF_AN_AGENT, 42, EWA, desk.now)
    words = {"token": f"Press.\n\nAn: <support+{token}@firma.example>", "marker": "Press. | ##- Write above -##"}
    said: dict[str, Any] = {"encrypted": {"encrypted": True}, "cut": {"defects": ("the text is cut at 4 M",)}}
    decision = answered(desk, words.get(what, "Press."), **said.get(what, {}))
    assert mails(decision) == [("confirmation", EWA)]


def test_a_rule_does_not_change_what_an_agent_does(desk: Any) -> None:
    decision = answered(desk, "#priority high")
    assert [type(each) for each in decision.actions] == [TakePages, SetPriority, Send]
    assert lands_of(decision) is Lands.NOWHERE


def test_timers_of_what_waits_are_only_the_last(desk: Any, only: Any) -> None:
    decision = answered(desk, "#wait 3d")
    cancelled, timer = only(decision.actions, CancelTimers)[0], only(decision.actions, SetTimer)[0]
    assert TimerKind.WAKE in cancelled.kinds
    assert timer.due - desk.now == timedelta(days=3)


def test_what_a_request_needs_is_said_by_mail(desk: Any, only: Any) -> None:
    item = {"name": "date", "kind": "date", "label": {"en": "Date"}}
    kinds = Catalogue.of({"move": RequestType.model_validate({"title": {"en": "Move"}, "item": [item]})})
    desk = type(desk)(replace(desk.policy, kinds=kinds))
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER, type="move", collects=True)
    decision = answered(desk, "#set date 3 December 2026", ticket=ticket)
    (give,), (change,) = only(decision.actions, Give), only(decision.actions, ChangeStatus)
    assert (give.given[0].value, give.given[0].by, give.complete) == ("2026-12-03", "ewa", True)
    assert change.move is Move.REOPEN
    assert "date is 2026-12-03" in told(desk, decision)
    assert "'soon' cannot be date" in told(desk, answered(desk, "#set date soon", ticket=ticket))
    assert "#set ITEM VALUE" in told(desk, answered(desk, "#set date", ticket=ticket))


def test_of_which_kind_it_is_is_said_by_mail(desk: Any, only: Any) -> None:
    """What is missing when all of the mail is done is asked for, unless it says itself what becomes of the ticket."""
    items = [{"name": name, "kind": "text", "label": {"en": name}} for name in ("date", "place")]
    kinds = Catalogue.of({"move": RequestType.model_validate({"title": {"en": "Move"}, "item": items})})
    desk = type(desk)(replace(desk.policy, kinds=kinds))
    first = Said(id=1, direction="in", entry=1, at=desk.now, subject="x", author=desk.anna, reply="Place: Warsaw")
    decision = answered(desk, "#type move", known={"conversation": (first,)})
    assert [send.values["missing"] for send in only(decision.actions, Send) if send.kind is Kind.MISSING] == ["- date"]
    assert "asked anna@kunde.example: what its type needs" in told(desk, decision)
    for words in ("#type move\n#set date Monday", "#type move\n#hold", "#type fault"):
        decision = answered(desk, words, known={"conversation": (first,)})
        assert [send for send in only(decision.actions, Send) if send.kind is Kind.MISSING] == []
