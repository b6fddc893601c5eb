"""config.toml as values: one typed place for every setting, its default and its meaning.

Unknown keys are refused, everything is frozen. Reading the file and naming the line of a mistake is
`mailflow.configfile`; these are only the shapes, so that the pure core can use them too.
"""

import re
from datetime import UTC, time, timedelta, tzinfo
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from mailflow.internet import address_of, network_of

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LAST_PORT = 65_535
SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
Role = Literal["primary", "technical", "operations", "billing"]
Unverified = Literal["hold", "challenge", "open", "append", "reopen"]
Priority = Literal["low", "normal", "high", "urgent"]
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


def duration(value: object) -> timedelta:
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in UNITS:
        return timedelta(seconds=int(value[:-1]) * UNITS[value[-1]])
    raise ValueError(f"{value!r} is no duration; write a number and one of s, m, h, d, w: '30m', '4h', '2d'")


def _or_never(value: object) -> object:
    return None if value in (None, "never") else duration(value)


def _size(value: object) -> object:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in SIZES:
        return int(value[:-1]) * SIZES[value[-1]]
    raise ValueError(f"{value!r} is no size; write octets or a number and one of K, M, G: '25M'")


def _network(value: object) -> object:
    if value == "unix":
        return value
    try:
        return network_of(str(value))
    except ValueError as error:
        raise ValueError(f"{error}; write an address, a network such as '10.0.0.0/8', or 'unix'") from None


def _nameserver(value: object) -> object:
    written = str(value)
    address, _, port = written.rpartition(":") if written.count(":") == 1 or "]:" in written else (written, "", "53")
    try:
        ip_address(address.strip("[]"))
        if 0 < int(port) <= LAST_PORT:
            return written
    except ValueError:
        pass
    raise ValueError(f"{value!r} is no name server; write '192.0.2.53', '192.0.2.53:5353' or '[2001:db8::53]:5353'")


def _address(value: object) -> object:
    text = str(value).strip()
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or any(c.isspace() or c in '<>,;:"()[]\\' for c in text) or "@" in local:
        raise ValueError(f"{value!r} is no e-mail address; write 'someone@example.org'")
    return f"{local}@{domain.lower()}"


def _door(value: str) -> str:
    port = "" if value.startswith("unix:") else value.rpartition(":")[2].lstrip("0")
    if len(port) > 5 or int(port or 0) > LAST_PORT:
        raise ValueError(f"{value!r} has no such port; the last is {LAST_PORT}")
    return value


def _time_of_day(value: object) -> object:
    if value == "never" or value is None:
        return None
    if isinstance(value, time) and value.tzinfo is None:
        return value.replace(second=0, microsecond=0)
    if _TIME_OF_DAY.fullmatch(str(value)):
        return time.fromisoformat(str(value))
    raise ValueError(f"{value!r} is no time of day; write '08:00', or 'never'")


def zone_named(name: str) -> tzinfo:
    """UTC is there on machines without a table of time zones, too."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _zone(value: str) -> str:
    try:
        zone_named(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone of this machine; write 'UTC', 'Europe/Warsaw' …") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
DurationOrNever = Annotated[timedelta | None, BeforeValidator(_or_never)]
TimeOfDay = Annotated[time | None, BeforeValidator(_time_of_day)]
TimeZone = Annotated[str, AfterValidator(_zone)]
Size = Annotated[int, BeforeValidator(_size)]
Nameserver = Annotated[str, BeforeValidator(_nameserver)]
ServerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$"), AfterValidator(str.lower)]
Network = Annotated[IPv4Network | IPv6Network | Literal["unix"], BeforeValidator(_network)]
Address = Annotated[str, BeforeValidator(_address)]
Door = Annotated[str, Field(pattern=r"^(unix:.+|\[.+\]:[0-9]+|[^:\[\]]+:[0-9]+)$"), AfterValidator(_door)]


class Section(BaseModel):
    """A table of config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Store(Section):
    """[database] Where everything is kept."""

    url: str = "sqlite:///var/mailflow.db"
    """sqlite:///FILE (relative to config.toml) or postgresql://user@host/name."""
    url_file: Path | None = None
    """Read the URL from this file instead, when it holds a password."""


