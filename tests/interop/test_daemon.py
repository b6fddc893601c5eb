"""The whole daemon between real servers: Dovecot holds the support mailbox and the customers', Postfix stands between.

What issue 2 must show: a mail is seen within two seconds of its delivery; restarts, kills, other clients and a new
UIDVALIDITY lose and double nothing; three recipients by LMTP are one message; our mail leaves through a smarthost.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.store.database import Database
from tests.interop.conftest import needed
from tests.interop.servers import PASSWORD, Dovecot, Postfix, free_port
from tests.running import Installation, eventually, running

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]

MAILBOXES = """
[[mailbox]]
address = "billing@firma.example"
department = "billing"
registered_only = false

[[mailbox]]
address = "sales@firma.example"
department = "sales"
registered_only = false

[[department]]
name = "billing"
title = "Billing"

[[department]]
name = "sales"
title = "Sales"
"""
IMAP = """
[[imap]]
name = "support"
host = "127.0.0.1"
port = {port}
tls = "starttls"
ca_file = "{ca_file}"
user = "support"
password_file = "imap-password"
mailbox = "support@firma.example"
when_done = "{when_done}"
trusted = true
poll = "1h"
"""
LMTP = """
[[listen]]
protocol = "lmtp"
address = "127.0.0.1:{port}"
"""
SMARTHOST = """
[smarthost]
host = "127.0.0.1"
port = {port}
tls = "none"
"""


def mail(name: str, *to: str) -> bytes:
    """From a customer of that name: automatic mail to one address has a ceiling."""
    recipients = ", ".join(to or ("support@firma.example",))
    return (
        f"From: {name} <{name}@kunde.example>\r\nTo: {recipients}\r\nMessage-ID: <{name}@kunde.example>\r\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nSubject: Printer of {name}\r\n\r\nIt does not print.\r\n"
    ).encode()


class Books:
    """What the database says, read beside the daemon."""

    def __init__(self, installation: Installation) -> None:
        self._url = f"sqlite:///{installation.folder / 'mailflow.db'}"

    def rows(self, statement: str) -> list[Any]:
        database = Database(self._url)
        try:
            with database.connect() as connection:
                return list(connection.execute(text(statement)))
        finally:
            database.close()

    def dispositions(self) -> Counter[str]:
        return Counter(disposition for (disposition,) in self.rows("SELECT disposition FROM entry"))

    def subjects(self) -> Counter[str]:
        """Of the messages in tickets: each must be there once."""
        return Counter(subject for (subject,) in self.rows("SELECT subject FROM message WHERE direction = 'in'"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "imap-password").write_text(f"{PASSWORD}\n")
    return tmp_path


def installation(folder: Path, *sections: str) -> Installation:
    return Installation(folder, f"sqlite:///{folder}/mailflow.db", "".join([MAILBOXES, *sections]))


@pytest.fixture
async def by_imap(folder: Path, dovecot: Dovecot, ca_file: Path, when_done: str) -> AsyncIterator[Installation]:
    section = IMAP.format(port=dovecot.port, ca_file=ca_file, when_done=when_done)
    async with running(installation(folder, section)) as here:
        await here.start()
        await eventually(lambda: "imap_connected" in here.said())
        yield here


@pytest.fixture
def lmtp_port() -> int:
    return free_port()


@pytest.fixture
def postfix(as_root: None, open_folder: Path, dovecot: Dovecot, lmtp_port: int) -> Iterator[Postfix]:
    needed("postfix")
    folder = open_folder / "postfix"
    folder.mkdir()
    server = Postfix(folder, inwards=lmtp_port, customers=dovecot.lmtp_port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def behind_postfix(folder: Path, postfix: Postfix, lmtp_port: int) -> AsyncIterator[Installation]:
    sections = [LMTP.format(port=lmtp_port), SMARTHOST.format(port=postfix.port)]
    async with running(installation(folder, *sections)) as here:
        await here.start()
        yield here


async def assert_the_ledger_adds_up(here: Installation) -> None:
    code, said = await here.run("audit")
    assert code == 0, said


# IMAP


@pytest.mark.parametrize("when_done", ["flag"])
async def test_a_mail_is_in_the_journal_within_two_seconds_of_its_delivery(
    by_imap: Installation, dovecot: Dovecot
) -> None:
    books, took = Books(by_imap), []
    await eventually(lambda: "imap_connected" in by_imap.said())
    for number in range(4):
        await asyncio.to_thread(dovecot.deliver, "support", mail(f"anna{number}"))
        began = time.monotonic()
        await eventually(lambda count=number + 1: sum(books.dispositions().values()) == count)
        took.append(time.monotonic() - began)
    await eventually(lambda: books.dispositions() == {"filed": 4})

    assert max(took) < 2
    await eventually(lambda: len(list((by_imap.folder / "var" / "sent").glob("*"))) == 4)
    await assert_the_ledger_adds_up(by_imap)


@pytest.mark.parametrize("when_done", ["flag", "move"])
async def test_whatever_happens_to_daemon_and_server_each_mail_is_in_one_ticket_once(
    by_imap: Installation, dovecot: Dovecot, when_done: str
) -> None:
    books = Books(by_imap)
    names = [f"c{number}" for number in range(80)]
    expected = Counter(f"Printer of {name}" for name in names)

    def received() -> int:
        return sum(books.dispositions().values())

    await asyncio.to_thread(dovecot.deliver, "support", *map(mail, names[:40]))
    await eventually(lambda: received() > 0)
    await by_imap.kill(whole_group=True)
    await asyncio.to_thread(dovecot.deliver, "support", *map(mail, names[40:60]))
    await by_imap.start()
    await asyncio.to_thread(dovecot.stop)  # while it fetches
    await asyncio.to_thread(dovecot.start)
    await eventually(lambda: len(books.subjects()) == 60)

    with dovecot.agent("support") as agent:  # somebody tidies up what is taken in, and one that nobody has seen yet
        await by_imap.kill()
        await asyncio.to_thread(dovecot.deliver, "support", mail("never-seen"))
        agent.noop()
        last = agent.uid("SEARCH", "ALL")[1][0].split()[-1].decode()
        agent.uid("STORE", last, "+FLAGS", r"(\Deleted)")
        agent.expunge()
    await asyncio.to_thread(dovecot.stop)
    dovecot.renumber("support")
    await asyncio.to_thread(dovecot.start)
    await by_imap.start()
    await asyncio.to_thread(dovecot.deliver, "support", *map(mail, names[60:]))
    await eventually(lambda: len(books.subjects()) == 80)
    again = 60 if when_done == "flag" else 0  # under the new UIDVALIDITY; what was moved is not there any more
    await eventually(lambda: books.dispositions() == {"filed": 80} | ({"duplicate": again} if again else {}))

    assert books.subjects() == expected
    acknowledged = Counter(to for (to,) in books.rows("SELECT rcpt_to FROM outbox WHERE kind = 'acknowledgement'"))
    assert max(acknowledged.values()) == 1
    await assert_the_ledger_adds_up(by_imap)
    assert await by_imap.stop() == 0


# Postfix in, Postfix out


async def test_three_recipients_by_lmtp_are_one_message(behind_postfix: Installation, postfix: Postfix) -> None:
    books = Books(behind_postfix)
    to = ["support@firma.example", "billing@firma.example", "sales@firma.example"]

    await asyncio.to_thread(postfix.send, mail("anna", *to), "anna@kunde.example", *to)
    await eventually(lambda: postfix.queue() == [] and books.dispositions()["filed"] == 1)

    assert books.subjects() == {"Printer of anna": 1}
    assert set(books.dispositions()) <= {"filed", "duplicate"}
    (row,) = books.rows("SELECT source, rcpt_tos, mail_from FROM entry WHERE disposition = 'filed'")
    assert (row.source, row.mail_from) == ("lmtp", "anna@kunde.example")
    assert sorted(json.loads(row.rcpt_tos)) == sorted(to)
    assert len(re.findall(r"to=<\w+@firma\.example>.*status=sent \(250 ", postfix.log())) == 3
    await assert_the_ledger_adds_up(behind_postfix)


async def test_an_unknown_recipient_among_them_is_refused_alone(behind_postfix: Installation, postfix: Postfix) -> None:
    to = ["support@firma.example", "nobody@firma.example", "sales@firma.example"]

    await asyncio.to_thread(postfix.send, mail("anna", *to), "anna@kunde.example", *to)
    await eventually(lambda: Books(behind_postfix).dispositions()["filed"] == 1)
    await eventually(lambda: "status=bounced" in postfix.log())

    assert len(re.findall(r"to=<\w+@firma\.example>.*status=sent \(250 ", postfix.log())) == 2
    assert len(re.findall(r"to=<nobody@firma\.example>.*status=bounced", postfix.log())) == 1


async def test_postfix_keeps_the_mail_while_the_daemon_is_away(behind_postfix: Installation, postfix: Postfix) -> None:
    await behind_postfix.kill(whole_group=True)
    await asyncio.to_thread(postfix.send, mail("anna"), "anna@kunde.example", "support@firma.example")
    await eventually(lambda: "status=deferred" in postfix.log())

    await behind_postfix.start()
    await eventually(lambda: postfix.queue() == [])

    await eventually(lambda: Books(behind_postfix).subjects() == {"Printer of anna": 1})


async def test_a_conversation_goes_all_the_way_round(
    behind_postfix: Installation, postfix: Postfix, dovecot: Dovecot
) -> None:
    """Customer, Postfix, mailflow, Postfix, the customer's INBOX; an agent's answer; the customer's reply to it."""

    async def letters(count: int) -> list[EmailMessage]:
        found: list[bytes] = []

        def arrived() -> bool:
            found[:] = dovecot.mails("anna")
            return len(found) == count

        await eventually(arrived, every=0.1)
        return [message_from_bytes(octets, policy=policy.default) for octets in found]  # type: ignore[misc]

    send = postfix.send
    await asyncio.to_thread(send, mail("anna"), "anna@kunde.example", "support@firma.example")
    (acknowledgement,) = await letters(1)
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert acknowledgement["In-Reply-To"] == "<anna@kunde.example>"
    assert "[#1]" in acknowledgement["Subject"]

    code, said = await behind_postfix.run("ticket", "reply", "1", "--text", "Please switch it on.", "--ask")
    assert code == 0, said
    _, answer = await letters(2)
    assert "Please switch it on." in answer.get_content()
    assert answer["Auto-Submitted"] in (None, "no")

    back = (answer["Reply-To"] or answer["From"]).addresses[0].addr_spec
    reply = (
        f"From: anna <anna@kunde.example>\r\nTo: {back}\r\nMessage-ID: <second@kunde.example>\r\n"
        f"In-Reply-To: {answer['Message-ID']}\r\nSubject: Re: {answer['Subject']}\r\n\r\nIt prints now.\r\n"
    )
    await asyncio.to_thread(send, reply.encode(), "anna@kunde.example", back)
    await eventually(lambda: Books(behind_postfix).dispositions()["filed"] == 2)

    code, said = await behind_postfix.run("ticket", "show", "1", "--json")
    ticket = json.loads(said)
    assert [message["direction"] for message in ticket["messages"]] == ["in", "out", "in"]
    assert ticket["status"] == "open"
    sent = Books(behind_postfix).rows("SELECT state FROM outbox")
    assert {state for (state,) in sent} == {"sent"}
    await assert_the_ledger_adds_up(behind_postfix)
