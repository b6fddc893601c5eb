"""DKIM signatures (RFC 6376) and ARC seals (RFC 8617): the one importer of dkimpy, in the proving child.

dkimpy reads a message in its own way. A signature counts for what it read only if the author it signed is the one that
we read: else two readers could be shown two authors.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from mailflow.edge.answers import Answers, Later, Wanted
from mailflow.mail.address import author_of
from mailflow.mail.identity.alignment import aligned
from mailflow.mail.identity.evidence import Result, Seal, Signature
from mailflow.mail.identity.results import said_in_seal
from mailflow.mail.mime.header import Header, with_line_feeds

MOST_SIGNATURES = 5
MOST_FIELDS = 100
"""Signature fields that are looked at to find those of the author's domain."""
MOST_INSTANCES = 10
LONGEST_KEY = 1500
"""Octets of a key record: RSA with 8,192 bits, the largest anybody makes. What is longer would cost seconds."""

ONCE = (
    *(b"subject", b"date", b"to", b"cc", b"reply-to", b"sender", b"message-id", b"in-reply-to", b"references"),
    *(b"content-type", b"content-transfer-encoding"),
)
"""Fields that a message has once (RFC 5322 3.6, RFC 2045), besides From."""

RECIPIENTS = (b"to", b"cc")

Tags = dict[bytes, bytes]
Field = tuple[int, Tags]
"""A DKIM-Signature: its place among all of them, and its tags."""


def check_signatures(octets: bytes, author: str, answers: Answers, *, final: bool) -> tuple[Signature, ...]:
    """At most five, those of the author's domain first. Not `final`: only finds out which keys are wanted."""
    try:
        message = dkim.DKIM(octets, minkey=0)
        fields = _of_the_author_first(_fields(message.headers), author.rpartition("@")[2])[:MOST_SIGNATURES]
    except (dkim.DKIMException, IndexError) as error:
        return (Signature(result=Result.PERMERROR, domain="", why=f"the header cannot be read: {error}"),)
    doubt = _doubt(octets, message, author) if final else ""
    found = []
    for place, tags in fields:
        try:
            key = _key_of(tags, answers)
            found.append(_checked(message, place, tags, key, doubt) if final else None)
        except Wanted:
            continue
        except Later as error:
            found.append(_signature(tags, Result.TEMPERROR, str(error)))
    return tuple(each for each in found if each)