class Listen(Section):
    """[[listen]] One address on which mail is accepted."""

    protocol: Literal["smtp", "lmtp"]
    address: Door
    """host:port, [ipv6]:port or unix:PATH (relative to config.toml)."""
    tls: Literal["none", "starttls", "required", "implicit"] = "none"
    """Offered by STARTTLS; the same, and no mail without it; or from the first octet on (port 465). TLS ≥ 1.2."""
    certificate: Path | None = None
    """With its chain, PEM. Read again on SIGHUP."""
    key: Path | None = None
    """PEM, without a passphrase; not set: it is in the file of the certificate. Certificate, key and users_file are
    looked up in systemd's credentials first, then beside config.toml."""
    login: Literal["never", "offered", "required"] = "never"
    """AUTH PLAIN and LOGIN for [trust] users_file; only over TLS. Required: no mail without it (port 587, RFC 6409)."""

    @model_validator(mode="after")
    def _secured(self) -> Self:
        if (self.tls == "none") == bool(self.certificate or self.key):
            raise ValueError("tls and certificate go together: set both or neither")
        if self.key and not self.certificate:
            raise ValueError("a key goes with a certificate")
        if self.login != "never" and (self.tls == "none" or self.protocol == "lmtp"):
            raise ValueError("a login needs protocol smtp and tls: a password does not travel in clear text")
        return self


class Trust(Section):
    """[trust] Whose word counts before a message is looked at."""

    networks: tuple[Network, ...] = ()
    """Peers whose senders are who they say: our own hosts. Mail from elsewhere is unverified."""
    relays: tuple[Network, ...] = ()
    """Mail servers that hand us other people's mail by SMTP: a refusal would make them bounce to a forged sender, so
    unwanted mail is dropped and recorded instead. LMTP peers always count as relays."""
    users_file: Path | None = None
    """Systems that hand in mail with a login, one a line: name, hash of the password, addresses and domains it may
    write as. `mailflow password` makes the lines. Read again on SIGHUP."""

    authserv_ids: tuple[ServerName, ...] = ()
    """Names under which our relays write Authentication-Results (RFC 8601): what they found of DMARC, DKIM and SPF is
    believed. Each must remove what pretends to be its own."""
    arc_forwarders: tuple[ServerName, ...] = ()
    """Domains (d=) whose ARC seals are believed: mailing lists and forwarders that break the signatures they check."""

    def trusts(self, peer: str) -> bool:
        return _within(peer, self.networks)

    def relays_for_others(self, peer: str) -> bool:
        return _within(peer, self.relays)


class Dns(Section):
    """[dns] Who is asked about strangers: their SPF, DKIM keys and DMARC policies. Nothing is asked about [trust]."""

    timeout: Duration = timedelta(seconds=5)
    """For one question. All those about one message take at most 20 seconds."""
    servers: tuple[Nameserver, ...] = ()
    """Address, or address:port; not set: those of /etc/resolv.conf. A resolver of your own is best: it caches."""


