"""What happened, for whoever runs the daemon: one function per event, one event one line on stderr.

    filed entry=812 ticket=#123 because="In-Reply-To names our message of 3 May"

The event is the first word, its values follow as logfmt; the time comes last, or is journald's when stderr is the
journal, which gets the level as a prefix `<N>` instead (sd-daemon(3)). Everything from outside is escaped: no line
break, no terminal escape and no direction mark gets through (CWE-117). Bodies and secrets are never logged: there is no
function that takes one, and an error is cut to its first line. A log that cannot be written stops no mail.
"""

import logging
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
MOST_VALUES = 10
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
    _log.least = LEVELS[level]
    root = logging.getLogger()
    root.handlers[:] = [*(each for each in root.handlers if not isinstance(each, _FromLibraries)), _FromLibraries()]
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


# The daemon


def ready(
    *, listen: Iterable[str], imap: Iterable[str] = (), outgoing: str = "", database: str = "", monitor: str = ""
) -> None:
    """Mail is accepted from now on. Others wait for this line, so it is written whatever the level is."""
    values = {
        "listen": _list(listen),
        "imap": _list(imap),
        "outgoing": outgoing,
        "database": database,
        "monitor": monitor,
    }
    _STDERR.msg(_as_line("info", "ready", values))


def stopping(*, because: str) -> None:
    _log.info("stopping", because=because)


def stopped(*, because: str = "") -> None:
    _log.info("stopped", because=because)


def reloaded(*, files: Iterable[str] = (), changed: Iterable[str] = (), restart_needed: Iterable[str] = ()) -> None:
    """`changed`: files, and keys of config.toml. `restart_needed`: sections that are read at the start only."""
    later = _list(restart_needed)
    level = _log.warning if later else _log.info
    level("reloaded", files=_list(files), changed=_list(changed), restart_needed=later)


def reload_failed(*, problems: Iterable[object]) -> None:
    """The old configuration stays (DESIGN rule 9): one line for each mistake."""
    for problem in problems:
        _log.error("reload_failed", problem=problem)


def stuck(*, what: Iterable[str], seconds: float) -> None:
    """What must move does not. If that lasts, systemd hears no more of us and starts us again."""
    _log.error("stuck", what=_list(what), seconds=round(seconds, 1))


def trouble(error: BaseException | str, where: str, **ids: object) -> None:
    """Something we did not expect; the mail it happened to is kept and tried again."""
    _log.error("trouble", where=where, **ids, error=_sentence(error), traceback=_traceback(error))


def loop_late(*, seconds: float, times: int = 1) -> None:
    """Something held up everything for so long: the worst of `times` since the line before."""
    _log.warning("loop_late", seconds=round(seconds, 3), times=times)


# Receiving


def accepted(*, entry: int, source: str, mail_from: str, rcpt_tos: Sequence[str], size: int) -> None:
    """Committed to the journal: from here on it is ours."""
    _log.info("accepted", entry=entry, source=source, mail_from=_path(mail_from), rcpt_tos=_list(rcpt_tos), size=size)


def refused_sender(*, peer: str, mail_from: str, reply: object) -> None:
    _log.info("refused_sender", peer=peer, mail_from=_path(mail_from), reply=reply)


def refused_recipient(*, peer: str, mail_from: str, rcpt_to: str, reply: object) -> None:
    _log.info("refused_recipient", peer=peer, mail_from=_path(mail_from), rcpt_to=_path(rcpt_to), reply=reply)


def refused_content(
    *, peer: str, mail_from: str, reply: object, rcpt_tos: Sequence[str] = (), because: str = ""
) -> None:
    """A message that was never accepted, so there is no journal row: this line is all there is."""
    _log.info(
        "refused_content", peer=peer, mail_from=_path(mail_from), rcpt_tos=_list(rcpt_tos), because=because, reply=reply
    )


def connection_refused(*, peer: str, because: str) -> None:
    _log.warning("connection_refused", peer=peer, because=because)


def limit_reached(*, limit: str, peer: str, reply: object = "") -> None:
    """`limit` is its key in [limits], or `stress` and `early_talker`, which are none."""
    _log.info("limit_reached", limit=limit, peer=peer, reply=reply)


