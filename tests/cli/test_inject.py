"""`mailflow inject`: files become journal rows as if they had been received."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import select

from mailflow.cli.inject import inject
from mailflow.errors import Refused
from mailflow.store.database import Database
from mailflow.store.tables import ENTRY, OCTETS

CONFIG = """
hostname = "mail.firma.example"

[limits]
message_size = "10K"

[[mailbox]]
address = "support@firma.example"
department = "support"

[[mailbox]]
address = "billing@firma.example"
department = "support"

[[department]]
name = "support"
title = "Support"
"""
SUPPORT, BILLING = "support@firma.example", "billing@firma.example"
SHIPPED = Path(__file__).parent.parent.parent
MAIL = b"From: Anna <anna@kunde.example>\r\nTo: support@firma.example\r\nSubject: no. %d\r\n\r\nHello\r\n"


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    text = f'filters = "{SHIPPED}/filters"\ntemplates = "{SHIPPED}/templates"\n{CONFIG}\n[database]\n'
    (tmp_path / "config.toml").write_text(f'{text}url = "{sqlite_url}"\n')
    return tmp_path / "config.toml"


@pytest.fixture
def post(tmp_path: Path) -> Path:
    (tmp_path / "post").mkdir()
    return tmp_path / "post"


def run(config: Path, *paths: Path, **options: Any) -> int:
    with pytest.raises(typer.Exit) as ended:
        inject(list(paths), config=config, **options)
    return ended.value.exit_code


def rows(url: str) -> Sequence[Any]:
    database = Database(url)
    try:
        with database.connect() as connection:
            return connection.execute(select(ENTRY, OCTETS.c.octets).join(OCTETS).order_by(ENTRY.c.id)).all()
    finally:
        database.close()


def test_each_message_is_a_row_that_waits_to_be_filed(
    config: Path, post: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (post / "1.eml").write_bytes(MAIL % 1)
    (post / "2.mbox").write_bytes(b"From x Thu Jan  1 00:00:00 2026\n" + (MAIL % 2).replace(b"\r", b"") + b"\n")

    assert run(config, post) == 0

    one, two = rows(sqlite_url)
    assert one.octets == MAIL % 1
    assert (one.source, one.source_key, one.disposition, one.trusted, one.backlog) == (
        "inject", None, "received", True, False,
    )  # fmt: skip
    assert b"no. 2" in two.octets
    assert capsys.readouterr().out == "2 kept: entries 1 to 2 of the journal\n"


@pytest.mark.parametrize(
    ("header", "mail_from", "rcpt_tos"),
    [
        ("From: anna@kunde.example\nTo: support@firma.example", "anna@kunde.example", [SUPPORT]),
        ("Return-Path: <bounce@kunde.example>\nFrom: anna@kunde.example", "bounce@kunde.example", [SUPPORT]),
        ("Return-Path: <>\nFrom: anna@kunde.example", "", [SUPPORT]),
        ("From: a@x.example, b@x.example", "", [SUPPORT]),
        ("To: other@firma.example\nCc: Billing <BILLING@firma.example>", "", ["BILLING@firma.example"]),
        (f"To: support+token@firma.example, {BILLING}", "", ["support+token@firma.example", BILLING]),
        (f"To: list@kunde.example\nDelivered-To: {BILLING}", "", [BILLING]),
        ("", "", [SUPPORT]),
    ],
)
def test_the_envelope_is_read_from_the_header(
    header: str, mail_from: str, rcpt_tos: list[str], config: Path, post: Path, sqlite_url: str
) -> None:
    (post / "1.eml").write_text(f"{header}\nSubject: hi\n\nHello\n".lstrip())

    run(config, post)

    (row,) = rows(sqlite_url)
    assert (row.mail_from, row.rcpt_tos) == (mail_from, rcpt_tos)


def test_options_come_before_the_header(config: Path, post: Path, sqlite_url: str) -> None:
    (post / "1.eml").write_bytes(MAIL % 1)

    run(config, post, mail_from="", rcpt_to=["billing@firma.example"], backlog=True)

    (row,) = rows(sqlite_url)
    assert (row.mail_from, row.rcpt_tos, row.backlog) == ("", ["billing@firma.example"], True)


@pytest.mark.parametrize(
    "options", [{"mail_from": "no address"}, {"mail_from": "a@b> SIZE=1"}, {"rcpt_to": ["stranger@else.example"]}]
)
def test_an_envelope_that_cannot_be_is_refused_before_anything_is_kept(
    options: dict[str, Any], config: Path, post: Path, sqlite_url: str
) -> None:
    (post / "1.eml").write_bytes(MAIL % 1)

    with pytest.raises(typer.BadParameter):
        inject([post], config=config, **options)

    assert rows(sqlite_url) == []


def test_what_is_too_large_or_unreadable_is_named_and_the_rest_is_kept(
    config: Path, post: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (post / "1.eml").write_bytes(MAIL % 1 + b"x" * 11_000)
    (post / "2.eml").write_bytes(MAIL % 2)
    gone = post.parent / "gone.eml"

    assert run(config, post, gone) == 1

    (row,) = rows(sqlite_url)
    assert row.octets == MAIL % 2
    said = capsys.readouterr()
    assert said.out == "1 kept: entry 1 of the journal; 2 left out\n"
    assert "1.eml: 11085 octets are more than limits.message_size" in said.err
    assert "gone.eml: No such file or directory" in said.err


def test_many_are_kept_in_groups_with_a_bar_for_who_looks(
    config: Path,
    post: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(70):
        (post / f"{number:03}.eml").write_bytes(MAIL % number)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    assert run(config, post) == 0

    kept = rows(sqlite_url)
    assert [row.octets for row in kept] == [MAIL % number for number in range(70)]
    assert list(Counter(row.received for row in kept).values()) == [64, 6]
    assert "injecting" in capsys.readouterr().err


@pytest.mark.parametrize("octets", [b"", b"\n\n", (SHIPPED / "config.toml").read_bytes(), bytes(range(128, 256)) * 9])
def test_what_is_no_mail_is_left_out_unless_forced(
    config: Path, post: Path, sqlite_url: str, octets: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (post / "a").write_bytes(octets)
    (post / "b").write_bytes(MAIL % 1)
    assert run(config, post) == 1
    told = capsys.readouterr()
    assert told.out == "1 kept: entry 1 of the journal; 1 left out\n"
    assert told.err.startswith(f"{post}/a: ")
    assert told.err.endswith("; --force takes it all the same\n")
    assert run(config, post / "a", force=True) == 0
    assert len(rows(sqlite_url)) == 2


def test_a_directory_without_mail_says_so(config: Path, post: Path) -> None:
    with pytest.raises(Refused, match=f"there is no mail in {post}"):
        inject([post], config=config)