class Mailbox(Section):
    """[[mailbox]] An address that customers write to."""

    address: Address
    """A plus-address may be a mailbox of its own: support+billing@example.org."""
    name: str = ""
    """Display name in our mail; the department's title when empty."""
    department: str
    registered_only: StrictBool = True
    """Serve registered contacts only; others are told once a day how to register. False: anyone opens a ticket."""
    unverified: Unverified | None = None
    """What mail may do here whose author nothing proves. `hold`: it waits for an agent. `challenge`: so it does, and a
    registered address is asked, once a day, whether it wrote that; its reply lets the mail through. `open`: it opens a
    ticket, marked as not verified. `append`: it joins a ticket of whom it claims to be as well. `reopen`: and opens it
    again. Not set: `challenge` where `registered_only`, else `open`."""
    roles: tuple[Role, ...] = ("primary", "technical")
    """Which registered contacts are served here; one without any role is served everywhere."""
    language: Language = "en"
    """For senders whose language is not known otherwise."""
    priority: Priority | None = None
    """Of tickets that open here, at least: the greatest counts of mailbox, channel and contract, `normal` if none has
    any. What a rule sets replaces it. `mailflow explain` says which it was."""
    plus_addressing: StrictBool = True
    """The mail system delivers address+anything@ here too; then replies carry a signed token in that place."""

    @model_validator(mode="after")
    def _room_for_a_token(self) -> Self:
        if self.plus_addressing and len(self.address.partition("@")[0]) > 23:
            raise ValueError(
                "the part before @ is longer than 23 letters, which leaves no room for +token; "
                "set plus_addressing = false"
            )
        return self


class Imap(Section):
    """[[imap]] A mailbox that is fetched."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    host: str
    port: int | None = Field(default=None, ge=1, le=LAST_PORT)
    """993 with implicit TLS, else 143."""
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""
    user: str
    password_file: Path | None = None
    """Looked up in systemd's credentials first, then beside config.toml."""
    token_command: tuple[str, ...] = ()
    """A command that prints an OAuth2 access token; used with XOAUTH2 instead of a password."""
    folder: str = "INBOX"
    mailbox: Address
    """The [[mailbox]] this mail is for."""
    when_done: Literal["flag", "move"] = "flag"
    """After a message is kept: mark it read, or move it to `done_folder`."""
    done_folder: str = "mailflow-done"
    trusted: StrictBool = False
    """True: the provider of this mailbox refuses forged senders, take its From at its word."""
    authserv_id: ServerName | None = None
    """The name under which this provider writes Authentication-Results: "mx.google.com"; then those are believed."""
    poll: Duration = timedelta(seconds=60)
    """The longest time a new message stays unseen, even if the server's IDLE says nothing."""

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if bool(self.password_file) == bool(self.token_command):
            raise ValueError("set either password_file or token_command")
        return self


class Smarthost(Section):
    """[smarthost] The server that takes our mail. Without this section mail is written to var/sent/."""

    host: str
    port: int = Field(default=587, ge=1, le=LAST_PORT)
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    connections: int = Field(default=4, ge=1, le=50)
    """Messages on their way at the same time."""


class Department(Section):
    """[[department]] A team; routing, escalation and the words in a signature hang on it."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    title: str
    escalate_after: DurationOrNever = None
    """An open ticket that nobody answered for so long is escalated; not set: never."""
    escalate_to: tuple[Address, ...] = ()
    digest_to: tuple[Address, ...] | None = None
    """Agents who are sent what is held for this department, once a day if anything is, and may decide about it by a
    reply: each by an address of their own. Not set: `escalate_to`; `[]`: nobody."""


class Channel(Section):
    """[[channel]] How much tickets matter whose first mail came by one way: from a portal more than by e-mail."""

    source: str = Field(pattern=r"^(smtp|lmtp|inject|imap(:[A-Za-z0-9_.-]+)?|submission(:[^:]+)?)$")
    """`smtp`, `lmtp`, `imap`, `submission`, `inject`; of one [[imap]] alone `imap:NAME`, of one system that logs in
    `submission:USER`, which count instead of `imap` and `submission`."""
    priority: Priority
    """As for a mailbox."""


class Contract(Section):
    """[[contract]] A support contract that accounts may have."""

    name: str = Field(min_length=1)
    """As `mailflow contact import` gives it to accounts; letters are compared without case."""
    priority: Priority
    """As for a mailbox; only where the author is believed."""


class Reminders(Section):
    """[reminders] While a ticket awaits the customer. Counted from our question."""

    after: tuple[Duration, ...] = (timedelta(days=2), timedelta(days=5))
    resolve_after: DurationOrNever = timedelta(days=10)
    """Then the ticket is resolved and the customer told."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        steps = [*self.after, *([self.resolve_after] if self.resolve_after else [])]
        if steps != sorted(set(steps)):
            raise ValueError("durations must grow from one reminder to the next, and resolve_after must be the longest")
        return self


