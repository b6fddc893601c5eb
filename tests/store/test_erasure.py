"""A person in both databases: what is theirs is gone, what is of others stays, the sums agree."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from mailflow.desk.actions import Append, OpenTicket
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.reach.deeds import HearReach
from mailflow.desk.reach.reaching import Came, State
from mailflow.mail.address import canonical
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.message import Address
from mailflow.store import journal
from mailflow.store.contacts import contacts, details
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.database import Database
from mailflow.store.forgetting import erasure
from mailflow.store.forgetting.person import Person, person_of
from mailflow.store.forgetting.redaction import Redaction, _of_words, _tables
from mailflow.store.health.audit import audit
from mailflow.store.reach import reaches
from mailflow.store.tables import (
    CONSENT,
    CONTACT,
    CONTACT_QUESTION,
    ENTRY,
    EVENT,
    MESSAGE,
    OCTETS,
    OUTBOX,
    PIN,
    REACH_LETTER,
    TICKET,
    TIMER,
)
from mailflow.store.tables.row import Row

ANNA = "anna@kunde.example"
BOB = "joanna@kunde.example"  # whose address has hers in it
SAID = "The third lift of the old mill is stuck between two floors."


class Story:
    """Anna has a ticket, wrote into another's, and something of hers is held."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.database = desk, desk.database
        with self.database.begin() as connection:
            for name, account, address in (("Anna Nowak", "kunde", ANNA), ("Joanna Kos", "kunde", BOB)):
                person = NewContact(account=account, name=name, addresses=(address,))
                contacts.add(connection, person, agent="ewa", at=desk.clock.now())
            values = {"address": ANNA, "verdict": "verified", "method": "dkim", "domain": "kunde.example"}
            asked = {"contact": 1, "at": desk.clock.now(), "address": ANNA, "message_id": "q@mail.firma.example"}
            connection.execute(insert(CONTACT_QUESTION).values(asked))
            connection.execute(insert(PIN).values(**values, since=desk.clock.now()))
        self.hers = desk.open(message=self.message(ANNA, "Anna Nowak", SAID))
        self.others = self.file(BOB, "Joanna Kos", f"I am here.\n> {SAID}\n")
        self.file(ANNA, "Anna Nowak", "Yes, the old mill.", ticket=self.others)
        self.held = self.hold()

    def message(self, author: str, name: str, text: str) -> Any:
        return self.desk.message(author=author, from_=Address(name, author), text=text, reply=text)

    def file(self, author: str, name: str, text: str, ticket: int | None = None) -> int:
        octets = f"From: {name} <{author}>\r\nSubject: x\r\n\r\n{text}\r\n".encode()
        self.desk.receive(self.arrival(author, octets))
        entry = self.desk.claim()[-1].entry
        opening = OpenTicket(
            subject="Printer on fire", department="support", also=(), mailbox="support@firma.example",
            requester=author, requester_name=name, contact=None, account=None, language="en",
        )  # fmt: skip
        actions = (Append(ticket=ticket),) if ticket else (opening, Append(ticket=None))
        decision = Decision(disposition=Disposition.FILED, reason=f"of {author}", actions=actions, ticket=ticket)
        number = self.desk.file(decision, self.message(author, name, text), entry)
        assert number
        return int(number)

    def hold(self) -> int:
        self.desk.receive(self.arrival(ANNA, b"From: anna@kunde.example\r\n\r\nHeld.\r\n"))
        entry = self.desk.claim()[-1].entry
        self.desk.file(
            Decision(disposition=Disposition.HELD, reason=f"{ANNA} is unknown"), self.message(ANNA, "", "Held."), entry
        )
        return int(entry.number)

    def arrival(self, author: str, octets: bytes) -> Arrival:
        envelope = Envelope(source="smtp", mail_from=author, rcpt_tos=("support@firma.example",))
        return Arrival(envelope=envelope, octets=octets)

    def person(self) -> Person:
        with self.database.connect() as connection:
            return person_of(connection, [ANNA.upper()])

    def erase(self) -> Redaction:
        person = self.person()
        redaction = Redaction(self.database, person)
        erasure.erase(self.database.begin, person, self.desk.clock.now())
        redaction.carry_out()
        with self.database.begin() as connection:
            erasure.erase_contact(connection, person)
        return redaction

    def every_word(self) -> str:
        return " ".join(str(row) for table in (CONTACT, *_tables()) for row in self.desk.rows(table))


