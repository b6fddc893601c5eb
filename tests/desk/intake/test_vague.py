"""R3.3: which new mails say too little, what is asked of their authors, and that nothing waits for it. `vague.toml` has
the labelled mails, the kind is that of story 71."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailflow import typefiles
from mailflow.desk.actions import Append, ChangeStatus, Give, Send, SetTimer, TimerKind
from mailflow.desk.knowledge.article import Article
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.mail.message import Address, Attachment

MAILS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("vague.toml").read_text("utf-8"))["mail"]
STORY = Path(__file__).parents[2] / "scenarios/71-a-vague-request/filters"
KINDS = typefiles.read(STORY, frozenset({"support"}))
NOTHING = "It does not work. Please help."


@pytest.fixture
def helping(desk: Any) -> Any:
    return type(desk)(replace(desk.policy, kinds=KINDS))


def opens(desk: Any, text: str = NOTHING, entry: Any = None, **said: Any) -> Any:
    said = {"subject": "Problem", "language": "en", **said}
    return desk.decide(desk.message(text=text, reply=text, **said), entry)


def wanted(decision: Any, only: Any) -> str:
    sends = [send for send in only(decision.actions, Send) if send.kind is Kind.ACKNOWLEDGEMENT]
    return sends[0].values["wanted"] if sends else ""


@pytest.mark.parametrize(("later", "wrong"), [(False, 0), (True, 2)], ids=["mended with", "written afterwards"])
def test_who_is_asked_says_too_little(later: bool, wrong: int, helping: Any, only: Any) -> None:
    """The figures of docs/request-types.md."""
    mails = [each for each in MAILS if each.get("later", False) is later]
    missed, asked = [], []
    for mail in mails:
        decision = opens(helping, mail["text"], subject=mail["subject"], language=mail["language"])
        if bool(wanted(decision, only)) is not mail["vague"]:
            (missed if mail["vague"] else asked).append(mail["subject"])
    assert (len(mails), missed, len(asked)) == (20 if later else 69, [], wrong), asked


def test_nothing_waits_for_it(helping: Any, only: Any) -> None:
    decision = opens(helping)
    assert "- " in wanted(decision, only)
    assert only(decision.actions, ChangeStatus) == []
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [True]
    assert [(give.complete, give.waited) for give in only(decision.actions, Give)] == [(True, False)]
    assert TimerKind.ESCALATE in {timer.kind for timer in only(decision.actions, SetTimer)}


PICTURE = Attachment(
    filename="", content_type="image/png", size=80_000, inline=True, content_id="shot@x", sha256=None, part="2"
)
LOGO = replace(PICTURE, size=4_000)
SPARED: dict[str, dict[str, Any]] = {
    "link-and-picture": {"text": "https://app.firma.example/login does not work", "attachments": (PICTURE,)},
    "answer": {"subject": "Re: Problem"},
    "news": {"text": "Any news?"},
    "thanks": {"text": "Thank you!"},
    "copy": {"to": (Address("", "karl@kunde.example"),), "cc": (Address("", "support@firma.example"),)},
    "robot": {"robot": "list"},
    "encrypted": {"encrypted": True},
}


@pytest.mark.parametrize("how", SPARED)
def test_who_is_asked_nothing(how: str, helping: Any, only: Any) -> None:
    assert wanted(opens(helping, **SPARED[how]), only) == ""


def test_who_is_offered_an_article_is_not_asked_besides(helping: Any, only: Any) -> None:
    article = Article(name="password", language="pl", title="A password", words=("lost password",), body="Ask for it.")
    told = type(helping)(replace(helping.policy, articles=(article,)))
    decision = opens(told, "I lost my password.")
    assert wanted(decision, only) == ""
    assert [each.why for each in decision.reasons if each.question == "vague"] == ["it is offered an article: password"]
    assert wanted(opens(told), only)


def test_what_was_there_before_we_were_is_of_no_kind(helping: Any, only: Any) -> None:
    assert only(opens(helping, entry=helping.entry(backlog=True)).actions, Give) == []


def test_a_logo_is_no_screenshot(helping: Any, only: Any) -> None:
    said = "https://app.firma.example/login does not work"
    assert "Zrzut ekranu" in wanted(opens(helping, said, attachments=(LOGO,)), only)


def gives(desk: Any, text: str, **ticket: Any) -> Any:
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=desk.anna)
    ticket = {"type": "help", "collects": True, "complete_at": desk.now, "waiting_since": desk.now, **ticket}
    message = desk.message(subject="Re: Problem", name="", text=text, reply=text, language="en")
    return desk.decide(message, entry, tickets={42: desk.ticket(**ticket)})


def test_an_answer_is_read_and_moves_what_any_answer_moves(helping: Any, only: Any) -> None:
    decision = gives(helping, 'I clicked Save on https://app.firma.example/x and it says:\n"Out of paper tray 3"')
    (give,) = only(decision.actions, Give)
    assert {each.item for each in give.given} == {"done", "page", "trouble"}
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [True]
    assert only(decision.actions, Send) == []
    decision = gives(helping, "I clicked Save.", status=Status.RESOLVED)
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.REOPENED]


def test_what_is_known_changes_by_its_label_only(helping: Any, only: Any) -> None:
    (first,) = only(gives(helping, "See https://app.firma.example/x").actions, Give)
    assert only(gives(helping, "And https://app.firma.example/y", given=first.given).actions, Give) == []
    (again,) = only(gives(helping, "Page: https://app.firma.example/y", given=first.given).actions, Give)
    assert [each.value for each in again.given] == ["https://app.firma.example/y"]