class Held(Section):
    """[held] Mail that waits for a person's decision."""

    digest_at: TimeOfDay = time(8)
    """When agents are sent what is held ([[department]] digest_to), in `time_zone`."""
    keep: DurationOrNever = None
    """What nobody decided about for so long is rejected; not set: never."""


class Parser(Section):
    """[limits.parser] How much of one message is read; the rest is in the raw message, and a defect of it says so."""

    header_block: Size = 256 << 10
    """Of the message, and of each part. The fields beyond are not read."""
    headers: int = Field(default=1_000, ge=1)
    """Fields of one header."""
    header_field: Size = 64 << 10
    """A longer field is blanked."""
    encoded_words: int = Field(default=500, ge=1)
    """Of one field. A field with more is shown undecoded."""
    addresses: int = Field(default=500, ge=1)
    """Of To, Cc, Reply-To."""
    parameters: int = Field(default=100, ge=1)
    """Of Content-Type, Content-Disposition."""
    references: int = Field(default=100, ge=1)
    """Of References, In-Reply-To: the first and the last ones."""
    mime_depth: int = Field(default=50, ge=1, le=200)
    """Levels of multiparts. A deeper one is one attachment."""
    mime_parts: int = Field(default=500, ge=1)
    part_headers: Size = 1 << 20
    """Of the headers of all parts together. The parts after that are not read."""
    boundary: int = Field(default=256, ge=70)
    """Octets. A multipart with a longer boundary is one text."""
    html: Size = 1 << 20
    """Characters. Beyond this or the next four its text is read by taking the tags out, and no HTML is shown."""
    html_depth: int = Field(default=512, ge=1)
    html_tag: Size = 16 << 10
    html_tags: int = Field(default=60_000, ge=1)
    html_comments: int = Field(default=2_000, ge=1)
    text: Size = Field(default=4 << 20, le=4 << 20)
    """Characters of the readable text; at most 4M."""


