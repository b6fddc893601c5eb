"""How a message came: the envelope (RFC 5321), which is true, beside the header, which is what the author says.

One strict reader for the addresses in MAIL and RCPT. They are read literally from the raw argument: nothing is
decoded, nothing stripped (RFC 5321 section 4.1.2). A header parser here would turn `<a@=?utf-8?q?corp.com?=>`
into another address.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

NULL_SENDER = ""
"""The null reverse-path `<>` of reports (RFC 5321 4.5.5), once it is past the SMTP edge."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How a session was encrypted, as OpenSSL names it."""

    version: str  # TLSv1.3
    cipher: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who handed it to us, from whom and for whom."""

    source: str  # smtp, lmtp, submission:USER, imap:NAME, inject
    mail_from: str  # '' is the null reverse-path
    rcpt_tos: tuple[str, ...]
    peer: str = ""  # IP address, 'unix', or '' when there is no peer
    helo: str = ""  # as said; trusted for nothing
    trusted: bool = False  # the peer is one of ours: its senders are who they say
    relayed: bool = False  # the peer passes on others' mail: never refuse, drop and record instead
    tls: Tls | None = None  # None: in clear, or no session of ours
    login: str = ""  # the user that the peer logged in as


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message at the door: what the journal keeps before anybody is told `250`."""

    envelope: Envelope
    octets: bytes
    key: str | None = None  # identity at the source: imap:NAME/FOLDER/UIDVALIDITY/UID; None: only the content tells
    backlog: bool = False  # it was there before we were: file it, answer nothing
    held: str = ""  # why only its header is here, and nothing is filed: a row of the ledger for a person to look at


# RFC 5321 section 4.1.2 with the wider letters of RFC 6531 section 3.3: each set is told by the ASCII that is not in
# it, as a set with a million others takes `re` 10 ms. What is not ASCII must be printable besides.
_ATOM = r'[^\0- "(),.:;<>@\[\\\]\x7f]+'
_QUOTED = r'"(?:[^\0-\x1f"\\\x7f]|\\[ -~])*"'
_LETTER = r"[^\0-/:-@\[-`{-\x7f]"  # or digit
_LABEL = rf"{_LETTER}(?:[^\0-,./:-@\[-^`{{-\x7f]*{_LETTER})?"  # with - and _ inside
_UNDERSCORED = rf"_?{_LABEL}"  # no host name, but seen in honest reverse-paths
_DOMAIN = rf"{_UNDERSCORED}(?:\.{_UNDERSCORED})*"
_LOCAL_PART = rf"{_ATOM}(?:\.{_ATOM})*|{_QUOTED}"
_PATH = re.compile(
    rf"<(?:@{_DOMAIN}(?:,@{_DOMAIN})*:(?=[^>]))?"  # a source route is read and ignored (RFC 5321 appendix C)
    rf"(?P<mailbox>(?:{_LOCAL_PART})@(?:(?P<domain>{_DOMAIN})|\[(?P<literal>[^\]]*)\])|(?i:postmaster))?>"
    r"(?P<rest>(?: [ -~]*)?)"
)
MAX_PATH = 256  # octets with the angle brackets (RFC 5321 4.5.3.1.3); VERP needs local parts longer than the RFC's 64
MAX_LABEL = 63


def read_path(argument: str) -> tuple[str, str] | None:
    """The address in what follows `FROM:` or `TO:`, letter by letter, and the parameters after it; None: it is none.

    `'<a@b> SIZE=3'` is `('a@b', ' SIZE=3')` and `'<>'` is `('', '')`. `postmaster` may stand alone (RFC 5321 4.5.1).
    """
    path = _PATH.fullmatch(argument)
    if path is None or not argument.isprintable():  # which no control, separator or lone surrogate is
        return None
    mailbox = path["mailbox"] or NULL_SENDER
    if len(mailbox.encode()) + len("<>") > MAX_PATH:
        return None
    if path["literal"] is not None and not _is_address_literal(path["literal"]):
        return None
    if any(len(label) > MAX_LABEL for label in (path["domain"] or "").split(".")):
        return None
    return mailbox, path["rest"]


def _is_address_literal(text: str) -> bool:
    """IPv4 or `IPv6:` (RFC 5321 section 4.1.3)."""
    try:
        if text[:5].upper() == "IPV6:":
            return "%" not in text and bool(IPv6Address(text[5:]).packed)
        return bool(IPv4Address(text).packed)
    except AddressValueError:
        return False