def login(*, peer: str, user: str, reply: object) -> None:
    """Whether it succeeded is in the reply."""
    _log.info("login", peer=peer, user=user, reply=reply)


def certificate(*, address: str, file: str, ends: datetime) -> None:
    """Read, for the listener at `address`."""
    expired = ends <= datetime.now(UTC)
    (_log.warning if expired else _log.info)("certificate", listen=address, file=file, ends=ends, expired=expired or "")


# Filing


def filed(*, entry: int, ticket: int | None, because: str) -> None:
    _log.info("filed", entry=entry, ticket=_number(ticket), because=because)


def dropped(*, entry: int, rule: str, because: str) -> None:
    _log.info("dropped", entry=entry, rule=rule, because=because)


def held(*, entry: int, because: str) -> None:
    _log.info("held", entry=entry, because=because)


def waits(*, entry: int, because: str) -> None:
    """It is filed after another one."""
    _log.info("waits", entry=entry, because=because)


def duplicate(*, entry: int, of: int | None) -> None:
    _log.info("duplicate", entry=entry, of=of)


def postponed(*, entry: int, error: BaseException | str, due: datetime | None = None, attempts: int = 0) -> None:
    _log.warning("postponed", entry=entry, error=_sentence(error), attempts=attempts or "", due=due)


def failed(*, entry: int, error: BaseException | str) -> None:
    """Given up on after its last attempt; the raw message is kept, a person must look."""
    _log.error("failed", entry=entry, error=_sentence(error), traceback=_traceback(error))


# Sending


def sent(*, outgoing: int, to: str, reply: object) -> None:
    _log.info("sent", outgoing=outgoing, to=to, reply=reply)


def deferred(*, outgoing: int, to: str, reply: object, due: datetime | None = None) -> None:
    _log.warning("deferred", outgoing=outgoing, to=to, reply=reply, due=due)


def refused_by(*, outgoing: int, to: str, reply: object, by: str = "") -> None:
    """The other side said no for good (5xx)."""
    _log.warning("refused_by", outgoing=outgoing, to=to, by=by, reply=reply)


def unknown(*, outgoing: int, to: str, because: str = "") -> None:
    """Automatic mail that may or may not have left: it is not sent again (DESIGN rule 5)."""
    _log.warning("unknown", outgoing=outgoing, to=to, because=because)


def silence(*, ticket: int | None, kind: str, to: str, because: str) -> None:
    """A machine has written enough: a mail that is not written. Perhaps a loop that this ends."""
    _log.warning("silence", ticket=_number(ticket), kind=kind, to=to, because=because)


def automatic_ceiling(*, per_minute: int) -> None:
    """More automatic mail than [limits] automatic_per_minute: what is more waits. A flood, or a loop of many."""
    _log.error("automatic_ceiling", per_minute=per_minute, because="automatic mail waits; mailflow outbox list")


def incident_told(*, incident: str, tickets: int, mails: int) -> None:
    """What an agent said of it, to those whom the agent's command had not reached."""
    _log.info("incident_told", incident=incident, tickets=tickets, mails=mails)


def details_changed(*, correction: int, ticket: int) -> None:
    """What is on file of a contact is what it said."""
    _log.info("details_changed", correction=correction, ticket=ticket)


def details_withheld(*, correction: int, ticket: int, because: str) -> None:
    """It is not: an agent is to decide."""
    _log.info("details_withheld", correction=correction, ticket=ticket, because=because)


def reach(*, case: int | None, ticket: int, step: str) -> None:
    """An account that somebody cannot reach: it was looked up, or its case has moved."""
    _log.info("reach", case=case, ticket=ticket, step=step)


# Timers


def escalated(*, ticket: int, to: str | Iterable[str], because: str = "") -> None:
    _log.warning("escalated", ticket=_number(ticket), to=_list(to), because=because)


def reminded(*, ticket: int, step: int = 0, to: str = "") -> None:
    _log.info("reminded", ticket=_number(ticket), step=step, to=to)


# The clock


