"""Senders as mail servers are: each sends a mail until it has read that it is kept, and notes only that.

Of ten mails six come by SMTP, two by LMTP for one to five recipients, two are put into an IMAP folder.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from imaplib import IMAP4, Time2Internaldate
from pathlib import Path
from typing import Any

from tests.imap_server import imap_server
from tests.running import Conversation, Installation

CONNECTIONS = 20
FOLDER = "storm"
IMAP_PASSWORD = "canary-password-of-the-mailbox"
BODY = "canary-words-of-the-body"
"""Neither is ever in a log (P11)."""
AWAY = (OSError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Mail:
    name: str  # in X-Test-Id, in the addresses, in the subject

    @property
    def author(self) -> str:
        return f"customer{self.name}@kunde.example"

    @property
    def recipients(self) -> list[str]:
        return [
            "support@firma.example",
            *(f"support+{n}@firma.example" for n in range(1, 1 + int(self.name) // 10 % 5)),
        ]

    @property
    def octets(self) -> bytes:
        return (
            f"From: Customer {self.name} <{self.author}>\r\nTo: support@firma.example\r\n"
            f"Subject: Request {self.name}\r\nMessage-ID: <{self.name}@kunde.example>\r\n"
            f"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\nX-Test-Id: {self.name}\r\n"
            f"\r\nThis is request {self.name}, {BODY}.\r\n"
        ).encode()


@dataclass
class Senders:
    """All of them together, with one heap of mails."""

    installation: Installation
    imap_port: int
    waiting: list[Mail]
    acknowledged: set[str] = field(default_factory=set)
    copies: int = 0
    _mailboxes: list[IMAP4] = field(default_factory=list)  # idle; a login costs the server 0.2 s

    def have(self, count: int) -> bool:
        """Whether so many were acknowledged."""
        return len(self.acknowledged) >= count

    async def work(self) -> None:
        """Until each mail was acknowledged."""
        await asyncio.gather(*(self._work() for _ in range(CONNECTIONS)))
        for client in self._mailboxes:
            client.shutdown()

    async def _work(self) -> None:
        conversation: Conversation | None = None
        while self.waiting:
            mail = self.waiting.pop()
            while mail.name not in self.acknowledged:
                self.copies += 1
                try:
                    if way := self._other_way(mail):
                        await way
                    else:
                        conversation = conversation or await Conversation.begin(self.installation.port)
                        await conversation.send(mail.octets, mail.author)
                    self.acknowledged.add(mail.name)
                except AWAY:
                    if conversation:
                        conversation.close()
                    conversation = None
                    await asyncio.sleep(0.2)  # who tries more often keeps the daemon from starting
        if conversation:
            conversation.close()

    def _other_way(self, mail: Mail) -> Coroutine[Any, Any, None] | None:
        """None: by SMTP, on a connection that is kept."""
        match int(mail.name) % 10:
            case 6 | 7:
                return by_lmtp(self.installation, mail)
            case 8 | 9:
                return asyncio.to_thread(self._by_imap, mail)
        return None

    def _by_imap(self, mail: Mail) -> None:
        """Into the folder; what is in a folder is safe before we know of it."""
        client = self._mailboxes.pop() if self._mailboxes else logged_in(self.imap_port)
        date = datetime(2100, 1, 1, tzinfo=UTC)  # not older than the adoption of the folder
        status, told = client.append(FOLDER, "", Time2Internaldate(date), mail.octets)
        assert status == "OK", told
        self._mailboxes.append(client)


def logged_in(port: int) -> IMAP4:
    client = IMAP4("127.0.0.1", port)
    client.login("support", IMAP_PASSWORD)
    return client


def mails(count: int) -> list[Mail]:
    return [Mail(f"{number:05}") for number in range(count)]


async def by_smtp(installation: Installation, mail: Mail) -> str:
    """The reply to the content. Raises one of AWAY if there is none, or none that begins with 250."""
    conversation = await Conversation.begin(installation.port)
    try:
        return await conversation.send(mail.octets, mail.author)
    finally:
        conversation.close()


async def by_lmtp(installation: Installation, mail: Mail) -> None:
    conversation = await Conversation.begin_lmtp(installation.folder / "lmtp.sock")
    try:
        await conversation.send_lmtp(mail.octets, mail.author, mail.recipients)
    finally:
        conversation.close()


@contextmanager
def mailbox(folders: Sequence[str] = (FOLDER,)) -> Iterator[int]:
    """The port of an IMAP server that has them."""
    with imap_server(IMAP_PASSWORD) as port:
        with logged_in(port) as client:
            for folder in folders:
                client.create(folder)
        yield port


def world(folder: Path, *, smarthost: int, imap: int | None = None, when_done: str = "flag") -> str:
    """What the configuration of tests.running needs besides; the ports of both."""
    text = f'\n[smarthost]\nhost = "127.0.0.1"\nport = {smarthost}\ntls = "none"\n'
    text += "\n[limits]\nautomatic_per_minute = 1000000\n"
    if imap is None:
        return text
    (folder / "imap-password").write_text(IMAP_PASSWORD)
    return text + (
        f'\n[[imap]]\nname = "storm"\nhost = "127.0.0.1"\nport = {imap}\ntls = "none"\nuser = "support"\n'
        f'password_file = "imap-password"\nfolder = "{FOLDER}"\nmailbox = "support@firma.example"\ntrusted = true\n'
        f'poll = "1s"\nwhen_done = "{when_done}"\n'
    )
