"""The same mailbox on two servers: the fake that the other tests trust, and pymap, which others wrote. What holds on
both is true of the fake; Debian's Dovecot has its turn in tests/interop.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from imaplib import IMAP4
from typing import Any

import pytest

from mailflow.edge.imap import ImapMailbox, Patience
from tests.edge.fake_imap import FakeImap
from tests.edge.memory_shore import MemoryShore
from tests.edge.test_imap import NEVER, mail, settings
from tests.imap_server import imap_server


@pytest.fixture(scope="module")
def pymap() -> Iterator[int]:
    with imap_server() as port:
        yield port


class Fake:
    """What somebody else does in the folder, on the fake."""

    def __init__(self, server: FakeImap) -> None:
        self._server = server
        self.port = server.port

    def put(self, *mails: bytes) -> None:
        self._server.deliver(*mails)

    def uids(self) -> list[int]:
        return sorted(self._server.folder)

    def seen(self) -> list[int]:
        return [uid for uid, stored in self._server.folder.items() if r"\Seen" in stored.flags]

    def expunge(self, uid: int) -> None:
        self._server.expunge(uid)

    def has(self, folder: str) -> bool:
        return folder in self._server.folders


class Pymap:
    """The same with another mail program, over IMAP."""

    def __init__(self, port: int, client: IMAP4) -> None:
        self.port = port
        self._client = client

    def put(self, *mails: bytes) -> None:
        for octets in mails:
            assert self._client.append("INBOX", "", "", octets)[0] == "OK"

    def uids(self) -> list[int]:
        return self._search("ALL")

    def seen(self) -> list[int]:
        return self._search("SEEN")

    def expunge(self, uid: int) -> None:
        self._client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
        self._client.expunge()

    def has(self, folder: str) -> bool:
        return self._client.status(folder, "(MESSAGES)")[0] == "OK"

    def _search(self, key: str) -> list[int]:
        self._client.noop()
        return [int(uid) for uid in self._client.uid("SEARCH", key)[1][0].split()]


Far = Fake | Pymap


@pytest.fixture(params=["fake", "pymap"])
def far(request: pytest.FixtureRequest) -> Iterator[Far]:
    if request.param == "fake":
        with FakeImap() as server:
            server.folders.add("INBOX")
            yield Fake(server)
        return
    port = request.getfixturevalue("pymap")
    with IMAP4("127.0.0.1", port) as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login("support", "secret")
        client.select("INBOX")
        agent = Pymap(port, client)
        for uid in agent.uids():
            agent.expunge(uid)
        yield agent


@pytest.fixture
def shore() -> MemoryShore:
    return MemoryShore()


@pytest.fixture
def run(far: Far, shore: MemoryShore) -> Iterator[Callable[..., ImapMailbox]]:
    mailboxes = []

    def start(**changes: Any) -> ImapMailbox:
        mailbox = ImapMailbox(settings(far.port, **changes), lambda: "secret", shore, patience=Patience(idle=60))
        mailboxes.append(mailbox)
        mailbox.start()
        return mailbox

    yield start
    for mailbox in mailboxes:
        mailbox.stop()
        mailbox._thread.join(5)


Run = Callable[..., ImapMailbox]


def eventually(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    assert any(condition() or waiting.wait(0.02) for _ in range(500)), "never happened"


def test_mail_arrives_as_it_was_sent_and_is_marked_as_read(far: Far, run: Run, shore: MemoryShore) -> None:
    mails = [mail(1), mail(2, "Grüße\r\n.\r\n" + "y" * 5_000), b"\r\n", b"no header at all"]
    far.put(*mails)

    run()
    eventually(lambda: ("cursor", far.uids()[-1]) in shore.events)

    assert shore.texts == mails
    assert far.seen() == far.uids()


def test_mail_is_moved_into_a_folder_that_is_made_for_it(far: Far, run: Run, shore: MemoryShore) -> None:
    far.put(mail(1), mail(2))

    run(when_done="move", done_folder="erledigt")
    eventually(lambda: far.uids() == [])

    assert shore.texts == [mail(1), mail(2)]
    assert far.has("erledigt") or isinstance(far, Fake)


def test_a_push_is_seen_without_waiting_for_the_poll(far: Far, run: Run, shore: MemoryShore) -> None:
    mailbox = run(poll=NEVER)
    eventually(lambda: bool(mailbox.state.last_seen))

    far.put(mail(1))

    shore.until_kept(1, seconds=5)
    assert shore.texts == [mail(1)]


def test_what_others_expunge_is_gone_and_what_follows_is_fetched(far: Far, run: Run, shore: MemoryShore) -> None:
    far.put(mail(1), mail(2), mail(3))
    far.expunge(far.uids()[1])

    run()
    shore.until_kept(2)
    far.put(mail(4))
    shore.until_kept(3)

    assert shore.texts == [mail(1), mail(3), mail(4)]


def test_a_second_run_fetches_nothing_again(far: Far, run: Run, shore: MemoryShore) -> None:
    far.put(mail(1), mail(2))
    run()
    eventually(lambda: ("cursor", far.uids()[-1]) in shore.events)

    second = run()
    eventually(lambda: bool(second.last_seen))

    assert len(shore.received) == 1


def test_a_wrong_password_is_the_same_answer_everywhere(
    far: Far, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = ImapMailbox(settings(far.port), lambda: "wrong", shore)

    pause = mailbox._attempt()

    assert pause > 30
    assert "AUTHENTICATIONFAILED" in mailbox.state.last_error.upper()
    assert "imap_refused" in capsys.readouterr().err
