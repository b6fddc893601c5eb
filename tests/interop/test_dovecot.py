"""A mailbox on Debian's Dovecot: IDLE within two seconds; restarts, other clients and a new UIDVALIDITY lose and double
nothing (I1, tier C*)."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailflow.config import Imap, Limits
from mailflow.edge.imap import ImapMailbox, Patience
from tests.edge.memory_shore import MemoryShore
from tests.interop.servers import PASSWORD, Dovecot, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

PATIENCE = Patience(connect=5, read=3, idle=60)


def mail(number: int) -> bytes:
    head = f"From: anna@kunde.example\r\nMessage-ID: <{number}@kunde.example>\r\nSubject: no. {number}\r\n\r\n"
    return (head + "Dzień dobry, nichts für ungut.\r\n" * 20).encode()


def settings(dovecot: Dovecot, **changes: Any) -> Imap:
    basis = Imap(
        name="dovecot",
        host="127.0.0.1",
        port=dovecot.port,
        tls="none",
        user="support",
        password_file=Path("password"),
        mailbox="support@firma.example",
        poll="1h",
    )
    return basis.model_copy(update=changes)


@contextmanager
def fetching(
    dovecot: Dovecot,
    shore: MemoryShore,
    *,
    patience: Patience = PATIENCE,
    secret: str = PASSWORD,
    limits: Limits | None = None,
    **changes: Any,
) -> Iterator[ImapMailbox]:
    brief = threading.Event()
    mailbox = ImapMailbox(
        settings(dovecot, **changes),
        lambda: secret,
        shore,
        limits,
        wait=lambda seconds: brief.wait(min(seconds, 0.2)),
        patience=patience,
    )
    mailbox.start()
    try:
        yield mailbox
    finally:
        brief.set()
        mailbox.stop()


def numbers(shore: MemoryShore) -> list[int]:
    return [int(text.split(b"Message-ID: <")[1].split(b"@")[0]) for text in shore.texts]


@pytest.fixture
def shore() -> MemoryShore:
    return MemoryShore()


def idling(mailbox: ImapMailbox) -> None:
    eventually(lambda: mailbox.last_seen is not None)


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a_new_mail_is_seen_within_two_seconds(tls: str, dovecot: Dovecot, shore: MemoryShore, ca_file: Path) -> None:
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    with fetching(dovecot, shore, tls=tls, port=port, ca_file=ca_file) as mailbox:
        idling(mailbox)
        took = []
        for number in range(5):
            began = time.monotonic()
            dovecot.deliver("support", mail(number))
            shore.until_kept(number + 1, seconds=5)
            took.append(time.monotonic() - began)

    assert max(took) < 2
    (arrival,) = [each for each in shore.kept.values() if b"<0@" in each.octets]
    assert arrival.octets.endswith(mail(0))
    assert arrival.envelope.mail_from == "anna@kunde.example"  # Dovecot's LMTP writes Return-Path
    assert not arrival.backlog


@pytest.mark.parametrize("mode", ["flag", "move"])
def test_restarts_of_the_server_lose_and_double_nothing(mode: str, dovecot: Dovecot, shore: MemoryShore) -> None:
    dovecot.deliver("support", *map(mail, range(200)))
    restart_at = [0, 75, 150]

    def restart() -> None:
        """While the journal commits: the mail is fetched, and not yet flagged or moved."""
        if restart_at and len(shore.kept) >= restart_at[0]:
            restart_at.pop(0)
            dovecot.stop()
            dovecot.start()

    shore.before_receive = restart
    with fetching(dovecot, shore, when_done=mode):
        shore.until_kept(200, seconds=30)
        dovecot.deliver("support", *map(mail, range(200, 210)))
        shore.until_kept(210, seconds=5)
        if mode == "move":
            eventually(lambda: dovecot.mails("support") == [])

    assert restart_at == []
    assert sorted(numbers(shore)) == list(range(210))
    if mode == "move":
        done = dovecot.mails("support", "mailflow-done")
        assert sorted(done) == sorted(shore.texts)


def test_of_a_message_that_is_too_large_the_header_is_held_and_the_rest_left(
    dovecot: Dovecot, shore: MemoryShore
) -> None:  # threats 5
    huge = mail(1) + b"x" * 20_000
    dovecot.deliver("support", mail(0), huge, mail(2))
    with fetching(dovecot, shore, limits=Limits(message_size=10_000), when_done="move"):
        eventually(lambda: len(dovecot.mails("support")) == 1 and len(shore.kept) == 3)

    assert sorted(numbers(shore)) == [0, 2]
    (held,) = shore.held
    assert held.octets.endswith(b"Subject: no. 1\r\n\r\n")
    assert "more than limits.message_size allows (10,000 octets); it is still in INBOX" in held.held
    assert dovecot.mails("support")[0].rstrip().endswith(huge)


def test_a_client_process_that_is_killed_or_frozen_is_left(dovecot: Dovecot, shore: MemoryShore) -> None:
    with fetching(dovecot, shore, patience=Patience(connect=5, read=1, idle=1)) as mailbox:
        idling(mailbox)
        for number, how in enumerate((signal.SIGKILL, signal.SIGSTOP)):
            assert dovecot.signal_imap(how) >= 1
            dovecot.deliver("support", mail(number))
            shore.until_kept(number + 1, seconds=20)
        dovecot.signal_imap(signal.SIGCONT)

    assert sorted(numbers(shore)) == [0, 1]


@pytest.mark.parametrize("mode", ["flag", "move"])
def test_a_foreign_expunge_takes_only_its_own(mode: str, dovecot: Dovecot, shore: MemoryShore) -> None:
    dovecot.deliver("support", *map(mail, range(100)))
    with dovecot.agent("support") as agent:
        uids = [uid.decode() for uid in agent.uid("SEARCH", "ALL")[1][0].split()]
        agent.uid("STORE", ",".join(uids[::2]), "+FLAGS", r"(\Seen \Flagged)")
        gone = list(range(50, 100, 5))
        started = threading.Event()

        def expunge_once() -> None:
            if not started.is_set():
                started.set()
                agent.uid("STORE", ",".join(uids[number] for number in gone), "+FLAGS", r"(\Deleted)")
                agent.expunge()

        shore.before_receive = expunge_once
        with fetching(dovecot, shore, when_done=mode):
            shore.until_kept(90, seconds=30)
            dovecot.deliver("support", mail(100))  # maybe while the last batch is moved
            shore.until(lambda: 100 in numbers(shore), seconds=2)

    assert sorted(numbers(shore)) == sorted(set(range(101)) - set(gone))


def test_mail_that_others_move_in_is_fetched_and_old(dovecot: Dovecot, shore: MemoryShore) -> None:
    with fetching(dovecot, shore) as mailbox:
        idling(mailbox)
        with dovecot.agent("support") as agent:
            agent.append("INBOX", "", imap_date(days=30), mail(1))
        shore.until_kept(1)

    assert [arrival.backlog for arrival in shore.kept.values()] == [True]


def imap_date(days: int) -> str:
    from datetime import UTC, datetime
    from imaplib import Time2Internaldate

    return Time2Internaldate(datetime.now(UTC) - timedelta(days=days))


@pytest.mark.parametrize("mode", ["flag", "move"])
def test_a_new_uidvalidity_reads_everything_again_under_new_keys(
    mode: str, dovecot: Dovecot, shore: MemoryShore
) -> None:
    dovecot.deliver("support", *map(mail, range(20)))
    with fetching(dovecot, shore, when_done=mode) as mailbox:
        shore.until_kept(20)
        idling(mailbox)
        first = shore.cursors["dovecot", "INBOX"].uidvalidity
        dovecot.stop()
        dovecot.renumber("support")
        dovecot.start()
        dovecot.deliver("support", *map(mail, range(20, 25)))
        shore.until(lambda: set(numbers(shore)) == set(range(25)), seconds=30)
        shore.until_kept(45 if mode == "flag" else 25)

    assert shore.cursors["dovecot", "INBOX"].uidvalidity != first
    again = [number for number in numbers(shore) if numbers(shore).count(number) == 2]
    assert sorted(set(again)) == (list(range(20)) if mode == "flag" else [])  # what was moved is not there to be read
    assert set(map(len, (key.split("/") for key in shore.kept))) == {4}


def test_a_wrong_password_is_refused_for_good_and_an_outage_is_not(
    dovecot: Dovecot, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:
    with fetching(dovecot, shore, secret="wrong") as mailbox:
        eventually(lambda: "AUTHENTICATIONFAILED" in mailbox.state.last_error)
    assert "imap_refused" in capsys.readouterr().err

    with fetching(dovecot, shore) as mailbox:
        idling(mailbox)
        dovecot.stop()
        eventually(lambda: bool(mailbox.state.last_error))
        dovecot.start()
        eventually(lambda: mailbox.state.connected)
    assert "imap_refused" not in capsys.readouterr().err


def test_a_password_in_any_script_gets_its_answer(dovecot: Dovecot, shore: MemoryShore) -> None:  # X15
    with fetching(dovecot, shore, secret="pässwörd") as mailbox:
        eventually(lambda: "AUTHENTICATIONFAILED" in mailbox.state.last_error)


def test_a_certificate_nobody_vouches_for_is_refused(dovecot: Dovecot, shore: MemoryShore) -> None:
    with fetching(dovecot, shore, tls="implicit", port=dovecot.tls_port) as mailbox:
        eventually(lambda: "certificate verify failed" in mailbox.state.last_error)
