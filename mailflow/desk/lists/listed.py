"""One line of a list in filters/: what is listed, until when, and why.

    spam.example  expires=2026-12-31 why="sells printers that do not exist"  # anything

A domain (with its subdomains), an address, or an address or network of the Internet. They are compared as keys: domains
as lower-case A-labels, addresses as `mail.address.canonical` has them, networks as `ipaddress` writes them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches

from mailflow.internet import network_of
from mailflow.mail.address import canonical, domain_of

LONGEST = 253
"""Characters of a domain (RFC 1035 2.3.4, without the dot of the root)."""
LONGEST_SHOWN = 80
"""Characters of a wrong line in a message: whoever reads it has the file."""
MARK = "\ufeff"
"""What some editors put at the beginning of a file (the mark of UTF-8)."""
ANY_DOMAIN_OF = "*."
"""Before a top-level domain: `*.top`. A lone `com` is more often a slip than a wish."""
ALLOWED = 'expires=2026-12-31 and why="…"'

PLAIN_LENGTH = 63
"""So short a value has no label that is too long."""
_BYTE = "(?:[1-9]?[0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
PLAIN = re.compile(
    r"(?:[a-z0-9]++(?:[.+_-][a-z0-9]++)*+@)?+(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z][a-z0-9]*+(?:-++[a-z0-9]++)*+"
    rf"|{_BYTE}\.(?:0\.0\.0/8|{_BYTE}\.(?:0\.0/16|{_BYTE}\.(?:0/24|{_BYTE})))",
    re.ASCII,
)
"""Nearly all that is listed: if it is no longer than PLAIN_LENGTH, it is its own key."""
_LINE = re.compile(r'\s*+([^\s#"]++)((?:\s++[^\s#="]++=(?:"[^"]*+"|[^\s"#]*+))*+)\s*+(#.*+)?', re.DOTALL)
_OPTION = re.compile(r'([^\s#="]++)=(?:"([^"]*+)"|([^\s"#]*+))')
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)
_TOP = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NETWORK = re.compile(r"[0-9.]+(/.*)?|[0-9a-fA-F.]*:.*")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL = re.compile(r'[^@<>(),:;\\"\[\]]{1,128}')


Said = tuple[str, date | None, str]
"""What a line says: the value as the admin wrote it, its last day, and why. A tuple, for there may be a million."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list, for whoever must be told which one it was. `value` is as the admin wrote it."""

    value: str
    file: str
    line: int
    expires: date | None = None  # the last day on which it counts (UTC); None: it counts always
    why: str = ""

    def counts(self, now: datetime) -> bool:
        return self.expires is None or now.astimezone(UTC).date() <= self.expires

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def written(self) -> str:
        """The line without its comment; `read` has the same entry of it."""
        expires = f" expires={self.expires}" if self.expires else ""
        reason = " ".join(self.why.replace('"', "'").split())
        why = f' why="{reason}"' if reason else ""
        return f"{self.value}{expires}{why}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that says nothing, and what would be allowed."""

    written: str
    why: str


def read(line: str) -> tuple[str, Said] | Wrong | None:
    """What is listed, as a key, and what the line says of it; None when it is empty or a comment."""
    taken = _LINE.fullmatch(line)
    if taken is None:
        said = line.lstrip()
        return _wrong(line, _why_no_line(line)) if said and not said.startswith("#") else None
    value, options, _ = taken.groups()
    key, wrong = key_of(value)
    expires, why, mistake = _options(options) if options else (None, "", "")
    return _wrong(line, wrong or mistake) if wrong or mistake else (key, (value, expires, why))


def comment_of(line: str) -> str:
    """What is said behind the entry for people, without the mark."""
    taken = _LINE.fullmatch(line)
    return (taken[3] or "#")[1:].strip() if taken else ""


def key_of(written: str) -> tuple[str, str]:
    """What a value is compared as, or '' and why it is none."""
    if len(written) <= PLAIN_LENGTH and written.isascii() and PLAIN.fullmatch(lower := written.lower()):
        return lower, ""
    if "@" in written:
        return _address(written)
    return _network(written) if _NETWORK.fullmatch(written) else _domain(written)


def a_label(domain: str) -> str:
    return domain_of(canonical(f"x@{domain.strip().rstrip('.')}"))


def _domain(written: str) -> tuple[str, str]:
    if written.startswith(ANY_DOMAIN_OF):
        below = a_label(written.removeprefix(ANY_DOMAIN_OF))
        if _TOP.fullmatch(below):
            return below, ""
        return "", f"subdomains are always included; write {written.removeprefix(ANY_DOMAIN_OF)!r}"
    key = a_label(written)
    if _TOP.fullmatch(key):
        return "", f"is no domain; write one a line, such as 'example.com', or '*.{key}' for all that end in it"
    if len(key) > LONGEST or not _DOMAIN.fullmatch(key):
        return "", "is no domain, address or network; write one a line, such as 'example.com'"
    return key, ""


def _address(written: str) -> tuple[str, str]:
    local, _, domain = written.rpartition("@")
    if not local:
        return "", f"is no address; write the domain {domain!r}"
    key = canonical(f"{local}@{a_label(domain)}")
    if not (_LOCAL.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(a_label(domain))):
        return "", "is no address; write it without a name, such as 'someone@example.com'"
    return key, ""


def _network(written: str) -> tuple[str, str]:
    try:
        network = network_of(written)
    except ValueError:
        return "", _why_no_network(written)
    return str(network if network.prefixlen < network.max_prefixlen else network.network_address), ""


def _why_no_network(written: str) -> str:
    try:
        return f"is an address within a network; write '{network_of(written, strict=False)}'"
    except ValueError:
        return "is no network; write '192.0.2.1', '192.0.2.0/24' or '2001:db8::/32'"


def _options(written: str) -> tuple[date | None, str, str]:
    """The last day, the reason, and what is wrong with them."""
    expires, why = None, ""
    for name, quoted, bare in _OPTION.findall(written):
        said = quoted or bare
        if name == "why":
            why = said
        elif name != "expires":
            return None, "", _unknown(name)
        elif (expires := _day(said)) is None:
            return None, "", f"{said[:LONGEST_SHOWN]!r} is no day; write expires=2026-12-31"
    return expires, why, ""


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        return None


def _unknown(name: str) -> str:
    near = get_close_matches(name, ("expires", "why"), n=1)
    hint = f"did you mean '{near[0]}='?" if near else f"allowed behind an entry: {ALLOWED}"
    return f"there is no '{name[:LONGEST_SHOWN]}='; {hint}"


def _why_no_line(line: str) -> str:
    if '"' in line:
        return f"a quotation mark is out of place; allowed behind an entry: {ALLOWED}"
    return f"is more than one entry; write one a line, such as 'example.com'; allowed behind it: {ALLOWED}"


def _wrong(line: str, why: str) -> Wrong:
    return Wrong(line.partition("#")[0].strip()[:LONGEST_SHOWN], why)
