"""How much of one message is read: the parser's limits (threats 6) as one value that is handed down to who needs it.

A message beyond one of them is read as far as it goes and has a defect that names the limit; its octets are in the
journal whole. `[limits.parser]` of config.toml has the same names. Each bounds what a stranger's octets may cost; what
no setting can change (the possessive patterns, the tables of mail.markup.guard) stands where it is used.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Counts, octets or characters, as each says."""

    header_block: int = 256 << 10
    """Octets of one header block, of the message or of a part. The fields beyond are not read."""
    headers: int = 1_000
    """Fields of one header block."""
    header_field: int = 64 << 10
    """Octets of one field, folds included. A longer one is blanked."""
    encoded_words: int = 500
    """Encoded-words (RFC 2047) of one field. A field with more is shown undecoded."""
    addresses: int = 500
    """Addresses of To, Cc, Reply-To. The rest is not read."""
    parameters: int = 100
    """Parameters of Content-Type or Content-Disposition. The rest is not read."""
    references: int = 100
    """Ids of References or In-Reply-To: the first and the last ones. Those between are not read."""
    mime_depth: int = 50
    """Levels of multiparts. A deeper one is one attachment."""
    mime_parts: int = 500
    """Parts of one message. The rest is not read."""
    part_headers: int = 1 << 20
    """Octets of the headers of all parts together. The parts after that are not read."""
    boundary: int = 256
    """Octets of a boundary. A multipart with a longer one is one text."""
    html: int = 1 << 20
    """Characters of HTML that a library may see. Beyond any of these five its text comes from stripping tags."""
    html_depth: int = 512
    """Elements open at once."""
    html_tag: int = 16 << 10
    """Characters of one tag."""
    html_tags: int = 60_000
    """Tags of one page."""
    html_comments: int = 2_000
    """Comments of one page."""
    text: int = 4 << 20
    """Characters of readable text. The text is cut there."""


USUAL = Bounds()
"""What counts where nothing is configured."""


def is_beyond(defect: str) -> bool:
    """Of a limit, by `beyond`."""
    return "(limits.parser." in defect


def beyond(what: str, name: str) -> str:
    """The defect of a message that goes beyond the limit `name`."""
    return f"{what} (limits.parser.{name})"
