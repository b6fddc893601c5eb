"""A list of filters/ changed by a command: one line more, another or fewer; comments and order stay as they are.

The file is whole at every moment: written beside it, on the disk, then renamed, with the mode and the owner of before.
Who else changes it waits for the lock on its folder, not for ever. A file with mistakes in it is not touched.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import mkstemp
from time import monotonic, sleep

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.lists.listed import MARK, Entry, comment_of, key_of, read
from mailflow.errors import ConfigurationError, Problem, Refused
from mailflow.ownership import no_access

PATIENCE = 10.0
"""Seconds that a person waits for others who change a list of the same folder."""
A_MOMENT = 0.3
"""Seconds of the same where mail waits meanwhile: longer than a change takes."""
BETWEEN = 0.01
"""Seconds from one look whether they are done to the next."""
Stamp = tuple[int, int, int]
"""Inode, time of change and size: another one after each change."""
Known = tuple[Stamp | None, EntryList]
"""What was read of a file, and its stamp of before that."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`value` listed through the day `expires`; `note` becomes a comment behind it."""

    value: str
    expires: date | None = None
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What stands in the file, and what stood there instead: an entry that had expired, or ended earlier."""

    entry: Entry
    instead_of: Entry | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """It was listed as long already, by this entry; nothing is changed."""

    entry: Entry


def add(
    file: Path,
    value: str,
    now: datetime,
    *,
    expires: date | None = None,
    why: str = "",
    note: str = "",
    known: Known | None = None,
) -> Added | Listed:
    """One of `add_all`; Refused also when it cannot be an entry."""
    (outcome,) = add_all(file, [Wish(value, expires, why, note)], now, known=known)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def add_all(
    file: Path, wishes: Sequence[Wish], now: datetime, *, known: Known | None = None, patience: float = PATIENCE
) -> list[Added | Listed | Refused]:
    """What became of each, in the order of `wishes`; Refused is what is none of domain, address and network. Raises
    Refused when the file cannot be read or written, or others change it for longer than `patience` (seconds), and
    ConfigurationError when it has mistakes: then nothing is changed.

    With what is `known` of a file that has not changed since, its lines are not read again: of a million that takes a
    second."""
    with _locked(file, patience) as there:
        text = _text(there)
        page = _Page(_listed(text, file, [key_of(wish.value)[0] for wish in wishes], known), text)
        outcomes = [page.put(wish, now) for wish in wishes]
        if any(isinstance(outcome, Added) for outcome in outcomes):
            _write(there, "\n".join(page.lines))
    return outcomes


class _Page:
    """The lines of a file while entries are written into them."""

    def __init__(self, listed: EntryList, text: str) -> None:
        self.lines = text.split("\n")
        self._end = "\r" if "\r\n" in text else ""
        self._listed = listed
        self._added = EntryList(listed.file)

    def put(self, wish: Wish, now: datetime) -> Added | Listed | Refused:
        key, wrong = key_of(wish.value)
        if wrong:
            return Refused(f"{wish.value!r} {wrong}")
        covering = self._added.find(key, now) or self._listed.find(key, now)
        if covering and _lasts(covering, wish.expires):
            return Listed(covering)
        before = self._added.at(key) or self._listed.at(key)
        if before is None and self.lines[-1]:
            self.lines.append("")  # the last line had no end
        number = before.line if before else len(self.lines)
        entry = Entry(wish.value, self._listed.file, number, wish.expires, wish.why)
        try:
            line = _written(entry, wish.note, comment_of(self.lines[number - 1])) + self._end
        except Refused as refused:
            return refused
        self.lines[number - 1 : number] = [line] if before else [line, ""]
        self._added = self._added.plus(entry)
        return Added(entry, before)


def remove(file: Path, value: str) -> tuple[Entry, ...]:
    """Take every line about just this away, and say what they said; none when there was none."""
    key, wrong = key_of(value)
    if wrong:
        raise Refused(f"{value!r} {wrong}")
    with _locked(file) as there:
        text = _text(there)
        EntryList.of(text, str(file))
        lines = text.split("\n")
        gone = dict(_about(key, lines, str(file)))
        if gone:
            _write(there, "\n".join(line for number, line in enumerate(lines, 1) if number not in gone))
    return tuple(gone.values())


def _listed(text: str, file: Path, keys: Iterable[str], known: Known | None) -> EntryList:
    """What stands in the file. Another line with the same key is looked for in it as it is, not as it was."""
    if known and known[0] and known[0] == stamp(file) and not any(known[1].at(key) for key in keys):
        return replace(known[1], file=str(file))
    return EntryList.of(text, str(file))


def _lasts(entry: Entry, expires: date | None) -> bool:
    return entry.expires is None or (expires is not None and expires <= entry.expires)


def _written(entry: Entry, note: str, said: str) -> str:
    """The line of `entry`; behind it what was said there, and what is noted."""
    comment = "; ".join(filter(None, map(_on_one_line, (said, note))))
    line = entry.written + (f"  # {comment}" if comment else "")
    if not line.isprintable() or not isinstance(read(line), tuple):
        raise Refused(f"{entry.value!r} cannot be written as a line of {entry.file}")
    return line


def _on_one_line(text: str) -> str:
    """With plain blanks, and nothing unseen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _about(key: str, lines: Sequence[str], file: str) -> Iterator[tuple[int, Entry]]:
    """The lines whose entry has this key, by number."""
    one_form = not (":" in key or "/" in key)  # networks may be written in other ways than theirs
    for number, line in enumerate(lines, 1):
        if one_form and line.isascii() and key not in line.lower():
            continue
        match read(line.removeprefix(MARK)):
            case (found, (value, expires, why)) if found == key:
                yield number, Entry(value, file, number, expires, why)


def stamp(file: Path) -> Stamp | None:
    """Of the file as it is at this moment; None when there is no such file."""
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


# The file


@contextmanager
def _locked(file: Path, patience: float = PATIENCE) -> Iterator[Path]:
    """The file itself, where `file` is a link to it, while nobody else changes lists of its folder."""
    there = file.resolve()
    try:
        folder = os.open(there.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise Refused(f"{there.parent}: {error.strerror}") from None
    try:
        _lock(folder, there.parent, patience)  # not the file, which is another one after each change
        yield there
        os.fsync(folder)
    finally:
        os.close(folder)


def _lock(folder: int, name: Path, patience: float) -> None:
    """Refused when others hold it for longer: they may have been stopped."""
    deadline = monotonic() + patience
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= deadline:
                raise Refused(f"the lists in {name} are being changed by somebody else; try again") from None
            sleep(BETWEEN)
        else:
            return


def _text(file: Path) -> str:
    """With its line ends, without a byte order mark; '' when there is no file yet."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([Problem(str(file), line, "file", "is not UTF-8 here")]) from None


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        descriptor, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise Refused(no_access(file, error)) from None
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as written:
            written.write(text.encode())
            written.flush()
            _as_before(file, temporary)
            os.fsync(descriptor)
        temporary.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}; it is as it was") from None
    finally:
        temporary.unlink(missing_ok=True)


def _as_before(file: Path, written: Path) -> None:
    """The mode, the owner and the attributes of the file that it replaces; a new one is as open as its folder."""
    if file.exists():
        like = file.stat()
        shutil.copystat(file, written)
        os.utime(written)
    else:
        like = file.parent.stat()
        written.chmod(like.st_mode & 0o666)
    now = written.stat()
    if (like.st_uid, like.st_gid) != (now.st_uid, now.st_gid) and (file.exists() or os.geteuid() == 0):
        os.chown(written, like.st_uid, like.st_gid)
