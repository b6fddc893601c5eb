"""How commands show things: JSON for programs, plain text for people; lists are in `table`.

Whatever comes from mail is made harmless to a terminal first, in both. Times are shown in the local zone.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from mailflow.errors import Refused
from mailflow.logline import escape

_NOT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (0, "s"))

Shown = Mapping[str, Any]


def print_json(value: object) -> None:
    """One object on one line. What a terminal could obey is written as \\uXXXX, which is the same JSON."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    say(_NOT_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_values(row: Shown) -> None:
    """One thing for people: a line for each value that there is; text of several lines is indented below its name."""
    for name, value in row.items():
        if cell(value) == cell(None):
            continue
        if isinstance(value, str) and "\n" in value.strip():
            say(f"{name.replace('_', ' ')}:")
            say("\n".join(f"    {line}" for line in paragraph(value).splitlines()))
        else:
            say(f"{name.replace('_', ' '):<14} {cell(value)}")


def cell(value: object) -> str:
    """One value in a table: short, on one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value) or "-"
    if isinstance(value, Mapping):
        return cell(value.get("address") or value.get("name") or next(iter(value.values()), None))
    return escape(moment(value).replace("\t", " "))


def moment(value: object) -> str:
    """A time of day as people write it, in the local zone; anything else as it is."""
    at = _time(value)
    return at.strftime("%Y-%m-%d %H:%M") if at else str(value)


def short_moment(value: object) -> str:
    """As little of a time as tells which one it is: '22:40' is today."""
    at, now = _time(value), datetime.now().astimezone()
    if at is None:
        return cell(value)
    if at.date() == now.date():
        return at.strftime("%H:%M")
    return at.strftime("%-d %b %H:%M" if abs(now - at) < timedelta(days=300) else "%Y-%m-%d")


def age(value: object) -> str:
    """How long ago a time was, in its largest unit."""
    at = _time(value)
    if at is None:
        return cell(value)
    seconds = max(0, int((datetime.now().astimezone() - at).total_seconds()))
    return next(f"{seconds // (length or 1)} {unit}" for length, unit in UNITS if seconds >= length)


def size(octets: int) -> str:
    """In the largest unit of which there is one."""
    amount = float(octets)
    for unit in ("octets", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _time(value: object) -> datetime | None:
    if isinstance(value, str) and _ISO.fullmatch(value):
        value = datetime.fromisoformat(value)
    return value.astimezone() if isinstance(value, datetime) else None


def paragraph(text: str) -> str:
    """Text of a mail, with its lines."""
    return "\n".join(escape(line.expandtabs()) for line in text.splitlines())


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def say_page(text: str) -> None:
    """In a terminal lines that are too long for it go on below, between words; in a pipe they are as they are."""
    say(folded(text, get_terminal_size().columns) if sys.stdout.isatty() else text)


def folded(text: str, width: int) -> str:
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, width))


def _pieces(line: str, width: int) -> Iterator[str]:
    """A word that is longer than a line, such as an address of a page, stays whole."""
    first = len(line) - len(line.lstrip(" "))
    hanging = " " * min(first + 3, width // 2)
    begin, indent = 0, ""
    while len(indent) + len(line) - begin > width:
        room, word = begin + width - len(indent), begin or first
        end = line.rfind(" ", word + 1, room + 1)
        if end < 0 and (end := line.find(" ", max(room, word))) < 0:
            break
        yield indent + line[begin:end]
        begin, indent = end + 1, hanging
    yield indent + line[begin:]


def write_octets(octets: bytes, to: Path | None = None) -> None:
    """Octets from outside as they are: into a new file that is only ours, or to standard output, if no terminal."""
    if to is None:
        if sys.stdout.isatty():
            raise Refused(f"these are {len(octets):,} octets, not for a terminal: write them to a file with --to FILE")
        sys.stdout.flush()
        sys.stdout.buffer.write(octets)
        return
    try:
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(octets)
    except FileExistsError:
        raise Refused(f"{to} exists already") from None
    except OSError as error:
        raise Refused(f"{to} cannot be written: {error.strerror}") from None
    say(f"{to}: {len(octets):,} octets")
