"""The mailbox against a server that misbehaves: nothing lost, nothing twice, nothing touched before the commit (I1)."""

import gc
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from imaplib import IMAP4
from pathlib import Path
from typing import Any

import pytest
import trustme
from imapclient.exceptions import LoginError

from mailflow.config import Imap, Limits
from mailflow.edge import imap, imap_folder, imap_suspects
from mailflow.edge.imap import REFUSED, TROUBLE, ImapMailbox, Patience, _Ration
from mailflow.edge.imap_intake import _megabytes, return_path
from tests.edge.fake_imap import CLOSE, DAY, FREEZE, Cut, FakeImap, HiddenPush, InPassing, Meanwhile
from tests.edge.memory_shore import Mark, MemoryShore

ADOPTED = datetime(2026, 2, 1, tzinfo=UTC)
QUICK = Patience(connect=5, read=5, idle=0.05)
NEVER = timedelta(days=1)


def settings(port: int, **changes: Any) -> Imap:
    basis = Imap(
        name="support",
        host="127.0.0.1",
        port=port,
        tls="none",
        user="support",
        password_file=Path("password"),
        mailbox="support@firma.example",
        poll="1s",
    )
    return basis.model_copy(update={"poll": timedelta(seconds=0.05)} | changes)


def mail(number: int, body: str = "Hello") -> bytes:
    return (
        f"Return-Path: <anna{number}@kunde.example>\r\nFrom: anna{number}@kunde.example\r\n"
        f"Message-ID: <{number}@kunde.example>\r\nSubject: no. {number}\r\n\r\n{body}\r\n"
    ).encode()


