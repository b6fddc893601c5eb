"""A batch is filed as if its messages had come one after the other, and a bad one costs its neighbours nothing."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mailflow.desk import decide as judgement
from mailflow.desk.actions import ChangeStatus, MarkUndeliverable
from mailflow.desk.agents import answer
from mailflow.desk.contacts.contact import Role
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.flow import filing
from mailflow.flow.filing import Filed, Outcome, Postponed, file_batch
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.message import Message
from mailflow.mail.parse import parse
from mailflow.store import apply, journal
from mailflow.store.contacts import contacts, undeliverable
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.database import Connection, Database
from mailflow.store.health.audit import audit
from mailflow.store.tickets import tickets as tickets_of

Rows = Callable[[str], list[Any]]
FileAll = Callable[..., list[Outcome]]
SALES, SUPPORT, BILLING = "sales@firma.example", "support@firma.example", "billing@firma.example"
"""Support and billing serve registered contacts only."""
ANNA, BEN = "anna@kunde.example", "ben@other.example"


def mail(
    name: str, author: str = ANNA, *fields: str, to: str = SALES, subject: str = "Printer", text: str = ""
) -> Arrival:
    header = (
        f"From: {author}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <{name}@kunde.example>",
        "Date: Mon, 2 Nov 2026 09:00:00 +0000", *fields,
    )  # fmt: skip
    octets = "\r\n".join((*header, "", text or f"Hello, {name}.", "")).encode()
    envelope = Envelope(source="smtp", mail_from=author, rcpt_tos=(to,), trusted=True)
    return Arrival(envelope=envelope, octets=octets)


def answering(name: str) -> str:
    return f"In-Reply-To: <{name}@kunde.example>"


@pytest.fixture
def file_all(database: Database, policy: Policy, clock: Any) -> FileAll:
    """Receive, claim and file everything in batches of `size`."""

    def file_all(*arrivals: Arrival, size: int = 100) -> list[Outcome]:
        with database.begin() as connection:
            journal.receive(connection, arrivals, clock.now())
        outcomes: list[Outcome] = []
        while True:
            with database.begin() as connection:
                claimed = journal.claim(connection, "main", clock.now(), timedelta(minutes=10), size, 1 << 20)
                if not claimed:
                    return outcomes
                read = [(each, parse(each.octets)) for each in claimed]
                outcomes += file_batch(connection, read, policy, clock.now())

    return file_all


def tickets(outcomes: Sequence[Outcome]) -> list[int | None]:
    return [outcome.ticket for outcome in outcomes if isinstance(outcome, Filed)]


def test_a_reply_to_a_ticket_of_the_same_batch_joins_it(file_all: FileAll, rows: Rows) -> None:
    outcomes = file_all(mail("a"), mail("b", BEN), mail("c", ANNA, answering("a")))
    assert tickets(outcomes) == [1, 2, 1]
    assert rows("SELECT ticket FROM message ORDER BY entry") == [(1,), (2,), (1,)]


def test_the_number_of_a_ticket_of_the_same_batch_names_it(file_all: FileAll) -> None:
    assert tickets(file_all(mail("a"), mail("b", BEN), mail("c", ANNA, subject="[#1] Printer"))) == [1, 2, 1]


def test_a_stranger_who_replies_in_the_same_batch_does_not_join(file_all: FileAll, rows: Rows) -> None:
    assert tickets(file_all(mail("a"), mail("b", BEN, answering("a")))) == [1, 2]
    assert rows("SELECT possible_parent FROM ticket ORDER BY id") == [(None,), (1,)]


@pytest.mark.parametrize("name", ["message-id-very-long", "from-very-long"])
def test_what_is_too_long_for_an_index_is_filed_without_it(name: str, file_all: FileAll, rows: Rows) -> None:
    octets = (Path(__file__).parent.parent / "messages" / f"{name}.eml").read_bytes()
    arrival = Arrival(envelope=Envelope(source="imap:x", mail_from="", rcpt_tos=(SALES,)), octets=octets)
    assert tickets(file_all(arrival)) == [1]
    expected = {"message-id-very-long": (ANNA, ""), "from-very-long": ("", "long@kunde.example")}
    assert rows("SELECT requester, message_id FROM ticket JOIN message ON message.ticket = ticket.id") == [
        expected[name]
    ]


def test_the_same_mail_twice_in_a_batch_is_a_duplicate(file_all: FileAll, rows: Rows) -> None:  # P3
    file_all(mail("a"), mail("b", BEN), mail("a"))
    assert rows("SELECT disposition, duplicate_of FROM entry ORDER BY id") == [
        ("filed", None), ("filed", None), ("duplicate", 1),
    ]  # fmt: skip


def test_a_held_entry_is_a_duplicate_of_its_copy_that_was_filed_meanwhile(
    file_all: FileAll, rows: Rows, database: Database, clock: Any
) -> None:  # R2.5: held for billing, again for billing, filed for sales; then an agent releases the first
    copy = mail("a")
    envelopes = [replace(copy.envelope, rcpt_tos=(to,)) for to in (BILLING, BILLING, SALES)]
    file_all(*(replace(copy, envelope=envelope) for envelope in envelopes))
    settled = "SELECT disposition, duplicate_of, ticket FROM entry ORDER BY id"
    assert rows(settled) == [("held", None, None), ("duplicate", 1, None), ("filed", None, 1)]
    with database.begin() as connection:
        journal.release(connection, 1, "ewa")
    file_all()
    assert rows(settled) == [("duplicate", 3, 1), ("duplicate", 3, 1), ("filed", None, 1)]
    assert rows("SELECT ticket, department FROM ticket_department") == [(1, "billing")]
    with database.connect() as connection:
        assert audit(connection, clock.now()).problems == ()


def test_ceilings_count_across_a_batch(file_all: FileAll, policy: Policy, rows: Rows) -> None:  # R3.2
    most = policy.config.limits.automatic_per_address
    file_all(*(mail(str(number)) for number in range(most + 3)))
    assert len(rows("SELECT id FROM ticket")) == most + 3
    assert len(rows("SELECT id FROM outbox")) == most


def test_a_ticket_says_that_nobody_was_told_of_it_for_the_ceiling(
    file_all: FileAll, policy: Policy, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    most = policy.config.limits.automatic_per_address
    file_all(*(mail(str(number), BEN) for number in range(most + 1)))
    why = f"{BEN} got {most} automatic mails in 24 hours, the most"
    told = f"acknowledgement to {BEN} not written: {why}"
    assert rows("SELECT ticket, text FROM event WHERE kind = 'silence'") == [(most + 1, told)]
    assert f"silence ticket=#{most + 1} kind=acknowledgement to={BEN}" in capsys.readouterr().err


def test_who_is_not_registered_is_told_once_in_a_batch(file_all: FileAll, rows: Rows) -> None:  # R2.2
    file_all(mail("a", BEN, to=SUPPORT), mail("b", ANNA, to=SUPPORT), mail("c", BEN, to=SUPPORT))
    assert rows("SELECT kind, rcpt_to FROM outbox ORDER BY id") == [("registration", BEN), ("registration", ANNA)]


MIXTURE = (
    mail("a"), mail("b", BEN), mail("c", ANNA, answering("b")), mail("a"), mail("d", BEN, answering("b")),
    mail("e", BEN, "Auto-Submitted: auto-replied", answering("b")), mail("f", to=SUPPORT), mail("g", BEN, to=SUPPORT),
    mail("h", "carl@kunde.example", subject="[#2] Printer"), mail("i", BEN, subject="[#2] Printer"),
    mail("j", "robot@kunde.example", "Auto-Submitted: auto-generated"), mail("k", BEN, answering("d"), answering("a")),
    mail("l", "dora@kunde.example", to="nobody@firma.example"), mail("b", BEN), mail("m", "", to=SALES),
)  # fmt: skip
TABLES = {
    "entry": "id, disposition, reason, rule, ticket, duplicate_of, digest, author",
    "ticket": "id, subject, status, requester, possible_parent, waiting_since",
    "message": "ticket, entry, direction, message_id, warning",
    "outbox": "key, kind, ticket, rcpt_to, subject, message_id",
    "event": "ticket, kind, text",
    "timer": "ticket, kind, step, due",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("size", [2, 5, 100])
def test_a_batch_is_the_same_as_one_after_the_other(
    file_all: FileAll, rows: Rows, size: int, database: Database, one_by_one: dict[str, list[Any]]
) -> None:
    file_all(*MIXTURE, size=size)
    assert everything(rows) == one_by_one


@pytest.fixture
def one_by_one(file_all: FileAll, rows: Rows, database: Database) -> dict[str, list[Any]]:
    """What MIXTURE leaves in the tables in batches of one; the tables are empty again."""
    file_all(*MIXTURE, size=1)
    written = everything(rows)
    with database.begin() as connection:
        for table in ("message", "event", "timer", "outbox", "ticket", "octets", "entry", "sqlite_sequence"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return written


def everything(rows: Rows) -> dict[str, list[Any]]:
    return {table: sorted(rows(f"SELECT {columns} FROM {table}"), key=repr) for table, columns in TABLES.items()}


def test_what_rests_on_nothing_is_filed_in_one_piece(file_all: FileAll, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = counted(monkeypatch)
    file_all(*(mail(str(number), f"{number}@kunde.example") for number in range(20)))
    assert pieces == [20]
    file_all(mail("a"), mail("b", BEN), mail("c", ANNA, answering("a")), mail("d", "carl@kunde.example"))
    assert pieces == [20, 2, 2]


def test_a_ticket_is_reopened_once_by_a_batch(
    file_all: FileAll, rows: Rows, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:  # R3.8
    file_all(mail("a"))
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE ticket SET status = 'resolved'")
    pieces = counted(monkeypatch)
    file_all(mail("b", ANNA, answering("a")), mail("c", ANNA, answering("a")))
    assert pieces == [1, 1]
    assert rows("SELECT text FROM event WHERE kind = 'status'") == [("resolved -> open: the customer wrote",)]


ROBOT = "Auto-Submitted: auto-generated"  # nothing is mailed


@pytest.mark.parametrize(
    "dependent",
    [
        (mail("x", BEN, ROBOT), mail("x", BEN, ROBOT)),
        (mail("x", ANNA, answering("a")), mail("y", ANNA, answering("a"))),
        (mail("x", BEN, ROBOT), mail("y", ANNA, answering("x"))),
        (mail("x", BEN, ROBOT), mail("y", ANNA, subject="[#2] Printer")),
        (mail("x", BEN), mail("y", BEN)),
        (mail("x", ANNA, ROBOT, answering("a")), mail("y", ANNA, text="list")),
    ],
    ids=[
        "the same words",
        "the same ticket",
        "a message of it",
        "a number it may get",
        "mail to the same author",
        "a list of what it moved",
    ],
)
def test_what_rests_on_an_earlier_one_is_judged_after_it(
    file_all: FileAll, monkeypatch: pytest.MonkeyPatch, dependent: tuple[Arrival, Arrival]
) -> None:
    file_all(mail("a"))
    pieces = counted(monkeypatch)
    file_all(*dependent)
    assert pieces == [1, 1]


def test_who_asks_for_news_waits_for_what_was_opened_from_another_address_in_the_same_batch(
    file_all: FileAll, database: Database, clock: Any
) -> None:  # R3.9
    private = "anna@private.example"
    with database.begin() as connection:
        anna = NewContact(account="4711", name="Anna", roles=(Role.PRIMARY,), addresses=(ANNA, private))
        contacts.add(connection, anna, agent="ewa", at=clock.now())
    assert tickets(file_all(mail("x"), mail("y", private, subject="My request", text="Any news?"))) == [1, 1]


def test_who_is_shown_in_cc_may_have_been_reached_again_by_a_mail_of_the_same_batch(
    file_all: FileAll, database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # R3.7
    file_all(mail("a"), mail("b", BEN))
    with database.begin() as connection:
        until = clock.now() + timedelta(days=1)
        lost = MarkUndeliverable(ticket=2, address=BEN, until=until, status="5.1.1", diagnostic="")
        undeliverable.mark(connection, [lost], clock.now())
    pieces = counted(monkeypatch)
    file_all(mail("x", BEN, answering("b")), mail("y", ANNA, f"Cc: {BEN}"))
    assert pieces == [1, 1]


def test_who_asks_for_a_list_may_have_been_undeliverable(
    file_all: FileAll, rows: Rows, database: Database, clock: Any
) -> None:  # it is of no ticket whose history could say so
    file_all(mail("a"))
    with database.begin() as connection:
        until = clock.now() + timedelta(days=1)
        lost = MarkUndeliverable(ticket=1, address=ANNA, until=until, status="5.1.1", diagnostic="")
        undeliverable.mark(connection, [lost], clock.now())
    assert [type(outcome) for outcome in file_all(mail("x", text="list"))] == [Filed]
    assert rows("SELECT kind FROM outbox ORDER BY id") == [("acknowledgement",), ("requests",)]
    assert rows("SELECT address FROM undeliverable") == []


def test_a_message_that_fails_in_a_batch_fails_alone(
    file_all: FileAll, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:  # P6
    decide = judgement.decide

    def stumble(message: Message, *rest: Any) -> Any:
        if message.message_id.startswith("bad"):
            raise ZeroDivisionError("our bug")
        return decide(message, *rest)

    monkeypatch.setattr(filing, "decide", stumble)
    outcomes = file_all(mail("a"), mail("bad", BEN), mail("c", "carl@kunde.example"))
    assert [type(outcome) for outcome in outcomes] == [Filed, Postponed, Filed]
    assert rows("SELECT disposition FROM entry ORDER BY id") == [("filed",), ("received",), ("filed",)]
    assert len(rows("SELECT id FROM ticket")) == len(rows("SELECT id FROM message")) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_words_that_the_database_cannot_keep_are_the_fault_of_their_message(
    file_all: FileAll, rows: Rows, database: Database
) -> None:  # P6: an OperationalError (54000), and yet nobody else's trouble
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX narrow ON message (text)")
    wide = mail("wide", BEN)
    wide = replace(wide, octets=wide.octets + "\r\n".join(sha256(bytes([n])).hexdigest() for n in range(200)).encode())
    outcomes = file_all(mail("a"), wide, mail("c", "carl@kunde.example"))
    assert [type(outcome) for outcome in outcomes] == [Filed, Postponed, Filed]
    assert "index row" in rows("SELECT trouble FROM entry WHERE id = 2")[0][0]


def test_what_is_not_ours_any_more_costs_its_neighbours_nothing(
    database: Database, policy: Policy, clock: Any, rows: Rows
) -> None:
    with database.begin() as connection:
        journal.receive(connection, [mail("a"), mail("b", BEN)], clock.now())
        ours = journal.claim(connection, "main", clock.now(), timedelta(minutes=10), 10, 1 << 20)
        later = clock.forward(timedelta(hours=1))
        journal.claim(connection, "other", later, timedelta(minutes=10), 1, 1 << 20)
        outcomes = file_batch(connection, [(each, parse(each.octets)) for each in ours], policy, later)
    assert [outcome.entry.number for outcome in outcomes] == [2]
    assert rows("SELECT disposition FROM entry ORDER BY id") == [("received",), ("filed",)]


def test_a_batch_that_was_committed_after_all_is_not_put_off(
    database: Database, policy: Policy, clock: Any, rows: Rows
) -> None:  # D2: the connection was lost while the answer to COMMIT was on its way
    with database.begin() as connection:
        journal.receive(connection, [mail("a"), mail("b", BEN)], clock.now())
        claimed = journal.claim(connection, "main", clock.now(), timedelta(minutes=10), 10, 1 << 20)
    read = [(each, parse(each.octets)) for each in claimed]
    for expected in (2, 0):
        with database.begin() as connection:
            assert len(file_batch(connection, read, policy, clock.now())) == expected
    assert rows("SELECT disposition, failures, trouble FROM entry") == [("filed", 0, "")] * 2


def test_what_cannot_happen_to_a_ticket_is_put_off_and_said(
    file_all: FileAll, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:  # it stayed claimed, and nobody heard of it
    def impossible(*_: Any) -> Decision:
        move = ChangeStatus(ticket=77, move=Move.CLOSE, cause="our bug")
        return Decision(disposition=Disposition.FILED, reason="", ticket=77, actions=(move,))

    monkeypatch.setattr(filing, "decide", impossible)
    (outcome,) = file_all(mail("a"))
    assert isinstance(outcome, Postponed)
    assert str(outcome.error) == "there is no ticket 77"
    assert rows("SELECT claimed_by, failures FROM entry") == [("", 1)]


class Beside:
    """Files `arrivals` while the test has a transaction of its own on the same tickets: another node, or an agent."""

    def __init__(self, database: Database, policy: Policy, now: datetime, *arrivals: Arrival) -> None:
        self._database, self._policy, self._now = database, policy, now
        with database.begin() as connection:
            journal.receive(connection, arrivals, now)
        self._thread = ThreadPoolExecutor(1)
        self._filing = self._thread.submit(self._file)

    def waits(self, mine: Connection) -> None:
        """For a row that `mine` has locked."""
        blocked = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        while not mine.exec_driver_sql(blocked).scalar():
            assert not self._filing.done()

    def outcomes(self) -> list[Outcome]:
        with self._thread:
            return self._filing.result(10)

    def _file(self) -> list[Outcome]:
        with self._database.begin() as connection:
            claimed = journal.claim(connection, "main", self._now, timedelta(minutes=10), 10, 1 << 20)
            return file_batch(connection, [(each, parse(each.octets)) for each in claimed], self._policy, self._now)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_reply_that_comes_while_an_agent_resolves_reopens_the_ticket(
    file_all: FileAll, database: Database, policy: Policy, clock: Any, rows: Rows
) -> None:  # R3.6
    file_all(mail("a"))
    with database.begin() as mine:
        ticket = tickets_of.load(mine, 1, lock=True)
        assert ticket
        reply = Beside(database, policy, clock.now(), mail("b", ANNA, answering("a")))
        reply.waits(mine)
        apply.carry_out(mine, 1, answer.resolve(ticket, "Piotr", policy, clock.now()), policy, clock.now())
    assert tickets(reply.outcomes()) == [1]
    assert rows("SELECT status FROM ticket") == [("open",)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_batch_takes_its_tickets_in_one_order_all_at_once(
    file_all: FileAll, database: Database, policy: Policy, clock: Any
) -> None:  # else two nodes block each other: the first two rest on one another, and are pieces of their own
    file_all(mail("a"), mail("b", BEN))
    with database.begin() as mine:
        tickets_of.load(mine, 1, lock=True)
        replies = (mail("x", BEN, answering("b")), mail("y", BEN, answering("b")), mail("z", ANNA, answering("a")))
        batch = Beside(database, policy, clock.now(), *replies)
        batch.waits(mine)
        mine.exec_driver_sql("SELECT id FROM ticket WHERE id = 2 FOR UPDATE NOWAIT")
    assert tickets(batch.outcomes()) == [2, 2, 1]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages each piece had."""
    heart, pieces = filing.file_together, []

    def count(*given: Any) -> list[Filed]:
        filed = heart(*given)
        pieces.append(len(filed))
        return filed

    monkeypatch.setattr(filing, "file_together", count)
    return pieces