@pytest.fixture
def story(desk: Any) -> Story:
    return Story(desk)


def test_she_is_known_by_all_that_is_hers(story: Story) -> None:
    person = story.person()
    assert (person.addresses, person.names) == ({ANNA}, {"Anna Nowak"})
    assert (person.tickets, person.visited) == ({story.hers}, {story.others})


def test_nothing_of_her_is_left_and_the_sums_agree(story: Story) -> None:
    before = len(story.desk.rows(ENTRY))
    redaction = story.erase()
    assert redaction.found() == {}
    words = story.every_word().replace(BOB, "")
    assert [each for each in (ANNA, "Anna Nowak", "third lift", "old mill") if each in words] == []
    with story.database.connect() as connection:
        proof = audit(connection, story.desk.clock.now())
    assert proof.problems == ()
    assert proof.accepted == before


def test_what_others_wrote_stays(story: Story) -> None:
    story.erase()
    first, second = story.desk.rows(MESSAGE, ticket=story.others)
    assert first.text == "I am here.\n> [erased].\n"
    assert (first.author, first.author_name) == (BOB, "Joanna Kos")
    assert (second.text, second.author) == ("[erased]", "")
    assert [row.name for row in story.desk.rows(CONTACT)] == ["Joanna Kos"]
    octets = {row.entry: row.octets for row in story.desk.rows(OCTETS)}
    assert b"I am here." in octets[first.entry]
    assert second.entry not in octets


def test_her_ticket_is_a_number_without_words(story: Story) -> None:
    story.erase()
    (ticket,) = story.desk.rows(TICKET, id=story.hers)
    assert (ticket.subject, ticket.status, ticket.requester) == ("[erased]", "closed", "")
    assert {event.text for event in story.desk.rows(EVENT, ticket=story.hers)} == {"[erased]"}
    assert story.desk.rows(TIMER, ticket=story.hers) == []
    (letter,) = story.desk.rows(OUTBOX, ticket=story.hers)
    assert (letter.state, letter.octets, letter.rcpt_to) == ("cancelled", b"", "")


def test_what_was_held_of_her_cannot_be_released(story: Story) -> None:
    story.erase()
    (entry,) = story.desk.rows(ENTRY, id=story.held)
    assert (entry.disposition, entry.rule, entry.author) == ("dropped", "erased", "")
    with story.database.begin() as connection, pytest.raises(Exception, match="dropped for good"):
        journal.retry(connection, story.held)


def test_done_again_it_finds_nothing(story: Story) -> None:
    story.erase()
    assert erasure.erase(story.database.begin, story.person(), story.desk.clock.now()) == {}
    assert Redaction(story.database, story.person()).carry_out() == {}


def test_what_was_interrupted_goes_on(story: Story) -> None:
    erasure.erase(story.database.begin, story.person(), story.desk.clock.now())
    again = story.person()
    assert again.names == {"Anna Nowak"}  # the contact is there still
    story.erase()
    assert "Anna Nowak" not in story.every_word()


