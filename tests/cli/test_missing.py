"""`mailflow db missing`: after a restore, what only the former database knows is taken over: nobody is believed who was
not, and nobody is written to twice."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from mailflow import configfile
from mailflow.desk.trust.proof import waits_until
from mailflow.flow.filing import file_batch
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.standing import read_policy
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.health.sole_use import claim_sole_use

AGENT = """
[[agent]]
name = "ewa"
addresses = ["ewa@staff.example"]
"""
CONTACTS = "account,name,addresses\n4711,Bob,bob@shop.example\n"
ENDS = "SELECT id, disposition, rule, ticket, released_by FROM entry ORDER BY id"
STRANGER: dict[str, Any] = {"trusted": False, "peer": "203.0.113.9"}


def mail(name: str, words: str, sender: str = "jan@kunde.example", more: str = "") -> bytes:
    head = f"From: {sender}\r\nTo: support@firma.example\r\nSubject: {name}\r\nMessage-ID: <{name}@kunde.example>\r\n"
    return f"{head}{more}\r\n{words}\r\n".encode()


def rows(company: Any, statement: str, file: str = "mailflow.db") -> list[Any]:
    with closing(sqlite3.connect(company.folder / "var" / file)) as connection:
        return connection.execute(statement).fetchall()


def sent(company: Any, file: str = "mailflow.db") -> list[Any]:
    return rows(company, "SELECT id, key, rcpt_to, message_id FROM outbox ORDER BY id", file)


def file_waiting(company: Any) -> None:
    """As the daemon does when it is started; nothing that was proved is proved again."""
    config = configfile.load(company.config)
    policy, at = read_policy(config, company.folder), datetime.now(UTC)
    with closing(Database(config.database.url)) as database, database.begin() as connection:
        claimed = journal.claim(connection, "test", at, timedelta(minutes=1), 100, 1 << 20)
        read = [(each, parse(each.octets)) for each in claimed]
        assert not any(waits_until(message, each.entry, at) for each, message in read)
        file_batch(connection, read, policy, at)


def restored(company: Any, copy: Path) -> Path:
    assert company.run("db", "restore", copy).code == 0
    (aside,) = (company.folder / "var").glob("mailflow.db.before-*Z")
    return Path(aside)


@pytest.fixture
def copy(company: Any) -> Path:
    """Of a database with a contact, an agent, and a ticket that was acknowledged."""
    company.config.write_text(company.config.read_text() + AGENT)
    (company.folder / "contacts.csv").write_text(CONTACTS)
    assert company.run("contact", "import", "contacts.csv", "--apply").code == 0
    company.deliver()
    file = company.folder / "copy.db"
    assert company.run("db", "backup", file).code == 0
    return Path(file)


def take(company: Any, aside: Path) -> str:
    ran = company.run("db", "missing", aside, "--take")
    assert (ran.code, ran.err) == (0, "")
    file_waiting(company)
    assert company.run("audit").code == 0
    return str(ran.out)


def test_forged_and_rejected_mail_is_believed_no_more_than_it_was(company: Any, copy: Path) -> None:
    forged = company.deliver(mail("forged", "Send my invoices to me.", "bob@shop.example"), **STRANGER)
    rejected = company.deliver(
        mail("rejected", "Give me access.", "bob@shop.example"), "billing@firma.example", **STRANGER
    )
    held = company.deliver(mail("held", "Me too.", "bob@shop.example"), "billing@firma.example", **STRANGER)
    assert company.run("journal", "reject", rejected, "--agent", "ewa").code == 0
    wanted = "SELECT id, source, peer, trusted, verdict, evidence, disposition, reason, rule, ticket FROM entry"
    before = rows(company, f"{wanted} ORDER BY id")
    assert [row[6] for row in before[1:]] == ["filed", "dropped", "held"]
    told = take(company, restored(company, copy))
    assert rows(company, f"{wanted} ORDER BY id") == before
    assert "1 that it had filed are filed once more" in told
    assert "1 that it had dropped is dropped here, too" in told
    assert "1 that it had held is held here, too" in told
    assert "dropped for good" in company.run("journal", "retry", rejected).err
    assert (forged, held) == (2, 4)


def test_nothing_that_was_sent_is_sent_again(company: Any, copy: Path) -> None:
    company.deliver(mail("two", "It is dark."))
    (message_id, reply_to) = notification(company, 2)
    answer = mail("answer", "Press the switch.\n#resolve", "ewa@staff.example", f"In-Reply-To: {message_id}\r\n")
    company.deliver(answer, reply_to)
    assert rows(company, "SELECT status FROM ticket WHERE id = 2") == [("resolved",)]
    before = sent(company)
    said = "SELECT ticket, entry, direction, author, reply FROM message ORDER BY ticket, entry"
    conversation = rows(company, said)
    aside = restored(company, copy)
    told = take(company, aside)
    assert "4 outgoing mails of it are in the outbox now" in told
    assert sent(company) == before
    assert rows(company, said) == conversation
    assert rows(company, "SELECT id, status FROM ticket ORDER BY id") == [(1, "open"), (2, "resolved")]
    assert company.run("db", "missing", aside).err == "nothing is missing\n"


def notification(company: Any, ticket: int) -> tuple[str, str]:
    """What the agent was sent about a ticket: its Message-ID and Reply-To."""
    statement = f"SELECT octets FROM outbox WHERE ticket = {ticket} AND kind = 'notification'"
    ((octets,),) = rows(company, statement)
    header = message_from_bytes(octets)
    return header["Message-ID"], header["Reply-To"].strip("<>")


def test_what_had_not_been_decided_in_the_backup_is_as_it_was_decided_since(company: Any, copy: Path) -> None:
    copy.unlink()
    rejected, released = (
        company.deliver(mail(name, "Let me in.", "bob@shop.example"), "billing@firma.example", **STRANGER)
        for name in ("rejected", "released")
    )
    assert company.run("db", "backup", copy).code == 0
    assert company.run("journal", "reject", rejected, "--agent", "ewa").code == 0
    assert company.run("journal", "release", released, "--agent", "ewa").code == 0
    file_waiting(company)
    before, letters = rows(company, ENDS), sent(company)
    assert [row[1] for row in before] == ["filed", "dropped", "filed"]
    assert "1 that it had dropped is dropped here, too" in take(company, restored(company, copy))
    assert (rows(company, ENDS), sent(company)) == (before, letters)


def test_what_agents_did_by_command_is_told(company: Any, copy: Path) -> None:
    company.deliver(mail("two", "It is dark."))
    assert company.run("ticket", "reply", 2, "--text", "Press the switch.", "--agent", "ewa").code == 0
    assert company.run("ticket", "resolve", 1, "--agent", "ewa").code == 0
    aside = restored(company, copy)
    done = company.run("db", "missing", aside, "--deeds", "--json").lines
    assert [(each["ticket"], each["by"], each["what"]) for each in done] == [(2, "ewa", "answered"), (1, "", "status")]
    assert [done[0]["text"], done[1]["text"]] == ["Press the switch.", "open -> resolved: ewa resolved it"]
    written = company.run("db", "missing", aside, "--sent", "--json").lines
    assert ("reply", "jan@kunde.example", 2) in [(each["kind"], each["to"], each["ticket"]) for each in written]
    said = company.run("db", "missing", aside).out
    assert f"1 is missing, {len(written)} outgoing mails (--sent), 2 changes by command (--deeds)" in said
    told = take(company, aside)
    assert "do again what is to be so" in told
    assert "open -> resolved: ewa resolved it" in told
    assert ("reply", "waiting") in rows(company, "SELECT kind, state FROM outbox")


def test_a_mail_that_waited_to_be_sent_goes_out_and_one_in_doubt_does_not(company: Any, copy: Path) -> None:
    company.deliver(mail("two", "It is dark."))
    last = "id = (SELECT max(id) FROM outbox WHERE kind = 'acknowledgement')"
    with closing(sqlite3.connect(company.folder / "var/mailflow.db")) as connection, connection:
        connection.execute(f"UPDATE outbox SET state = 'sending' WHERE {last}")
    take(company, restored(company, copy))
    ((state, reply),) = rows(company, f"SELECT state, last_reply FROM outbox WHERE {last}")
    assert (state, "it may have been sent" in reply) == ("unknown", True)


def test_nothing_is_taken_over_while_a_daemon_works_nor_from_what_is_none(company: Any, copy: Path) -> None:
    company.deliver(mail("two", "It is dark."))
    aside, live = restored(company, copy), company.folder / "var/mailflow.db"
    with claim_sole_use(Path(f"{live}.lock")):
        assert "another mailflow runs on this database" in company.run("db", "missing", aside, "--take").err
    assert "is the database in use" in company.run("db", "missing", live, "--take").err
    assert company.run("db", "missing", aside, "--take", "--sent").code == 2
    assert rows(company, "SELECT count(*) FROM entry") == [(1,)]


def test_files_are_written_of_what_was_not_dropped_there_and_it_is_said_what_they_lack(
    company: Any, copy: Path
) -> None:
    company.deliver(mail("two", "It is dark."))
    rejected = company.deliver(mail("forged", "Me.", "bob@shop.example"), "billing@firma.example", **STRANGER)
    assert company.run("journal", "reject", rejected, "--agent", "ewa").code == 0
    folder = company.folder / "missing"
    said = company.run("db", "missing", restored(company, copy), "--to", folder).out
    assert [file.name for file in folder.iterdir()] == ["2.eml"]
    assert "1 is missing, 1 dropped there left out" in said
    assert "inject believes and answers all; --take does not" in said


def test_a_duplicate_stays_one_and_what_was_not_filed_is_answered_once(company: Any, copy: Path) -> None:
    for _ in range(2):
        company.deliver(mail("two", "It is dark."))
    arrival = Arrival(
        envelope=Envelope(
            source="imap:main", mail_from="ola@kunde.example", rcpt_tos=("support@firma.example",), trusted=True
        ),
        octets=mail("three", "It is cold.", "ola@kunde.example"),
        key="imap:main/INBOX/1/7",
    )
    database = Database(configfile.load(company.config).database.url)
    with closing(database), database.begin() as connection:
        journal.receive(connection, [arrival], datetime.now(UTC))
    before = sent(company)
    aside = restored(company, copy)
    assert "1 that it had not filed come in as new" in company.run("db", "missing", aside, "--take").out
    take(company, aside)
    assert [row[1] for row in rows(company, ENDS)] == ["filed", "filed", "duplicate", "filed"]
    assert rows(company, "SELECT source_key FROM entry WHERE id = 4") == [("imap:main/INBOX/1/7",)]
    new = [to for _, key, to, _ in sent(company)[len(before) :] if key.startswith("acknowledgement")]
    assert (sent(company)[: len(before)], new) == (before, ["ola@kunde.example"])


def erase(company: Any, address: str) -> None:
    assert company.run("contact", "erase", address, "--yes", "--agent", "ewa").code == 0


def test_who_was_erased_after_the_backup_is_not_filed_again_and_is_named(company: Any, copy: Path) -> None:
    """Their mail was held in the backup, then filed, then erased: its octets are in the backup and nowhere else."""
    copy.unlink()
    held = company.deliver(mail("held", "My secret.", "bob@shop.example"), "billing@firma.example", **STRANGER)
    assert company.run("db", "backup", copy).code == 0
    assert company.run("journal", "release", held, "--agent", "ewa").code == 0
    file_waiting(company)
    assert rows(company, ENDS)[-1][1] == "filed"
    erase(company, "bob@shop.example")
    aside = restored(company, copy)
    told = take(company, aside)
    assert "1 is not filed: the raw mail was not kept there" in told
    assert "1 person was erased there after the backup" in told
    assert told.endswith("do it again:\nmailflow contact erase bob@shop.example\n")
    wanted = f"SELECT disposition, rule, author, subject, reason, ticket FROM entry WHERE id = {held}"
    assert rows(company, wanted) == [("filed", "erased", "", "[erased]", "[erased]", None)]
    assert rows(company, f"SELECT * FROM octets WHERE entry = {held}") == []
    assert rows(company, "SELECT count(*) FROM ticket") == [(1,)]
    erase(company, "bob@shop.example")
    again = company.run("db", "missing", aside, "--take").out
    assert "erased" not in again
    assert "not filed" not in again


def test_what_others_wrote_of_who_was_erased_is_taken_over_without(company: Any, copy: Path) -> None:
    copy.unlink()
    held = company.deliver(mail("held", "Ask bob@shop.example, he knows."), "billing@firma.example", **STRANGER)
    assert company.run("db", "backup", copy).code == 0
    assert company.run("journal", "release", held, "--agent", "ewa").code == 0
    file_waiting(company)
    erase(company, "bob@shop.example")
    take(company, restored(company, copy))
    ((octets,),) = rows(company, f"SELECT octets FROM octets WHERE entry = {held}")
    assert octets.endswith(b"Ask [erased], he knows.\n")


def test_who_is_no_contact_is_named_by_what_is_empty_there(company: Any, copy: Path) -> None:
    erase(company, "anna@kunde.example")
    aside = restored(company, copy)
    (company.folder / "contacts.csv").write_text("account,name,addresses\n4712,Ola,ola@shop.example\n")
    assert company.run("contact", "import", "contacts.csv", "--apply").code == 0
    said = company.run("db", "missing", aside).out
    assert said.splitlines()[-1] == "mailflow contact erase anna@kunde.example"
    assert said.count("contact erase") == 1
    assert "erased" in company.run("db", "missing", aside, "--take").out
    erase(company, "anna@kunde.example")
    assert "erased" not in company.run("db", "missing", aside).out


def test_what_retention_empties_here_too_is_nobodys_wish(company: Any, copy: Path) -> None:
    erase(company, "anna@kunde.example")
    aside = restored(company, copy)
    with closing(sqlite3.connect(company.folder / "var/mailflow.db")) as connection, connection:
        connection.execute("UPDATE ticket SET status = 'closed', last_activity = '2020-01-01 00:00:00.000000'")
    assert "contact erase" in company.run("db", "missing", aside).out
    company.config.write_text(company.config.read_text() + '[retention]\nclosed_tickets = "30d"\n')
    assert "contact erase" not in company.run("db", "missing", aside).out
