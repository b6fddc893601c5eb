"""Mail that lies in files: a message a file, mbox, Maildir, and directories of all of these.

One at a time and in a stable order, so that an archive of any size can be read. Shared by `inspect` and `inject`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ENVELOPE = b"From "
_DATED_ENVELOPE = re.compile(rb"From \S.{0,300}\s\d{1,2}:\d\d(?::\d\d)?\s.{0,40}\d{4}")
_ESCAPED_ENVELOPE = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class MailFile:
    """One message: the file it is in, its place there counted from 0, what it is."""

    path: Path
    index: int
    octets: bytes


def mails(paths: Iterable[Path]) -> Iterator[MailFile]:
    """Every message under `paths`, in order. Raises OSError where a file cannot be read."""
    for path in files(paths):
        yield from mails_in(path)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that hold mail, in the order of their names within a directory."""
    for path in paths:
        if path.is_dir():
            yield from _under(path)
        else:
            yield path


def mails_in(path: Path) -> Iterator[MailFile]:
    """The messages of one file: several if it is an mbox, else one, even if it is empty."""
    with path.open("rb") as file:
        if file.peek(len(_ENVELOPE))[: len(_ENVELOPE)] == _ENVELOPE:
            for index, octets in enumerate(_mbox(file)):
                yield MailFile(path, index, octets)
        else:
            yield MailFile(path, 0, file.read())


def _under(directory: Path) -> Iterator[Path]:
    maildir = _is_maildir(directory)
    for path in sorted(directory.iterdir()):
        if path.is_dir() and not path.is_symlink():  # no way round in circles
            if path.name != "tmp" or not maildir:  # what is being delivered is not there yet
                yield from _under(path) if not path.name.startswith(".") or _is_maildir(path) else ()
        elif path.is_file() and not path.name.startswith(".") and not maildir:  # beside cur/ lie indexes, no mail
            yield path


def _is_maildir(directory: Path) -> bool:
    return (directory / "cur").is_dir() and (directory / "new").is_dir()


def _mbox(file: BinaryIO) -> Iterator[bytes]:
    """RFC 4155 with the quoting of mboxrd. A 'From ' line begins a message only after a blank line and with a date:
    people write lines that begin so, and not every writer quotes them."""
    lines: list[bytes] = []
    file.readline()
    blank = False
    for line in file:
        if blank and line.startswith(_ENVELOPE) and _DATED_ENVELOPE.match(line):
            yield _message(lines)
            lines = []
        else:
            lines.append(line[1:] if _ESCAPED_ENVELOPE.match(line) else line)
        blank = line in (b"\n", b"\r\n")
    yield _message(lines)


def _message(lines: list[bytes]) -> bytes:
    """Without the blank line that belongs to the next separator, unless it is the one that ends the header."""
    if lines and lines[-1] in (b"\n", b"\r\n") and lines.index(lines[-1]) < len(lines) - 1:
        lines = lines[:-1]
    return b"".join(lines)
