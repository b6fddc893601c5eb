"""Octets to a Message: the one place where a mail is read, and the only importer of mail-parser.

Any octets give a Message; what is wrong with them is said in its defects. We read the header block and walk the parts
ourselves, within limits (threats 6); mail-parser then sees the few fields it judges better (dates, the grammar of
addresses, the last Received), short and on their own: its decoder is quadratic, and its part walker takes the words of
embedded messages for ours. What the words mean is asked of mail.machines.automatic, report, quotation and language.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.errors import MessageError
from functools import partial

from mailparser import MailParser
from mailparser.exceptions import MailParserError

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.date import date_of
from mailflow.mail.digest import digest, digest_of
from mailflow.mail.effort import LEFT_OUT, Effort
from mailflow.mail.heading import addresses_in, author_in, shown_author, too_many
from mailflow.mail.ids import MAX_OCTETS, ids_of
from mailflow.mail.languages.language import language_of
from mailflow.mail.machines.automatic import automatic_of
from mailflow.mail.machines.keyword import auto_submitted
from mailflow.mail.machines.program import wants_no_answer
from mailflow.mail.markup.html import stripped, text_of
from mailflow.mail.message import Message, PassedOn
from mailflow.mail.mime.body import Body, body_of
from mailflow.mail.mime.header import Header, with_line_feeds
from mailflow.mail.mime.part import Part
from mailflow.mail.mime.parts import read_parts
from mailflow.mail.mime.plain import is_plain
from mailflow.mail.replies.forward import forward_in
from mailflow.mail.replies.quotation import split
from mailflow.mail.reports.report import report_of
from mailflow.mail.subject import Kind, base_subject, kind_of

MAX_DEFECTS = 100
ONLY_ONCE = ("subject", "date", "reply-to", "to", "cc", "message-id", "sender")  # RFC 5322 3.6

_JUDGED = {"from": 1, "sender": 1, "reply-to": 1, "to": 1, "cc": 1, "date": 1, "received": 1}  # how many of each
_JUDGED_LENGTH = 4 << 10
_JUDGED_WORDS = 50
_TROUBLE = (
    MailParserError,
    MessageError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What mail-parser and the standard library below it raise on odd input."""

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs the contents of headers at ERROR


def parse(octets: bytes, *, effort: Effort = Effort.FULL, contents: bool = False, bounds: Bounds = USUAL) -> Message:
    """Read a message. `contents` decodes attachments too, for their sha256 and exact size."""
    try:
        return _parse(with_line_feeds(octets), effort, contents, bounds)
    except (MemoryError, RecursionError):
        if effort is Effort.HEADERS:
            raise
    return parse(octets, effort=Effort(effort + 1), contents=False, bounds=bounds)


def _parse(octets: bytes, effort: Effort, contents: bool, bounds: Bounds, *, attached: bool = False) -> Message:
    """`attached`: it is within another, and what is within it is not looked at."""
    header, start = Header.of_message(octets, bounds)
    root = None if effort is Effort.HEADERS else read_parts(octets, header, start)
    body = body_of(root) if root else Body()
    text = body.text(partial(text_of, bounds=bounds) if effort is Effort.FULL else stripped, bounds)
    subject = header.text("subject")
    message_id = next(iter(_ids(header, "message-id")), "")
    in_reply_to, references = _ids(header, "in-reply-to"), _ids(header, "references")
    kind = kind_of(subject, answers=bool(in_reply_to or references))
    parted = split(text, kind, base_subject(subject))
    author, author_defect = author_in(header)
    report = report_of(root, text) if root else None
    date, judged = _judged(header)
    own = parted.reply or text
    looks_within = root and report is None and effort is Effort.FULL and not attached
    language = language_of(header, own)
    return Message(
        message_id=message_id,
        author=author,
        author_defect=author_defect,
        from_=shown_author(header),
        reply_to=addresses_in(header, "reply-to"),
        to=addresses_in(header, "to"),
        cc=addresses_in(header, "cc"),
        subject=subject,
        date=date,
        in_reply_to=in_reply_to,
        references=references,
        language=language,
        automatic=automatic_of(
            header, subject, author, report, own, quotes=bool(parted.quoted), language=language, sent=date
        ),
        report=report,
        text=text,
        reply=parted.reply,
        quoted=parted.quoted,
        html=body.html(bounds) if effort is Effort.FULL else None,
        attachments=body.attachments(contents=contents),
        signed=body.signed,
        encrypted=body.encrypted,
        auto_submitted=auto_submitted(header),
        wants_no_answer=wants_no_answer(header),
        hops=len(header.octets("received")),
        digest=_digest(header, start, octets),
        defects=_listed(_defects(header, root, body, judged, effort, named=bool(message_id))),
        passed_on=_passed_on(root, text, kind, bounds) if root and looks_within else None,
    )


