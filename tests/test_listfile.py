"""A list is changed by one line, whole at every moment, and stays as its owner left it."""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailflow import listfile
from mailflow.desk.lists.entrylist import EntryList
from mailflow.errors import ConfigurationError, Refused
from mailflow.listfile import Added, Listed, Wish

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FILE = """# who sells what is not there

qq.com
  Exämple.DE   # umlaut
late.example  expires=2026-11-01 why=spam  # ewa
soon.example expires=2026-11-09
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "blocked-domains.txt"
    file.write_text(FILE)
    return file


def test_an_entry_is_one_line_more_at_the_end(file: Path) -> None:
    added = listfile.add(
        file, "anna@spam.example", NOW, expires=date(2026, 12, 2), why='she "sells"\nprinters', note="ewa, 2026-11-02"
    )
    line = "anna@spam.example expires=2026-12-02 why=\"she 'sells' printers\"  # ewa, 2026-11-02\n"
    assert file.read_text() == FILE + line
    assert (added.entry.place, added.instead_of) == (f"{file}:7", None)
    listfile.add(file, "10.0.0.0/8", NOW)
    assert file.read_text() == FILE + line + "10.0.0.0/8\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "x.example\n"),
        ("qq.com", "qq.com\nx.example\n"),
        ("qq.com\r\n", "qq.com\r\nx.example\r\n"),
        ("\n", "\nx.example\n"),
    ],
)
def test_the_ends_of_lines_are_those_of_the_file(file: Path, before: str, after: str) -> None:
    file.write_bytes(before.encode())
    listfile.add(file, "x.example", NOW)
    assert file.read_bytes() == after.encode()


@pytest.mark.parametrize(
    ("value", "expires", "place"),
    [
        ("qq.com", None, "3: qq.com"),
        ("QQ.com", date(2027, 1, 1), "3: qq.com"),
        ("mail.qq.com", None, "3: qq.com"),
        ("anna@qq.com", None, "3: qq.com"),
        ("xn--exmple-cua.de", None, "4: Exämple.DE"),
        ("soon.example", date(2026, 11, 9), "6: soon.example expires=2026-11-09"),
    ],
)
def test_what_is_listed_as_long_already_is_told_and_not_written(
    file: Path, value: str, expires: date | None, place: str
) -> None:
    listed = listfile.add(file, value, NOW, expires=expires)
    assert isinstance(listed, Listed)
    assert f"{listed.entry.place}: {listed.entry.written}" == f"{file}:{place}"
    assert file.read_text() == FILE


def test_what_expired_or_ends_earlier_is_written_anew_in_its_place(file: Path) -> None:
    added = listfile.add(file, "late.example", NOW, expires=date(2026, 12, 1), note="jan")
    assert added.entry.line == 5
    assert added.instead_of
    assert added.instead_of.why == "spam"
    listfile.add(file, "soon.example", NOW, why="no end")
    assert file.read_text().splitlines()[4:] == [
        "late.example expires=2026-12-01  # ewa; jan",
        'soon.example why="no end"',
    ]


def test_an_entry_goes_with_every_line_that_says_it_and_nothing_else(file: Path) -> None:
    file.write_text(FILE + "QQ.COM\nmail.qq.com\nxn--exmple-cua.de why=twice\n10.0.0.0/255.0.0.0\n2001:DB8::/32")
    assert [entry.line for entry in listfile.remove(file, "qq.com")] == [3, 7]
    assert [entry.line for entry in listfile.remove(file, "exämple.de")] == [3, 7]
    assert [entry.value for entry in listfile.remove(file, "10.0.0.0/8")] == ["10.0.0.0/255.0.0.0"]
    assert [entry.value for entry in listfile.remove(file, "2001:db8::/32")] == ["2001:DB8::/32"]
    assert listfile.remove(file, "nobody.example") == ()
    kept = [line for line in FILE.splitlines(keepends=True) if not line.startswith(("qq.com", "  Ex"))]
    assert file.read_text() == "".join(kept) + "mail.qq.com"


@pytest.mark.parametrize("value", ["com", "a b.example", "x@y", "10.0.0.1/8", "", "#", 'a"b.example', "a\nb.example"])
def test_what_is_no_entry_is_not_written(file: Path, value: str) -> None:
    with pytest.raises(Refused):
        listfile.add(file, value, NOW)
    with pytest.raises(Refused):
        listfile.add(file, "x.example", NOW, why="bell \x07")
    assert file.read_text() == FILE


def test_a_file_with_mistakes_is_not_touched(file: Path) -> None:
    file.write_text(wrong := FILE + "no domain\nnor this\n")
    for change in (listfile.add, listfile.remove):
        with pytest.raises(ConfigurationError) as caught:
            change(file, "x.example", NOW) if change is listfile.add else listfile.remove(file, "qq.com")
        assert [problem.line for problem in caught.value.problems] == [7, 8]
    file.write_bytes(b"a.example\n\xff\n")
    with pytest.raises(ConfigurationError, match=r":2: file: is not UTF-8 here"):
        listfile.add(file, "x.example", NOW)
    file.write_text(wrong)


def test_mode_and_owner_stay_and_nothing_else_is_left(file: Path) -> None:
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 4321)
    before = file.stat()
    listfile.add(file, "x.example", NOW)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert (after.st_ino, after.st_mtime_ns) != (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_list_that_is_not_there_is_made_as_open_as_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "filters"
    folder.mkdir()
    folder.chmod(0o750)  # whatever the umask is
    listfile.add(folder / "blocked-domains.txt", "x.example", NOW)
    assert (folder / "blocked-domains.txt").stat().st_mode & 0o777 == 0o640
    with pytest.raises(Refused, match="No such file or directory"):
        listfile.add(tmp_path / "nowhere" / "list.txt", "x.example", NOW)


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.mkdir()
    (link / "list.txt").symlink_to(file)
    listfile.add(link / "list.txt", "x.example", NOW)
    assert (link / "list.txt").is_symlink()
    assert file.read_text() == FILE + "x.example\n"


def test_many_are_written_as_one_change_and_each_has_its_outcome(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: written.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    values = ("x.example", "com", "qq.com", "a@x.example", "late.example", "y.example")
    outcomes = listfile.add_all(file, [Wish(value, note="ewa") for value in values], NOW)
    assert [type(each) for each in outcomes] == [Added, Refused, Listed, Listed, Added, Added]
    assert [each.entry.line for each in outcomes if not isinstance(each, Refused)] == [7, 3, 7, 5, 8]
    assert file.read_text().splitlines()[4:] == [
        "late.example  # ewa; ewa", "soon.example expires=2026-11-09", "x.example  # ewa", "y.example  # ewa",
    ]  # fmt: skip
    assert len(written) == 2  # the file and its folder


def test_nobody_waits_for_a_lock_for_ever(file: Path) -> None:
    holder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="being changed by somebody else; try again"):
            listfile.add_all(file, [Wish("x.example")], NOW, patience=0.05)
    finally:
        os.close(holder)
    assert file.read_text() == FILE


@pytest.mark.parametrize("said", ["two\twords", "two\u00a0words", "two\u200b words", "two words\t"])
def test_a_comment_with_other_blanks_is_kept_with_plain_ones(file: Path, said: str) -> None:
    file.write_text(f"late.example expires=2026-11-01  # {said}\n")
    listfile.add(file, "late.example", NOW, note="ewa")
    assert file.read_text() == "late.example  # two words; ewa\n"


def test_many_at_once_lose_nothing(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: listfile.add(file, f"spam{number}.example", NOW), range(40)))
    assert sorted(file.read_text().splitlines()[6:]) == sorted(f"spam{number}.example" for number in range(40))


def test_a_list_that_is_known_is_not_read_again_while_it_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "blocked-domains.txt"
    file.write_text("spam.example\n")
    nothing = EntryList()
    before = listfile.stamp(file)
    added = listfile.add(file, "spam.example", NOW, known=(before, nothing))  # what is known counts
    assert (added.entry.line, file.read_text()) == (2, "spam.example\nspam.example\n")
    for stamp in (before, None):
        assert isinstance(listfile.add(file, "spam.example", NOW, known=(stamp, nothing)), Listed)
    file.write_text("old.example expires=2020-01-01\n")
    known = listfile.stamp(file), EntryList.of("\n\nold.example expires=2020-01-01\n", str(file))
    assert listfile.add(file, "old.example", NOW, known=known).entry.line == 1  # a line is changed where it stands
