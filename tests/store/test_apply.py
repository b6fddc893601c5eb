"""A decision becomes rows: all of it, exactly once, or nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from mailflow.desk.actions import (
    Action,
    AddDepartments,
    Append,
    Assign,
    CancelTimers,
    ChangeStatus,
    Note,
    Say,
    Send,
    SetPriority,
    SetTimer,
    SetType,
    TimerKind,
)
from mailflow.desk.clues import Clues
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move, Priority, Status
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused, StoreAway
from mailflow.mail.effort import LEFT_OUT, ONLY_HEADER, TEXT_CUT, Effort
from mailflow.mail.message import Automatic, AutomaticKind, Message
from mailflow.store import apply, journal
from mailflow.store.judged import Judged
from mailflow.store.recall import recall_all
from mailflow.store.shown import overview
from mailflow.store.tables import ENTRY, EVENT, MESSAGE, OUTBOX, TICKET, TICKET_DEPARTMENT, TIMER
from mailflow.store.tickets import tickets

ANNA = "anna@kunde.example"


def loaded(desk: Any, number: int) -> Any:
    with desk.database.connect() as connection:
        return tickets.load(connection, number)


def joined(ticket: int, *actions: Any) -> Decision:
    return Decision(disposition=Disposition.FILED, reason="In-Reply-To", ticket=ticket, actions=actions)


def everything(desk: Any) -> list[list[Any]]:
    return [desk.rows(table) for table in (TICKET, MESSAGE, EVENT, OUTBOX, TIMER, ENTRY)]


def test_a_new_ticket_is_complete(desk: Any) -> None:
    due = desk.clock.now() + timedelta(hours=4)
    number = desk.open(SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=due))
    ticket = loaded(desk, number)
    assert (ticket.status, ticket.subject, ticket.participants) == (Status.OPEN, "Printer on fire", {ANNA})
    assert (ticket.created, ticket.waiting_since) == (desk.clock.now(), desk.clock.now())
    (message,) = desk.rows(MESSAGE)
    assert (message.ticket, message.direction, message.author, message.reply) == (number, "in", ANNA, "It burns.")
    assert message.attachments[0]["filename"] == "fire.jpg"
    assert [(row.kind, row.text) for row in desk.rows(EVENT, ticket=number)] == [
        ("opened", f"by {ANNA}"),
        ("mail", f"acknowledgement to {ANNA}"),
    ]
    (letter,) = desk.rows(OUTBOX)
    assert (letter.ticket, letter.rcpt_to, letter.state, letter.automatic) == (number, ANNA, "waiting", True)
    assert f"[#{number}]" in letter.subject
    assert [(row.ticket, row.kind, row.due) for row in desk.rows(TIMER)] == [(number, "escalate", due)]
    (entry,) = desk.rows(ENTRY)
    assert (entry.disposition, entry.ticket, entry.message_id, entry.digest, entry.author) == (
        "filed", number, message.message_id, message.digest, ANNA
    )  # fmt: skip


def test_an_entry_is_filed_exactly_once(desk: Any) -> None:
    entry = desk.entry()
    message = desk.message()
    decision = Decision(disposition=Disposition.DROPPED, reason="blocked", rule="blocked-domain")
    assert desk.file(decision, message, entry) is None
    with pytest.raises(Refused, match="not ours any more"):
        desk.file(decision, message, entry)


def test_a_filer_that_comes_back_late_changes_nothing(desk: Any) -> None:
    # D7: its claim expired, and another has the entry
    late = desk.entry()
    desk.clock.forward(timedelta(hours=1))
    (again,) = desk.claim("other")
    before = everything(desk)
    decision = Decision(disposition=Disposition.DROPPED, reason="blocked", rule="blocked-domain")
    with pytest.raises(Refused, match="not ours any more"):
        desk.file(decision, None, late)
    assert everything(desk) == before
    desk.file(decision, None, again.entry)


def test_the_same_content_is_one_event_of_one_ticket(desk: Any) -> None:
    # P3: whatever the judgement says
    message = desk.message()
    desk.open(message=message)
    before = desk.rows(TICKET)
    with pytest.raises(StoreAway):
        desk.open(message=message)
    assert desk.rows(TICKET) == before


def test_a_reply_to_a_resolved_ticket_reopens_it(desk: Any) -> None:
    # R3.8
    number = desk.open()
    desk.act(number, ChangeStatus(ticket=number, move=Move.RESOLVE, cause="by hand"))
    assert loaded(desk, number).waiting_since is None
    desk.clock.forward(timedelta(days=1))
    wrote = ChangeStatus(ticket=number, move=Move.CUSTOMER_WROTE, cause="a reply")
    assert desk.file(joined(number, Append(ticket=number, warning="who is this?"), wrote)) == number
    ticket = loaded(desk, number)
    assert (ticket.status, ticket.waiting_since, ticket.last_activity) == (Status.OPEN, *[desk.clock.now()] * 2)
    assert desk.rows(MESSAGE)[-1].warning == "who is this?"
    assert [row.text for row in desk.rows(EVENT, kind="status")] == [
        "open -> resolved: by hand",
        "resolved -> open: a reply",
    ]


def test_the_oldest_unanswered_message_counts(desk: Any) -> None:
    number = desk.open()
    first = desk.clock.now()
    desk.clock.forward(timedelta(hours=1))
    desk.file(joined(number, Append(ticket=number)))
    assert loaded(desk, number).waiting_since == first
    desk.act(number, Say(ticket=number, text="Pour water.", author="Piotr", internal=False))
    assert loaded(desk, number).waiting_since is None


def test_a_robot_moves_nothing(desk: Any) -> None:
    number = desk.open()
    desk.act(number, Say(ticket=number, text="Pour water.", author="Piotr", internal=False))
    before = loaded(desk, number)
    desk.clock.forward(timedelta(hours=1))
    desk.file(joined(number, Append(ticket=number, is_activity=False, waits_for_us=False)))
    after = loaded(desk, number)
    assert (after.last_activity, after.waiting_since) == (before.last_activity, None)
    assert len(desk.rows(MESSAGE)) == 3


def test_an_illegal_move_is_refused_and_nothing_happens(desk: Any) -> None:
    number = desk.open()
    before = everything(desk)
    with desk.database.begin() as connection, pytest.raises(Refused, match="'close' cannot happen"):
        apply.carry_out(
            connection,
            number,
            (
                Note(ticket=number, kind="note", text="never seen"),
                ChangeStatus(ticket=number, move=Move.CLOSE, cause="tired"),
            ),
            desk.policy,
            desk.clock.now(),
        )
    assert everything(desk) == before  # although the transaction was committed


def test_a_ticket_that_does_not_exist_is_refused(desk: Any) -> None:
    with pytest.raises(Refused, match="there is no ticket 77"):
        desk.act(77, Note(ticket=77, kind="note", text="never seen"))


def test_a_question_waits_for_the_customer_with_timers(desk: Any) -> None:
    # R3.5
    number = desk.open(
        SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now() + timedelta(hours=4))
    )
    due = desk.clock.now() + timedelta(days=2)
    desk.act(
        number,
        Say(ticket=number, text="Which printer?", author="Piotr", internal=False, message_id="q@mail.firma.example"),
        ChangeStatus(ticket=number, move=Move.QUESTION_MAILED, cause="asked"),
        CancelTimers(ticket=number, kinds=frozenset(TimerKind)),
        SetTimer(ticket=number, kind=TimerKind.REMIND, step=1, due=due),
    )
    ticket = loaded(desk, number)
    assert (ticket.status, ticket.question_at) == (Status.AWAITING_CUSTOMER, desk.clock.now())
    assert (ticket.last_message_id, ticket.references) == ("1@kunde.example", ("q@mail.firma.example",))
    assert [(row.kind, row.due) for row in desk.rows(TIMER)] == [("remind", due)]
    later = due + timedelta(days=1)
    desk.act(number, SetTimer(ticket=number, kind=TimerKind.REMIND, step=1, due=later))  # set anew
    assert [(row.kind, row.due) for row in desk.rows(TIMER)] == [("remind", later)]


def test_what_we_send_answers_the_last_words_of_a_customer(desk: Any) -> None:
    def mail(kind: AutomaticKind, id_: str) -> Message:
        message: Message = desk.message(message_id=id_, automatic=Automatic(kind=kind))
        return message

    def answered(number: int) -> tuple[str, tuple[str, ...]]:
        ticket = loaded(desk, number)
        return ticket.last_message_id, ticket.references

    number = desk.open(message=mail(AutomaticKind.AUTO_GENERATED, "alarm@kunde.example"))
    assert answered(number) == ("alarm@kunde.example", ())
    desk.act(number, Say(ticket=number, text="Burns it?", author="Piotr", internal=False, message_id="q@firma.example"))
    assert answered(number) == ("q@firma.example", ())
    desk.file(joined(number, Append(ticket=number)), mail(AutomaticKind.NONE, "it-burns@kunde.example"))
    desk.act(number, Say(ticket=number, text="Water.", author="Piotr", internal=False, message_id="a@firma.example"))
    for kind in set(AutomaticKind) - {AutomaticKind.NONE}:
        desk.file(joined(number, Append(ticket=number)), mail(kind, f"{kind}@kunde.example"))
    assert answered(number) == ("it-burns@kunde.example", ("q@firma.example", "a@firma.example"))


def test_notes_assignment_priority_and_departments_leave_their_trace(desk: Any) -> None:
    # R2.5
    number = desk.open()
    desk.act(
        number,
        Say(ticket=number, text="he always says so", author="Piotr", internal=True),
        Assign(ticket=number, assignee="piotr"),
        SetPriority(ticket=number, priority=Priority.HIGH),
        AddDepartments(ticket=number, departments=("support", "billing")),
    )
    desk.act(number, AddDepartments(ticket=number, departments=("billing",)))
    ticket = loaded(desk, number)
    assert (ticket.assignee, ticket.priority) == ("piotr", Priority.HIGH)
    assert [row.department for row in desk.rows(TICKET_DEPARTMENT)] == ["billing"]
    assert [row.text for row in desk.rows(EVENT, ticket=number)][2:5] == [
        "to piotr", "normal -> high", "also for billing"
    ]  # fmt: skip
    assert ticket.references == ()  # a note is no part of what customers see


def test_a_copy_for_another_department_is_a_duplicate_that_adds_it(desk: Any) -> None:
    # R2.5, P3
    number = desk.open()
    (first,) = desk.rows(ENTRY)
    decision = Decision(
        disposition=Disposition.DUPLICATE,
        reason=f"the same message as entry {first.id}",
        duplicate_of=first.id,
        ticket=number,
        actions=(AddDepartments(ticket=number, departments=("billing",)),),
    )
    assert desk.file(decision) == number
    copy = desk.rows(ENTRY)[-1]
    assert (copy.disposition, copy.duplicate_of, copy.ticket) == ("duplicate", first.id, number)
    assert len(desk.rows(MESSAGE)) == 1


def reminder(ticket: int, key: str, to: str = ANNA, kind: Kind = Kind.REMINDER) -> Send:
    return Send(
        kind=kind, to=to, to_name="", language="en", mailbox="support@firma.example", ticket=ticket, key=key
    )  # fmt: skip


def test_a_letter_alone_leaves_its_trace(desk: Any) -> None:
    number = desk.open()
    desk.act(number, reminder(number, "1"))
    assert [row.text for row in desk.rows(EVENT, kind="mail")] == [f"acknowledgement to {ANNA}", f"reminder to {ANNA}"]


@pytest.mark.parametrize(
    ("kinds", "kind", "state", "after", "told"),
    [
        ({TimerKind.REMIND, TimerKind.RESOLVE}, Kind.REMINDER, "waiting", "cancelled", 1),
        ({TimerKind.REMIND}, Kind.REMINDER, "sending", "sending", 0),  # too late
        ({TimerKind.ESCALATE}, Kind.REMINDER, "waiting", "waiting", 0),
        ({TimerKind.REMIND}, Kind.RESOLVED, "waiting", "waiting", 0),
    ],
)
def test_reminders_that_wait_end_with_their_timers(
    kinds: set[TimerKind], kind: Kind, state: str, after: str, told: int, desk: Any
) -> None:
    number, other = desk.open(), desk.open()
    for ticket in (number, other):
        desk.act(ticket, reminder(ticket, str(ticket), kind=kind))
    with desk.database.begin() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.kind == kind.value).values(state=state))
    desk.act(number, CancelTimers(ticket=number, kinds=frozenset(kinds)))
    assert [row.state for row in desk.rows(OUTBOX, kind=kind.value)] == [after, state]
    assert len(desk.rows(EVENT, text="reminder cancelled before it was sent")) == told


def test_a_ticket_whose_machine_has_written_enough_says_so(desk: Any) -> None:
    number, most = desk.open(), desk.policy.config.limits.automatic_per_ticket
    for each in range(most):
        desk.act(number, reminder(number, str(each), to="zoe@kunde.example"))
    assert len(desk.rows(OUTBOX, ticket=number)) == most  # the acknowledgement is one of them
    assert [row.text for row in desk.rows(EVENT, kind="silence")] == [
        f"reminder to zoe@kunde.example not written: #{number} has written {most} automatic mails in 24 hours, the most"
    ]
    desk.act(number, reminder(number, "lead", kind=Kind.ESCALATION), reminder(number, "ewa", kind=Kind.REPLY))
    assert len(desk.rows(OUTBOX, ticket=number)) == most + 2
    desk.clock.forward(timedelta(hours=24))
    desk.act(number, reminder(number, "tomorrow"))
    assert len(desk.rows(OUTBOX, ticket=number)) == most + 3


def test_an_address_gets_no_more_automatic_mail_than_its_ceiling_from_all_tickets(desk: Any) -> None:
    most = desk.policy.config.limits.automatic_per_address
    numbers = [desk.open() for _ in range(most)]  # an acknowledgement each
    desk.act(numbers[0], reminder(numbers[0], "1"))
    desk.act(numbers[0], reminder(numbers[0], "2", to="zoe@kunde.example"))
    assert len(desk.rows(OUTBOX, rcpt_to=ANNA)) == most
    assert len(desk.rows(OUTBOX, rcpt_to="zoe@kunde.example")) == 1
    assert len(desk.rows(EVENT, kind="silence")) == 1


def test_one_cause_writes_one_mail(desk: Any) -> None:
    # P4
    number = desk.open()
    (letter,) = desk.rows(OUTBOX)
    desk.act(number, desk.acknowledgement(letter.key, number))
    assert desk.rows(OUTBOX) == [letter]


def test_what_no_database_can_keep_is_kept_the_same_by_both(desk: Any) -> None:
    # X22, M11
    message = desk.message(subject="nul \0 and \ud800", text="\udcff", reply="\0", message_id="a\0b@x")
    number = desk.open(message=message)
    (row,) = desk.rows(MESSAGE)
    assert (row.subject, row.text, row.reply, row.message_id) == (
        "nul \ufffd and \ufffd",
        "\ufffd",
        "\ufffd",
        "a\ufffdb@x",
    )
    assert loaded(desk, number).last_message_id == "a\ufffdb@x"


def test_a_time_without_offset_is_our_bug(desk: Any) -> None:
    # X23
    naive = desk.clock.now().replace(tzinfo=None)
    with desk.database.begin() as connection:
        with pytest.raises(ValueError, match="no offset"):
            apply.carry_out(connection, None, (), desk.policy, naive)
        with pytest.raises(ValueError, match="no offset"):
            journal.receive(connection, [desk.arrival()], naive)


def test_a_word_that_is_no_status_cannot_be_written(desk: Any) -> None:
    # X24
    entry = desk.entry()
    with pytest.raises(ValueError, match="lost"):
        desk.file(Decision(disposition="lost", reason=""), None, entry)  # type: ignore[arg-type]  # the point of it
    assert desk.rows(ENTRY)[0].disposition == "received"


@pytest.mark.parametrize("count", [1, 16])
def test_filing_plain_new_tickets_takes_few_statements_however_many_they_are(sqlite_desk: Any, count: int) -> None:
    desk = sqlite_desk
    statements: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    desk.receive(*(desk.arrival() for _ in range(count)))
    escalation = SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now())
    judged = [
        Judged(claimed.entry, desk.message(), desk.new_ticket(claimed.entry, escalation))
        for claimed in desk.claim(limit=count)
    ]
    clues = [Clues(digest=each.digest, author=ANNA, tokens=(), message_ids=(), tag=None) for each in judged]
    with desk.database.begin() as connection:
        statements.clear()
        recall_all(connection, clues, desk.clock.now())
        tickets = apply.file_all(connection, judged, desk.policy, desk.clock.now())
    assert tickets == [*range(1, count + 1)]
    assert [row.ticket for row in desk.rows(ENTRY)] == tickets
    assert len(statements) <= 11


def test_what_a_rule_sets_on_one_of_many_new_tickets_is_kept(desk: Any) -> None:
    desk.receive(*(desk.arrival() for _ in range(3)))
    more: tuple[tuple[Action, ...], ...] = ((), (SetType(ticket=None, type="invoice"),), ())
    judged = [
        Judged(each.entry, desk.message(), desk.new_ticket(each.entry, *actions))
        for each, actions in zip(desk.claim(), more, strict=True)
    ]
    with desk.database.begin() as connection:
        apply.file_all(connection, judged, desk.policy, desk.clock.now())
    assert [row.type for row in desk.rows(TICKET)] == ["", "invoice", ""]


def test_answers_to_many_tickets_take_few_statements_and_keep_apart(sqlite_desk: Any) -> None:
    desk = sqlite_desk
    numbers = [desk.open() for _ in range(6)]
    for number in numbers:
        desk.act(number, SetTimer(ticket=number, kind=TimerKind.REMIND, step=1, due=desk.clock.now()))
    desk.act(numbers[2], reminder(numbers[2], "asked", to="zoe@kunde.example"))
    desk.clock.forward(timedelta(hours=1))
    answered = {
        number: (
            Append(ticket=number),
            *((CancelTimers(ticket=number, kinds=frozenset({TimerKind.REMIND})),) if number != numbers[0] else ()),
        )
        for number in numbers
    }
    desk.receive(*(desk.arrival() for _ in numbers))
    judged = [
        Judged(each.entry, desk.message(), joined(number, *answered[number]))
        for number, each in zip(numbers, desk.claim(), strict=True)
    ]
    statements: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with desk.database.begin() as connection:
        locked = tickets.load_all(connection, numbers, lock=True)
        statements.clear()
        assert apply.file_all(connection, judged, desk.policy, desk.clock.now(), locked) == numbers
    assert len(statements) <= 6
    assert {row.last_activity for row in desk.rows(TICKET)} == {desk.clock.now()}
    assert [row.ticket for row in desk.rows(TIMER)] == numbers[:1]
    assert [row.ticket for row in desk.rows(EVENT, text="reminder cancelled before it was sent")] == [numbers[2]]


def test_one_entry_that_is_not_ours_any_more_is_noticed_among_many(desk: Any) -> None:
    first, second = desk.receive(desk.arrival(), desk.arrival())
    ours = desk.claim()
    desk.clock.forward(timedelta(hours=1))
    desk.claim("other", limit=1)  # the first, once more
    judged = [Judged(each.entry, desk.message(), desk.new_ticket(each.entry)) for each in ours]
    with pytest.raises(Refused, match=f"entry {first}, {second}"), desk.database.begin() as connection:
        apply.file_all(connection, judged, desk.policy, desk.clock.now())
    assert desk.rows(TICKET) == []


@pytest.mark.parametrize("defect", [ONLY_HEADER, LEFT_OUT[Effort.PLAIN], TEXT_CUT])
def test_who_reads_a_ticket_is_told_what_was_not_read(desk: Any, defect: str) -> None:
    number = desk.open()
    message = desk.message(message_id="second@kunde.example", defects=("date: obsolete", defect))
    desk.file(joined(number, Append(ticket=number, warning="a token")), message, desk.entry())
    assert [row.warning for row in desk.rows(MESSAGE)] == ["", f"a token; {defect}"]


def test_mail_whose_words_could_not_be_read_needs_a_person_until_it_is_answered(desk: Any) -> None:
    def unread() -> list[dict[str, int]]:
        with desk.database.connect() as connection:
            found: list[dict[str, int]] = overview.status(connection, desk.clock.now())["unread"]
            return found

    number, entry = desk.open(), desk.entry()
    desk.clock.forward(timedelta(minutes=6))  # three attempts
    desk.file(joined(number, Append(ticket=number)), desk.message(message_id="2@x", defects=(ONLY_HEADER,)), entry)
    assert unread() == [{"ticket": number, "entry": entry.number}]
    desk.act(number, Say(ticket=number, text="Please send it again.", author="Piotr", internal=False))
    assert unread() == []