def _passed_on(root: Part, text: str, kind: Kind, bounds: Bounds) -> PassedOn | None:
    """The only message that is attached, of a mail that answers none; else what stands in the text of a forward."""
    within = [part for part in root.walk() if part.content_type == "message/rfc822"]
    if len(within) == 1 and kind is not Kind.ANSWER:
        return _original(_parse(with_line_feeds(within[0].octets()), Effort.FULL, False, bounds, attached=True), text)
    found = forward_in(text) if kind is Kind.FORWARD and not within else None
    if found is None:
        return None
    language = language_of(root.header, found.text)
    return PassedOn(
        author=found.author,
        name=found.name,
        subject=found.subject,
        text=found.text,
        above=found.above,
        language=language,
    )


def _original(message: Message, above: str) -> PassedOn | None:
    if message.author is None:
        return None
    return PassedOn(
        author=message.author,
        name=message.from_.name if message.from_ else "",
        subject=message.subject,
        text=message.text,
        above=split(above).reply,
        message_id=message.message_id,
        language=message.language,
    )


def _ids(header: Header, name: str) -> tuple[str, ...]:
    return ids_of(" ".join(header.raw(name)), header.bounds)


def _digest(header: Header, start: int, octets: bytes) -> str:
    """By the usual bounds whatever ours are: what came before a change of the settings is known again after it."""
    return digest(header, start, octets) if header.bounds == USUAL else digest_of(octets)


def _judged(header: Header) -> tuple[datetime | None, list[str]]:
    """The date, and the defects of dates, addresses and the last Received, as mail-parser sees them.

    It costs as much as all the rest of a small message, so what is plain is not shown to it.
    """
    date = _date(header)
    if date and is_plain(header):
        return date, []
    try:
        parser = MailParser.from_bytes(_block(header))
        found = [*parser.address_header_defects, *parser.date_header_defects, *parser.received_header_defects]
        defects = [f"{defect['header']}: {defect['reason'].replace('-', ' ')}" for defect in found]
        return date or _in_its_zone(parser.date, parser.timezone), defects
    except _TROUBLE:
        return date, []


def _in_its_zone(date: datetime | None, hours: str) -> datetime | None:
    """mail-parser gives UTC, and the author's offset in hours with one decimal: +05:45 is '+5.8'."""
    return date and date.astimezone(timezone(timedelta(minutes=round(float(hours) * 4) * 15)))


def _block(header: Header) -> bytes:
    """The fields that mail-parser may see: few, short, unfolded, and not made of encoded-words."""
    seen: Counter[str] = Counter()
    lines = []
    for name, value in header.fields:
        seen[name] += 1
        if seen[name] <= _JUDGED.get(name, 0) and len(value) <= _JUDGED_LENGTH and value.count(b"=?") <= _JUDGED_WORDS:
            lines.append(b"%s: %s\n" % (name.encode(), value))
    return b"".join([*lines, b"\n"])


def _date(header: Header) -> datetime | None:
    written = header.raw("date")
    return date_of(written[0]) if written else None


def _defects(
    header: Header, root: Part | None, body: Body, judged: list[str], effort: Effort, *, named: bool
) -> Iterator[str]:
    if effort in LEFT_OUT:
        yield LEFT_OUT[effort]
    if root is None:
        yield from header.defects
    else:
        yield from (defect for part in root.walk() for defect in part.defects)
    for name, count in Counter(header).items():
        if count > 1 and name in ONLY_ONCE:
            yield f"{name} occurs {count} times"
    if header.has("message-id") and not named:
        yield f"message-id has no id of at most {MAX_OCTETS} octets"
    yield from too_many(header)
    yield from body.defects
    yield from judged


def _listed(defects: Iterator[str]) -> tuple[str, ...]:
    """Each once, not too many."""
    return tuple(dict.fromkeys(defects))[:MAX_DEFECTS]
