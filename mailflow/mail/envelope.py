"""How a message came: the envelope (RFC 5321), which is true, beside the header, which is what the author says.

One strict reader for the addresses in MAIL and RCPT. They are read literally from the raw argument: nothing is
decoded, nothing stripped (RFC 5321 section 4.1.2). A header parser here would turn `<a@=?utf-8?q?corp.com?=>`
into another address.
"""

from dataclasses import dataclass

NULL_SENDER = ""
"""The null reverse-path `<>` of reports (RFC 5321 4.5.5), once it is past the SMTP edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who handed it to us, from whom and for whom."""

    source: str  # smtp, lmtp, imap:NAME, inject
    mail_from: str  # '' is the null reverse-path
    rcpt_tos: tuple[str, ...]
    peer: str = ""  # IP address, 'unix', or '' when there is no peer
    helo: str = ""  # as said; trusted for nothing
    trusted: bool = False  # the peer is one of ours: its senders are who they say
    relayed: bool = False  # the peer passes on others' mail: never refuse, drop and record instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message at the door: what the journal keeps before anybody is told `250`."""

    envelope: Envelope
    octets: bytes
    key: str | None = None  # identity at the source: imap:NAME/FOLDER/UIDVALIDITY/UID; None: only the content tells
    backlog: bool = False  # it was there before we were: file it, answer nothing
