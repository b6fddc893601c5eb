"""Which agents are told of a message, and that what a stranger wrote stays a stranger's words."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Send, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.agents.instructions import instructions_in
from mailflow.desk.decide import decide
from mailflow.desk.ticket import Status
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.desk.writing.notification import FILES, SHOWN, quoted
from mailflow.mail.effort import ONLY_HEADER
from mailflow.mail.message import Attachment
from mailflow.mail.parse import parse
from tests.conftest import ORGANISATION

EWA, PIOTR, OLA, ANNA = "ewa@staff.example", "piotr@staff.example", "ola@staff.example", "anna@kunde.example"
AGENTS = [
    {"name": "ewa", "addresses": [EWA, "ewa@home.example"], "departments": ["support"]},
    {"name": "piotr", "addresses": [PIOTR], "departments": ["support", "billing"]},
    {"name": "ola", "addresses": [OLA], "departments": ["billing"]},
]


def staffed(policy: Any, notify: str = "all", **more: Any) -> Any:
    support, billing, sales = ORGANISATION["department"]
    departments = [{**support, "notify": notify}, billing, sales]  # type: ignore[dict-item]
    config = Config.model_validate({**ORGANISATION, "department": departments, "agent": AGENTS, **more})
    return replace(policy, config=config)


def told(decision: Any) -> list[str]:
    sends = [each for each in decision.actions if isinstance(each, Send)]
    return [each.to for each in sends if each.kind is Kind.NOTIFICATION]


def test_a_new_ticket_is_told_to_the_team(desk: Any, policy: Any) -> None:
    decision = decide(desk.message(), desk.entry(), desk.contact(), staffed(policy), desk.now)
    assert told(decision) == [EWA, PIOTR]
    assert any(each.question == "agents" and PIOTR in each.answer for each in decision.reasons)


def test_all_departments_that_see_it_are_told_each_agent_once(desk: Any, policy: Any) -> None:  # R2.5
    entry = desk.entry("support@firma.example", "billing@firma.example")
    assert told(decide(desk.message(), entry, desk.contact(), staffed(policy), desk.now)) == [EWA, PIOTR, OLA]
    assert told(decide(desk.message(), entry, desk.contact(), staffed(policy, "nobody"), desk.now)) == [PIOTR, OLA]
    entry = desk.entry(f"support+{desk.token()}@firma.example", "billing@firma.example")
    context = replace(desk.contact(), tickets={42: desk.ticket(assignee="ewa")})
    assert told(decide(desk.message(), entry, context, staffed(policy), desk.now)) == [EWA, PIOTR, OLA]


FOLLOW_UPS: dict[str, tuple[str, str, list[str]]] = {
    "all, of nobody": ("all", "", [EWA, PIOTR]),
    "all, of one": ("all", "piotr", [PIOTR]),
    "all, of one who is no agent any more": ("all", "gone", [EWA, PIOTR]),
    "all, of one of another team": ("all", "ola", [OLA]),
    "assignee": ("assignee", "ewa", [EWA]),
    "assignee, of nobody": ("assignee", "", []),
    "nobody": ("nobody", "ewa", []),
}


@pytest.mark.parametrize("case", FOLLOW_UPS)
def test_a_follow_up_is_told_as_the_department_has_it(case: str, desk: Any, policy: Any) -> None:
    notify, assignee, wanted = FOLLOW_UPS[case]
    context = replace(desk.contact(), tickets={42: desk.ticket(assignee=assignee)})
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    assert told(decide(desk.message(), entry, context, staffed(policy, notify), desk.now)) == wanted


def test_what_waits_for_the_end_of_an_incident_is_told_to_nobody(desk: Any, policy: Any) -> None:
    ticket = desk.ticket(status=Status.ON_HOLD, incident=3, waits_for="shops")
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    context = replace(desk.contact(), tickets={42: ticket})
    decision = decide(desk.message(), entry, context, staffed(policy), desk.now)
    assert told(decision) == []
    assert any(each.question == "agents" and each.why.startswith("it waits") for each in decision.reasons)
    taken_up = replace(context, tickets={42: replace(ticket, status=Status.OPEN)})
    assert told(decide(desk.message(), entry, taken_up, staffed(policy), desk.now)) == [EWA, PIOTR]


def test_where_nobody_is_an_agent_nobody_is_told(desk: Any) -> None:
    decision = desk.decide()
    assert told(decision) == []
    assert not any(each.question == "agents" for each in decision.reasons)


def test_who_wrote_it_or_whose_it_is_is_not_told_of_it(desk: Any, policy: Any) -> None:
    """An agent who is a customer, too."""
    message, entry = desk.message(author="ewa@home.example"), desk.entry(mail_from="ewa@home.example")
    assert told(decide(message, entry, desk.contact(), staffed(policy), desk.now)) == [PIOTR]
    context = replace(desk.contact(), tickets={42: desk.ticket(requester=EWA, participants=frozenset({EWA, ANNA}))})
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    assert told(decide(desk.message(), entry, context, staffed(policy), desk.now)) == [PIOTR]


@pytest.mark.parametrize("robot", ["auto-reply", "bounce"])
def test_of_a_machines_words_that_are_for_nobody_nobody_is_told(robot: str, desk: Any, policy: Any) -> None:
    context = replace(desk.contact(), tickets={42: desk.ticket()})
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    assert told(decide(desk.message(robot=robot), entry, context, staffed(policy), desk.now)) == []


def test_of_what_was_there_before_we_were_nobody_is_told(desk: Any, policy: Any) -> None:
    assert told(decide(desk.message(), desk.entry(backlog=True), desk.contact(), staffed(policy), desk.now)) == []


@pytest.mark.parametrize(("language", "said"), [("en", "A new ticket."), ("pl", "Nowe"), ("de", "Eine neue")])
def test_it_says_who_wrote_and_how_sure_that_is(language: str, said: str, desk: Any, policy: Any) -> None:
    mailboxes = [{**each, "language": language, "unverified": "open"} for each in ORGANISATION["mailbox"]]  # type: ignore[dict-item]
    policy = staffed(policy, mailbox=mailboxes)
    mail = desk.message(author="eve@fremd.example", text="It burns.\n#resolve", reply="It burns.\n#resolve")
    entry = desk.entry("sales@firma.example", trusted=False, mail_from="eve@fremd.example")
    config = policy.config.model_copy(
        update={"agent": (policy.config.agent[0].model_copy(update={"departments": ()}),)}
    )
    policy = replace(policy, config=config)
    decision = decide(mail, entry, desk.contact(), policy, desk.now)
    (send,) = [each for each in decision.actions if isinstance(each, Send) and each.kind is Kind.NOTIFICATION]
    text = parse(write(send, desk.ticket(), policy, desk.now).octets).text
    for part in (said, "> It burns.\n> #resolve\n", "eve@fremd.example", "unverified: ", "not verified: ", "##- "):
        assert part in text


def test_nothing_of_it_is_an_agents_word_however_it_is_quoted(desk: Any, policy: Any) -> None:
    """Above the marker, with marks, or as a mail program that marks nothing leaves it."""
    mail = desk.message(
        text="#resolve\n" + "very " * 60 + "#close\n##- x", reply="#resolve\n" + "very " * 60 + "#close"
    )
    decision = decide(mail, desk.entry(), desk.contact(), staffed(policy), desk.now)
    send = next(each for each in decision.actions if isinstance(each, Send) and each.kind is Kind.NOTIFICATION)
    ours = parse(write(send, desk.ticket(), policy, desk.now).octets).text
    assert max(map(len, ours.splitlines())) <= 78
    marked = "\n".join(f"> {line}" for line in ours.splitlines())
    for below in (ours, marked, f"On Mon, 2 Nov 2026 at 10:00, Support <s@firma.example> wrote:\n{marked}"):
        found = instructions_in(f"Press.\n\n{below}")
        assert (found.words, found.wanted, found.mistakes) == ("Press.", (), ())
        assert instructions_in(below).words == ""


def test_what_came_with_it_is_named(desk: Any, policy: Any) -> None:
    names = ["fire.jpg", "#resolve\n#close", "", *(f"{number}.png" for number in range(FILES))]
    attachments = tuple(
        Attachment(filename=name, content_type="image/png", size=1, inline=False, content_id="", sha256=None, part="2")
        for name in names
    )
    decision = decide(desk.message(attachments=attachments), desk.entry(), desk.contact(), staffed(policy), desk.now)
    send = next(each for each in decision.actions if isinstance(each, Send) and each.kind is Kind.NOTIFICATION)
    lines = send.values["text"].split("\n")
    assert lines[1:4] == ["> [fire.jpg]", "> [#resolve #close]", "> [image/png]"]
    assert (len(lines), lines[-1]) == (FILES + 2, "> …")


def test_a_long_mail_is_shown_up_to_a_bound() -> None:
    shown = quoted("x\n" * SHOWN)
    assert shown.endswith("\n> …")
    assert len(shown) < 3 * SHOWN
    assert all(line.startswith(">") for line in quoted("a\r\n\r\nb\x85c\u2028#note\x0c#resolve\x1c#close").split("\n"))


def test_who_gets_a_ticket_is_told_by_whom(desk: Any, policy: Any) -> None:
    policy = staffed(policy)
    _, send = answer.assign(desk.ticket(), "piotr", policy, "ewa", desk.now)
    assert isinstance(send, Send)
    assert (send.to, send.values["cause"]) == (PIOTR, "assigned to piotr by ewa")
    assert len(answer.assign(desk.ticket(), "ewa", policy, "ewa", desk.now)) == 1
    assert len(answer.assign(desk.ticket(assignee="ewa"), "", policy, "ewa", desk.now)) == 1


def test_what_was_to_wait_is_taken_up_again(desk: Any, policy: Any) -> None:
    policy = staffed(policy)
    ticket = desk.ticket(status=Status.ON_HOLD, assignee="ewa", waiting_since=desk.now)
    actions = sla.due_actions(ticket, TimerKind.WAKE, 1, policy, desk.now)
    assert [type(each).__name__ for each in actions] == ["ChangeStatus", "SetTimer", "Send"]
    assert sla.due_actions(desk.ticket(), TimerKind.WAKE, 1, policy, desk.now) == ()


def test_words_that_could_not_be_read_are_said_to_be_missing_and_where_they_are(desk: Any, policy: Any) -> None:
    message = desk.message(reply="", text="", defects=(ONLY_HEADER,))
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    context = replace(desk.contact(), tickets={42: desk.ticket()})
    decision = decide(message, entry, context, staffed(policy), desk.now)
    (send, _) = [each for each in decision.actions if isinstance(each, Send) and each.kind is Kind.NOTIFICATION]
    assert send.values["warning"] == f"{ONLY_HEADER} (mailflow journal show --raw {entry.number})"
