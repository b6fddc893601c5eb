"""A mail of somebody else without what it tells of a person who is erased (`mail.traces`).

Only what tells of them is written anew: a field of a header, the text of a part; all else stays as it came, octet for
octet. A part that cannot be written anew (a packed one, a page whose words stand between tags) loses more: the page
becomes its text, any other part one word. What is encoded is decoded first, and encoded again. An archive, an image or
an office document is looked at for the address in clear only: what is compressed in it is not seen.
"""

import re
from base64 import encodebytes
from collections.abc import Iterator
from html import escape
from quopri import encodestring

from mailflow.mail.address import author_of
from mailflow.mail.charsets.encoded_words import decode_words
from mailflow.mail.markup.html import text_of
from mailflow.mail.mime.header import Header
from mailflow.mail.mime.parameters import read_parameters
from mailflow.mail.mime.part import Part
from mailflow.mail.mime.parts import parts_of
from mailflow.mail.traces import ERASED, Traces

DEEPEST = 8
"""Messages in messages that are written anew; deeper ones are one word."""
_FIELD = re.compile(rb"[^\r\n]*+(?:\r?\n|\r|\Z)(?:[ \t]++[^\r\n]*+(?:\r?\n|\r|\Z))*+")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_PARAMETERS = (b"content-type", b"content-disposition")
_UTF_16 = ("utf-16-le", "utf-16-be")


def tells(octets: bytes, traces: Traces, *, tied: bool = False, depth: int = 0) -> bool:
    """Whether a mail tells of them. `tied`: it is of a conversation in which they wrote."""
    if depth > DEEPEST:
        return bool(traces.named_in(octets))
    root = parts_of(octets)
    if any(
        _told_by_field(field, traces, tied) for start, end in _around(root) for field in _fields(octets, start, end)
    ):
        return True
    return any(_part_tells(part, traces, tied, depth) for part in root.walk() if not part.children)


def redacted(octets: bytes, traces: Traces, *, tied: bool = False, depth: int = 0) -> bytes | None:
    """The mail without them; None when it does not tell of them. Nothing of them is in what is returned. One that tells
    is tied to them by that: what it quotes is theirs in fewer words."""
    if not tells(octets, traces, tied=tied, depth=depth):
        return None
    tied = True
    root = parts_of(octets)
    pieces, at = [], 0
    for leaf in _leaves(root):
        pieces.append(_header_anew(octets, at, leaf.start, traces, tied))
        pieces.append(_body_anew(leaf, traces, tied, depth))
        at = leaf.end
    pieces.append(_header_anew(octets, at, len(octets), traces, tied))
    anew = b"".join(pieces)
    return _bare(octets, traces, tied) if tells(anew, traces, tied=tied, depth=depth) else anew


def _leaves(part: Part) -> Iterator[Part]:
    """What stands in the octets of the message itself; what is unpacked from a part is a matter of that part."""
    if any(child.source is not part.source for child in part.children) or not part.children:
        yield part
        return
    for child in part.children:
        yield from _leaves(child)


def _around(root: Part) -> Iterator[tuple[int, int]]:
    """Where headers stand, and what is between parts."""
    at = 0
    for leaf in _leaves(root):
        yield at, leaf.start
        at = leaf.end
    yield at, len(root.source)


def _fields(octets: bytes, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        match = _FIELD.match(octets, start, end)
        if match is None or match.end() == start:
            return
        yield match[0]
        start = match.end()


def _told_by_field(field: bytes, traces: Traces, tied: bool) -> bool:
    return any(traces.found_in(text, tied=tied) for text in _readings(field))


def _readings(field: bytes) -> Iterator[str]:
    """As it is written, as it is meant, and what its parameters mean (RFC 2231)."""
    name = _NAME.match(field)
    value = field[name.end() :] if name else field
    written = " ".join(value.decode("utf-8", "replace").split())
    yield written
    if "=?" in written:
        yield decode_words(written)
    if name and name[1].lower() in _PARAMETERS:
        yield from read_parameters(written)[1].values()


def _header_anew(octets: bytes, start: int, end: int, traces: Traces, tied: bool) -> bytes:
    fields = _fields(octets, start, end)
    return b"".join(
        _field_anew(field, traces, tied) if _told_by_field(field, traces, tied) else field for field in fields
    )


def _field_anew(field: bytes, traces: Traces, tied: bool) -> bytes:
    name = _NAME.match(field)
    line_end = b"\r\n" if field.endswith(b"\r\n") else b"\n"
    if name is None:
        return ERASED.encode() + line_end
    meant = list(_readings(field))[1 if b"=?" in field else 0]
    anew = traces.redacted(meant, tied=tied)
    value = anew.encode("utf-8", "replace")
    if _told_by_field(name[0] + b" " + value, traces, tied):
        value = ERASED.encode()
    return name[0] + b" " + value + line_end


def _part_tells(part: Part, traces: Traces, tied: bool, depth: int) -> bool:
    if part.content_type.startswith("message/"):
        return tells(part.octets(), traces, tied=tied, depth=depth + 1)
    if part.content_type.startswith("text/") or part.packing:
        return any(traces.found_in(text, tied=tied) for text in _texts(part))
    octets = part.octets()
    return bool(traces.named_in(octets)) or any(
        traces.named_in(octets.decode(charset, "ignore").encode("utf-8", "ignore")) for charset in _UTF_16
    )


def _texts(part: Part) -> Iterator[str]:
    text = part.text()
    yield text
    yield part.filename
    if part.content_type == "text/html":
        yield text_of(text)


def _body_anew(part: Part, traces: Traces, tied: bool, depth: int) -> bytes:
    if not any(_part_tells(each, traces, tied, depth) for each in part.walk() if not each.children):
        return part.source[part.start : part.end]
    if part.content_type.startswith("message/") and depth < DEEPEST and not _is_theirs(part, traces):
        inner = redacted(part.octets(), traces, tied=tied, depth=depth + 1)
        return _encoded(inner or b"", part)
    if part.content_type.startswith("text/") and not part.inside:
        return _encoded(_letters(_text_anew(part, traces, tied), part), part)
    return _encoded(ERASED.encode(), part)


def _is_theirs(part: Part, traces: Traces) -> bool:
    """A mail of theirs that somebody passes on: nothing of it stays."""
    return author_of(Header.of_message(part.octets())[0].literal("from"))[0] in traces.addresses


def _text_anew(part: Part, traces: Traces, tied: bool) -> str:
    anew = traces.redacted(part.text(), tied=tied)
    if part.content_type != "text/html" or not traces.found_in(text_of(anew), tied=tied):
        return anew
    return f"<pre>{escape(traces.redacted(text_of(anew), tied=tied))}</pre>"


def _letters(text: str, part: Part) -> bytes:
    """In the charset of the part, if it has one that we know; letters that it has not are lost."""
    try:
        return text.encode(part.charset or "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return text.encode("utf-8", "replace")


def _encoded(octets: bytes, part: Part) -> bytes:
    if part.encoding == "base64":
        return encodebytes(octets).rstrip(b"\n")
    return encodestring(octets) if part.encoding == "quoted-printable" else octets


def _bare(octets: bytes, traces: Traces, tied: bool) -> bytes:
    """Of a mail that cannot be written anew: its fields that do not tell, and one word."""
    header = Header.of_message(octets)[0]
    lines = [
        name.encode() + b": " + value
        for name, value in header.fields
        if name in ("from", "to", "date", "subject", "message-id")
        and not _told_by_field(name.encode() + b": " + value, traces, tied)
    ]
    return b"\r\n".join([*lines, b"", ERASED.encode(), b""])
