"""Delivery reports in prose: from mail systems older or prouder than RFC 3464.

Is it one: a mail system's name or the null address, and words that say so, or the returned mail below the address it
was for. Whom it names is `named`, why is `failure`. All words are tables of `mail.languages`. Used by
`report` when there is no machine-readable part.
"""

import re
from enum import Enum, auto

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain, says
from mailflow.mail.message import ReportRecipient
from mailflow.mail.mime.header import Header
from mailflow.mail.reports import returned
from mailflow.mail.reports.failure import status_of
from mailflow.mail.reports.named import ADDRESS, RANKS, STRONG_RANKS, addresses_in, named_in, said_about, unique

DAEMON_NAMES = (
    "mailer-daemon", "mail-daemon", "maildaemon", "mailerdaemon", "mail delivery", "mail system", "microsoftexchange",
    "mailer daemon", "mail daemon",
)  # fmt: skip
SYSTEM_NAMES = ("postmaster", "mail administrator", "system administrator", "mdaemon")
"""How mail systems sign, somewhere in the name or the local part of From; the second as people do, too."""

SUBJECTS = Wordings(every("report.subject"))
"""Somewhere in a subject that is not an answer to one or a forwarded one."""
MACHINE_SUBJECTS = Wordings(every("report.machine_subject"))
SENTENCES = Wordings(every("report.sentence"))
"""Somewhere near the beginning of the text."""
BEGINNING = 3_000

DELAYS = Wordings(every("report.delay"))
FINAL = Wordings(every("report.final"))
DELIVERED = Wordings(every("report.delivered"))

