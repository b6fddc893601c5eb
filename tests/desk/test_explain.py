"""The explanation is the interface: stable words, one line a question."""

from typing import Any

from mailflow.desk.actions import Send
from mailflow.desk.explain import as_json, explain
from mailflow.desk.ticket import Status
from mailflow.desk.writing.letter import write


def test_a_reply_that_reopens_is_explained_line_by_line(desk: Any, only: Any) -> None:
    message, entry = desk.message(in_reply_to=("ours@x",)), desk.entry()
    ticket = desk.ticket(123, status=Status.RESOLVED)
    decision = desk.decide(message, entry, tickets={123: ticket}, by_message_id={"ours@x": 123})
    assert explain(message, entry, decision, []) == (
        "author    anna@kunde.example                     asserted: trusted network\n"
        "contact   Anna Nowak, account 4711 (technical)\n"
        "allowed   all that its author may                asserted\n"
        "ticket    #123 follow-up                         In-Reply-To names a message of it;"
        " anna@kunde.example takes part\n"
        "status    resolved -> open                       a reply reopens\n"
        "mail      pl/reopened.txt to anna@kunde.example  at most once\n"
        "journal   filed                                  belongs to #123: In-Reply-To names a message of it;"
        " anna@kunde.example takes part\n"
    )


def test_a_warning_and_the_letters_are_shown(desk: Any, only: Any) -> None:
    message, entry = desk.message(), desk.entry("sales@firma.example")
    decision = desk.decide(message, entry)
    letters = [write(send, None, desk.policy, desk.now) for send in only(decision.actions, Send)]
    text = explain(message, entry, decision, letters)
    assert "\n    To: anna@kunde.example\n    Subject: Przyjęliśmy zgłoszenie:" in text
    unverified = desk.entry("sales@firma.example", trusted=False)
    assert "\nwarning   for the agent " in explain(message, unverified, desk.decide(message, unverified), [])


def test_as_json_it_says_the_same(desk: Any) -> None:
    message, entry = desk.message(hops=99), desk.entry()
    said = as_json(message, entry, desk.decide(message, entry), [])
    assert (said["disposition"], said["rule"], said["mail"], said["actions"]) == ("dropped", "loop-hops", [], [])
    assert said["reasons"][0] == {
        "question": "author",
        "answer": "anna@kunde.example",
        "why": "asserted: trusted network",
    }