class Pauses:
    """`wait` without waiting: notes for how long, and yields to the other threads."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.stop = threading.Event()

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return self.stop.wait(min(seconds, 0.002))


@contextmanager
def fetching(
    server: FakeImap, shore: MemoryShore, *, limits: Limits | None = None, patience: Patience = QUICK, **changes: Any
) -> Iterator[ImapMailbox]:
    shore.events = server.events
    shore.cursors.setdefault(("support", "INBOX"), Mark(server.uidvalidity, 0, ADOPTED))
    pauses = changes.pop("pauses", None) or Pauses()
    secret = changes.pop("secret", lambda: server.password)
    mailbox = ImapMailbox(
        settings(server.port, **changes), secret, shore, limits, now=lambda: DAY, wait=pauses, patience=patience
    )
    mailbox.start()
    try:
        yield mailbox
    finally:
        began = time.monotonic()
        pauses.stop.set()
        mailbox.stop()
        assert time.monotonic() - began < 1, "stop() takes its time"
        mailbox._thread.join(5)
        assert not mailbox._thread.is_alive()


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap() as server:
        yield server


@pytest.fixture
def shore() -> MemoryShore:
    return MemoryShore()


def assert_whole(server: FakeImap, shore: MemoryShore, mails: list[bytes]) -> None:
    """Each mail once, byte for byte, and each touched only after the journal had it."""
    assert sorted(shore.texts) == sorted(mails)
    kept: set[object] = set()
    for what, uid in server.events:
        if what == "kept":
            kept.add(uid)
        elif what in ("flagged", "moved"):
            assert uid in kept, f"UID {uid} was {what} before it was kept"


# What a message becomes


def test_an_arrival_says_where_it_comes_from(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))

    with fetching(server, shore, trusted=True):
        shore.until_kept(1)

    (arrival,) = shore.kept.values()
    assert arrival.key == "imap:support/INBOX/1/1"
    assert arrival.octets == mail(1)
    assert arrival.envelope.source == "imap:support"
    assert arrival.envelope.mail_from == "anna1@kunde.example"
    assert arrival.envelope.rcpt_tos == ("support@firma.example",)
    assert arrival.envelope.trusted
    assert arrival.envelope.relayed
    assert not arrival.backlog


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (b"Return-Path: <anna@kunde.example>\r\n", "anna@kunde.example"),
        (b"RETURN-PATH:<anna@kunde.example>\r\nReturn-Path: <forged@kunde.example>\r\n", "anna@kunde.example"),
        (b"Received: x\r\nReturn-Path:\r\n <anna@kunde.example>\r\n", "anna@kunde.example"),
        (b"Return-Path: anna@kunde.example\n", "anna@kunde.example"),
        (b"Return-Path: <>\r\n", ""),
        (b"Return-Path: \r\n", ""),
        (b"Return-Path: <a@=?utf-8?q?kunde.example?=>\r\n", ""),
        (b"Return-Path: <anna@kunde.example> (comment)\r\n", ""),
        (b"Return-Path: <\xff@kunde.example>\r\n", ""),
        ("Return-Path: <łucja@kunde.example>\r\n".encode(), "łucja@kunde.example"),
        (b"Subject: hi\r\n\r\nReturn-Path: <body@kunde.example>\r\n", ""),
        (b"\x00\xff", ""),
        (b"", ""),
    ],
)
def test_the_envelope_sender_is_read_from_the_topmost_return_path(header: bytes, sender: str) -> None:  # S2
    assert return_path(header + b"From: someone@else.example\r\n\r\nHello") == sender


def test_mail_from_before_the_adoption_is_backlog_also_under_a_new_uidvalidity(
    server: FakeImap, shore: MemoryShore
) -> None:  # I3: no answers to old mail
    shore.cursors["support", "INBOX"] = Mark(7, 900, ADOPTED)
    server.deliver(mail(1), date=ADOPTED - timedelta(seconds=1))
    server.deliver(mail(2), date=ADOPTED)

    with fetching(server, shore):
        shore.until_kept(2)

    assert [arrival.backlog for arrival in shore.kept.values()] == [True, False]
    assert shore.cursors["support", "INBOX"].adopted == ADOPTED


def test_the_first_start_is_written_down_before_anything_is_fetched(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    mailbox = ImapMailbox(
        settings(server.port), lambda: "secret", shore, now=lambda: DAY + timedelta(microseconds=999_999)
    )
    shore.events = server.events

    mailbox.start()
    shore.until(lambda: ("cursor", 1) in server.events)
    mailbox.stop()

    assert server.events == [("cursor", 0), ("kept", 1), ("flagged", 1), ("cursor", 1)]
    assert shore.cursors["support", "INBOX"].adopted == DAY  # INTERNALDATE has whole seconds: same second is not older
    assert not next(iter(shore.kept.values())).backlog


# The order of things


def test_mail_is_flagged_after_the_commit_and_the_cursor_saved_after_that(server: FakeImap, shore: MemoryShore) -> None:
    mails = [mail(number) for number in range(60)]
    server.deliver(*mails)

    with fetching(server, shore):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 60)

    assert_whole(server, shore, mails)
    assert [len(batch) for batch in shore.received] == [25, 25, 10]
    assert [event for event in server.events if event[0] == "cursor"] == [
        ("cursor", 25),
        ("cursor", 50),
        ("cursor", 60),
    ]
    assert all(stored.flags == {"\\Seen"} for stored in server.folder.values())
    assert not [line for line in server.seen if "BODY[]" in line.replace("BODY.PEEK[]", "")]


def test_a_batch_stays_below_eight_megabytes(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(*[mail(number, "x" * 3_000_000) for number in range(4)])

    with fetching(server, shore):
        shore.until_kept(4)

    assert [len(batch) for batch in shore.received] == [2, 2]


def test_mail_is_moved_to_the_done_folder(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1), mail(2))

    with fetching(server, shore, when_done="move"):
        server.until(lambda: not server.folder)

    assert sorted(server.done) == [mail(1), mail(2)]
    assert_whole(server, shore, [mail(1), mail(2)])


def test_without_move_mail_is_copied_and_only_that_mail_expunged(shore: MemoryShore) -> None:
    with FakeImap("IMAP4rev1 IDLE UIDPLUS") as server:
        server.deliver(mail(1), mail(2))
        server.folder[1].flags.add("\\Deleted")  # by somebody else, and after it was seen by us

        with fetching(server, shore, when_done="move"):
            server.until(lambda: not server.folder)

        assert_whole(server, shore, [mail(1), mail(2)])
        assert server.commands("UID EXPUNGE")
        assert not server.commands("EXPUNGE")


def test_a_server_with_neither_move_nor_uidplus_keeps_its_mail_marked_as_read(shore: MemoryShore) -> None:
    with FakeImap("IMAP4rev1 IDLE") as server:
        server.deliver(mail(1))

        with fetching(server, shore, when_done="move"):
            shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 1)

        assert server.folder[1].flags == {"\\Seen"}
        assert server.done == []


def test_a_missing_done_folder_is_created(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.script = [("MOVE", b"{tag} NO [TRYCREATE] no such folder\r\n")]

    with fetching(server, shore, when_done="move", done_folder="Fertig/Über"):
        server.until(lambda: not server.folder)

    assert server.commands("CREATE") == ['CREATE "Fertig/&ANw-ber"']
    assert_whole(server, shore, [mail(1)])


def test_what_lies_in_a_folder_that_is_emptied_is_looked_at_again(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1), mail(2))
    shore.cursors["support", "INBOX"] = Mark(1, 2, ADOPTED)

    with fetching(server, shore, when_done="move"):
        server.until(lambda: not server.folder)

    assert_whole(server, shore, [mail(1), mail(2)])


# What does not go well


@pytest.mark.parametrize("away", [1, 4])
def test_a_database_that_is_away_leaves_the_mail_untouched(away: int, server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    shore.away = away
    untouched: list[bool] = []
    shore.before_receive = lambda: untouched.append(server.folder[1].flags == set() and 1 in server.folder)
    pauses = Pauses()

    with fetching(server, shore, pauses=pauses):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 1)

    assert_whole(server, shore, [mail(1)])
    assert untouched == [True] * (away + 1)
    expected = [step.total_seconds() for step in TROUBLE][:away]
    assert pauses.seconds[:away] == pytest.approx(expected, rel=0.21)


@pytest.mark.parametrize("mode", ["flag", "move"])
@pytest.mark.parametrize("octets", [0, 1, 40, 150, 400, 600])
def test_a_cut_anywhere_in_the_answer_loses_and_doubles_nothing(
    octets: int, mode: str, server: FakeImap, shore: MemoryShore
) -> None:
    mails = [mail(number) for number in range(5)]
    server.deliver(*mails)
    server.script = [("FETCH", Cut(octets)), ("FETCH", Meanwhile(lambda _: None)), ("FETCH", Cut(octets))]

    with fetching(server, shore, when_done=mode):
        shore.until_kept(5)

    assert_whole(server, shore, mails)


@pytest.mark.parametrize("mode", ["flag", "move"])
@pytest.mark.parametrize("mischief", [CLOSE, b"* BYE shutting down\r\n", b"{tag} NO [UNAVAILABLE] later\r\n", Cut(0)])
@pytest.mark.parametrize("command", ["SELECT", "SEARCH", "FETCH", "STORE", "MOVE", "LOGIN", "CAPABILITY"])
def test_whatever_command_fails_the_next_connection_goes_on(
    command: str, mischief: object, mode: str, server: FakeImap, shore: MemoryShore
) -> None:
    mails = [mail(number) for number in range(3)]
    server.deliver(*mails)
    server.script = [(command, mischief)]

    with fetching(server, shore, when_done=mode) as mailbox:
        server.until(lambda: len([event for event in server.events if event[0] in ("flagged", "moved")]) == 3
                     if command != "STORE" else len(shore.kept) == 3)  # fmt: skip
        shore.until_kept(3)

    assert_whole(server, shore, mails)
    assert not mailbox.state.connected


def test_a_refused_flag_does_not_stop_the_mail(server: FakeImap, shore: MemoryShore) -> None:
    server.always["STORE"] = b"{tag} NO [READ-ONLY] you may not\r\n"
    server.deliver(mail(1), mail(2))

    with fetching(server, shore):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 2)

    assert_whole(server, shore, [mail(1), mail(2)])
    assert len(shore.received) == 1


def test_a_refused_move_is_tried_again_without_another_fetch(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1), mail(2))
    server.always["MOVE"] = b"{tag} NO [OVERQUOTA] full\r\n"

    with fetching(server, shore, when_done="move"):
        server.until(lambda: len(server.commands("UID MOVE")) >= 6)
        assert sorted(server.folder) == [1, 2]
        del server.always["MOVE"]
        server.until(lambda: not server.folder)

    assert len(shore.received) == 1
    assert_whole(server, shore, [mail(1), mail(2)])


def test_a_crash_between_commit_and_move_fetches_again_and_keeps_once(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.script = [("MOVE", CLOSE)]
    with fetching(server, shore, when_done="move"):
        server.until(lambda: bool(server.commands("UID MOVE")))

    with fetching(server, shore, when_done="move"):  # a new process: it knows only what the journal knows
        server.until(lambda: not server.folder)

    assert_whole(server, shore, [mail(1)])


# Others in the same folder


@pytest.mark.parametrize("mode", ["flag", "move"])
@pytest.mark.parametrize("command", ["FETCH", "STORE", "MOVE", "SEARCH"])
def test_a_foreign_expunge_at_any_moment_takes_only_its_own(
    command: str, mode: str, server: FakeImap, shore: MemoryShore
) -> None:
    mails = [mail(number) for number in range(4)]
    server.deliver(*mails)
    server.script = [(command, Meanwhile(lambda server: server.expunge(2)))]

    with fetching(server, shore, when_done=mode):
        shore.until_kept(3)
        server.deliver(mail(9))
        shore.until(lambda: mail(9) in shore.texts)

    before_the_fetch = command in ("FETCH", "SEARCH")
    assert_whole(server, shore, [m for m in mails if not (before_the_fetch and m == mail(1))] + [mail(9)])


def test_a_foreign_client_that_reads_and_marks_hides_nothing(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1), mail(2))
    server.folder[1].flags |= {"\\Seen", "\\Flagged"}
    server.folder[2].flags |= {"\\Deleted"}

    with fetching(server, shore):
        shore.until_kept(2)

    assert_whole(server, shore, [mail(1), mail(2)])


def test_an_unasked_fetch_answer_is_not_taken_for_the_message(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.script = [
        ("FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 160)\r\n{tag} OK done\r\n"),
        ("FETCH", b"* 1 FETCH (UID 1 FLAGS (\\Answered))\r\n{tag} OK done\r\n"),
    ]

    with fetching(server, shore):
        shore.until_kept(1)

    assert_whole(server, shore, [mail(1)])


def test_a_size_that_is_not_told_passes_no_message_by(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.script = [("FETCH", b"{tag} OK done\r\n")]

    with fetching(server, shore):
        shore.until_kept(1)

    assert_whole(server, shore, [mail(1)])


@pytest.mark.parametrize("moment", ["SELECT", "SEARCH", "FETCH", "STORE", "LOGIN"])
def test_a_new_uidvalidity_reads_everything_again(moment: str, server: FakeImap, shore: MemoryShore) -> None:
    mails = [mail(number) for number in range(3)]
    server.deliver(*mails)
    with fetching(server, shore):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 3)
        server.script = [(moment, Meanwhile(lambda server: server.rebuild()))]
        server.deliver(mail(9))
        server.hang_up()
        shore.until(lambda: shore.cursors["support", "INBOX"].uidvalidity == 2
                    and shore.cursors["support", "INBOX"].last_uid == 4)  # fmt: skip

    again = [arrival.octets for key, arrival in shore.kept.items() if "/2/" in key]
    assert again == [*mails, mail(9)]  # other keys: the journal knows them by their content


# Size


def test_a_message_over_the_limit_is_held_and_left_in_place_and_its_neighbours_are_not(
    server: FakeImap, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:  # threats 5
    huge = mail(2, "x" * 2_000)
    server.deliver(mail(1), huge, mail(3))

    with fetching(server, shore, limits=Limits(message_size=1_000), when_done="move"):
        server.until(lambda: list(server.folder) == [2])
        searches = len(server.commands("UID SEARCH"))
        server.until(lambda: len(server.commands("UID SEARCH")) > searches + 2)

    assert server.folder[2].flags == set()
    assert_whole(server, shore, [mail(1), mail(3)])
    assert [line.split()[2] for line in server.seen if "BODY.PEEK[]" in line] == ["1,3"]
    (held,) = shore.held
    assert held.octets == huge.partition(b"xxx")[0]  # its header
    assert (held.key, held.envelope.mail_from) == ("imap:support/INBOX/1/2/header", "anna2@kunde.example")
    assert held.held == "2,114 octets, more than limits.message_size allows (1,000 octets); it is still in INBOX"
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("imap_oversize")]
    assert len(told) == 1
    assert f"uid=2 size={len(huge)}" in told[0]


def test_a_size_that_was_a_lie_is_noticed(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1, "x" * 2_000), mail(2))
    server.script = [
        ("FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 2 FETCH (UID 2 RFC822.SIZE 10)\r\n{tag} OK done\r\n")
    ]

    with fetching(server, shore, limits=Limits(message_size=1_000)):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 2)

    assert_whole(server, shore, [mail(2)])
    assert [held.key for held in shore.held] == ["imap:support/INBOX/1/1/header"]


def test_after_the_limit_was_raised_the_message_itself_is_still_new(server: FakeImap, shore: MemoryShore) -> None:
    huge = mail(1, "x" * 2_000)
    server.deliver(huge)
    with fetching(server, shore, limits=Limits(message_size=1_000), when_done="move"):
        shore.until(lambda: bool(shore.held))
    assert list(server.folder) == [1]
    with fetching(server, shore, when_done="move"):
        server.until(lambda: not server.folder)
    assert_whole(server, shore, [huge])


def test_what_is_too_large_is_told_again_until_it_is_written_down(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1, "x" * 2_000))
    shore.away = 2
    with fetching(server, shore, limits=Limits(message_size=1_000)):
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 1)
    assert len(shore.held) == 1


def test_a_header_that_the_server_cannot_give_keeps_nobody_waiting(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1, "x" * 2_000), mail(2))
    server.script = [
        event
        for _ in range(imap_suspects.ATTEMPTS)
        for event in (("FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 5000)\r\n{tag} OK done\r\n"), ("FETCH", CLOSE))
    ]
    with fetching(server, shore, limits=Limits(message_size=1_000)):
        shore.until_kept(1)
        assert shore.uids == [2]
        assert shore.cursors["support", "INBOX"].last_uid == 0  # it is not passed


@pytest.mark.parametrize(
    ("octets", "told"), [(999, "999 octets"), (25 << 20, "25 MB"), ((25 << 20) + 1, "25.1 MB"), (31 << 20, "31 MB")]
)
def test_a_size_is_told_in_the_units_of_the_setting(octets: int, told: str) -> None:
    assert _megabytes(octets) == told


@pytest.mark.parametrize(
    "flood",
    [
        b"* 1 FETCH (UID 1 RFC822.SIZE 10 BODY[] {4000000000}\r\nabc",  # I2: announced, not allocated
        b"* 1 FETCH (UID 1 RFC822.SIZE {999999999999}\r\n",
        b"* 1 EXISTS\r\n" * 10_000,
        b"x" * 1_100_000,
    ],
    ids=["literal", "absurd literal", "many lines", "endless line"],
)
def test_a_flood_ends_the_connection_and_the_next_one_works(
    flood: bytes, server: FakeImap, shore: MemoryShore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Ration, "LINES", 100_000)
    server.deliver(mail(1))
    server.script = [("FETCH", flood)]

    with fetching(server, shore, patience=Patience(read=60, idle=0.05)):  # not the clock, the limit ends it
        shore.until_kept(1)

    assert server.logins == 2
    assert_whole(server, shore, [mail(1)])


# A message the server cannot give


def test_a_message_the_server_chokes_on_is_put_aside_and_loses_nothing(
    server: FakeImap, shore: MemoryShore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [mail(number) for number in range(1, 6)]
    server.deliver(*mails)
    honest = server._fetch

    def chokes(rest: str) -> bytes:
        if "BODY" in rest and 3 in server._chosen(rest.split()[2]):
            server.hang_up()
        return honest(rest)

    monkeypatch.setattr(server, "_fetch", chokes)
    with fetching(server, shore):
        shore.until_kept(4)
        server.deliver(mail(6))
        shore.until_kept(5)

        assert sorted(shore.uids) == [1, 2, 4, 5, 6]
        assert shore.cursors["support", "INBOX"].last_uid == 2  # never past what is not ours yet

    monkeypatch.setattr(server, "_fetch", honest)
    with fetching(server, shore):  # the next start tries everything above the cursor
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 6)

    assert_whole(server, shore, [*mails, mail(6)])


def test_a_message_that_was_put_aside_and_is_expunged_holds_up_nothing(
    server: FakeImap, shore: MemoryShore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver(mail(1), mail(2))
    honest = server._fetch

    def chokes(rest: str) -> bytes:
        if "BODY" in rest and 1 in server._chosen(rest.split()[2]):
            server.hang_up()
        return honest(rest)

    monkeypatch.setattr(server, "_fetch", chokes)
    with fetching(server, shore):
        shore.until_kept(1)
        server.expunge(1)
        shore.until(lambda: shore.cursors["support", "INBOX"].last_uid == 2)

    assert_whole(server, shore, [mail(2)])


def test_what_is_put_aside_rests_longer_and_longer() -> None:
    suspects = imap_suspects.Suspects()

    asides, rests = [], []
    for _ in range(7):
        asides.append(suspects.blame([7], DAY))
        minutes = range(100)
        rests.append(next(m for m in minutes if not suspects.rests(7, DAY + timedelta(minutes=m))))

    assert asides == [[], [], [7], [], [], [], []]
    assert rests == [0, 0, 1, 5, 15, 60, 60]
    assert suspects.lowest() == 7
    suspects.forgive([7])
    assert 7 not in suspects
    assert suspects.lowest() is None


# UIDs: X13


def test_the_last_uid_is_not_fetched_again_and_no_range_is_ever_fetched(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))

    with fetching(server, shore):
        shore.until_kept(1)
        server.until(lambda: len(server.commands("UID SEARCH")) > 3)

    assert "UID SEARCH UID 2:*" in server.seen  # which answers 1
    assert len(shore.received) == 1
    assert not [line for line in server.seen if "FETCH" in line and (":" in line or "*" in line)]


def test_a_start_at_the_end_of_the_folder_fetches_nothing(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1), mail(2))
    shore.cursors["support", "INBOX"] = Mark(1, 2, ADOPTED)

    with fetching(server, shore):
        server.until(lambda: len(server.commands("UID SEARCH")) > 2)  # 3:*, which answers 2

    assert not server.commands("UID FETCH")


@pytest.mark.parametrize("told", [True, False])
def test_a_large_folder_is_searched_in_windows(
    told: bool, server: FakeImap, shore: MemoryShore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_folder, "WINDOW", 4)
    server.uidnext_told = told
    mails = [mail(number) for number in range(10)]
    server.deliver(*mails)

    with fetching(server, shore):
        shore.until_kept(10)

    windows = ["UID SEARCH UID 1:4", "UID SEARCH UID 5:8", "UID SEARCH UID 9:*"]
    assert server.commands("UID SEARCH")[:3] == windows if told else ["UID SEARCH UID 1:*"]
    assert_whole(server, shore, mails)


# IDLE: X14


def test_a_push_wakes_idle_long_before_its_slice_ends(server: FakeImap, shore: MemoryShore) -> None:
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER):
        server.until(server.is_idle)
        server.deliver(mail(1))
        shore.until_kept(1, seconds=5)

    assert server.logins == 1


def test_a_push_hidden_behind_the_continuation_is_not_overlooked(server: FakeImap, shore: MemoryShore) -> None:
    server.script = [("IDLE", HiddenPush(mail(1)))]

    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER):
        shore.until_kept(1, seconds=5)

    assert server.logins == 1


@pytest.mark.parametrize("command", ["SEARCH", "FETCH", "STORE", "MOVE"])
def test_mail_that_is_mentioned_in_passing_is_fetched_at_once(
    command: str, server: FakeImap, shore: MemoryShore
) -> None:
    server.deliver(mail(1))
    server.script = [(command, InPassing(mail(2)))]

    mode = "move" if command == "MOVE" else "flag"
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER, when_done=mode):
        shore.until_kept(2, seconds=5)

    assert server.logins == 1
    assert_whole(server, shore, [mail(1), mail(2)])


def test_a_link_that_dies_in_idle_is_opened_anew_and_does_not_spin(server: FakeImap, shore: MemoryShore) -> None:
    pauses = Pauses()
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER, pauses=pauses):
        server.until(server.is_idle)
        server.hang_up()
        server.until(lambda: server.logins == 2 and server.is_idle())
        server.deliver(mail(1))
        shore.until_kept(1)

    assert len(server.commands("IDLE")) <= 4
    assert pauses.seconds[0] == pytest.approx(1, rel=0.21)


def test_a_link_that_freezes_in_idle_is_given_up(server: FakeImap, shore: MemoryShore) -> None:  # X16
    server.script = [("DONE", FREEZE)]

    with fetching(server, shore, patience=Patience(read=0.2, idle=0.05)) as mailbox:
        server.until(lambda: server.logins == 2)
        server.deliver(mail(1))
        shore.until_kept(1)

    assert mailbox._client is None


@pytest.mark.parametrize("command", ["FETCH", "SELECT", "LOGIN", "SEARCH"])
def test_a_frozen_server_is_left_after_the_read_timeout(command: str, server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.script = [(command, FREEZE)]

    with fetching(server, shore, patience=Patience(read=0.2, idle=0.05)):
        shore.until_kept(1)

    assert_whole(server, shore, [mail(1)])


def test_stop_wakes_idle_at_once(server: FakeImap, shore: MemoryShore) -> None:
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER):
        server.until(server.is_idle)
    # `fetching` measures stop()


def test_stop_before_start_and_twice_is_no_harm(server: FakeImap, shore: MemoryShore) -> None:
    mailbox = ImapMailbox(settings(server.port), lambda: "secret", shore)

    mailbox.stop()
    mailbox.start()
    mailbox.stop()

    assert server.logins == 0


def test_stop_ends_a_long_pause(shore: MemoryShore) -> None:
    with FakeImap() as server:
        server.always["LOGIN"] = CLOSE
        mailbox = ImapMailbox(settings(server.port), lambda: "secret", shore)  # its own wait: the thread's event
        mailbox.start()
        server.until(lambda: len(server.commands("LOGIN")) == 1)

        mailbox.stop()

        assert not mailbox._thread.is_alive()


def test_a_server_without_idle_is_polled(shore: MemoryShore) -> None:
    with FakeImap("IMAP4rev1 MOVE UIDPLUS") as server:
        pauses = Pauses()
        with fetching(server, shore, poll=timedelta(seconds=77), pauses=pauses):
            server.until(lambda: len(server.commands("UID SEARCH")) >= 2)
            server.deliver(mail(1))
            shore.until_kept(1)

        assert set(pauses.seconds) == {77}
        assert server.logins == 1
        assert not server.commands("IDLE")


def test_a_server_whose_idle_never_works_is_polled_in_the_end(server: FakeImap, shore: MemoryShore) -> None:
    server.always["IDLE"] = b"{tag} NO not here\r\n"
    pauses = Pauses()

    with fetching(server, shore, poll=timedelta(seconds=77), pauses=pauses):
        server.until(lambda: len(server.commands("UID SEARCH")) >= 6)

    assert len(server.commands("IDLE")) == 3
    assert 77 in pauses.seconds


def test_an_idle_that_fails_now_and_then_is_not_given_up(server: FakeImap, shore: MemoryShore) -> None:
    no = ("IDLE", b"{tag} NO not now\r\n")
    yes = ("IDLE", Meanwhile(lambda _: None))
    server.script = [no, no, yes, no, no, yes, no]
    pauses = Pauses()

    with fetching(server, shore, poll=timedelta(seconds=77), pauses=pauses):
        server.until(lambda: len(server.commands("IDLE")) >= 9)

    assert 77 not in pauses.seconds


def test_pauses_begin_anew_after_a_good_round(server: FakeImap, shore: MemoryShore) -> None:
    fails = ("SELECT", b"{tag} NO [UNAVAILABLE] later\r\n")
    server.script = [fails, fails, ("SELECT", Meanwhile(lambda _: None)), fails]
    pauses = Pauses()

    with fetching(server, shore, pauses=pauses):
        server.until(lambda: len(server.commands("SELECT")) >= 5)

    assert pauses.seconds == pytest.approx([1, 2, 1], rel=0.21)


# Login: X15


def test_a_connection_that_drops_in_login_is_no_verdict_whatever_it_says() -> None:
    dropped, refused = LoginError("[AUTHENTICATIONFAILED] x"), LoginError("b'[AUTHENTICATIONFAILED] x'")
    dropped.__context__ = IMAP4.abort("socket error: EOF")

    assert not imap._is_final(dropped)
    assert imap._is_final(refused)


@pytest.mark.parametrize(
    "mischief",
    [
        CLOSE,
        b"{tag} NO [UNAVAILABLE] Temporary authentication failure\r\n",
        b"* BYE too busy\r\n",
        b"{tag} NO later\r\n",
    ],
)
def test_a_login_that_fails_by_accident_is_tried_again_soon(
    mischief: object, server: FakeImap, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:
    server.deliver(mail(1))
    server.script = [("LOGIN", mischief), ("LOGIN", mischief)]
    pauses = Pauses()

    with fetching(server, shore, pauses=pauses):
        shore.until_kept(1)

    assert pauses.seconds[:2] == pytest.approx([1, 2], rel=0.21)
    log = capsys.readouterr().err
    assert "imap_lost" in log
    assert "imap_refused" not in log


@pytest.mark.parametrize("code", ["AUTHENTICATIONFAILED", "AuthorizationFailed"])
def test_a_wrong_password_is_said_clearly_and_tried_slowly(
    code: str, server: FakeImap, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:
    server.deliver(mail(1))
    server.script = [("LOGIN", f"{{tag}} NO [{code}] wrong\r\n".encode())] * 3
    pauses = Pauses()

    with fetching(server, shore, pauses=pauses):
        shore.until_kept(1)  # somebody has mended it

    steps = [step.total_seconds() for step in (REFUSED[0], REFUSED[1], REFUSED[1])]
    assert pauses.seconds[:3] == pytest.approx(steps, rel=0.21)
    assert capsys.readouterr().err.count("imap_refused account=support") == 3


def test_bye_as_greeting_leaves_nothing_open(shore: MemoryShore, recwarn: pytest.WarningsRecorder) -> None:  # X16
    with FakeImap() as server:
        server.greeting = b"* BYE too busy\r\n"
        pauses = Pauses()
        with fetching(server, shore, pauses=pauses):
            server.until(lambda: len(server._sockets) >= 3)

    gc.collect()
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []


@pytest.mark.parametrize("password", ["geheim", "pässword", 'with "quotes" and \\', "ключ"])
def test_any_password_gets_in(password: str, server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.password = password
    if '"' in password:
        server.script = [("LOGIN", b"{tag} OK in\r\n")]

    with fetching(server, shore):
        shore.until_kept(1)

    if '"' in password:
        assert server.commands("LOGIN") == [r'LOGIN "support" "with \"quotes\" and \\"']
    assert len(server.commands("LOGIN") + server.commands("AUTHENTICATE")) == 1


def test_a_token_is_asked_for_at_every_connection(server: FakeImap, shore: MemoryShore) -> None:
    server.deliver(mail(1))
    server.password = "fresh"
    tokens = iter(["expired", "fresh"])

    with fetching(server, shore, secret=lambda: next(tokens), password_file=None, token_command=("token",)):
        shore.until_kept(1)

    assert server.commands("AUTHENTICATE") == ["AUTHENTICATE XOAUTH2"] * 2


def raises_oserror() -> str:
    raise FileNotFoundError("var/password")


def raises_anything() -> str:
    raise RuntimeError("a bug")


@pytest.mark.parametrize("secret", [raises_oserror, raises_anything])
def test_no_trouble_ends_the_thread(secret: Callable[[], str], server: FakeImap, shore: MemoryShore) -> None:
    pauses = Pauses()

    with fetching(server, shore, secret=secret, pauses=pauses) as mailbox:
        server.until(lambda: len(server._sockets) >= 3)
        assert mailbox.state.last_error in ("var/password", "a bug")


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def test_starttls_protects_the_password(certified: ssl.SSLContext, ca_file: Path, shore: MemoryShore) -> None:
    with FakeImap("IMAP4rev1 STARTTLS IDLE", tls=certified) as server:
        server.deliver(mail(1))
        with fetching(server, shore, tls="starttls", ca_file=ca_file):
            shore.until_kept(1)

        assert [line.split()[0] for line in server.seen[:3]] == ["CAPABILITY", "STARTTLS", "CAPABILITY"]


@pytest.mark.parametrize("offer", ["not offered", "refused", "not trusted"])
def test_starttls_never_falls_back(
    offer: str, certified: ssl.SSLContext, ca_file: Path, shore: MemoryShore, capsys: pytest.CaptureFixture[str]
) -> None:
    capabilities = "IMAP4rev1 IDLE" if offer == "not offered" else "IMAP4rev1 IDLE STARTTLS"
    with FakeImap(capabilities, tls=certified) as server:
        if offer == "refused":
            server.always["STARTTLS"] = b"{tag} NO not today\r\n"
        with fetching(server, shore, tls="starttls", ca_file=None if offer == "not trusted" else ca_file):
            server.until(lambda: len(server._sockets) >= 3)

        assert not server.commands("LOGIN")
        assert not server.commands("AUTHENTICATE")
    assert ("imap_refused" in capsys.readouterr().err) == (offer == "not trusted")


# What status shows


def test_the_state_says_how_many_messages_are_still_to_be_fetched(server: FakeImap, shore: MemoryShore) -> None:
    for number in range(60):
        server.deliver(mail(number))
    mailboxes: list[ImapMailbox] = []
    begun, left = threading.Event(), list[int]()

    def look() -> None:
        begun.wait(5)
        left.append(mailboxes[0].state.left)

    shore.before_receive = look
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER) as mailbox:
        mailboxes.append(mailbox)
        begun.set()
        server.until(server.is_idle)
        assert mailbox.state.left == 0
    assert left == [60, 35, 10]


def test_the_state_follows_the_connection(server: FakeImap, shore: MemoryShore) -> None:
    with fetching(server, shore, patience=Patience(idle=60), poll=NEVER) as mailbox:
        server.until(server.is_idle)
        assert mailbox.state.connected
        assert mailbox.state.since == DAY
        assert mailbox.last_seen == DAY
        assert mailbox.state.last_error == ""

        server.always["LOGIN"] = b"{tag} NO [UNAVAILABLE] come back later\r\n"
        server.hang_up()
        server.until(lambda: len(server.commands("LOGIN")) >= 3)
        assert not mailbox.state.connected
        assert "come back later" in mailbox.state.last_error

    assert mailbox.name == "support"
