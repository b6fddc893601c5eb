"""Delivery reports in prose: from mail systems older or prouder than RFC 3464.

Two questions. Is it one: a mail system's name or the null address, and words that say so. Whom does it name: the first
line pattern that finds anybody wins, the strongest first, and only above the returned message. All tables; all patterns
are bounded, so that reading is linear. Used by `mail.report` when there is no machine-readable part.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from mailflow.mail.header import Header
from mailflow.mail.languages import every
from mailflow.mail.message import ReportRecipient

ADDRESS = re.compile(r"[\w.!#$%&*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,10}")

DAEMON_NAMES = ("mailer-daemon", "mail-daemon", "maildaemon", "mailerdaemon", "mail delivery", "mail system")
SYSTEM_NAMES = ("postmaster", "mail administrator", "system administrator", "mdaemon", "smtp", "antivirus")
"""How mail systems sign, somewhere in the name or the local part of From; the second as people do, too."""

SUBJECTS = every("report.subject")
"""Somewhere in a subject that is not an answer to one or a forwarded one."""
MACHINE_SUBJECTS = every("report.machine_subject")
SENTENCES = every("report.sentence")
"""Somewhere near the beginning of the text."""
BEGINNING = 3_000

DELAYS = every("report.delay")
FINAL = every("report.final")

RETURNED = re.compile(
    r"^[>\s]*+(?:-{2,}+|={3,}+|_{5,}+|\*{3,}+|#{3,}+)?+\s*+(?:"
    r"(?:below|enclosed|here|attached|following)\b.{0,60}\b(?:copy|message|mail|headers)\b.{0,40}"
    r"|(?:start of )?(?:the )?(?:original|returned|unsent|rejected|undelivered|forwarded|old)\b.{0,30}"
    r"\b(?:message|mail|headers?|text|e-mail|follows).{0,40}"
    r"|(?:text of )?(?:your|the) (?:original )?(?:message|mail) (?:follows|reads)[ .:]{0,40}"
    r"|message (?:header|text|headers|body|contents) (?:follows?|begins?).{0,20}"
    r"|this is a copy of (?:the|your) .{0,60}|the (?:first|header|body).{0,60}(?:follow|original).{0,60}"
    r"|unsent message|nachrichtenkopf.{0,20}|message d'origine.{0,20}|mensaje original.{0,20}"
    r")[\s:.>*#_=-]*$"
    r"|^[>\s]*(?:received: (?:from|by|\()|return-path: ?<|mime-version: 1\.0)",
    re.IGNORECASE,
)  # fmt: skip
"""The line from which on the text is the returned message."""

_A = ADDRESS.pattern
LINES: Sequence[re.Pattern[str]] = (
    re.compile(rf"^[\s>]*[\"'<(]{{0,2}}(?:smtp:|rfc822;\s?)?({_A})[\"'>)]{{0,3}}\s*"
               rf"(?:$|[:;(,\[-]|\.\.|\bon\b|\([^()]{{0,200}}\)|=)", re.IGNORECASE),
    re.compile(rf"^[\s>]*\"?[^\"<>:@]{{1,80}}\"?\s*<({_A})>\s*:?\s*$"),
    re.compile(rf"(?:undeliverable|failed|unknown|invalid|final|original)?[ _-]?(?:address|recipients?|user|mailbox|"
               rf"to|empf[aä]nger|destinatario|destinataire|adresat|odbiorca)\s?\S{{0,3}}:[\s\"'<]{{0,4}}"
               rf"(?:rfc822;\s?)?({_A})", re.IGNORECASE),
    re.compile(rf"(?:dda:)?smtp[=:]\s?({_A})", re.IGNORECASE),
    re.compile(rf"\b(?:addressed|sent|deliver(?:ed|y)?|rcpt|message|mail)\s+to:?[\s\"'<]{{0,4}}({_A})", re.IGNORECASE),
    re.compile(rf"^.{{0,20}}\b[45]\d\d[ -].{{0,120}}?<?({_A})"),
    re.compile(rf"({_A})"),
)  # fmt: skip
"""The strongest first: a line of its own, a labelled one, … any address at all."""

_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,2}\.\d{1,3})(?![\d.]*\d)")
_REPLY_CODE = re.compile(r"(?<![\d.\w-])([45])[0-7]\d(?![\d.])(?=[ -]|$)")
_FORWARDED = re.compile(r"^(?:\[[^\]]{1,60}\]\s*)?(?:re|aw|odp|sv|fwd?|wg|tr|pd|rv|enc|i)\s*:", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^[> \t]*message-id:\s{0,80}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
_TRACE = re.compile(r"^[> \t]*(?:received: (?:from|by)|message-id: ?<)", re.IGNORECASE | re.MULTILINE)
_DOMAIN = re.compile(r"@[\w.-]{1,255}")
_TO = re.compile(r"^[> \t]*to:(.{0,2000})$", re.IGNORECASE | re.MULTILINE)
MOST_LINES = 2_000
LONGEST_LINE = 1_000


def read(header: Header, text: str, returned: str) -> list[ReportRecipient] | None:
    """None: it is no delivery report. Empty: it is one, and names nobody. `returned`: the header that came back."""
    looks = _looks(header)
    if looks is _Looks.ORDINARY:
        return None
    above, below = _cut(text)
    prose = " ".join(" ".join(above).casefold().split())
    if not _says_so(looks, prose, below, answers=header.has("In-Reply-To")):
        return None
    late = _is_late(header.text("Subject").casefold(), prose)
    addresses = _failed_field(header) or _named(above, _outsiders(header)) or _single_to(returned or below)
    return [_recipient(address, above, late) for address in addresses]


def original_id(header: Header, text: str) -> str:
    """The id of the mail that came back: in the text below the prose, else the one this is an answer to."""
    found = _MESSAGE_ID.search(text)
    answered = re.search(r"<([^<>\s]{1,998})>", " ".join(header.raw("In-Reply-To")))
    match = found or answered
    return match.group(1) if match else ""


def _cut(text: str) -> tuple[list[str], str]:
    """Lines above the returned message, and the rest."""
    lines = [line[:LONGEST_LINE] for line in text.splitlines()]
    top = lines[:MOST_LINES]
    at = next((number for number, line in enumerate(top) if number and RETURNED.match(line)), len(top))
    return top[:at], "\n".join(lines[at:])


class _Looks(Enum):
    """What the header alone makes of it."""

    CERTAIN = auto()  # a field that only reports have, or a mail system under a report's title
    SYSTEM = auto()  # a mail system, or the null address
    TITLED = auto()  # anybody, under a title that mail systems use and people do not
    LIKE = auto()  # anybody, under a title that people use too
    ORDINARY = auto()


def _looks(header: Header) -> _Looks:
    subject = header.text("Subject").casefold()
    titled = not _FORWARDED.match(subject) and any(words in subject for words in SUBJECTS)
    system = _is_from_system(header)
    person = header.has("In-Reply-To") and not _signs(header, DAEMON_NAMES)  # a postmaster in a conversation
    if header.has("X-Failed-Recipients") or (system and titled and not person):
        return _Looks.CERTAIN
    if system:
        return _Looks.SYSTEM
    if titled:
        return _Looks.TITLED if any(words in subject for words in MACHINE_SUBJECTS) else _Looks.LIKE
    return _Looks.ORDINARY


def _is_from_system(header: Header) -> bool:
    if _signs(header, DAEMON_NAMES + SYSTEM_NAMES) or not header.has("From"):
        return True
    null = any(path.strip() == "<>" for path in header.raw("Return-Path"))
    return null and "auto-replied" not in header.text("Auto-Submitted").casefold()


def _signs(header: Header, names: tuple[str, ...]) -> bool:
    author = _DOMAIN.sub("", header.text("From").casefold())
    return any(name in author for name in names)


def _says_so(looks: _Looks, prose: str, below: str, *, answers: bool) -> bool:
    """A customer whose parcel 'could not be delivered' writes the same words: who is no mail system must return a mail
    with its trace, which no mail program quotes, and answer none."""
    if looks is _Looks.CERTAIN:
        return True
    beginning = prose[:BEGINNING]
    if answers or not any(words in beginning for words in SENTENCES):
        return False
    return looks is _Looks.SYSTEM or bool(below if looks is _Looks.TITLED else _TRACE.search(below))


def _is_late(subject: str, prose: str) -> bool:
    if any(words in subject for words in DELAYS):
        return True
    return any(words in prose for words in DELAYS) and not any(words in prose for words in FINAL)


def _failed_field(header: Header) -> list[str]:
    return _unique(match.group() for field in header.raw("X-Failed-Recipients") for match in ADDRESS.finditer(field))


def _outsiders(header: Header) -> set[str]:
    """Addresses that a report names for other reasons: who writes it, and whom it is written to."""
    fields = (*header.raw("From"), *header.raw("To"), *header.raw("Reply-To"))
    return {match.group().casefold() for field in fields for match in ADDRESS.finditer(field[:LONGEST_LINE])}


def _named(above: list[str], outsiders: set[str]) -> list[str]:
    for pattern in LINES:
        found = (match.group(1) for line in above for match in pattern.finditer(line))
        named = _unique(address for address in found if not _is_system(address))
        others = [address for address in named if address.casefold() not in outsiders]
        if others or (named and pattern is not LINES[-1]):
            return others or named
    return []


def _single_to(returned: str) -> list[str]:
    to = _TO.search(returned)
    addresses = _unique(match.group() for match in ADDRESS.finditer(to.group(1))) if to else []
    return addresses if len(addresses) == 1 else []


def _recipient(address: str, above: list[str], late: bool) -> ReportRecipient:
    diagnostic = _lines_about(address, above)
    return ReportRecipient(
        address=address,
        action="delayed" if late else "failed",
        status=_status(diagnostic) or _status(" ".join(above)) or ("4.0.0" if late else "5.0.0"),
        diagnostic=diagnostic[:LONGEST_LINE],
    )


def _lines_about(address: str, above: list[str]) -> str:
    """From the line that names it to the next blank line after something was said, or to the next address's line."""
    about: list[str] = []
    for line in above:
        if address in line and not about:
            about = [line.strip()]
        elif about and _ends_diagnostic(line, address, len(about)):
            break
        elif about and line.strip():
            about.append(line.strip())
    return " ".join(about)


def _ends_diagnostic(line: str, address: str, said: int) -> bool:
    return said > 1 if not line.strip() else bool(LINES[0].match(line)) and address not in line


def _status(words: str) -> str:
    exact = _STATUS.search(words)
    if exact:
        return exact.group(1)
    code = _REPLY_CODE.search(words)
    return f"{code.group(1)}.0.0" if code else ""


def _is_system(address: str) -> bool:
    return address.partition("@")[0].casefold() in ("postmaster", "mailer-daemon", "abuse", "hostmaster", "root")


def _unique(addresses: Iterator[str] | Sequence[str]) -> list[str]:
    return list({address.casefold(): address for address in addresses}.values())