def test_large_mail_goes_in_transactions_of_its_own(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also that of one ticket: who delivers mail meanwhile waits for one of them, and not for all."""
    monkeypatch.setattr("mailflow.store.forgetting.pieces.OCTETS", 1)
    story.file(ANNA, "Anna Nowak", "The third lift again.", story.hers)
    freed = []

    @event.listens_for(story.database.engine, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("DELETE FROM octets"):
            freed.append(cursor.rowcount)

    erasure.erase(story.database.begin, story.person(), story.desk.clock.now())
    assert max(freed) == 1
    assert sum(freed) >= 4


def test_a_name_that_others_have_is_not_hers_alone(story: Story) -> None:
    with story.database.begin() as connection:
        other = NewContact(account="andere", name="Anna Nowak", addresses=("an@andere.example",))
        contacts.add(connection, other, agent="ewa", at=story.desk.clock.now())
    person = story.person()
    assert (person.names, person.shared) == (frozenset(), {"Anna Nowak"})
    story.erase()
    assert [row.name for row in story.desk.rows(CONTACT)] == ["Joanna Kos", "Anna Nowak"]


def test_a_name_that_has_nothing_of_hers_is_not_believed(story: Story) -> None:
    story.file(ANNA, "Firma Support", "x")
    assert story.person().names == {"Anna Nowak"}


def test_the_message_id_of_somebody_else_is_not_hers(story: Story) -> None:
    """Anybody can send what another's mail is called: it stays what it is called."""
    with story.database.begin() as connection:
        joannas, hers = MESSAGE.c.author == BOB, MESSAGE.c.author == ANNA
        connection.execute(update(MESSAGE).where(joannas).values(message_id="joannas@kunde.example"))
        connection.execute(update(MESSAGE).where(hers).values(message_id="annas@kunde.example"))
        connection.execute(update(ENTRY).where(ENTRY.c.id == story.held).values(message_id="joannas@kunde.example"))
    assert story.person().traces.ids >= {"annas@kunde.example"}
    assert "joannas@kunde.example" not in story.person().traces.ids
    story.erase()
    said = [row.message_id for row in story.desk.rows(MESSAGE) if row.author == BOB]
    assert said == ["joannas@kunde.example"]


def test_whatever_belongs_to_a_ticket_is_known() -> None:
    """A new table is thought of: its rows go, or lose their words."""
    of_a_ticket = {table.name for table in Row.metadata.sorted_tables if "ticket" in table.c}
    gone = {"timer", "participant", "ticket_tag", "given", "correction", "consent"}
    stays = {"entry", "event", "message", "outbox", "page", "reach", "ticket_department", "undeliverable"}
    assert of_a_ticket == gone | stays


def test_what_is_written_as_an_address_is_looked_at_in_every_table() -> None:
    looked_at = {f"{table.name}.{column.name}" for table in _tables() for column in _of_words(table)}
    assert {"message.text", "octets.octets", "outbox.octets", "entry.evidence", "event.text", "page.cause"} <= looked_at


def test_the_files_of_a_postgresql_server_have_nothing_of_her(
    postgresql_url: str, postgresql_server: Any, desk_of: Any
) -> None:
    database = Database(postgresql_url)
    story = Story(desk_of(database))
    story.erase()
    database.rebuild()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        (folder,) = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").one()
        (data,) = connection.exec_driver_sql("SHOW data_directory").one()
    database.close()
    files = [file for file in (Path(data) / "base" / str(folder)).iterdir() if file.is_file()]
    told = [
        file.name
        for file in files
        for octets in [file.read_bytes()]
        if b"third lift" in octets or b"Anna Nowak" in octets
    ]
    assert told == []
    assert any(canonical(BOB).encode() in file.read_bytes() for file in files)


def test_what_she_was_asked_goes_and_what_others_saw_of_her(story: Story) -> None:
    asked = {
        "ticket": story.others, "is_gate": False, "language": "", "state": "given", "asked": story.desk.clock.now(),
        "words": "", "by": "",
    }  # fmt: skip
    rows = [
        {**asked, "name": "owner", "address": ANNA, "seen": {"customer": "x"}, "words": f"Yes, {SAID}", "by": ANNA},
        {**asked, "name": "other", "address": BOB, "seen": {"customer": "Anna Nowak", "invoices": ANNA}},
    ]
    with story.database.begin() as connection:
        connection.execute(insert(CONSENT), rows)
    story.erase()
    (left,) = story.desk.rows(CONSENT)
    assert (left.name, left.address) == ("other", BOB)
    assert [each for each in (ANNA, "Nowak", "third lift") if each in str(left).replace(BOB, "")] == []


def test_what_she_answered_for_another_of_her_account_goes(story: Story) -> None:
    """The letter was to Joanna, and stays without her words."""
    now = story.desk.clock.now()
    with story.database.begin() as connection:
        case = reaches.begin(connection, 1, story.others, State.ASKED, now)
        ((letter, _),) = reaches.ask(connection, case, [details.on_file(connection, [2])[2]], now)
        words = HearReach(ticket=story.others, letter=letter.number, came=Came.WORDS, words="Old mill.", entry=1, by=1)
        reaches.hear(connection, words, now)
    story.erase()
    (left,) = story.desk.rows(REACH_LETTER)
    assert (left.address, left.words, left.by) == (BOB, "", None)
