"""The header of a message read alone: who wrote it, to whom, about what. For whoever must know before its body is
looked at; `mail.parse` reads the same fields with the same functions.
"""

from collections.abc import Iterator
from itertools import islice

from mailflow.mail.address import addresses_of, author_of
from mailflow.mail.bounds import Bounds, beyond, is_beyond
from mailflow.mail.message import Address, Automatic, Message
from mailflow.mail.mime.header import Header, with_line_feeds

SHORT = Bounds(header_block=32 << 10, headers=300, header_field=8 << 10, encoded_words=100, addresses=100)
"""Of a header that is read while its sender and everybody else waits: no more than honest mail has."""


def heading(octets: bytes) -> Message | None:
    """A message without its body; None when its header is beyond SHORT: what it does not have would be a guess."""
    header, _ = Header.of_message(with_line_feeds(octets[: 2 * SHORT.header_block]), SHORT)
    if any(map(is_beyond, (*header.defects, *too_many(header)))):
        return None
    author, author_defect = author_in(header)
    return Message(
        message_id="",
        author=author,
        author_defect=author_defect,
        from_=shown_author(header),
        reply_to=addresses_in(header, "reply-to"),
        to=addresses_in(header, "to"),
        cc=addresses_in(header, "cc"),
        subject=header.text("subject"),
        date=None,
        in_reply_to=(),
        references=(),
        language="",
        automatic=Automatic(),
        report=None,
        text="",
        reply="",
        quoted="",
        html=None,
        attachments=(),
        signed=False,
        encrypted=False,
        auto_submitted="",
        wants_no_answer=False,
        hops=len(header.octets("received")),
        digest="",
        defects=header.defects,
    )


def author_in(header: Header) -> tuple[str | None, str]:
    author, why = author_of(header.literal("from"))
    if author and not author.isascii() and not _is_utf8(header.octets("from")[0]):
        return None, "the From address has raw letters that are not UTF-8"  # which letters they are is a guess
    return author, why


def shown_author(header: Header) -> Address | None:
    """Who is shown: the first in From. Where that has a name and no address (`From: "Anna" <>`), the one address that
    answers are to go to stands in for it, so that an agent can answer. It is nobody's identity: see `author_in`."""
    shown = next(iter(addresses_in(header, "from")), None)
    if shown is None or shown.address:
        return shown
    answers = addresses_in(header, "reply-to")
    return Address(shown.name, answers[0].address) if len(answers) == 1 else shown


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def addresses_in(header: Header, name: str) -> tuple[Address, ...]:
    fields = header.raw(name)
    if len(fields) == 1:
        return addresses_of(fields[0], header.bounds)
    found = (address for field in fields for address in addresses_of(field, header.bounds))
    return tuple(islice(found, header.bounds.addresses))


def too_many(header: Header) -> Iterator[str]:
    """Of what a field has beyond the bounds. Marks are counted: what is left out is not read to count it."""
    bounds = header.bounds
    if any(value.count(b"=?") > bounds.encoded_words for _, value in header.fields):
        many = f"a field has more than {bounds.encoded_words} encoded-words and is not decoded"
        yield beyond(many, "encoded_words")
    for name in ("to", "cc", "reply-to"):
        if sum(value.count(b",") for value in header.octets(name)) >= bounds.addresses:
            yield beyond(f"{name} has more than {bounds.addresses} addresses; the rest is not read", "addresses")
    for name in ("references", "in-reply-to"):
        if sum(value.count(b"<") for value in header.octets(name)) > bounds.references:
            many = f"{name} has more than {bounds.references} ids; those between the first and the last are not read"
            yield beyond(many, "references")
