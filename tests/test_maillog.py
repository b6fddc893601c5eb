"""The log: one event is one line, whatever was in the mail (threats M10)."""

import inspect
import itertools
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin

import pytest

from mailflow import logline, maillog


@pytest.fixture(autouse=True)
def at_info_outside_the_journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    before = list(logging.getLogger().handlers)
    logline.configure("info")
    yield
    logline.configure("info")
    logging.getLogger().handlers[:] = before


def line(captured: pytest.CaptureFixture[str]) -> str:
    """The one line that was written, without its time."""
    lines = captured.readouterr().err.splitlines()
    assert len(lines) == 1
    return re.sub(r" at=\d{4}-\d\d-\d\dT[\d:.]+Z$", "", lines[0])


def test_an_event_is_its_name_and_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.filed(entry=812, ticket=123, because="In-Reply-To names our message of 3 May")
    assert line(capsys) == 'filed entry=812 ticket=#123 because="In-Reply-To names our message of 3 May"'


def test_the_ready_line_begins_with_ready(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.ready(listen=["127.0.0.1:2525", "unix:var/lmtp.sock"], outgoing="var/sent")
    assert line(capsys) == "ready listen=127.0.0.1:2525,unix:var/lmtp.sock outgoing=var/sent"


def test_the_ready_line_is_written_at_every_level(capsys: pytest.CaptureFixture[str]) -> None:
    logline.configure("error")
    maillog.ready(listen=["127.0.0.1:2525"])
    logline.configure("info")
    assert line(capsys) == "ready listen=127.0.0.1:2525"


def test_the_time_is_utc_and_comes_last(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.stopping(because="SIGTERM")
    assert re.fullmatch(
        r"stopping because=SIGTERM at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\n", capsys.readouterr().err
    )


def test_the_null_sender_is_visible(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.accepted(entry=1, source="smtp", mail_from="", rcpt_tos=["support@firma.example"], size=12)
    assert line(capsys) == "accepted entry=1 source=smtp mail_from=<> rcpt_tos=support@firma.example size=12"


EVIL = [*(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))), *"\u2028\u2029\u202e\u2066\u200f\ufeff\udc80"]


@pytest.mark.parametrize("evil", EVIL, ids=[f"U+{ord(each):04X}" for each in EVIL])
def test_nothing_from_outside_leaves_its_line_or_reaches_the_terminal(
    evil: str, capsys: pytest.CaptureFixture[str]
) -> None:  # M10
    maillog.refused_sender(peer="192.0.2.1", mail_from=f"a{evil}filed entry=1@x", reply=f"550 5.7.1 {evil}[31m")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert evil not in written.rstrip("\n")
    written.encode()  # no half characters


HOSTILE = "a\r\nfiled entry=1 because=\x1b[31m\u2028\u202e\udc80"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
VALUES = {bool: True, int: 1, float: 1.0, datetime: NOON, Sequence: [HOSTILE], Iterable: [HOSTILE]}
EVENTS = {
    name: function
    for name, function in inspect.getmembers(maillog, inspect.isfunction)
    if function.__module__ == maillog.__name__ and not name.startswith("_")
}


def _hostile(wanted: Any) -> object:
    """Of the first type that a parameter may have; whatever may be text is."""
    types = [get_origin(each) or each for each in (get_args(wanted) if get_origin(wanted) is UnionType else [wanted])]
    return HOSTILE if {str, object} & set(types) else VALUES[types[0]]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_one_line_whatever_its_values_are(event: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = inspect.signature(EVENTS[event]).parameters.values()  # M10
    values = {each.name: _hostile(each.annotation) for each in given if each.kind is not each.VAR_KEYWORD}
    EVENTS[event](**values)
    written = capsys.readouterr().err
    assert written.count("\n") == len(written.splitlines()) == 1
    assert written.startswith(event)
    assert not {"\x1b", "\u202e", "\udc80"} & set(written)


def test_a_value_cannot_look_like_another_value(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.held(entry=1, because='x" ticket=#9 \\')
    assert line(capsys) == 'held entry=1 because="x\\" ticket=#9 \\\\"'


def test_an_escape_and_a_written_backslash_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.held(entry=1, because="\x1b \\x1b")
    assert line(capsys) == 'held entry=1 because="\\x1b \\\\x1b"'


def test_letters_of_every_script_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.held(entry=1, because="zażółć 你好")
    assert line(capsys) == 'held entry=1 because="zażółć 你好"'


def test_a_long_list_and_a_long_value_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.accepted(entry=1, source="smtp", mail_from="a" * 9000, rcpt_tos=["b@c"] * 100, size=1)
    written = line(capsys)
    assert len(written) < 1000
    assert ",+90 " in written


def test_trouble_has_its_traceback_on_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    statement = "second\n[parameters: the body\nof a mail]"

    def raises() -> None:
        try:
            dict[str, str]()["first"]
        except KeyError as cause:
            raise ValueError(statement) from cause

    with pytest.raises(ValueError, match="second") as caught:
        raises()
    maillog.trouble(caught.value, "filer", entry=7)
    written = line(capsys)
    assert written.startswith('trouble where=filer entry=7 error="ValueError: second" traceback="')
    assert written.index("KeyError: 'first'") < written.rindex("ValueError: second")
    assert " in raises\\n" in written
    assert "parameters" not in written


def test_passwords_in_urls_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    maillog.trouble(OSError("cannot reach postgresql://mail:secret@db/mailflow"), "database")
    written = line(capsys)
    assert "postgresql://mail:***@db/mailflow" in written
    assert "secret" not in written
    maillog.ready(listen=[], database="postgresql://mail:secret@db/mailflow")
    assert line(capsys) == "ready database=postgresql://mail:***@db/mailflow"


def test_the_level_holds_back_what_is_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    logline.configure("warning")
    maillog.filed(entry=1, ticket=1, because="")
    maillog.deferred(outgoing=3, to="a@kunde.example", reply="451 4.3.0 later", due=datetime(2026, 5, 3, tzinfo=UTC))
    assert line(capsys) == (
        'deferred outgoing=3 to=a@kunde.example reply="451 4.3.0 later" due=2026-05-03T00:00:00.000Z level=warning'
    )


def test_in_the_journal_the_level_is_a_prefix_and_the_time_is_the_journals(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status = os.fstat(2)
    with open(2, "w", closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        maillog.failed(entry=4, error="the parser died three times")
        maillog.stopping(because="SIGTERM")
    assert capfd.readouterr().err == (
        '<3>failed entry=4 error="the parser died three times"\n<6>stopping because=SIGTERM\n'
    )


def test_a_library_is_heard_from_warning_upwards_and_in_our_form(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("mail.log").info("('127.0.0.1', 1) Data: b'MAIL FROM:<a\r@b>'")
    logging.getLogger("imapclient.imaplib").warning("odd %s", "answer\rfiled entry=1")
    assert line(capsys) == 'library logger=imapclient.imaplib message="odd answer\\rfiled entry=1" level=warning'


def test_a_library_that_says_the_same_a_thousand_times_is_heard_once_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.chain(itertools.repeat(1000.0, 1000), [1061.0])
    monkeypatch.setattr("time.time", lambda: next(now, 1061.0))
    monkeypatch.setattr("time.time_ns", lambda: int(next(now, 1061.0) * 1e9))
    logger = logging.getLogger("busy")
    for _ in range(999):
        logger.warning("no descriptor left")
    logger.warning("something else")
    logger.warning("no descriptor left")
    said = [each.rpartition(" level=")[0] for each in capsys.readouterr().err.splitlines()]
    assert said == [
        'library logger=busy message="no descriptor left"',
        'library logger=busy message="something else"',
        'library logger=busy message="no descriptor left" untold=998',
    ]


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        maillog.filed(entry=1, ticket=1, because="the disk of the log is full")
        monkeypatch.undo()
        with suppress(OSError):
            full.close()
