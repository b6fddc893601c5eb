"""A list of filters/ as a value: domains, addresses and networks, found in constant time however many there are.

A domain lists its subdomains too, on label boundaries only: `qq.com` lists `mail.qq.com` and not `notqq.com`. Most
lines of a long list are a plain domain or address, which is its own key: of those only the number of the line is kept,
so that a million of them are read in a second.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network

from mailflow.desk.lists.listed import LONGEST, MARK, PLAIN, PLAIN_LENGTH, Entry, Said, Wrong, a_label, key_of, read
from mailflow.errors import ConfigurationError, Problem
from mailflow.internet import Address, address_of
from mailflow.mail.address import canonical

MOST_PROBLEMS = 1_000
"""A file that is no list has a mistake in each of its lines; nobody reads more of them."""


@dataclass(frozen=True, slots=True)
class EntryList:
    """What `find` answers names file and line, so that the admin finds it again."""

    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)  # by key
    said: Mapping[str, Said] = field(default_factory=dict)  # by key, of lines that say more than it
    lengths: tuple[tuple[int, int], ...] = ()  # of networks: IP version and prefix length, the longest first

    @classmethod
    def of(cls, text: str, file: str) -> "EntryList":
        """The list in `text`, or ConfigurationError with every line that is wrong."""
        lines: dict[str, int] = {}
        others: dict[str, Said] = {}
        problems: list[Problem] = []
        is_plain = PLAIN.fullmatch
        for number, line in enumerate(text.removeprefix(MARK).split("\n"), 1):
            if len(line) <= PLAIN_LENGTH and is_plain(line):
                if line not in lines:
                    lines[line] = number
                elif _lasts_longer((line, None, ""), others.get(line)):
                    lines[line] = number
                    del others[line]
                continue
            match read(line):
                case (key, said) if key not in lines or _lasts_longer(said, others.get(key)):
                    lines[key], others[key] = number, said
                case Wrong(written, why):
                    problems.append(Problem(file, number, written, why))
                case _:
                    pass  # nothing is listed, or not for longer
        if problems:
            raise ConfigurationError(_worth_reading(problems))
        return cls(file, lines, others, _lengths(lines))

    def plus(self, *entries: Entry) -> "EntryList":
        """With more, which stand in its file already, each alone with its key."""
        more = {key_of(entry.value)[0]: entry for entry in entries}
        return EntryList(
            entries[0].file if entries else self.file,
            {**self.lines, **{key: entry.line for key, entry in more.items()}},
            {**self.said, **{key: (entry.value, entry.expires, entry.why) for key, entry in more.items()}},
            tuple(sorted({*self.lengths, *_lengths(more)}, reverse=True)),
        )

    def find(self, value: str, now: datetime) -> Entry | None:
        """The entry that lists an address, a domain or an IP address, if one counts at `now`: the narrowest."""
        found = (self.at(key) for key in _keys(value, self.lengths))
        return next((entry for entry in found if entry and entry.counts(now)), None)

    def at(self, key: str) -> Entry | None:
        """The entry with just this key, whether it counts or has expired; of several the one that counts longest."""
        if (line := self.lines.get(key)) is None:
            return None
        value, expires, why = self.said.get(key, (key, None, ""))
        return Entry(value, self.file, line, expires, why)

    def entries(self) -> Iterator[Entry]:
        """All of them, in the order of the file."""
        keys = sorted(self.lines, key=self.lines.__getitem__)
        return (entry for key in keys if (entry := self.at(key)))

    def expired(self, now: datetime) -> int:
        """How many entries no longer count."""
        today = now.astimezone(UTC).date()
        return sum(expires is not None and expires < today for _, expires, _ in self.said.values())

    def __len__(self) -> int:
        return len(self.lines)


def _lasts_longer(said: Said, than: Said | None) -> bool:
    """The first of equals stays."""
    if than is None or than[1] is None:  # no last day
        return False
    return said[1] is None or said[1] > than[1]


def _worth_reading(problems: list[Problem]) -> list[Problem]:
    more = len(problems) - MOST_PROBLEMS
    if more <= 0:
        return problems
    last = problems[MOST_PROBLEMS]
    return [*problems[:MOST_PROBLEMS], Problem(last.file, last.line, "file", f"and {more:,} more from here on")]


def _lengths(keys: Iterable[str]) -> tuple[tuple[int, int], ...]:
    found = {(6 if ":" in key else 4, key.rpartition("/")[2]) for key in keys if "/" in key and "@" not in key}
    return tuple(sorted(((version, int(length)) for version, length in found), reverse=True))


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


def _internet(value: str) -> Address | None:
    """The IP address that it is."""
    if "@" in value or not (":" in value or value[-1:].isdigit()):
        return None
    try:
        return address_of(value)
    except ValueError:
        return None