def check_seal(octets: bytes, author: str, forwarders: Sequence[str], answers: Answers, *, final: bool) -> Seal | None:
    """The last seal, if one of `forwarders` put it there. Raises Wanted."""
    sealer, instance = _last_seal(octets)
    if sealer not in forwarders:
        return None
    try:
        message = dkim.ARC(octets)
        for each in _keys_of_seals(message.headers):
            _tried(each, answers)
        if answers.wanted or not final:
            return None
        cv, results, why = message.verify(lambda name, timeout=0: _text_of(name.decode(), answers).encode())
    except Later as error:
        return Seal(result=Result.TEMPERROR, domain=sealer, why=str(error))
    except (dkim.DKIMException, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return Seal(result=Result.PERMERROR, domain=sealer, why=str(error))
    if cv != b"pass" or results[0]["as-domain"].decode().lower() != sealer:
        return Seal(result=Result.FAIL, domain=sealer, why=str(why))
    if why := _uncovered(message.headers, instance) or _doubt(octets, message, author):
        return Seal(result=Result.FAIL, domain=sealer, why=why)
    header = Header.of_message(octets)[0]
    return Seal(result=Result.PASS, domain=sealer, said=said_in_seal(header, instance))


# Signatures


def _fields(headers: Iterable[Sequence[bytes]]) -> list[Field]:
    fields = []
    for place, value in enumerate(value for name, value in headers if name.lower() == b"dkim-signature"):
        if place == MOST_FIELDS:
            break
        tags = _tags(value)
        if tags.get(b"d") and tags.get(b"s"):
            fields.append((place, tags))
    return fields


def _of_the_author_first(fields: list[Field], domain: str) -> list[Field]:
    return sorted(fields, key=lambda field: not aligned(_word(field[1], b"d"), domain, strict=False))


def _key_of(tags: Tags, answers: Answers) -> str:
    """The key record; '' when there is none. Raises Wanted or Later."""
    return _text_of(f"{_word(tags, b's')}._domainkey.{_word(tags, b'd')}", answers)


def _text_of(name: str, answers: Answers) -> str:
    found = answers.of("TXT", name)
    return next((each for each in found if "p=" in each and len(each) <= LONGEST_KEY and each.isascii()), "")


def _checked(message: dkim.DKIM, place: int, tags: Tags, key: str, doubt: str) -> Signature:
    if not key:
        return _signature(tags, Result.PERMERROR, "its domain has no such key")
    message.keysize = 0
    try:
        holds = message.verify(place, dnsfunc=lambda name, timeout=0: key.encode())
    except dkim.ValidationError as error:
        expired = str(error).startswith("x= ")
        altered = str(error).startswith("body hash")
        why = "has expired (x=)" if expired else "the body was altered" if altered else str(error)
        result = Result.FAIL if altered else Result.PERMERROR
        return _signature(tags, result, why, bits=message.keysize, expired=expired)
    except (dkim.DKIMException, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return _signature(tags, Result.PERMERROR, str(error) or type(error).__name__, bits=message.keysize)
    if not message.keysize:
        return _signature(tags, Result.PERMERROR, "its key cannot be read, or is of a kind that is not known here")
    if not holds:
        return _signature(tags, Result.FAIL, "the header was altered, or somebody else signed it", bits=message.keysize)
    if why := doubt or _unsigned_twin(message.headers, tags):
        return _signature(tags, Result.PERMERROR, why, bits=message.keysize)
    proved = _signature(tags, Result.PASS, "", bits=message.keysize)
    return replace(proved, covers_recipients=_covers(message.headers, tags, RECIPIENTS))


def _signature(
    tags: Tags, result: Result, why: str, *, bits: int = 0, expired: bool = False, recipients: bool = False
) -> Signature:
    return Signature(
        result=result,
        domain=_word(tags, b"d"),
        selector=_word(tags, b"s"),
        algorithm=_word(tags, b"a"),
        bits=bits,
        covers_from=b"from" in _signed(tags),
        partial=b"l" in tags,
        expired=expired,
        why=why[:200],
    )


def _doubt(octets: bytes, message: dkim.DomainSigner, author: str) -> str:
    """Why what was signed may not be what we read; '' when both readers see the same header and the same body."""
    header, start = Header.of_message(octets)
    lone = octets.count(b"\n", start) - octets.count(b"\r\n", start)  # dkimpy's body has CR LF throughout
    alike = [name.lower() for name, _ in message.headers] == [name.encode() for name in header]
    if not alike or len(message.body) != len(octets) - start + lone or with_line_feeds(octets) is not octets:
        return "the message can be read in two ways"
    return "" if _shows(message.headers, author) else "the message can be read with two authors"


def _unsigned_twin(headers: Sequence[Sequence[bytes]], tags: Tags) -> str:
    """Of a field that may be there once and is there twice, a signature covers the last, and people read the first
    (RFC 6376 section 8.15)."""
    there, signed = Counter(name.lower() for name, _ in headers), _signed(tags)
    twin = next((name for name in ONCE if there[name] > max(1, signed[name])), b"")
    if twin:
        return f"{twin.decode().title()} is there {there[twin]} times, and the signature covers one of them"
    return "it does not cover the Subject" if there[b"subject"] > signed[b"subject"] else ""


def _covers(headers: Iterable[Sequence[bytes]], tags: Tags, names: Iterable[bytes]) -> bool:
    """Every such field that is there, as often as it is."""
    there, signed = Counter(name.lower() for name, _ in headers), _signed(tags)
    return all(there[name] <= signed[name] for name in names)


def _shows(headers: Iterable[Sequence[bytes]], author: str) -> bool:
    """What dkimpy took for the header has the one author that we read."""
    fields = [b"From:" + value for name, value in headers if name.lower() == b"from"]
    return len(fields) == 1 and author_of(Header.of(fields[0]).literal("from"))[0] == author


# Seals

_SEAL = (b"arc-seal", b"arc-message-signature")


def _last_seal(octets: bytes) -> tuple[str, int]:
    """Who put the last seal there, and its instance; ('', 0) when nobody did."""
    seals = []
    for value in Header.of_message(octets)[0].octets("arc-seal")[: MOST_INSTANCES + 1]:
        tags = _tags(value)
        if (number := _word(tags, b"i")).isdigit() and len(number) < 3:
            seals.append((int(number), _word(tags, b"d")))
    instance, sealer = max(seals, default=(0, ""))
    return (sealer, instance) if instance <= MOST_INSTANCES else ("", 0)


def _keys_of_seals(headers: Iterable[Sequence[bytes]]) -> Iterator[Tags]:
    found = (_tags(value) for name, value in headers if name.lower() in _SEAL)
    for place, tags in enumerate(found):
        if place < 2 * MOST_INSTANCES and tags.get(b"d") and tags.get(b"s"):
            yield tags


def _tried(tags: Tags, answers: Answers) -> None:
    with suppress(Wanted):  # the next one may be wanted, too
        _key_of(tags, answers)


def _uncovered(headers: Sequence[Sequence[bytes]], instance: int) -> str:
    """What the signature that belongs to a seal leaves to strangers; '' for nothing."""
    found = [_tags(value) for name, value in headers if name.lower() == b"arc-message-signature"]
    last = [tags for tags in found if _word(tags, b"i") == str(instance)]
    if len(last) != 1 or b"from" not in _signed(last[0]) or b"l" in last[0]:
        return "it does not cover From and the whole body"
    return _unsigned_twin(headers, last[0])


# Tags

_BLANKS = re.compile(rb"\s+")


def _tags(value: bytes) -> Tags:
    """RFC 6376 section 3.2; nothing when it is no list of tags."""
    try:
        tags: Tags = parse_tag_value(value)
    except InvalidTagValueList:
        return {}
    return tags


def _word(tags: Tags, name: bytes) -> str:
    return _BLANKS.sub(b"", tags.get(name, b"")).decode("ascii", "replace").lower()[:255]


def _signed(tags: Tags) -> Counter[bytes]:
    """The names of fields, and how many of each."""
    return Counter(name.strip().lower() for name in tags.get(b"h", b"").split(b":"))
