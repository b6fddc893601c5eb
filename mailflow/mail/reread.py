"""What a mail of ours says, as a stranger reads it: nothing here took part in the writing, but the reader of strangers'
mail and the standard library.
"""

import re
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import lru_cache

from mailflow.mail import content, enclosure
from mailflow.mail.mime.header import Header

_ATOMS = r"[^\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff()<>\[\]:;@\\,\"]+"
WRITABLE = re.compile(rf"{_ATOMS}@({_ATOMS}|\[[0-9A-Fa-f:.]+\]|\[IPv6:[0-9A-Fa-f:.]+\])")
"""An address that needs no quoting."""
_LONGEST = 998
"""Octets of a line (RFC 5322 2.1.1)."""
# One quoted string without escapes and encoded-words, or none, and one address: RFC 5322 3.4 knows no other meaning.
_PLAIN_MAILBOX = re.compile(rf'(?:"(?P<name>[^"\\=\x00-\x1f\x7f-\U0010ffff]++)" )?<(?P<address>{WRITABLE.pattern})>')


def has_lines_of_mail(octets: bytes) -> bool:
    """CRLF only, no NUL, nothing longer than RFC 5322 2.1.1 allows."""
    ends = octets.count(b"\r\n")
    return (
        octets.count(b"\r") == octets.count(b"\n") == ends
        and b"\0" not in octets
        and max(map(len, octets.split(b"\r\n"))) <= _LONGEST
    )


def said(octets: bytes) -> dict[str, object]:
    """By name: the header's fields and its defects, who is named, what stands below it."""
    header, start = Header.read(octets)
    words, files = enclosure.read(octets, header, start)
    text, html = content.read(*words)
    return {
        "header": [*header, *header.defects],
        **{name: _read_addresses(header, name) for name in ("From", "To", "Cc", "Reply-To")},
        "Subject": _decoded(_value(header, "Subject")),
        "Message-ID": _value(header, "Message-ID"),
        "text": text,
        "html": html,
        "enclosures": files,
    }


def _value(header: Header, name: str) -> str:
    """An address may be UTF-8 (RFC 6532), nothing else is."""
    return b"".join(header.octets(name)).decode()


def _read_addresses(header: Header, name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for value in header.octets(name) for pair in _read_field(value.decode()))


@lru_cache(256)
def _read_field(value: str) -> tuple[tuple[str, str], ...]:
    """Cached for From, which is the same in all mail of a mailbox. What can be read in one way is read here, which
    costs a tenth; the rest by the standard library."""
    if plain := _PLAIN_MAILBOX.fullmatch(value):
        return ((plain["name"] or "", plain["address"]),)
    return tuple((_decoded(phrase), address) for phrase, address in getaddresses([value]))


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value))) if "=?" in value else value
