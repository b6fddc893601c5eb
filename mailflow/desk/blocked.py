"""Domains whose mail is neither received nor judged (R3.10): filters/blocked-domains.txt as a value.

One domain a line, `#` starts a comment. Subdomains are always included, on label boundaries only: `qq.com` blocks
`mail.qq.com` and not `notqq.com`. Compared as lower-case A-labels, so `exämple.de` and `xn--exmple-cua.de` are one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.address import canonical, domain_of

LONGEST = 253
"""Characters of a domain (RFC 1035 2.3.4, without the dot of the root)."""
_DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BlockedDomains:
    """What `match` answers is the entry as the admin wrote it, so that it can be found again."""

    entries: Mapping[str, str] = field(default_factory=dict)  # A-label: as written

    @classmethod
    def of(cls, text: str, file: str) -> "BlockedDomains":
        entries: dict[str, str] = {}
        problems: list[Problem] = []
        for number, line in enumerate(text.splitlines(), 1):
            written = line.partition("#")[0].strip()
            if not written:
                continue
            if why := _unusable(written):
                problems.append(Problem(file, number, written, why))
            else:
                entries[_a_label(written)] = written
        if problems:
            raise ConfigurationError(problems)
        return cls(entries)

    def match(self, address_or_domain: str) -> str | None:
        """The entry that blocks it, if one does."""
        suffix = _a_label(address_or_domain.rpartition("@")[2])
        if len(suffix) > LONGEST:  # no domain, but its end may be one; a walk along all of it would be quadratic
            suffix = suffix[-LONGEST - 1 :].partition(".")[2]
        while suffix and suffix not in self.entries:
            suffix = suffix.partition(".")[2]
        return self.entries.get(suffix)


def _unusable(written: str) -> str:
    if written.startswith("*."):
        return f"subdomains are always included; write {written[2:]!r}"
    if "@" in written:
        return f"is an address; write the domain {written.rpartition('@')[2]!r}"
    if not _DOMAIN.fullmatch(_a_label(written)):
        return "is no domain; write one a line, such as 'example.com'"
    return ""


def _a_label(domain: str) -> str:
    return domain_of(canonical(f"x@{domain.strip().rstrip('.')}"))
