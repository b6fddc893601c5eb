"""What one sender, message or connection may cost."""

from datetime import timedelta

from pydantic import Field

from mailflow.config.values import Duration, Section, Size


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
    participants_per_ticket: int = Field(default=10, ge=1)
    """Who takes part in a ticket besides its requester, as far as To and Cc of mail add them; agents and rules may add
    more."""
    to_agents_per_ticket: int = Field(default=30, ge=1)
    """Mails to one agent about one ticket in 24 hours: what its customer writes, what became of the agent's answers.
    What is more is not written, and an event of the ticket says so."""
    enclosures: Size = 10 << 20
    """Octets of all files together that go along with one answer of an agent's."""
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

    @property
    def ample_space(self) -> int:
        """Octets free on the disk with which nobody needs to look at it: what came is to be filed as well."""
        return max(self.free_space, 10 * self.message_size)
