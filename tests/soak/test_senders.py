"""S12: what six programs sent is in the journal octet for octet, below the trace that a relay writes on top."""

import asyncio
import os
import random
import smtplib
import subprocess
from base64 import encodebytes
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from mailflow.store.database import Database
from tests.interop.conftest import needed
from tests.interop.servers import Postfix, eventually, free_port, is_open
from tests.running import Installation, running
from tests.soak.packages import NOBODY, environment, unpacked

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]

FROM, TO = "anna@kunde.example", "support@firma.example"
HEAD = (
    b"From: Anna <anna@kunde.example>\r\nTo: support@firma.example\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
)
BODIES = {
    "dots": b".\r\n..\r\n...\r\n. a dot and words\r\n.bare\r\n\r\nFrom here on\r\nblanks at the end \t \r\n\r\n\r\n",
    "eight-bits": "Zażółć gęślą jaźń\r\n".encode() * 3 + "Größe\r\n".encode("latin-1"),
    "long-lines": b"x" * 998 + b"\r\n" + b"\t" * 500 + b"y\r\n" + b"." * 998 + b"\r\n",
    "a-megabyte": encodebytes(random.Random(1).randbytes(750_000)).replace(b"\n", b"\r\n"),
}
TRACE = (b"received:", b"return-path:", b"delivered-to:")


def mail(sender: str, body: str) -> bytes:
    unique = f"Subject: {body} by {sender}\r\nMessage-ID: <{body}.{sender}@kunde.example>\r\n\r\n"
    return HEAD + unique.encode() + BODIES[body]


# The six: each takes a folder and the ports of the daemon, and gives what sends one mail


Ports = tuple[int, int]
"""SMTP, LMTP."""
Send = Callable[[bytes], None]


@contextmanager
def _smtplib(_folder: Path, ports: Ports) -> Iterator[Send]:
    yield lambda octets: _sent(ports[0], octets)


@contextmanager
def _swaks(folder: Path, ports: Ports) -> Iterator[Send]:
    needed("swaks")

    def send(octets: bytes) -> None:
        (folder / "mail").write_bytes(octets.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        words = ("--from", FROM, "--to", TO, "--data", f"@{folder}/mail", "--no-data-fixup", "--silent", "3")
        subprocess.run(["swaks", "--server", f"127.0.0.1:{ports[0]}", *words], check=True, timeout=60)

    yield send


@contextmanager
def _msmtp(_folder: Path, ports: Ports) -> Iterator[Send]:
    root = unpacked("msmtp")
    words = ("--host=127.0.0.1", f"--port={ports[0]}", f"--from={FROM}", "--auth=off", "--tls=off", TO)
    yield lambda octets: _piped([f"{root}/usr/bin/msmtp", *words], root, octets)


EXIM = """
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
primary_hostname = exim.example
keep_environment =
deliver_drop_privilege
begin routers
us:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = us
begin transports
us:
  driver = smtp
  port = {port}
  allow_localhost
"""


@contextmanager
def _exim(folder: Path, ports: Ports) -> Iterator[Send]:
    root = unpacked("exim4-daemon-light")
    (folder / "exim.conf").write_text(EXIM.format(folder=folder, port=ports[0]))
    os.chown(folder, NOBODY, NOBODY)
    words = ("-C", f"{folder}/exim.conf", "-odf", "-oi", "-oee", "-f", FROM, TO)
    yield lambda octets: _piped([f"{root}/usr/sbin/exim4", *words], root, octets)


OPENSMTPD = """
listen on 127.0.0.1 port {own}
action "us" relay host smtp://127.0.0.1:{port}
match from any for any action "us"
"""
# its folders are compiled in: it gets its own, in a mount namespace of its own
APART = "mount -t tmpfs none /var/spool; mount -t tmpfs none /var/lib; mount -t tmpfs none /run"
EMPTY = "mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty; chmod 711 /var/spool/smtpd"


@contextmanager
def _opensmtpd(folder: Path, ports: Ports) -> Iterator[Send]:
    root, own = unpacked("opensmtpd"), free_port()
    (folder / "smtpd.conf").write_text(OPENSMTPD.format(own=own, port=ports[0]))
    command = f"{APART}; {EMPTY}; exec {root}/usr/sbin/smtpd -d -f {folder}/smtpd.conf"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            ["unshare", "-m", "sh", "-ec", command], env=environment(root), stdout=log, stderr=log
        )
    try:
        eventually(lambda: is_open(own), why=(folder / "log").read_text())
        yield lambda octets: _sent(own, octets)
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def _postfix(folder: Path, ports: Ports) -> Iterator[Send]:
    """By LMTP, as docs/security.md recommends."""
    needed("postfix")
    server = Postfix(folder, inwards=ports[1], customers=ports[1])
    server.start()
    try:
        yield lambda octets: server.send(octets, FROM, TO)
    finally:
        server.stop()


SENDERS: dict[str, Callable[[Path, Ports], AbstractContextManager[Send]]] = {
    "smtplib": _smtplib,
    "swaks": _swaks,
    "msmtp": _msmtp,
    "Exim": _exim,
    "OpenSMTPD": _opensmtpd,
    "Postfix": _postfix,
}
LMTP = """
[[listen]]
protocol = "lmtp"
address = "127.0.0.1:{port}"
"""


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[tuple[Installation, Ports]]:
    lmtp = free_port()
    async with running(Installation(tmp_path, f"sqlite:///{tmp_path}/mailflow.db", LMTP.format(port=lmtp))) as here:
        await here.start()
        yield here, (here.port, lmtp)


@pytest.mark.parametrize("sender", SENDERS)
async def test_s12_what_was_sent_is_what_is_kept(
    sender: str, daemon: tuple[Installation, Ports], open_folder: Path
) -> None:
    if sender in ("Exim", "OpenSMTPD", "Postfix") and os.geteuid() != 0:
        pytest.fail(f"{sender} runs as root only, so nothing was tried")
    here, ports = daemon
    mails = {body: mail(sender, body) for body in BODIES}
    await asyncio.to_thread(_all_sent, SENDERS[sender], open_folder, ports, mails, here)
    kept = _kept(here)
    for body, octets in mails.items():
        (found,) = [each for each in kept if each.endswith(octets)]
        trace = found.removesuffix(octets).splitlines()
        assert all(line.lower().startswith((*TRACE, b" ", b"\t")) for line in trace), body
    print(f"\n{sender}: {len(mails)} mails sent, {len(mails)} kept as they were")


def _all_sent(
    sender: Callable[[Path, Ports], AbstractContextManager[Send]],
    folder: Path,
    ports: Ports,
    mails: dict[str, bytes],
    here: Installation,
) -> None:
    with sender(folder, ports) as send:
        for octets in mails.values():
            send(octets)
        eventually(lambda: len(_kept(here)) == len(mails), why=f"{here.said()}: not all arrived")


def _kept(here: Installation) -> list[bytes]:
    database = Database(f"sqlite:///{here.folder}/mailflow.db")
    try:
        with database.connect() as connection:
            return [octets for (octets,) in connection.execute(text("SELECT octets FROM octets"))]
    finally:
        database.close()


def _sent(port: int, octets: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="test") as client:
        assert client.sendmail(FROM, [TO], octets, ["BODY=8BITMIME"]) == {}


def _piped(command: list[str], root: Path, octets: bytes) -> None:
    done = subprocess.run(
        command,
        input=octets.replace(b"\r\n", b"\n"),
        env=environment(root),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
