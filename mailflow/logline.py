"""How a line of the log is made and written: on stderr, whole, from any thread, and what libraries warn of likewise.

The event is the first word, its values follow as logfmt; the time comes last, or is journald's when stderr is the
journal, which gets the level as a prefix `<N>` instead (sd-daemon(3)). Everything from outside is escaped: no line
break, no terminal escape and no direction mark gets through (CWE-117), and an error is cut to its first line. A log
that cannot be written stops no mail.
"""

import logging
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Literal

from mailflow.concealed import concealed

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
SYSLOG = {"debug": 7, "info": 6, "warning": 4, "error": 3}
QUIET = ("mail.log", "mail.debug", "imapclient", "mailparser", "apscheduler", "aiosmtplib", "alembic", "asyncio")
"""Loggers of libraries. They print addresses and whole lines of mail as they come: we log ourselves."""

LONGEST_VALUE = 500
LONGEST_TRACEBACK = 6000
ONCE_IN = 60.0
"""Seconds, of the same line of a library: without a descriptor asyncio says so a thousand times a second."""
MOST_LINES = 500  # of which it is remembered
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # lines and directions that are not what they look like
    "\ud800-\udfff]"  # half a character: cannot be written at all
)
_BARE = re.compile(r'[^\s"=\\]+')
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+(?=@)")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def configure(level: Level = "info") -> None:
    """Log from `level` upwards, and what libraries warn of in the same form. What comes before is logged from info."""
    LOG.least = LEVELS[level]
    root = logging.getLogger()
    root.handlers[:] = [*(each for each in root.handlers if not isinstance(each, _FromLibraries)), _FromLibraries()]
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def escape(text: str) -> str:
    """`text` so that it stays on its line and means nothing to a terminal."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _as_line(level: Level, event: str, values: Mapping[str, object]) -> str:
    """The event and its values as one line."""
    in_journal = _stderr_is_the_journal()
    if not in_journal:
        values = {**values, "level": level if level != "info" else "", "at": datetime.now(UTC)}
    words = [escape(event), *(f"{key}={_value(value)}" for key, value in values.items() if value not in ("", None))]
    return (f"<{SYSLOG[level]}>" if in_journal else "") + " ".join(words)


def _value(value: object) -> str:
    text = _moment(value) if isinstance(value, datetime) else str(value)
    text = concealed(_PASSWORD.sub(r"\1***", text) if "://" in text else text)
    if len(text) > LONGEST_VALUE and not isinstance(value, _Traceback):
        text = text[:LONGEST_VALUE] + "…"
    if _BARE.fullmatch(text) and not _UNSAFE.search(text):
        return text
    return '"' + escape(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Traceback(str):
    """May be longer than other values."""

    __slots__ = ()


def sentence(error: BaseException | str) -> str:
    """The first line: what follows in the text of an error is often the statement with its values, which are mail."""
    text = error if isinstance(error, str) else str(error)
    first = _PASSWORD.sub(r"\1***", text.strip().partition("\n")[0])[:LONGEST_VALUE]
    return first if isinstance(error, str) else f"{type(error).__name__}: {first}".removesuffix(": ")


def traceback_of(error: BaseException | str) -> str:
    """Where it came from, causes first; from the text of each error only its sentence."""
    if isinstance(error, str):
        return ""
    told = [
        "".join(traceback.format_tb(each.__traceback__, limit=-20)) + sentence(each) for each in _causes_first(error)
    ]
    return _Traceback("\n".join(told)[-LONGEST_TRACEBACK:])


def _causes_first(error: BaseException) -> Iterator[BaseException]:
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in chain and len(chain) < 5:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return reversed(chain)


def _stderr_is_the_journal() -> bool:
    """systemd names the journal's socket (systemd.exec(5), JOURNAL_STREAM); stderr may since have gone elsewhere."""
    stream = os.environ.get("JOURNAL_STREAM")
    if not stream:
        return False
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return stream == f"{status.st_dev}:{status.st_ino}"


class _Stderr:
    """Where lines go: whole, one at a time, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()

    def msg(self, line: str) -> None:
        try:
            with self._lock:
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
        except (OSError, ValueError):  # disk full, pipe closed: mail goes on
            pass


class _Log:
    """Events from a level upwards. No library: we would use these lines of it, and it loads others for colours."""

    least = LEVELS["info"]

    def info(self, event: str, **values: object) -> None:
        self.say("info", event, values)

    def warning(self, event: str, **values: object) -> None:
        self.say("warning", event, values)

    def error(self, event: str, **values: object) -> None:
        self.say("error", event, values)

    def say(self, level: Level, event: str, values: Mapping[str, object]) -> None:
        if LEVELS[level] >= self.least:
            self.always(level, event, values)

    def always(self, level: Level, event: str, values: Mapping[str, object]) -> None:
        _STDERR.msg(_as_line(level, event, values))


class _FromLibraries(logging.Handler):
    """What libraries log from WARNING upwards, in our form; the same once a minute, with how often it was not told."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: dict[tuple[str, str], float] = {}  # when
        self._untold: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # their format string, their arguments
            message = str(record.msg)
        line = record.name, message
        if record.created - self._told.get(line, -ONCE_IN) < ONCE_IN:
            self._untold[line] += 1
            return
        if len(self._told) >= MOST_LINES:
            self._told.clear()
            self._untold.clear()
        self._told[line] = record.created
        error = record.exc_info[1] if record.exc_info else None
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        values = {
            "logger": record.name,
            "message": sentence(message),
            "untold": self._untold.pop(line, ""),  # times, since the last
            "traceback": traceback_of(error) if error else "",
        }
        LOG.say(level, "library", values)


_STDERR = _Stderr()
LOG = _Log()
