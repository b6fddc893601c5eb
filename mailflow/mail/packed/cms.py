"""Cryptographic Message Syntax (RFC 5652) as far as mail needs it: is it signed or encrypted, and what was signed.

Opens the envelope of a signature, verifies nothing. One pass over the elements that hold the content, in DER or in BER
with indefinite lengths and strings in pieces, as Outlook and OpenSSL stream them (X.690 8.1.3, 8.7.3).
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_PIECES = 100_000  # of one content; programs write some thousand octets in each
_SEQUENCE, _OID, _EXPLICIT, _STRING, _PIECES = 0x30, 0x06, 0xA0, 0x04, 0x24
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))  # also authenticated


class Kind(StrEnum):
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"  # compressed, or certificates only


@dataclass(frozen=True, slots=True)
class Envelope:
    kind: Kind
    content: bytes = b""  # what was signed; empty for a detached signature


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int  # of its content
    end: int | None  # None: up to its end-of-contents


def opened(octets: bytes) -> Envelope | None:
    """None when these octets are not CMS."""
    try:
        return _opened(octets)
    except (IndexError, ValueError):
        return None


def _opened(octets: bytes) -> Envelope:
    at = _into(octets, 0, _SEQUENCE)
    kind = _expected(octets, at, _OID)
    oid = octets[kind.start : kind.end]
    if oid in _ENVELOPED:
        return Envelope(Kind.ENCRYPTED)
    if oid != _SIGNED:
        return Envelope(Kind.OTHER)
    at = _into(octets, _into(octets, _after(octets, at), _EXPLICIT), _SEQUENCE)
    at = _after(octets, _after(octets, at))  # version, digest algorithms
    at = _after(octets, _into(octets, at, _SEQUENCE))  # the content's type
    if octets[at] != _EXPLICIT:
        return Envelope(Kind.OTHER)
    content = _string(octets, _into(octets, at, _EXPLICIT))
    return Envelope(Kind.SIGNED if content else Kind.OTHER, content)


def _element(octets: bytes, at: int) -> _Element:
    """Tag and length. Tags of more than one octet do not occur in what we read."""
    tag, length = octets[at], octets[at + 1]
    start = at + 2
    if length == 0x80:
        return _Element(tag, start, None)
    if length > 0x80:
        more = length & 0x7F
        if more > 8:
            raise ValueError("no length has so many octets")
        length = int.from_bytes(octets[start : start + more])
        start += more
    if start + length > len(octets):
        raise ValueError("it is cut")
    return _Element(tag, start, start + length)


def _expected(octets: bytes, at: int, tag: int) -> _Element:
    element = _element(octets, at)
    if element.tag != tag:
        raise ValueError("another element is here")
    return element


def _into(octets: bytes, at: int, tag: int) -> int:
    return _expected(octets, at, tag).start


def _after(octets: bytes, at: int) -> int:
    """Behind the element at `at`, however its end is said."""
    depth = 0
    while True:
        element = _element(octets, at)
        if element.tag == 0 and depth:  # end-of-contents
            depth -= 1
        depth += element.end is None
        at = element.start if element.end is None else element.end
        if not depth:
            return at


def _string(octets: bytes, at: int) -> bytes:
    """An OCTET STRING, whole or in pieces, pieces of pieces included. What is cut off is not there."""
    whole = _element(octets, at)
    if whole.tag == _STRING and whole.end is not None:
        return octets[whole.start : whole.end]
    if whole.tag != _PIECES:
        raise ValueError("another element is here")
    pieces: list[bytes] = []
    at, end, depth = whole.start, whole.end or len(octets), int(whole.end is None)
    while at < end:
        element = _element(octets, at)
        if element.tag == _PIECES:
            depth += element.end is None
            at = element.start
        elif element.tag == _STRING and element.end is not None and len(pieces) < MAX_PIECES:
            pieces.append(octets[element.start : element.end])
            at = element.end
        elif element.tag == 0 and depth > 1:
            depth -= 1
            at = element.start
        else:
            break
    return b"".join(pieces)
