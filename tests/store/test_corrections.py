"""What contacts say of themselves waits, is stopped, takes effect or is rejected: once, whoever settles it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from mailflow.desk.actions import CorrectDetails, OpenTicket
from mailflow.desk.clues import Clues, CorrectionSeen
from mailflow.desk.contacts.contact import Role
from mailflow.desk.contacts.details import Correction, Detail, State
from mailflow.desk.policy import Policy
from mailflow.errors import Refused
from mailflow.flow.corrections import approve, reject, settle_due
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store import apply, journal
from mailflow.store.backups import aftercare
from mailflow.store.contacts import contacts, corrections, details
from mailflow.store.contacts.contact_history import history
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.database import Database
from mailflow.store.forgetting import erasure
from mailflow.store.forgetting.person import person_of
from mailflow.store.recall import recall_all
from mailflow.store.shown import overview
from mailflow.store.tables import CORRECTION, OUTBOX, TICKET
from mailflow.store.tickets.tickets import load

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DUE = AT + timedelta(hours=24)
ANNA, OLA, KARL, DORA = "anna@kunde.example", "ola@kunde.example", "karl@kunde.example", "dora@andere.example"
NEW = "anna@neu.example"
PEOPLE = (
    ("1", "Anna", ANNA, Role.TECHNICAL),
    ("1", "Ola", OLA, Role.PRIMARY),
    ("1", "Karl", KARL, Role.TECHNICAL),
    ("2", "Dora", DORA, Role.PRIMARY),
)

BLOCKED = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
"""How many wait for who asks."""


class Office:
    """Anna, her account's primary contact Ola, and two who have nothing to do with it."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.database, self.policy = database, policy
        with database.begin() as connection:
            for account, name, address, role in PEOPLE:
                new = NewContact(account=account, name=name, addresses=(address,), roles=(role,), language="en")
                contacts.add(connection, new, agent="ewa", at=AT)
            self.anna = contacts.find(connection, ANNA)["id"]  # type: ignore[index]
            opening = OpenTicket(
                subject="Printer", department="support", also=(), mailbox="support@firma.example", requester=ANNA,
                requester_name="Anna", contact=self.anna, account=None, language="en",
            )  # fmt: skip
            self.ticket = apply.carry_out(connection, None, (opening,), policy, AT)

    def corrects(self, **wanted: str) -> int:
        """The entry of the mail that says it."""
        with self.database.begin() as connection:
            return self.corrects_in(connection, **wanted)

    def corrects_in(self, connection: Connection, **wanted: str) -> int:
        envelope = Envelope(source="smtp", mail_from=ANNA, rcpt_tos=("support@firma.example",))
        (entry,) = journal.receive(connection, [Arrival(envelope=envelope, octets=b"From: x\r\n\r\n" + repr(wanted).encode())], AT)  # fmt: skip  # noqa: E501
        said = {Detail(name): value for name, value in wanted.items()}
        assert self.ticket
        change = CorrectDetails(ticket=self.ticket, contact=self.anna, wanted=said, by=ANNA, due=DUE, entry=entry)
        assert corrections.begin(connection, change, by=ANNA, at=AT)
        return entry

    def settle(self, at: datetime = DUE) -> list[tuple[int, str]]:
        settled = []
        while True:
            with self.database.begin() as connection:
                found = settle_due(connection, self.policy, at)
            if found is None:
                return settled
            if found[0].state is State.PENDING:
                settled.append((found[0].number, found[1]))

    def decide(self, what: Any, *said: Any) -> Correction:
        with self.database.begin() as connection:
            correction: Correction = what(connection, 1, "ewa", *said, self.policy, AT)
        return correction

    def rows(self, table: Any) -> list[Any]:
        with self.database.connect() as connection:
            return list(connection.execute(table.select().order_by(table.c.id)))

    def mailed(self) -> list[tuple[str, str]]:
        return [(row.kind, row.rcpt_to) for row in self.rows(OUTBOX)]

    def on_file(self) -> tuple[str, str, tuple[str, ...]]:
        with self.database.connect() as connection:
            found = details.on_file(connection, [self.anna])[self.anna]
        return found.name, found.phone, found.addresses

    def history(self) -> list[tuple[str, str]]:
        with self.database.connect() as connection:
            return [(each["kind"], each["text"]) for each in history(connection, self.anna)]


@pytest.fixture
def office(database: Database, policy: Policy) -> Office:
    return Office(database, policy)