def clock_doubted(*, because: str) -> None:
    """It shows a time that it can hardly be: nothing is done that is due by it. A person must look."""
    _log.error("clock_doubted", because=because)


def clock_believed(*, because: str) -> None:
    """What is due is done again."""
    _log.warning("clock_believed", because=because)


def clock_set_back(*, seconds: float) -> None:
    _log.warning("clock_set_back", by=round(seconds))


# Paging


def paged(*, page: int, ticket: int, on_call: str, step: int, way: str, result: str, reached: bool) -> None:
    """One attempt. `way` names no argument of a command and no path of a URL: they may be secrets."""
    log = _log.info if reached else _log.warning
    log("paged", page=page, ticket=_number(ticket), on_call=on_call, step=step, way=way, result=result)


def page_taken(*, page: int, ticket: int, by: str) -> None:
    _log.info("page_taken", page=page, ticket=_number(ticket), by=by)


def page_withheld(*, page: int, ticket: int, on_call: str, because: str) -> None:
    """More pages than anybody can answer: nobody is paged about this one. A flood, or a rule that fits too much."""
    _log.error("page_withheld", page=page, ticket=_number(ticket), on_call=on_call, because=because)


def page_given_up(*, page: int, ticket: int, on_call: str, because: str) -> None:
    """Nobody took it: a person must look."""
    _log.error("page_given_up", page=page, ticket=_number(ticket), on_call=on_call, because=because)


# IMAP


def imap_connected(*, account: str, folder: str = "", because: str = "") -> None:
    _log.info("imap_connected", account=account, folder=folder, because=because)


def imap_lost(*, account: str, error: BaseException | str, retry_in: float | None = None) -> None:
    """Temporary: it is connected again by itself."""
    _log.warning("imap_lost", account=account, error=_sentence(error), retry_in=retry_in)


def imap_refused(*, account: str, error: BaseException | str, retry_in: float | None = None) -> None:
    """The server does not let us in: somebody must look at the password, token or certificate."""
    _log.error("imap_refused", account=account, error=_sentence(error), retry_in=retry_in)


def imap_kept(*, account: str, count: int, last_uid: int | None = None) -> None:
    _log.info("imap_kept", account=account, count=count, last_uid=last_uid)


def imap_oversize(*, account: str, uid: int, size: int) -> None:
    """Larger than limits.message_size: left in its folder."""
    _log.warning("imap_oversize", account=account, uid=uid, size=size)


def retention(*, mail: int, letters: int, tickets: int, pages: int) -> None:
    """What is kept no longer went: so many of each."""
    _log.info("retention", mail=mail, letters=letters, tickets=tickets, pages=pages)


# How a line is made


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


def _path(address: str) -> str:
    return f"<{address}>"


def _number(ticket: int | None) -> str:
    return "" if ticket is None else f"#{ticket}"


def _list(texts: str | Iterable[str]) -> str:
    """A list in one value, however long it is."""
    if isinstance(texts, str):
        return texts
    texts = list(texts)
    more = [f"+{len(texts) - MOST_VALUES}"] if len(texts) > MOST_VALUES else []
    return ",".join([*texts[:MOST_VALUES], *more])


class _Traceback(str):
    """May be longer than other values."""

    __slots__ = ()


def _sentence(error: BaseException | str) -> str:
    """The first line: what follows in the text of an error is often the statement with its values, which are mail."""
    text = error if isinstance(error, str) else str(error)
    first = _PASSWORD.sub(r"\1***", text.strip().partition("\n")[0])[:LONGEST_VALUE]
    return first if isinstance(error, str) else f"{type(error).__name__}: {first}".removesuffix(": ")


def _traceback(error: BaseException | str) -> str:
    """Where it came from, causes first; from the text of each error only its sentence."""
    if isinstance(error, str):
        return ""
    told = [
        "".join(traceback.format_tb(each.__traceback__, limit=-20)) + _sentence(each) for each in _causes_first(error)
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
            "message": _sentence(message),
            "untold": self._untold.pop(line, ""),  # times, since the last
            "traceback": _traceback(error) if error else "",
        }
        _log.say(level, "library", values)


_STDERR = _Stderr()
_log = _Log()
