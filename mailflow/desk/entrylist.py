"""A list of filters/ as a value: domains, addresses and networks, found in constant time however many there are.

A domain lists its subdomains too, on label boundaries only: `qq.com` lists `mail.qq.com` and not `notqq.com`. Most
lines of a long list are a plain domain or address, which is its own key: of those only the number of the line is kept,
so that a million of them are read in a second.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailflow.desk.listed import LONGEST, MARK, Entry, Wrong, a_label, read
from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.address import canonical

MOST_PROBLEMS = 1_000
"""A file that is no list has a mistake in each of its lines; nobody reads more of them."""
_PLAIN_DOMAIN = r"(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z][a-z0-9]*+(?:-++[a-z0-9]++)*+"
_PLAIN = re.compile(rf"(?:[a-z0-9]++(?:[.+_-][a-z0-9]++)*+@)?+{_PLAIN_DOMAIN}", re.ASCII)
_PLAIN_LENGTH = 63
"""So short a line has no label that is too long."""
Internet = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class EntryList:
    """What `find` answers names file and line, so that the admin finds it again."""

    file: str = ""
    plain: Mapping[str, int] = field(default_factory=dict)  # key, written as it stands: line
    other: Mapping[str, Entry] = field(default_factory=dict)  # key: entry
    lengths: tuple[tuple[int, int], ...] = ()  # of networks: IP version and prefix length, the longest first

    @classmethod
    def of(cls, text: str, file: str) -> "EntryList":
        """The list in `text`, or ConfigurationError with every line that is wrong."""
        plain: dict[str, int] = {}
        other: dict[str, Entry] = {}
        problems: list[Problem] = []
        is_plain = _PLAIN.fullmatch
        for number, line in enumerate(text.removeprefix(MARK).split("\n"), 1):
            if len(line) <= _PLAIN_LENGTH and is_plain(line):
                plain.setdefault(line, number)
                continue
            match read(line, file, number):
                case (key, entry):
                    other[key] = _that_lasts(other.get(key), entry)
                case Wrong(written, why):
                    problems.append(Problem(file, number, written, why))
        if problems:
            raise ConfigurationError(_worth_reading(problems))
        return cls(file, plain, other, _lengths(other))

    def find(self, value: str, now: datetime) -> Entry | None:
        """The entry that lists an address, a domain or an IP address, if one counts at `now`: the narrowest."""
        found = (self.at(key) for key in _keys(value, self.lengths))
        return next((entry for entry in found if entry and entry.counts(now)), None)

    def at(self, key: str) -> Entry | None:
        """The entry with just this key, whether it counts or has expired. One without a last day goes first."""
        line, other = self.plain.get(key), self.other.get(key)
        if line is None or (other and other.expires is None):
            return other
        return Entry(key, self.file, line)

    def entries(self) -> Iterator[Entry]:
        """All of them, in the order of the file."""
        keys = {**dict.fromkeys(self.plain), **dict.fromkeys(self.other)}
        return iter(sorted((entry for key in keys if (entry := self.at(key))), key=lambda entry: entry.line))

    def expired(self, now: datetime) -> int:
        """How many entries no longer count."""
        return sum(not entry.counts(now) for key, entry in self.other.items() if key not in self.plain)

    def __len__(self) -> int:
        return len(self.plain) + sum(key not in self.plain for key in self.other)


def _that_lasts(before: Entry | None, entry: Entry) -> Entry:
    """Of two lines about the same thing, the one that counts longer; the first of equals."""
    if before is None:
        return entry
    if before.expires is None or (entry.expires and entry.expires <= before.expires):
        return before
    return entry


def _worth_reading(problems: list[Problem]) -> list[Problem]:
    more = len(problems) - MOST_PROBLEMS
    if more <= 0:
        return problems
    last = problems[MOST_PROBLEMS]
    return [*problems[:MOST_PROBLEMS], Problem(last.file, last.line, "file", f"and {more:,} more from here on")]


def _lengths(other: Mapping[str, Entry]) -> tuple[tuple[int, int], ...]:
    found = {(6 if ":" in key else 4, int(key.rpartition("/")[2])) for key in other if "/" in key and "@" not in key}
    return tuple(sorted(found, reverse=True))


def _keys(value: str, lengths: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Under which it may be listed, the narrowest first."""
    if address := _internet(value):
        yield str(address)
        for version, length in lengths:
            if version == address.version:
                yield str(ip_network((int(address) >> (size := address.max_prefixlen - length) << size, length)))
        return
    local, at, domain = value.strip().rpartition("@")
    suffix = a_label(domain)
    if len(suffix) > LONGEST:  # no domain, but its end may be one; a walk along all of it would be quadratic
        suffix = suffix[-LONGEST - 1 :].partition(".")[2]
    elif at:
        yield canonical(f"{local}@{suffix}")
    while suffix:
        yield suffix
        suffix = suffix.partition(".")[2]


def _internet(value: str) -> Internet | None:
    """The IP address it is, one of IPv4 that is written as IPv6 (RFC 4291 section 2.5.5.2) as what it is."""
    if "@" in value or not (":" in value or value[-1:].isdigit()):
        return None
    try:
        address = ip_address(value)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
