"""What a verdict allows: the whole table, and what each mailbox may change in it (threats 8)."""

from itertools import product
from typing import Any

import pytest

from mailflow.config import Mailbox
from mailflow.desk.actions import Append, ChangeStatus, ClearUndeliverable, OpenTicket, Send
from mailflow.desk.context import Context
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Move, Status
from mailflow.desk.trust.allowed import ALLOWED, UNVERIFIED, Act, unverified_at
from mailflow.mail.identity.authentication import Verdict

ACTS_BY_SETTING = {"hold": 0, "challenge": 0, "open": 1, "append": 2, "reopen": 3}
DEED = {Act.OPEN: OpenTicket, Act.APPEND: Append, Act.REOPEN: ChangeStatus, Act.CHANGE: ClearUndeliverable}


def does(desk: Any, act: Act, verdict: Verdict, mailbox: str) -> Any:
    """A mail of Anna's that tries it."""
    entry = desk.entry(mailbox, trusted=False)
    if act is Act.OPEN:
        return desk.judge(verdict, entry=entry)
    if act is Act.CHANGE:
        return desk.judge(verdict, entry=entry, undeliverable=True)
    status = Status.RESOLVED if act is Act.REOPEN else Status.OPEN
    ticket = desk.ticket(status=status, mailbox=mailbox)
    message = desk.message(in_reply_to=("ours@x",))
    return desk.judge(verdict, message, entry, tickets={42: ticket}, by_message_id={"ours@x": 42})


@pytest.mark.parametrize("setting", list(UNVERIFIED))
@pytest.mark.parametrize(("act", "verdict"), list(product(DEED, Verdict)))
def test_each_act_needs_its_verdict(act: Act, verdict: Verdict, setting: str, desk: Any, only: Any) -> None:
    decision = does(desk.at(setting), act, verdict, "support@firma.example")
    most = ALLOWED[verdict]
    wanted = act <= (ACTS_BY_SETTING[setting] if most is None else most)
    done = [each for each in only(decision.actions, DEED[act]) if not isinstance(each, Append) or each.ticket]
    assert bool(done) == wanted
    if act is Act.REOPEN and wanted:
        assert (done[0].ticket, done[0].move) == (42, Move.CUSTOMER_WROTE)
    if verdict not in (Verdict.VERIFIED, Verdict.ASSERTED):
        assert {send.kind for send in only(decision.actions, Send)} <= {"challenge"}


@pytest.mark.parametrize(("registered_only", "setting"), [(True, "challenge"), (False, "open")])
def test_a_mailbox_that_says_nothing(registered_only: bool, setting: str) -> None:
    assert unverified_at(Mailbox(address="a@b.example", department="x", registered_only=registered_only)) == setting


@pytest.mark.parametrize("mailbox", ["support", "billing", "sales"])
@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.TEMPERROR])
@pytest.mark.parametrize("carries", ["nothing", "own token", "reference", "report"])
def test_what_is_denied_is_kept_and_never_answered_whatever_it_carries(
    carries: str, verdict: Verdict, mailbox: str, desk: Any
) -> None:
    detail = f"+{desk.token()}" if carries in ("own token", "report") else ""
    message = desk.message(
        in_reply_to=("ours@x",) if carries == "reference" else (), robot="bounce" if carries == "report" else "none"
    )
    entry = desk.entry(f"{mailbox}{detail}@firma.example", trusted=False)
    decision = desk.judge(verdict, message, entry, tickets={42: desk.ticket()}, by_message_id={"ours@x": 42})
    assert (decision.disposition, decision.actions) == (Disposition.HELD, ())
    assert "by the test" in decision.reason


def test_an_unverified_ticket_is_nobodys_and_shows_nothing_of_the_account(desk: Any, only: Any) -> None:
    decision = desk.judge(Verdict.UNVERIFIED, entry=desk.entry("sales@firma.example", trusted=False))
    (opened,) = only(decision.actions, OpenTicket)
    assert (opened.contact, opened.account, opened.believed) == (None, None, False)
    assert opened.requester_name == "Anna Nowak"  # as the header has it
    assert decision.actions[1].warning.startswith("not verified: ")


def test_the_token_issued_to_its_author_appends_and_nothing_more(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example", trusted=False)
    decision = desk.judge(Verdict.UNVERIFIED, entry=entry, tickets={42: desk.ticket(status=Status.OPEN)})
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert only(decision.actions, ChangeStatus) == only(decision.actions, Send) == []
    assert ("allowed", "append to #42") in [(reason.question, reason.answer) for reason in decision.reasons]
    over = desk.judge(Verdict.UNVERIFIED, entry=entry, tickets={42: desk.ticket(status=Status.RESOLVED)})
    assert over.disposition is Disposition.HELD


@pytest.mark.parametrize("setting", ["hold", "challenge"])
def test_an_open_mailbox_may_want_to_know_who_writes(setting: str, desk: Any, only: Any, stranger: Context) -> None:
    strict = desk.at(setting, "sales@firma.example")
    entry = desk.entry("sales@firma.example", trusted=False)
    decision = strict.judge(Verdict.UNVERIFIED, entry=entry)
    assert (
        decision.reason
        == "nothing proves that anna@kunde.example wrote this: sales@firma.example wants to know who writes"
    )
    assert len(only(decision.actions, Send)) == (setting == "challenge")
    unknown = strict.judge(Verdict.UNVERIFIED, desk.message(author="bob@fremd.example"), entry, stranger)
    assert (unknown.disposition, unknown.actions) == (Disposition.HELD, ())
