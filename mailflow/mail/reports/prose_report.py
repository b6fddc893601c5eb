"""Delivery reports in prose: from mail systems older or prouder than RFC 3464.

Is it one: a mail system's name or the null address, and words that say so, or the returned mail below the address it
was for. Whom it names is `named`, why is `failure`. All words are tables of `mail.languages`. Used by
`report` when there is no machine-readable part.
"""

import re
from enum import Enum, auto

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain
from mailflow.mail.machines.responder import answers, hand_program
from mailflow.mail.message import ReportRecipient
from mailflow.mail.mime.header import Header
from mailflow.mail.reports import returned
from mailflow.mail.reports.author import domain_of, is_daemon, is_named_system, is_server, is_system
from mailflow.mail.reports.dialogue import dialogue_in
from mailflow.mail.reports.failure import SENTENCES, status_of
from mailflow.mail.reports.local_part import listed_in
from mailflow.mail.reports.named import (
    ADDRESS,
    STRONG_RANKS,
    WEAK_RANKS,
    addresses_in,
    aliases_in,
    named_in,
    said_about,
    unique,
)
from mailflow.mail.reports.terse import names_only_whom, shows_only_a_refusal
from mailflow.mail.subject import Kind, kind_of

SUBJECTS = Wordings(every("report.subject"))
"""Somewhere in a subject that is not an answer to one or a forwarded one."""
MACHINE_SUBJECTS = Wordings(every("report.machine_subject"))
BEGINNING = 3_000  # letters of the text in which a sentence of a report stands

DELAYS = Wordings(every("report.delay"))
FINAL = Wordings(every("report.final"))
DELIVERED = Wordings(every("report.delivered"))

_BEHIND = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]\Z")
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
    BEHIND = auto()  # anybody, with such a title in brackets behind the subject of an answer
    ORDINARY = auto()


def read(header: Header, looks: Looks, text: str, came_back: str) -> list[ReportRecipient] | None:
    """None: it is no delivery report. Empty: it is one, and names nobody. `looks`: `looks_of(header)`; `came_back`: the
    returned mail's header, when it is a part of its own."""
    if looks is Looks.ORDINARY:
        return None
    above, below = _cut(text)
    prose = plain(" ".join(above))
    anonymous = looks is Looks.SYSTEM and not is_named_system(header)
    addresses = _named(header, above, anonymous=anonymous)
    below = came_back or below
    if anonymous and not (addresses or below):
        return None  # the null address alone: a shop's notice that a payment was rejected
    said = _says_so(looks, prose, header, below) or _says_only_so(looks, header, above)
    if not (said or _returns(header, addresses, below) or _answers(header, above)):
        return None
    failed = _failed_field(header)  # complete: an alias that is not in it did not fail
    about = said_about(failed, above) if failed else _about(addresses or _single_to(below), above)
    return _recipients(about, prose, plain(header.text("Subject")))


def looks_of(header: Header) -> Looks:
    subject = plain(header.text("Subject"))
    titled = kind_of(header.text("Subject")) is Kind.PLAIN and SUBJECTS.stand_in(subject)
    system = is_system(header)
    person = header.has("In-Reply-To") and not is_daemon(header)  # a postmaster in a conversation
    if header.has("X-Failed-Recipients") or (system and titled and not person):
        return Looks.CERTAIN
    if system:
        return Looks.SYSTEM
    if titled:
        return Looks.TITLED if MACHINE_SUBJECTS.stand_in(subject) else Looks.LIKE
    behind = _BEHIND.search(subject)
    return Looks.BEHIND if behind and SUBJECTS.stand_in(behind.group(1)) else Looks.ORDINARY


def original_id(header: Header, text: str) -> str:
    """The id of the mail that came back: in the text below the prose, else the one this is an answer to."""
    answered = (*header.raw("References"), *header.raw("In-Reply-To"), *header.raw("X-Original-Message-ID"))
    return returned.message_id_in(text) or returned.id_in(answered)


def _cut(text: str) -> tuple[list[str], str]:
    """Lines above the returned message, and the rest."""
    lines = [line[:LONGEST_LINE] for line in text[:MOST_PROSE].splitlines()][:MOST_LINES]
    at = returned.cut(lines)
    return lines[:at], "\n".join(lines[at:])


def _says_so(looks: Looks, prose: str, header: Header, below: str) -> bool:
    """A customer whose parcel 'could not be delivered' writes the same words: who is no mail system must return a mail
    with its trace, which no mail program quotes, or one that was written by whom the report is for; and answer none."""
    if looks is Looks.CERTAIN:
        return True
    if looks is Looks.BEHIND or header.has("In-Reply-To") or not SENTENCES.stand_in(prose[:BEGINNING]):
        return False
    if looks is Looks.SYSTEM:
        return True
    return bool(below) if looks is Looks.TITLED else returned.has_trace(below)


def _says_only_so(looks: Looks, header: Header, above: list[str]) -> bool:
    """Whoever signs: but no person's program, and no answer. Under a title of theirs people name an address, too."""
    if answers(header) or hand_program(header):
        return False
    return shows_only_a_refusal(above) or (looks is not Looks.LIKE and names_only_whom(above, _outsiders(header)))


def _returns(header: Header, addresses: list[str], below: str) -> bool:
    """Without a word of it being understood: a mail daemon names whom the mail below was for, and who had written it
    is told."""
    if not is_server(header) or not returned.has_trace(below):
        return False
    readers, authors = _in_fields(_TO, below), _in_fields(_FROM, below)
    told = {address.casefold() for field in header.raw("To") for address in addresses_in(field[:LONGEST_LINE])}
    return bool(told & authors) and any(address.casefold() in readers for address in addresses)


def _answers(header: Header, above: list[str]) -> bool:
    """A mail daemon in a language nobody here knows, in the form of qmail and Postfix: `<anna@firma.example>: …`."""
    return is_daemon(header) and any(_RECIPIENT_LINE.match(line) for line in above)


def _in_fields(fields: re.Pattern[str], block: str) -> set[str]:
    return {address.casefold() for field in fields.findall(block) for address in addresses_in(field)}


def _named(header: Header, above: list[str], *, anonymous: bool) -> list[str]:
    outsiders = _outsiders(header)
    strong = named_in(above, outsiders, STRONG_RANKS)
    if strong or anonymous:
        accepted = dialogue_in(above).accepted
        return [address for address in strong if address not in accepted] or strong
    users = listed_in(above, domain_of(header)) if is_server(header) else []
    return users or named_in(above, outsiders, WEAK_RANKS)


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


def _about(addresses: list[str], above: list[str]) -> dict[str, str]:
    """What is said about each address, and the same about the alias that it was reached by."""
    about = said_about(addresses, above)
    return about | {alias: about.get(address, "") for alias, address in aliases_in(above, addresses).items()}


def _recipients(about: dict[str, str], prose: str, subject: str) -> list[ReportRecipient]:
    action = _action(subject, prose)
    return [
        ReportRecipient(
            address=address,
            action=action,
            status="" if action == "delivered" else status_of(said, prose, late=action == "delayed"),
            diagnostic=said[:LONGEST_LINE],
        )
        for address, said in about.items()
    ]


def _action(subject: str, prose: str) -> str:
    if DELAYS.stand_in(subject) or (DELAYS.stand_in(prose) and not FINAL.stand_in(prose)):
        return "delayed"
    return "delivered" if DELIVERED.stand_in(subject + prose) and not SENTENCES.stand_in(prose) else "failed"