class Limits(Section):
    """[limits] What one sender, message or connection may cost."""

    message_size: Size = 25 << 20
    data_line: Size = 1 << 20
    """Octets of the longest line of a message."""
    command_line: Size = 2048
    """Octets of the longest command."""
    recipients: int = Field(default=100, ge=1)
    connections: int = Field(default=200, ge=1)
    """On all addresses together; one in ten is kept free for [trust] and local sockets. When nine in ten are taken,
    strangers get 10 seconds a command, one error and one idle command."""
    connections_per_peer: int = Field(default=20, ge=1)
    """Of one stranger: an IPv4 address, or one /64 of IPv6. Not of [trust], LMTP and local sockets, which bring the
    mail of many."""
    bytes_in_flight: Size = 256 << 20
    """Content being received on all connections together; a stranger's address gets a quarter at most, and one in ten
    is kept free for [trust] and local sockets."""
    free_space: Size = 256 << 20
    """With less on the disk of the SQLite file no mail is taken in."""
    banner_delay: Duration = timedelta(seconds=1)
    """Strangers wait so long for our greeting; who speaks before it is no mail server and is refused. "0s": no wait."""
    command_timeout: Duration = timedelta(seconds=60)
    """For the next command. Five times that for [trust] and local sockets."""
    data_timeout: Duration = timedelta(seconds=300)
    """For the content of a message: what `upload_rate` gives is added, up to this."""
    upload_rate: Size = 500
    """Octets a second of content, at least."""
    session_lifetime: Duration = timedelta(seconds=600)
    commit_timeout: Duration = timedelta(seconds=30)
    """Then the client is asked to come again, while the commit goes on."""
    errors: int = Field(default=10, ge=1)
    """Commands of a stranger that are refused in one session."""
    junk_commands: int = Field(default=50, ge=1)
    """NOOP, RSET, VRFY, EXPN, HELP in one session."""
    auth_attempts: int = Field(default=3, ge=1)
    """Logins that fail in one session."""
    sender_per_minute: int = Field(default=50, ge=1)
    """Messages from one stranger's address (IPv4, or /64 of IPv6)."""
    sender_per_hour: int = Field(default=600, ge=1)
    received_hops: int = Field(default=50, ge=1)
    """More Received lines than this is a loop."""
    tickets_per_hour: int = Field(default=10, ge=1)
    """Tickets that one author opens by mail; what is more is held. Not for our own hosts ([trust] networks)."""
    tickets_per_day: int = Field(default=20, ge=1)
    automatic_per_minute: int = Field(default=60, ge=1)
    """Automatic mails sent to all together, on average over an hour; what is more waits, and the log says so."""
    automatic_per_address: int = Field(default=5, ge=1)
    """Automatic mails to one address in 24 hours; what is more is not written."""
    automatic_per_ticket: int = Field(default=5, ge=1)
    """The same for one ticket: acknowledgement, reminders, changes of status. An event of the ticket names what was not
    written."""
    undeliverable_for: Duration = timedelta(days=30)
    """How long machines write nothing to an address that a final delivery report of our mail named; its owner's next
    mail ends it at once. `"0s"`: never."""
    token_lifetime: Duration = timedelta(days=365)
    """How long the token in a mail of ours proves that an answer belongs to its ticket; up to four weeks more. Then it
    is found by reference or subject, from who takes part and is believed."""
    parse_cpu: Duration = timedelta(seconds=2)
    """Processor time to read one message in the parsing child. What takes more is read again with less effort."""
    parse_seconds: Duration = timedelta(seconds=10)
    """The same by the clock on the wall."""
    parse_memory: Size = 300 << 20
    """Memory of the parsing child, all it maps included. A mail may need ten times its size."""
    parse_attempts: int = Field(default=3, ge=1)
    """Attempts to read a message, each with less effort; then it is `failed` in the journal, raw kept."""
    parser: Parser = Parser()


class Config(Section):
    """config.toml."""

    hostname: str = "localhost"
    """Our name in EHLO and on the right of our Message-IDs. Must not change while tickets are open."""
    organisation: str = "Support"
    """Signs our mail."""
    state: Path = Path("var")
    """Database, token key, mail that has no smarthost. Relative to config.toml."""
    time_zone: TimeZone = "UTC"
    """Of the hours of the day in this file and in rules: "Europe/Warsaw"."""
    node: str = "main"
    """Name of this daemon among several on one PostgreSQL; each has its own, a second of the same name is refused."""
    filters: Path = Path("filters")
    templates: Path = Path("templates")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database: Store = Store()
    listen: tuple[Listen, ...] = ()
    trust: Trust = Trust()
    dns: Dns = Dns()
    mailbox: tuple[Mailbox, ...] = Field(min_length=1)
    department: tuple[Department, ...] = Field(min_length=1)
    imap: tuple[Imap, ...] = ()
    channel: tuple[Channel, ...] = ()
    contract: tuple[Contract, ...] = ()
    smarthost: Smarthost | None = None
    reminders: Reminders = Reminders()
    held: Held = Held()
    limits: Limits = Limits()


@lru_cache(1024)
def _within(peer: str, networks: tuple[Network, ...]) -> bool:
    """`peer` is an IP address, 'unix' for a local socket, or '' when there is none."""
    if not peer or peer == "unix":
        return bool(peer) and peer in networks
    address = address_of(peer)
    return any(network != "unix" and address in network for network in networks)
