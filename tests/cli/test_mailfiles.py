"""Message files, mboxes, Maildirs and directories of them."""

from pathlib import Path

import pytest

from mailflow.cli.mailfiles import MailFile, mails, mails_in

FIRST = b"From: anna@kunde.example\nSubject: one\n\nFirst.\n"
SECOND = b"From: jan@kunde.example\nSubject: two\n\nSecond.\n"
ENVELOPE = b"From anna@kunde.example Tue May  3 10:15:00 2026\n"


def subjects(found: list[MailFile]) -> list[str]:
    return [mail.octets.split(b"Subject: ")[1].split(b"\n")[0].decode() for mail in found]


def written(path: Path, octets: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    return path


@pytest.mark.parametrize("octets", [FIRST, b"", b"\0\xff" * 50, b"From: a\n\nFrom b\n", b"Fro"])
def test_a_file_is_one_message_whatever_it_holds(tmp_path: Path, octets: bytes) -> None:
    path = written(tmp_path / "mail", octets)

    assert list(mails_in(path)) == [MailFile(path, 0, octets)]


def test_an_mbox_is_cut_at_its_dated_envelope_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "box", ENVELOPE + FIRST + b"\n" + ENVELOPE + SECOND + b"\n")

    assert list(mails_in(path)) == [MailFile(path, 0, FIRST), MailFile(path, 1, SECOND)]


def test_an_mbox_with_crlf(tmp_path: Path) -> None:
    crlf = (ENVELOPE + FIRST + b"\n" + ENVELOPE + SECOND).replace(b"\n", b"\r\n")

    assert [mail.octets for mail in mails_in(written(tmp_path / "box", crlf))] == [
        FIRST.replace(b"\n", b"\r\n"),
        SECOND.replace(b"\n", b"\r\n"),
    ]


def test_a_sentence_that_begins_with_from_does_not_cut_a_message(tmp_path: Path) -> None:
    body = FIRST + b"\nFrom Monday on it works.\nFrom here at 10:15 in 2026 too.\n"

    assert [mail.octets for mail in mails_in(written(tmp_path / "box", ENVELOPE + body))] == [body]


def test_quoted_from_lines_are_restored(tmp_path: Path) -> None:  # mboxrd
    (mail,) = mails_in(written(tmp_path / "box", ENVELOPE + FIRST + b">From me\n>>From you\n> From a quotation\n"))

    assert mail.octets == FIRST + b"From me\n>From you\n> From a quotation\n"


def test_a_message_file_with_an_envelope_line_is_one_message_without_it(tmp_path: Path) -> None:
    (mail,) = mails_in(written(tmp_path / "one.eml", ENVELOPE + FIRST))

    assert mail.octets == FIRST


def test_a_header_without_a_body_keeps_its_blank_line(tmp_path: Path) -> None:
    (mail,) = mails_in(written(tmp_path / "box", ENVELOPE + b"Subject: one\n\n"))

    assert mail.octets == b"Subject: one\n\n"


def test_an_mbox_is_read_as_it_is_needed(tmp_path: Path) -> None:
    path = written(tmp_path / "box", (ENVELOPE + FIRST + b"\n") * 3)
    found = mails_in(path)
    next(found)
    with path.open("ab") as box:
        box.write((ENVELOPE + SECOND + b"\n") * 20_000)  # more than any buffer

    assert sum(1 for _ in found) > 20_000


def test_a_directory_is_read_in_the_order_of_names_and_depth(tmp_path: Path) -> None:
    for number, name in enumerate(("b/2.eml", "a.eml", "b/1.eml", "c.mbox")):
        written(tmp_path / name, b"Subject: %d\n\n" % number)

    assert subjects(list(mails([tmp_path]))) == ["1", "2", "0", "3"]


def test_a_maildir_gives_cur_and_new_and_no_index(tmp_path: Path) -> None:
    for number, name in enumerate(("cur/1:2,S", "new/2", "tmp/3", "dovecot.index", ".Sent/cur/4", ".Sent/new/5")):
        written(tmp_path / name, b"Subject: %d\n\n" % number)
    (tmp_path / "maildirfolder").touch()

    assert sorted(subjects(list(mails([tmp_path])))) == ["0", "1", "4", "5"]


def test_hidden_files_and_links_that_go_round_are_left_out(tmp_path: Path) -> None:
    written(tmp_path / "a.eml", FIRST)
    written(tmp_path / ".gitignore", b"x")
    written(tmp_path / ".hidden/b.eml", SECOND)
    (tmp_path / "round").symlink_to(tmp_path)

    assert subjects(list(mails([tmp_path]))) == ["one"]


def test_a_file_that_is_named_is_read_even_if_hidden(tmp_path: Path) -> None:
    assert subjects(list(mails([written(tmp_path / ".one", FIRST)]))) == ["one"]


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(mails([tmp_path / "nothing"]))