def test_nothing_changes_before_its_time(office: Office) -> None:
    office.corrects(phone="+48 22 555 01 23")
    assert office.settle(DUE - timedelta(seconds=1)) == []
    assert office.on_file() == ("Anna", "", (ANNA,))
    assert office.mailed() == []


def test_then_it_takes_effect_once_and_is_announced_to_whom_it_concerns(office: Office) -> None:
    office.corrects(phone="+48 22 555 01 23", addresses=NEW)
    assert office.settle() == [(1, "")]
    assert office.settle() == []
    assert office.on_file() == ("Anna", "+48 22 555 01 23", (NEW,))
    assert sorted(office.mailed()) == [("details_changed", each) for each in sorted((ANNA, NEW, OLA))]
    with office.database.connect() as connection:
        known = details.on_file(connection, [office.anna])[office.anna]
    assert (known.verified, known.is_being_corrected) == (DUE, False)
    assert [kind for kind, _ in office.history()] == ["added", "corrected", "changed", "verified"]
    assert office.history()[2][1] == f"phone none -> +48 22 555 01 23, addresses {ANNA} -> {NEW}; as {ANNA} said"


def test_what_is_answered_in_their_tickets_goes_to_where_they_are(office: Office) -> None:
    office.corrects(addresses=NEW)
    office.settle()
    assert [row.requester for row in office.rows(TICKET)] == [NEW]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (DORA, f"{DORA} is another contact's"),
        (KARL, f"{KARL} is another contact's"),
        ("support@firma.example", "support@firma.example is an address of ours"),
        ("support+x@firma.example", "support+x@firma.example is an address of ours"),
        ("lead@firma.example", "lead@firma.example is an agent's"),
        ("x@qq.com", "x@qq.com is blocked"),
    ],
)
def test_an_address_that_cannot_be_theirs_waits_for_an_agent_and_nobody_else_hears(
    address: str, why: str, office: Office
) -> None:
    office.corrects(addresses=f"{ANNA}, {address}")
    assert office.settle() == [(1, why)]
    assert office.settle() == []
    assert [(row.state, row.why) for row in office.rows(CORRECTION)] == [("waits", why)]
    with office.database.connect() as connection:
        assert overview.status(connection, DUE)["details"] == {"corrections": 1}
    assert office.on_file() == ("Anna", "", (ANNA,))
    assert office.mailed() == []
    with pytest.raises(Refused, match="cannot take effect"):
        office.decide(approve)


def test_who_was_registered_meanwhile_keeps_the_address(office: Office) -> None:
    office.corrects(addresses=NEW)
    with office.database.begin() as connection:
        contacts.add(connection, NewContact(account="2", name="New", addresses=(NEW,)), agent="ewa", at=AT)
    assert office.settle() == [(1, f"{NEW} is another contact's")]


def test_an_agent_lets_it_take_effect_at_once(office: Office) -> None:
    office.corrects(name="Anna Nowak")
    office.decide(approve)
    assert office.on_file()[0] == "Anna Nowak"
    assert [(row.state, row.settled_by) for row in office.rows(CORRECTION)] == [("done", "ewa")]
    assert office.settle() == []
    with pytest.raises(Refused, match="correction 1 is done already"):
        office.decide(reject, "")


def test_an_agent_rejects_it_and_the_contact_alone_is_told(office: Office) -> None:
    office.corrects(addresses=NEW)
    office.decide(reject, "not hers")
    assert office.mailed() == [("details_kept", ANNA)]
    assert office.settle() == []
    assert office.history()[-1] == ("rejected", "correction 1: not hers")


def test_what_is_stopped_waits_and_is_stopped_once(office: Office) -> None:
    entry = office.corrects(addresses=NEW)
    with office.database.begin() as connection:
        assert corrections.stop(connection, entry, "anna objects", by=ANNA, at=AT)
        assert not corrections.stop(connection, entry, "anna objects", by=ANNA, at=AT)
    assert office.settle() == []
    assert [row.state for row in office.rows(CORRECTION)] == ["waits"]


def test_after_a_restore_it_waits_for_an_agent(office: Office) -> None:
    """Who objected since would find it done."""
    office.corrects(addresses=NEW)
    with office.database.begin() as connection:
        done = aftercare.take_care(connection, None, skip=0, now=DUE)
    assert done.corrections == 1
    assert office.settle() == []
    assert [(row.state, row.why) for row in office.rows(CORRECTION)] == [("waits", aftercare.OBJECTED)]
    office.decide(approve)
    assert office.on_file()[2] == (NEW,)


