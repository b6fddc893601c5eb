"""What servers that we believe wrote about a message on its way (RFC 8601, RFC 8617): the one importer of authres.

A field counts when its authserv-id is, as a whole, one that we were told, and when nobody could have brought it along:
it stands above the first Received field that is not of that server. A message brings its own fields below those that
the server adds, so the first field of a server is its own, and ends the search whether it can be read or not. It must
remove what pretends to be it (RFC 8601 section 5); with a blank before the colon, it may not see that it does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import authres

from mailflow.mail.identity.alignment import organisation_of
from mailflow.mail.identity.evidence import Result, Said
from mailflow.mail.mime.header import Header

MAX_FIELDS = 10
MAX_LENGTH = 8 << 10
"""Octets of a field that is read. The longest in honest mail are some 2,000."""
MAX_RESULTS = 20
METHODS = {
    "dkim": (("header", "d"), ("header", "i")),
    "spf": (("smtp", "mailfrom"), ("smtp", "helo")),
    "dmarc": (("header", "from"),),
}
"""Those we use, and which property names the domain, the best first."""

_BY = re.compile(r"\bby\s{1,9}([A-Za-z0-9.:_-]{1,255}+)", re.IGNORECASE)
_FROM = re.compile(r"\s{0,9}from\s{1,9}([A-Za-z0-9.\[\]:_-]{1,255}+)", re.IGNORECASE)
_INSTANCE = re.compile(rb"\s{0,9}i\s{0,9}=\s{0,9}(\d{1,3})\s{0,9};")  # octets, as dkimpy reads it: digits of one script
_RECEIVED_READ = 2_000  # characters


def said_by(header: Header, authserv_ids: Sequence[str]) -> tuple[str, tuple[Said, ...]]:
    """The server of `authserv_ids` that wrote the topmost field that counts, and its results; ('', ()) when none."""
    wanted = {each.lower() for each in authserv_ids}
    if not wanted:
        return "", ()
    for value in _above_strangers(header, wanted):
        name, said = _read(value)
        if name in wanted:
            return name, said
        if not name and any(each in value.lower() for each in wanted):
            break
    return "", ()


def said_in_seal(header: Header, instance: int) -> tuple[Said, ...]:
    """The results in the ARC-Authentication-Results field of this instance, if there is just one. Whether it is genuine
    its seal tells."""
    found = []
    for value in header.octets("arc-authentication-results"):
        number = _INSTANCE.match(value)
        if number and int(number[1]) == instance:
            found.append(value[number.end() :])
    return _read(found[0][:MAX_LENGTH].decode("ascii", "replace"))[1] if len(found) == 1 else ()


def _above_strangers(header: Header, servers: Iterable[str]) -> Iterator[str]:
    """The Authentication-Results fields down to the first Received field that none of `servers` wrote."""
    organisations = {organisation_of(server) for server in servers}
    read, inside = 0, True
    for place, (name, octets) in enumerate(header.fields):
        if name == "received":
            if not inside or not _is_of(octets, organisations):
                return
            inside = _came_from_within(octets, organisations)
        elif name == "authentication-results" and place not in header.spaced:
            read += 1
            if read > MAX_FIELDS:
                return
            yield octets[:MAX_LENGTH].decode("ascii", "replace")


def _is_of(received: bytes, organisations: set[str]) -> bool:
    """Written by a host of the server's organisation; or without a host it came from, as mail moves within one."""
    text = _text(received)
    by = _BY.search(text)
    return not _FROM.match(text) or (by is not None and organisation_of(by[1].lower()) in organisations)


def _came_from_within(received: bytes, organisations: set[str]) -> bool:
    """What such a host says it took from a stranger begins below."""
    from_ = _FROM.match(_text(received))
    return from_ is None or organisation_of(from_[1].lower()) in organisations


def _text(received: bytes) -> str:
    return received[:_RECEIVED_READ].decode("ascii", "replace")


def _read(value: str) -> tuple[str, tuple[Said, ...]]:
    """The id in lower case, and the results of METHODS. What cannot be read says nothing (Microsoft writes no id)."""
    if len(value) >= MAX_LENGTH:
        return "", ()
    try:
        field = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(value.split())}")
    except Exception:  # noqa: BLE001  # it raises what its regular expressions lead to
        return "", ()
    results = [each for each in field.results if each.method in METHODS][:MAX_RESULTS]
    return str(field.authserv_id).lower(), tuple(_said(each) for each in results)


def _said(result: authres.AuthenticationResult) -> Said:
    named = {(each.type, each.name): str(each.value) for each in result.properties}
    domain = next((named[key] for key in METHODS[result.method] if key in named), "")
    return Said(method=result.method, result=Result.of(result.result), domain=domain.rpartition("@")[2].lower())
