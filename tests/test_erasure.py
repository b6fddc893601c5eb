"""People are erased while the daemon takes mail: nothing of them is left in any file (O6)."""

import asyncio
import json
import random
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.mail.mime.parts import parts_of
from mailflow.store.contacts import contacts
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from tests.running import Conversation, Installation, eventually, figure, running

PEOPLE = figure("PEOPLE", 2, 10)
NAMES = ("Zofia Wrzesień", "Čeněk Mráz", "Jörg Überall", "Ana Muñoz", "Ole Nygård")
WORDS = ("amber", "brisk", "cobalt", "dapple", "ember", "fathom", "gravel", "hollow", "ivory", "jasper", "kernel")
ENDED = "SELECT count(*) FROM entry WHERE disposition = 'received'"


class Someone:
    """Writes in words that nobody else uses."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"{NAMES[number % len(NAMES)]}{number}x"
        self.address = f"someone{number}@kunde{number}.example"
        chance = random.Random(number)
        self.secret = [f"{chance.choice(WORDS)}{chance.randrange(10**6)}q{number}" for _ in range(24)]

    @property
    def lines(self) -> str:
        return "\n".join(" ".join(self.secret[at : at + 6]) + " ż" for at in range(0, 24, 6)) + "\n"

    def mail(self, subject: str, encoding: str, *, id_: str, to: str = "support@firma.example") -> EmailMessage:
        return mail(self, to, f"{subject} {self.secret[0]}", self.lines, encoding, id_=id_)


def mail(author: Any, to: str, subject: str, words: str, encoding: str, *, id_: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP.clone(utf8=False))
    message["From"] = f"{author.name} <{author.address}>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{id_}.{author.number}@kunde{author.number}.example>"
    message.set_content(words, cte=encoding)
    return message


def quoting(author: Someone, of: Someone, encoding: str) -> EmailMessage:
    """A mail of somebody else that names them in Cc, quotes them, folded anew, and attaches what they wrote."""
    quoted = "".join(f"> {line}\n" for line in re.findall(r".{1,40}(?:\s|\Z)", " ".join(of.secret)))
    message = mail(
        author, "support@firma.example", "Something else", f"Mine {author.secret[1]}.\n{quoted}", encoding, id_="cc"
    )
    message["Cc"] = f"{of.name} <{of.address}>"
    page = f"<p>as <b>{of.name}</b> wrote: {' '.join(of.secret[:12])}</p>"
    message.add_alternative(page, subtype="html", cte="base64")
    message.add_attachment(of.mail("Inside", "base64", id_="in"))
    message.add_attachment(b"\x89PNG", "image", "png", filename=f"{of.name}.png")
    return message


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    async with running(Installation(tmp_path, sqlite_url)) as installation:
        await installation.start()
        yield installation


def register(installation: Installation, people: list[Someone]) -> None:
    with closing(Database(f"sqlite:///{installation.folder}/mailflow.db")) as database, database.begin() as connection:
        for each in people:
            contact = NewContact(account=f"k{each.number}", name=each.name, addresses=(each.address,))
            contacts.add(connection, contact, agent="ewa", at=datetime.now(UTC))


def audited(installation: Installation) -> tuple[str, ...]:
    with (
        closing(Database(f"sqlite:///{installation.folder}/mailflow.db")) as database,
        database.connect() as connection,
    ):
        return audit(connection, datetime.now(UTC)).problems


async def sent(installation: Installation, *messages: EmailMessage) -> None:
    conversation = await Conversation.begin(installation.port)
    for message in messages:
        octets = message.as_bytes().decode("ascii").removesuffix("\r\n") + "\r\n"
        await conversation.send(octets.encode(), str(message["From"]).partition("<")[2].rstrip(">"))
    conversation.close()


def rows(installation: Installation, statement: str) -> list[Any]:
    with (
        closing(Database(f"sqlite:///{installation.folder}/mailflow.db")) as database,
        database.connect() as connection,
    ):
        return list(connection.execute(text(statement)))


def needles(person: Someone) -> set[bytes]:
    """As octets can have them; of words that are theirs alone."""
    plain = [person.address, person.name, *person.secret]
    encoded = {b64encode(b" " * shift + word.encode())[4:-4] for word in plain for shift in range(3)}
    quoted = {word.encode("utf-8").hex("=").upper().encode() for word in (person.name,)}
    return {word.encode() for word in plain} | {each for each in encoded if len(each) > 8} | quoted


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file but the log, as it is; and each mail in the database with what is encoded in it decoded."""
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "log":
            yield file.name, file.read_bytes()
    with closing(Database(f"sqlite:///{folder}/mailflow.db")) as database, database.connect() as connection:
        for table, number in (("octets", "entry"), ("outbox", "id")):
            for row in connection.execute(text(f"SELECT {number}, octets FROM {table}")):
                for part in parts_of(row.octets).walk():
                    yield f"{table} {row[0]}", part.octets()


def hits(folder: Path, people: list[Someone]) -> list[tuple[str, bytes]]:
    wanted = re.compile(b"|".join(re.escape(each) for person in people for each in sorted(needles(person))))
    return [(place, found[0]) for place, octets in everything(folder) for found in wanted.finditer(octets)]


async def test_nothing_is_left_of_who_is_erased(installation: Installation) -> None:
    people = [Someone(number) for number in range(PEOPLE)]
    bob = Someone(90)
    encodings = ("base64", "quoted-printable")
    register(installation, people)
    for each in people:
        await sent(installation, each.mail("Help", encodings[each.number % 2], id_="first"))
        await sent(installation, quoting(bob, each, encodings[each.number % 2]))
    await eventually(lambda: rows(installation, ENDED) == [(0,)])
    await installation.run("ticket", "reply", "1", "--text", f"You wrote: {people[0].lines}", "--agent", "ewa")
    await eventually(lambda: any("reply" in file.name for file in (installation.folder / "var/sent").glob("*.eml")))
    assert {place.partition(" ")[0] for place, _ in hits(installation.folder, people)} >= {
        "mailflow.db-wal",
        "octets",
        "outbox",
    }
    before = rows(installation, "SELECT disposition, count(*) FROM entry GROUP BY disposition")

    ends = asyncio.Event()
    storm = asyncio.create_task(others(installation, bob, ends))
    for each in people:
        status, told = await installation.run("contact", "erase", each.address, "--yes", "--json", "--agent", "ewa")
        assert status == 0, told
        certificate = json.loads(told)
        assert certificate["left"] == {}
        assert each.address not in told
    ends.set()
    await storm
    await eventually(lambda: rows(installation, ENDED) == [(0,)])
    assert hits(installation.folder, people) == []
    assert audited(installation) == ()
    after = dict(rows(installation, "SELECT disposition, count(*) FROM entry GROUP BY disposition"))
    assert all(after[disposition] >= count for disposition, count in before)
    assert bob.secret[1] in str(rows(installation, "SELECT text FROM message"))
    assert await installation.stop() == 0
    assert "Traceback" not in installation.said()


async def others(installation: Installation, bob: Someone, ends: asyncio.Event) -> None:
    """Mail that comes in meanwhile, until it ends."""
    number = 0
    while not ends.is_set():
        number += 1
        words = f"More {number}"
        await sent(installation, mail(bob, "support@firma.example", words, f"{words}.\n", "7bit", id_=f"m{number}"))
        await asyncio.wait([asyncio.create_task(ends.wait())], timeout=0.1)