def test_a_later_correction_takes_the_place_of_the_one_before(office: Office) -> None:
    office.corrects(name="Anna N")
    office.corrects(name="Anna Nowak")
    assert office.settle() == [(2, "")]
    assert office.on_file()[0] == "Anna Nowak"
    assert [row.state for row in office.rows(CORRECTION)] == ["rejected", "done"]


def test_a_question_is_answered_once(office: Office) -> None:
    with office.database.begin() as connection:
        details.ask(connection, office.anna, ANNA, "no such mail", AT)
        assert not details.answer(connection, office.anna)
    office.corrects(name="Anna Nowak")
    office.settle()
    key = office.rows(OUTBOX)[0].key
    with office.database.begin() as connection:
        details.ask(connection, office.anna, ANNA, key, AT)
        assert details.answer(connection, office.anna)
        assert not details.answer(connection, office.anna)


def test_who_is_erased_leaves_no_correction(office: Office) -> None:
    office.corrects(addresses=NEW)
    with office.database.connect() as connection:
        person = person_of(connection, [ANNA])
    erasure.erase(office.database.begin, person, AT)
    with office.database.begin() as connection:
        erasure.erase_contact(connection, person)
    assert office.rows(CORRECTION) == []
    assert office.settle() == []


def test_two_nodes_let_it_take_effect_once(office: Office) -> None:
    office.corrects(phone="030 123456")
    with ThreadPoolExecutor(2) as nodes:
        settled = [each for found in nodes.map(lambda _: office.settle(), range(2)) for each in found]
    assert settled == [(1, "")]
    assert [kind for kind, _ in office.history()] == ["added", "corrected", "changed", "verified"]


def test_who_objects_while_it_takes_effect_is_judged_by_what_came_of_it(postgresql_url: str, policy: Policy) -> None:
    """The clock of one node, the filer of another."""
    database = Database(postgresql_url)
    office = Office(database, policy)
    seen = CorrectionSeen(entry=office.corrects(addresses=NEW), for_author=True)
    clues = Clues(digest="x", author=ANNA, tokens=(), message_ids=(), tag=None, correction=seen)

    def judged() -> Correction | None:
        with database.begin() as connection:
            (context,) = recall_all(connection, [clues], DUE, lock=True)
            return context.correction

    with ThreadPoolExecutor(1) as filer:
        with database.begin() as clock:
            assert settle_due(clock, policy, DUE)
            filing = filer.submit(judged)
            while not clock.execute(text(BLOCKED)).scalar():
                assert not filing.done()
        found = filing.result(10)
    database.close()
    assert found
    assert found.state is State.DONE


def test_a_mail_that_corrects_again_while_the_clock_is_at_it_keeps_nobody_from_going_on(
    postgresql_url: str, policy: Policy
) -> None:
    """Who files it has the ticket, and then the correction: two that take them in two orders block each other."""
    database = Database(postgresql_url)
    office = Office(database, policy)
    office.corrects(addresses=NEW)
    with ThreadPoolExecutor(1) as node:
        with database.begin() as filer:
            assert office.ticket
            assert load(filer, office.ticket, lock=True)
            clock = node.submit(office.settle)
            while not filer.execute(text(BLOCKED)).scalar():
                assert not clock.done()
            office.corrects_in(filer, phone="+48 22 555 01 23")
        assert clock.result(10) == [(2, "")]
    assert office.on_file() == ("Anna", "+48 22 555 01 23", (ANNA,))
    database.close()


def test_tickets_of_who_moves_are_taken_in_the_order_of_their_numbers(postgresql_url: str, policy: Policy) -> None:
    """As whoever files has them: or two nodes block each other."""
    database = Database(postgresql_url)
    office = Office(database, policy)
    office.corrects(addresses=NEW)
    said: list[str] = []
    event.listen(database.engine, "after_cursor_execute", lambda *told: said.append(told[2]))
    office.settle()
    database.close()
    (locks,) = (
        at for at, each in enumerate(said) if "FROM ticket" in each and each.endswith("ORDER BY ticket.id FOR UPDATE")
    )
    (moves,) = (at for at, each in enumerate(said) if each.startswith("UPDATE ticket SET requester"))
    assert locks < moves
