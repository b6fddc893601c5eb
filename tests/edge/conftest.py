"""An SMTP edge on real sockets: a doorkeeper, a journal that records, and a client that says what it is told."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailflow.config import Limits, Listen
from mailflow.desk.rules.rejected import Rejection
from mailflow.edge.doorkeeper import Recipient
from mailflow.edge.inherited import Inherited
from mailflow.edge.listen import Listeners, listen
from mailflow.edge.security import Credentials, read_credentials
from mailflow.mail.envelope import Arrival, Envelope, Tls

PATIENCE = 10  # seconds that nothing here takes, except when it is broken
OURS = {"support@firma.example", "billing@firma.example", "sales@firma.example", "postmaster"}


class Journal:
    """Stands for the database: what it holds was committed."""

    def __init__(self) -> None:
        self.kept: list[Arrival] = []
        self.error: BaseException | None = None
        self.entered, self.may_commit = asyncio.Event(), asyncio.Event()
        self.may_commit.set()

    async def receive(self, arrival: Arrival) -> int:
        self.entered.set()
        await self.may_commit.wait()
        if self.error:
            raise self.error
        self.kept.append(arrival)
        return len(self.kept)


class Door(Journal):
    """The doorkeeper of firma.example, which blocks qq.com. `breaks` names a question that fails and how."""

    def __init__(self) -> None:
        super().__init__()
        self.trusted = self.relaying = False
        self.free = inf
        self.rejection: Rejection | None = None
        self.breaks: dict[str, BaseException] = {}

    def accepts(self, address: str) -> Recipient:
        self._break("accepts")
        local, _, domain = address.lower().partition("@")
        if f"{local.partition('+')[0]}@{domain}" in OURS or address.lower() in OURS:
            return Recipient.OURS
        return Recipient.UNKNOWN if domain == "firma.example" else Recipient.FOREIGN

    def blocked_by(self, mail_from: str, header_from: str | None, peer: str) -> str | None:
        self._break("blocked_by" if header_from is None else "blocked_by the header")
        domains = [(address or "").rpartition("@")[2].lower() for address in (mail_from, header_from)]
        return next(("qq.com" for domain in domains if f".{domain}".endswith(".qq.com")), None)

    def rejected_by(self, envelope: Envelope, octets: bytes) -> Rejection | None:
        self._break("rejected_by")
        return self.rejection

    def trusts(self, peer: str) -> bool:
        self._break("trusts")
        return self.trusted

    def relays(self, peer: str) -> bool:
        self._break("relays")
        return self.relaying

    def free_space(self) -> float:
        self._break("free_space")
        return self.free

    def _break(self, question: str) -> None:
        if error := self.breaks.get(question):
            raise error


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.seen = b""

    async def reply(self) -> str:
        """One reply, its lines joined by a line feed; '' at the end of the stream."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
            self.seen += line
            if not line:
                break
            lines.append(line.decode().removesuffix("\r\n"))
        return "\n".join(lines)

    async def replies(self, count: int) -> list[str]:
        return [await self.reply() for _ in range(count)]

    async def say(self, *lines: str | bytes) -> list[str]:
        """Each line and its reply; the replies."""
        said = []
        for line in lines:
            self.write(line)
            said.append(await self.reply())
        return said

    def write(self, *lines: str | bytes) -> None:
        self.writer.write(b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines))

    async def open(self, *rcpt_tos: str, mail_from: str = "anna@kunde.example", hello: str = "EHLO") -> None:
        """Up to the 354."""
        said = await self.say(
            f"{hello} kunde.example",
            f"MAIL FROM:<{mail_from}>",
            *(f"RCPT TO:<{address}>" for address in rcpt_tos or ["support@firma.example"]),
            "DATA",
        )
        assert said[-1].startswith("354"), said

    async def rest(self) -> list[str]:
        """All replies up to the end of the stream."""
        octets = await asyncio.wait_for(self.reader.read(), PATIENCE)
        self.seen += octets
        return octets.decode().split("\r\n")[:-1]

    async def start_tls(self, *behind: str) -> None:
        """STARTTLS, and `behind` it in clear, in the same segment. Nobody looks at the certificate."""
        self.write("STARTTLS", *behind)
        assert (await self.reply()).startswith("220")
        await self.writer.start_tls(unverified())

    def certificate(self) -> bytes:
        """Of the other side."""
        octets: bytes = self.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return octets

    def tls(self) -> Tls:
        """As this side sees it."""
        session = self.writer.get_extra_info("ssl_object")
        return Tls(session.version(), session.cipher()[0])

    def half_close(self) -> None:
        self.writer.write_eof()

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Edge:
    """Listeners with a door behind them, and their clients."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.door = Door()
        self.listeners: list[Listeners] = []
        self.clients: list[Client] = []
        self.protection: dict[str, Any] = {}
        self.credentials = Credentials()

    def protect(self, certificate: Path, users: str = "", **settings: Any) -> None:
        """Listeners that open from here on; `settings` are those of [[listen]], `users` what is in the users_file."""
        (self.folder / "users").write_text(users)
        self.protection = {"tls": "starttls", "certificate": certificate, **settings}
        self.reload()

    def reload(self) -> None:
        place = Listen.model_validate({"protocol": "smtp", "address": "127.0.0.1:0", **self.protection})
        self.credentials = read_credentials([place], self.folder / "users")

    async def listen(self, *places: str, inherited: Iterable[Inherited] = (), **limits: Any) -> Listeners:
        """`places` are protocol and address, as in 'lmtp unix:lmtp.sock' (in `folder`); limits as in config.toml."""
        wanted = []
        for place in places:
            protocol, address = place.replace(" unix:", f" unix:{self.folder}/").split()
            wanted.append(Listen.model_validate({"protocol": protocol, "address": address, **self.protection}))
        opened = await listen(
            wanted,
            self.door,
            limits=Limits.model_construct(**{**dict(Limits()), "banner_delay": timedelta(0), **limits}),
            hostname="mail.firma.example",
            inherited=tuple(inherited),
            credentials=lambda: self.credentials,
        )
        self.listeners.append(opened)
        return opened

    async def connect(self, address: str, tls: bool = False) -> Client:
        if address.startswith("unix:"):
            reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
        else:
            host, _, port = address.rpartition(":")
            reader, writer = await asyncio.open_connection(
                host.strip("[]"), int(port), ssl=unverified() if tls else None
            )
        client = Client(reader, writer)
        self.clients.append(client)
        return client

    async def client(self, protocol: str = "smtp", **limits: Any) -> Client:
        """A client that has read the greeting, of a listener of its own."""
        listeners = await self.listen(f"{protocol} 127.0.0.1:0", **limits)
        return await self.another(listeners)

    async def another(self, listeners: Listeners | None = None) -> Client:
        client = await self.connect((listeners or self.listeners[-1]).addresses[0])
        assert (await client.reply()).startswith("220 mail.firma.example ")
        return client

    async def quiet(self) -> None:
        """Until nobody is connected and nothing is being committed."""
        for listeners in self.listeners:
            await asyncio.wait_for(listeners.gate._until_empty(), PATIENCE)

    async def close(self) -> None:
        for client in self.clients:
            client.writer.close()
        self.door.may_commit.set()
        for listeners in self.listeners:
            await listeners.close(PATIENCE)
            gate = listeners.gate
            assert (gate.guests, gate._commits, gate._per_peer, gate.octets) == (set(), set(), {}, 0)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With its key, in one file."""
    return written(authority.issue_cert("mail.firma.example"), tmp_path_factory.mktemp("tls") / "mail.pem")


def written(leaf: trustme.LeafCert, file: Path) -> Path:
    leaf.private_key_and_cert_chain_pem.write_to_path(file)
    return file


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    edge = Edge(tmp_path)
    yield edge
    await edge.close()