_FORWARDED = re.compile(r"^(?:\[[^\]]{1,60}\]\s*)?(?:re|aw|odp|sv|fwd?|wg|tr|pd|rv|enc|i)\s*:", re.IGNORECASE)
_PROGRAM = re.compile(r"(?:smtp|antivirus)[\w.+-]{0,60}@", re.IGNORECASE)
"""The local part of a mail system whose name people have in theirs: they belong to an SMTP team."""
_DOMAIN = re.compile(r"@[\w.-]{1,255}")
_TO = re.compile(r"^[> \t]{0,20}to:(.{0,2000})$", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(r"^[> \t]{0,20}(?:from|sender|return-path):(.{0,2000})$", re.IGNORECASE | re.MULTILINE)
_RECIPIENT_LINE = re.compile(rf"\s{{0,20}}<{ADDRESS.pattern}>:")
MOST_LINES = 2_000
LONGEST_LINE = 1_000
MOST_PROSE = 100_000  # letters above the returned message that are read; a recipient takes one hundred


class Looks(Enum):
    """What the header alone makes of it."""

    CERTAIN = auto()  # a field that only reports have, or a mail system under a report's title
    SYSTEM = auto()  # a mail system, or the null address
    TITLED = auto()  # anybody, under a title that mail systems use and people do not
    LIKE = auto()  # anybody, under a title that people use too
    ORDINARY = auto()


def read(header: Header, looks: Looks, text: str, came_back: str) -> list[ReportRecipient] | None:
    """None: it is no delivery report. Empty: it is one, and names nobody. `looks`: `looks_of(header)`; `came_back`: the
    returned mail's header, when it is a part of its own."""
    if looks is Looks.ORDINARY:
        return None
    above, below = _cut(text)
    prose = plain(" ".join(above))
    anonymous = looks is Looks.SYSTEM and not _signs(header, DAEMON_NAMES + SYSTEM_NAMES)
    addresses = named_in(above, _outsiders(header), STRONG_RANKS if anonymous else RANKS)
    below = came_back or below
    if anonymous and not (addresses or below):
        return None  # the null address alone: a shop's notice that a payment was rejected
    if not (_says_so(looks, prose, header, below) or _returns(header, addresses, below) or _answers(header, above)):
        return None
    addresses = _failed_field(header) or addresses or _single_to(below)
    return _recipients(addresses, above, prose, plain(header.text("Subject")))


def looks_of(header: Header) -> Looks:
    subject = plain(header.text("Subject"))
    titled = not _FORWARDED.match(subject) and SUBJECTS.stand_in(subject)
    system = _is_from_system(header)
    person = header.has("In-Reply-To") and not _signs(header, DAEMON_NAMES)  # a postmaster in a conversation
    if header.has("X-Failed-Recipients") or (system and titled and not person):
        return Looks.CERTAIN
    if system:
        return Looks.SYSTEM
    if titled:
        return Looks.TITLED if MACHINE_SUBJECTS.stand_in(subject) else Looks.LIKE
    return Looks.ORDINARY


def original_id(header: Header, text: str) -> str:
    """The id of the mail that came back: in the text below the prose, else the one this is an answer to."""
    answered = (*header.raw("References"), *header.raw("In-Reply-To"), *header.raw("X-Original-Message-ID"))
    return returned.message_id_in(text) or returned.id_in(answered)


def _cut(text: str) -> tuple[list[str], str]:
    """Lines above the returned message, and the rest."""
    lines = [line[:LONGEST_LINE] for line in text[:MOST_PROSE].splitlines()][:MOST_LINES]
    at = returned.cut(lines)
    return lines[:at], "\n".join(lines[at:])


def _is_from_system(header: Header) -> bool:
    program = _PROGRAM.search(header.text("From"))
    if program or _signs(header, DAEMON_NAMES + SYSTEM_NAMES) or not header.has("From"):
        return True
    null = any(path.strip() == "<>" for path in header.raw("Return-Path"))
    return null and "auto-replied" not in header.text("Auto-Submitted").casefold()


def _signs(header: Header, names: tuple[str, ...]) -> bool:
    return says(_DOMAIN.sub("", header.text("From").casefold()), names)


def _says_so(looks: Looks, prose: str, header: Header, below: str) -> bool:
    """A customer whose parcel 'could not be delivered' writes the same words: who is no mail system must return a mail
    with its trace, which no mail program quotes, or one that was written by whom the report is for; and answer none."""
    if looks is Looks.CERTAIN:
        return True
    if header.has("In-Reply-To") or not SENTENCES.stand_in(prose[:BEGINNING]):
        return False
    if looks is Looks.SYSTEM:
        return True
    return bool(below) if looks is Looks.TITLED else returned.has_trace(below)


def _returns(header: Header, addresses: list[str], below: str) -> bool:
    """Without a word of it being understood: a mail daemon names whom the mail below was for, and who had written it
    is told."""
    if not _signs(header, (*DAEMON_NAMES, "postmaster")) or not returned.has_trace(below):
        return False
    readers, authors = _in_fields(_TO, below), _in_fields(_FROM, below)
    told = {address.casefold() for field in header.raw("To") for address in addresses_in(field[:LONGEST_LINE])}
    return bool(told & authors) and any(address.casefold() in readers for address in addresses)


def _answers(header: Header, above: list[str]) -> bool:
    """A mail daemon in a language nobody here knows, in the form of qmail and Postfix: `<anna@firma.example>: …`."""
    return _signs(header, DAEMON_NAMES) and any(_RECIPIENT_LINE.match(line) for line in above)


def _in_fields(fields: re.Pattern[str], block: str) -> set[str]:
    return {address.casefold() for field in fields.findall(block) for address in addresses_in(field)}


def _failed_field(header: Header) -> list[str]:
    return unique(found.group() for field in header.raw("X-Failed-Recipients") for found in ADDRESS.finditer(field))


def _outsiders(header: Header) -> set[str]:
    """Addresses that a report names for other reasons: who writes it, and whom it is written to."""
    fields = (*header.raw("From"), *header.raw("To"), *header.raw("Reply-To"))
    return {address.casefold() for field in fields for address in addresses_in(field[:LONGEST_LINE])}


def _single_to(block: str) -> list[str]:
    to = _TO.search(block)
    addresses = addresses_in(to.group(1)) if to else []
    return addresses if len(addresses) == 1 else []


def _recipients(addresses: list[str], above: list[str], prose: str, subject: str) -> list[ReportRecipient]:
    action = _action(subject, prose)
    about = said_about(addresses, above)
    return [
        ReportRecipient(
            address=address,
            action=action,
            status="" if action == "delivered" else status_of(about[address], prose, late=action == "delayed"),
            diagnostic=about[address][:LONGEST_LINE],
        )
        for address in addresses
    ]


def _action(subject: str, prose: str) -> str:
    if DELAYS.stand_in(subject) or (DELAYS.stand_in(prose) and not FINAL.stand_in(prose)):
        return "delayed"
    return "delivered" if DELIVERED.stand_in(subject + prose) and not SENTENCES.stand_in(prose) else "failed"
