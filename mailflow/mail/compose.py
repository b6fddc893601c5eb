"""An outgoing message as octets: our own small writer of RFC 5322, and the proof that it says what was meant.

Every value is decoded text; it is cleaned, capped and encoded here, never trusted. What was written is then read again
as if it had come from a stranger and compared, because a header of one's own making once came out of a library with a
second header in it (DESIGN rule 5). What reads it is `mail.reread`. So is the HTML: it has the words of the text and no
others, or the mail goes out as text alone.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from mailflow.errors import ComposeError
from mailflow.mail import content, enclosure
from mailflow.mail.enclosure import Enclosure
from mailflow.mail.marks import SIGNATURE
from mailflow.mail.markup.written import Frame
from mailflow.mail.message import Address
from mailflow.mail.reread import WRITABLE, has_lines_of_mail, said

SUBJECT = 200
"""Characters; what is longer is cut."""
_NAME = 100
_REFERENCES = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_LINE = re.compile(rf"(?!\n){_CONTROL.pattern}")
_BIDI = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ID = re.compile(r"[!-;=?-~]{1,250}", re.ASCII)  # visible ASCII without < and >


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one outgoing message is meant to say."""

    mail_from: str  # '' is the null reverse-path
    sender: Address  # From
    to: Address
    reply_to: str  # '' for none
    subject: str
    text: str
    message_id: str  # ids without angle brackets
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime
    automatic: bool  # a machine wrote it: nobody's responder should answer (RFC 3834 5)
    auto_submitted: str  # auto-replied, auto-generated, or '' for a person's words
    language: str
    cc: tuple[Address, ...] = ()
    frame: Frame | None = None  # of the HTML; None: the text alone
    enclosures: tuple[Enclosure, ...] = ()


def writable(address: str) -> bool:
    """True if mail can be addressed to it without quoting: nothing in it has a meaning for a header."""
    return len(address) <= 320 and WRITABLE.fullmatch(address) is not None


def compose(draft: Draft) -> bytes:
    """The octets, CRLF lines; ComposeError if they would say anything but the draft."""
    _check_addresses(draft)
    header = _header(draft)
    text = _lines(draft.text)
    html = _html(text, draft)
    below = content.both(text, html, _unique(draft)) if html else content.alone(text)
    if draft.enclosures:
        below = enclosure.around(below, draft.enclosures, _unique(draft))
    header += below.fields
    octets = "".join(f"{name}: {value}\r\n" for name, value in header).encode() + b"\r\n" + below.octets
    _compare(octets, draft, [name for name, _ in header], text, html)
    return octets


def one_line(text: str, limit: int = SUBJECT) -> str:
    """Text from outside as it may stand in a header: one line, nothing invisible that steers, not too long."""
    plain = text.isascii() and text.isprintable()  # the common case, and cheap
    line = " ".join((text if plain else _BIDI.sub("", _CONTROL.sub(" ", text))).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _header(draft: Draft) -> list[tuple[str, str]]:
    fields = [
        ("From", _mailbox(draft.sender)),
        ("To", _mailbox(draft.to)),
        ("Cc", ",\r\n ".join(_mailbox(address) for address in draft.cc)),
        ("Reply-To", f"<{draft.reply_to}>" if draft.reply_to else ""),
        ("Subject", _unstructured(one_line(draft.subject))),
        ("Date", format_datetime(draft.date)),
        ("Message-ID", _ids([draft.message_id])),
        ("In-Reply-To", _ids([draft.in_reply_to])),
        ("References", _ids(draft.references)),
        ("Content-Language", draft.language),
        ("Auto-Submitted", draft.auto_submitted),
        ("Precedence", "bulk" if draft.automatic else ""),  # for responders older than RFC 3834
        ("X-Auto-Response-Suppress", "All" if draft.automatic else ""),
        ("X-Loop", draft.sender.address if draft.automatic else ""),  # we and others know our robot by it
        ("MIME-Version", "1.0"),
    ]
    return [(name, value) for name, value in fields if value]


def _mailbox(address: Address) -> str:
    name = one_line(address.name, _NAME)
    if not name:
        return f"<{address.address}>"
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    phrase = quoted if _is_plain(name) else _encoded(name)
    return f"{phrase}\r\n <{address.address}>"


def _unstructured(text: str) -> str:
    return _folded(text) if _is_plain(text) else _encoded(text)


def _is_plain(text: str) -> bool:
    """What no reader could take for an encoded-word, and what can be folded."""
    return text.isascii() and "=?" not in text and all(len(word) <= 60 for word in text.split())


def _folded(text: str) -> str:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) > 64:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded(text: str) -> str:
    """RFC 2047 4.1: each word at most 75 octets, no character cut in two."""
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(text, 42))


def _pieces(text: str, limit: int) -> Iterator[bytes]:
    piece = b""
    for character in text:
        octets = character.encode()
        if len(piece) + len(octets) > limit:
            yield piece
            piece = b""
        piece += octets
    yield piece


def _ids(ids: Iterable[str]) -> str:
    """Ids that are not ids are left out; of very many the first and the last are kept (RFC 5322 3.6.4)."""
    usable = list(dict.fromkeys(id_ for id_ in ids if _ID.fullmatch(id_)))
    if len(usable) > _REFERENCES:
        usable = usable[:1] + usable[1 - _REFERENCES :]
    return "\r\n ".join(f"<{id_}>" for id_ in usable)


def _html(text: str, draft: Draft) -> str:
    """'' where none is wanted, or it would be too long or say anything but the text."""
    if draft.frame is None:
        return ""
    from mailflow.mail.markup import framed  # and its libraries, which only mail with HTML needs

    html = framed.page_of(text, draft.language, draft.frame)
    return html if html and framed.says(html, text, draft.frame) else ""


def _unique(draft: Draft) -> str:
    return hashlib.sha256(draft.message_id.encode(errors="replace")).hexdigest()[:24]


def _lines(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "\n".join(map(_line, _CONTROL_IN_LINE.sub(" ", lines).split("\n"))).rstrip("\n") + "\n"


def _line(line: str) -> str:
    """Above a signature alone a blank at the end means something."""
    return line if line == SIGNATURE else line.rstrip()


def _check_addresses(draft: Draft) -> None:
    needed = [draft.sender.address, draft.to.address, *(address.address for address in draft.cc)]
    optional = [address for address in (draft.mail_from, draft.reply_to) if address]
    for address in (*needed, *optional):
        if not writable(address):
            raise ComposeError(f"{address!r} is no address to write to")


def _compare(octets: bytes, draft: Draft, names: list[str], text: str, html: str = "") -> None:
    """Read by a stranger, does it still say what was meant?"""
    if not has_lines_of_mail(octets):
        raise ComposeError("a line that no mail may have")
    meant = {
        "header": [name.lower() for name in names],
        "From": (_pair(draft.sender),),
        "To": (_pair(draft.to),),
        "Cc": tuple(_pair(address) for address in draft.cc),
        "Reply-To": (("", draft.reply_to),) if draft.reply_to else (),
        "Subject": one_line(draft.subject),
        "Message-ID": _ids([draft.message_id]),
        "text": text,
        "html": html,
        "enclosures": [(each.filename, each.content_type, each.octets) for each in draft.enclosures],
    }
    for what, is_ in said(octets).items():
        if is_ != meant[what]:
            raise ComposeError(f"{what} would say {is_!r:.500} where {meant[what]!r:.500} was meant")


def _pair(address: Address) -> tuple[str, str]:
    return one_line(address.name, _NAME), address.address
