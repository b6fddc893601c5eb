"""Cryptographic Message Syntax (RFC 5652) as far as mail needs it: is it signed or encrypted, and what was signed.

Opens the envelope of a signature, verifies nothing. One pass over the elements that hold the content, in DER or in BER
with indefinite lengths and strings in pieces, as Outlook and OpenSSL stream them (X.690 8.1.3, 8.7.3).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

SHORTEST = 16  # octets of an element in the mean; programs write some thousand in each, old ones a line of text
FEW = 1_000  # elements, of which that is not asked
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
    whole: bool = True  # else the content is in so many pieces that the last of them were not read


class _Element(NamedTuple):
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
    content, whole = _string(octets, _into(octets, at, _EXPLICIT))
    return Envelope(Kind.SIGNED if content else Kind.OTHER, content, whole)


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
    for _ in range(_most(octets)):
        element = _element(octets, at)
        if element.tag == 0 and depth:  # end-of-contents
            depth -= 1
        depth += element.end is None
        at = element.start if element.end is None else element.end
        if not depth:
            return at
    raise ValueError("no program writes so many elements")


def _most(octets: bytes) -> int:
    """How many elements may follow each other: to look at one takes the time of thousands of octets."""
    return FEW + len(octets) // SHORTEST


def _string(octets: bytes, at: int) -> tuple[bytes, bool]:
    """An OCTET STRING, whole or in pieces, pieces of pieces included. What is cut off is not there; False when there
    are more pieces than are read."""
    whole = _element(octets, at)
    if whole.tag == _STRING and whole.end is not None:
        return octets[whole.start : whole.end], True
    if whole.tag != _PIECES:
        raise ValueError("another element is here")
    pieces: list[bytes] = []
    at, end, depth = whole.start, whole.end or len(octets), int(whole.end is None)
    for _ in range(_most(octets)):
        if at >= end:
            break
        element = _element(octets, at)
        if element.tag == _PIECES:
            depth += element.end is None
            at = element.start
        elif element.tag == _STRING and element.end is not None:
            pieces.append(octets[element.start : element.end])
            at = element.end
        elif element.tag == 0 and depth > 1:
            depth -= 1
            at = element.start
        else:
            break
    else:
        return b"".join(pieces), False
    return b"".join(pieces), True
