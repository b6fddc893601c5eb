"""Which parts are the words of the author, and which are attachments (RFC 2046 5.1, RFC 2183, RFC 2387).

A part is either shown or attached, never lost: what is not chosen as text is an attachment. Where an author sent the
same words twice (multipart/alternative), plain text is read and HTML is shown. A container that was opened is attached
below what was in it; a text file is attached, and read too where nothing else says a word.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain, islice

from mailflow.mail.bounds import USUAL, Bounds, beyond
from mailflow.mail.charsets.labels import codec_of
from mailflow.mail.effort import TEXT_CUT
from mailflow.mail.markup import html
from mailflow.mail.markup.guard import objection
from mailflow.mail.message import Attachment
from mailflow.mail.mime.part import Packing, Part
from mailflow.mail.mime.segment import Segment, words_of

MOST_READ = 8 << 20  # octets of all parts with words, each weighed by how slow it is to read:
SLOW = {"text/rtf": 4}  # times as slow as plain text,
LINE = 32  # octets to which a line of its own comes, and after which no other part is read
MAX_INSTEAD = 4  # parts that are read when nothing else says a word; reading Outlook's is slow
MAX_SHOWN = 2 << 20  # characters of sanitised HTML

_UNSEEN = " \t\n\r\f\v\xa0\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # letters of a version that says nothing
_NOT_SHOWN = frozenset({"text/calendar", "text/rfc822-headers", "text/vcard", "text/x-vcard", "text/directory"})
_SAME_AGAIN = frozenset({"text/x-amp-html", "text/watch-html"})  # the HTML once more, for one program
_EXTENSIONS = {
    "text/plain": "txt", "text/calendar": "ics", "message/rfc822": "eml", "image/jpeg": "jpg", "image/svg+xml": "svg",
    "application/ms-tnef": "dat", "application/pkcs7-signature": "p7s", "application/pkcs7-mime": "p7m",
    "application/pgp-signature": "asc", "message/delivery-status": "txt", "text/rfc822-headers": "txt",
    "message/disposition-notification": "txt",
}  # fmt: skip


@dataclass(slots=True)
class _Pages:
    """The pages of one message, read one after the other: all of them together may cost what one may."""

    library: Callable[[str], str]
    bounds: Bounds
    seen: int = 0  # characters
    tags: int = 0

    def read(self, page: str) -> str:
        left = max(0, html.MAX_UNPARSED - self.seen)
        self.seen += len(page)
        self.tags += page.count("<")
        within = self.seen <= self.bounds.html and self.tags <= max(self.bounds.html_tags, page.count("<"))
        return self.library(page) if within else html.stripped(page[:left])


@dataclass(slots=True)
class _Room:
    """For words: when the parts read so far have more than any text may, or took as long, others are not decoded."""

    left: int  # characters
    unread: int = MOST_READ

    def words_of(self, part: Part) -> Segment:
        if self.left <= 0 or self.unread <= 0:
            return Segment(whole=False)
        segment = words_of(part)
        self.left -= len(segment.plain) + sum(map(len, segment.html))
        self.unread -= (part.end - part.start) * SLOW.get(part.content_type, 1) + segment.plain.count("\n") * LINE
        return segment


class _NotShown(Exception):
    """Why."""


@dataclass(slots=True)
class Body:
    """A message taken apart: what is read, what is attached."""

    segments: list[Segment] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    related: set[str] = field(default_factory=set)  # paths of parts that HTML refers to
    signed: bool = False
    encrypted: bool = False
    defects: list[str] = field(default_factory=list)

    def text(self, read_html: Callable[[str], str] = html.text_of, bounds: Bounds = USUAL) -> str:
        """The readable text; `_instead` is better than silence."""
        pages = _Pages(read_html, bounds)
        text = "\n\n".join(filter(None, (segment.text(pages.read) for segment in self.segments)))
        whole = all(segment.whole for segment in self.segments)
        if not text.strip():
            instead = ((segment.text(pages.read), segment.whole) for segment in map(words_of, self._instead()))
            text, whole = next((read for read in instead if read[0]), ("", whole))
        if pages.seen > html.MAX_UNPARSED:
            self.defects.append(f"{TEXT_CUT}: its HTML has more than {html.MAX_UNPARSED:,} characters")
        if len(text) > bounds.text or not whole:
            self.defects.append(beyond(f"{TEXT_CUT} after {bounds.text:,} characters", "text"))
        return text[: bounds.text]

    def html(self, bounds: Bounds = USUAL) -> str | None:
        """The HTML that may be shown, None when there is none or no library may see it."""
        segments = self.segments if self._says() else [words_of(part) for part in islice(self._instead(), 1)]
        if not any(segment.html for segment in segments):
            return None
        try:
            return self._shown([page for segment in segments for page in segment.shown()], bounds)
        except _NotShown as why:  # half a page may be nonsense: its text is shown
            self.defects.append(f"the HTML is not shown: {why}")
            return None

    def _shown(self, pages: list[str], bounds: Bounds) -> str:
        """Raises _NotShown when a library must not see all of them."""
        if sum(map(len, pages)) > bounds.html:
            raise _NotShown(beyond(f"it has more than {bounds.html:,} characters", "html"))
        own = {part.content_id for part in self.attached if part.content_id}
        shown: list[str] = []
        for page in pages:
            tame = html.sanitised(page, own, bounds)
            if tame is None:
                raise _NotShown(objection(page, bounds))
            shown.append(tame)
        together = "\n".join(filter(None, shown)).strip()
        if len(together) > MAX_SHOWN:
            raise _NotShown(f"it has more than {MAX_SHOWN:,} characters")
        return together

    def attachments(self, *, contents: bool) -> tuple[Attachment, ...]:
        return tuple(_attachment(part, part.path in self.related, contents) for part in self.attached)

    def _says(self) -> bool:
        return any(segment.plain.strip() or segment.html for segment in self.segments)

    def _instead(self) -> Iterator[Part]:
        """What is read when nothing else says a word: texts with a name, Outlook's own version, an invitation."""
        meant = (filter(is_meant, self.attached) for is_meant in (_is_named_text, _is_of_outlook, _is_calendar))
        yield from islice(chain.from_iterable(meant), MAX_INSTEAD)


def body_of(part: Part) -> Body:
    """Take a message apart."""
    return _body(part, _Room(max(part.header.bounds.text, html.MAX_UNPARSED)))


def _body(part: Part, room: _Room) -> Body:
    if not part.children:
        return _leaf(part, room)
    if part.content_type == "multipart/alternative":
        return _alternative(part, room)
    if part.content_type == "multipart/related":
        return _related(part, room)
    if part.content_type == "multipart/appledouble" and len(part.children) > 1:  # a resource fork first (RFC 1740)
        return _joined(_body(child, room) for child in part.children[1:])
    if part.content_type == "multipart/encrypted":
        return Body(attached=list(_leaves(part.children)), encrypted=True)
    if part.content_type == "multipart/signed":
        return _joined(
            [
                *(_body(child, room) for child in part.children[:1]),
                Body(attached=list(_leaves(part.children[1:])), signed=True),
            ]
        )
    return _joined(_body(child, room) for child in part.children)


def _leaf(part: Part, room: _Room) -> Body:
    """What is unpacked stands beside its container: the container is the proof, and holds what we did not read."""
    if part.packing is Packing.SIGNED:
        return _joined([*(_body(inner, room) for inner in part.inside), Body(attached=[part], signed=True)])
    if part.packing is Packing.TNEF:
        files = [inner for inner in part.inside if inner.disposition == "attachment"]
        related = {inner.path for inner in files if inner.content_id}
        return Body(attached=[*files, part], related=related)
    if part.content_type in ("application/pkcs7-mime", "application/x-pkcs7-mime") or part.packing is Packing.ENCRYPTED:
        said = part.parameters.get("smime-type", "").lower()  # RFC 8551 3.2
        is_encrypted = part.packing is Packing.ENCRYPTED or said in ("enveloped-data", "authenveloped-data")
        return Body(attached=[part], signed=said == "signed-data", encrypted=is_encrypted)
    if not _is_shown(part):
        return Body(attached=[part, *part.inside])
    segment = room.words_of(part)
    return Body(
        segments=[segment],
        attached=[*part.inside],
        signed=segment.signed,
        encrypted=segment.encrypted,
        defects=[f"the charset {part.charset[:40]} is not known"]
        if part.charset and not codec_of(part.charset)
        else [],
    )


def _is_shown(part: Part) -> bool:
    if part.content_type.startswith("multipart/"):  # no boundary, no parts: the text is all there is
        return True
    is_text = part.content_type.startswith("text/") and part.content_type not in _NOT_SHOWN
    return is_text and part.disposition != "attachment" and not (part.filename and part.path)


def _is_named_text(part: Part) -> bool:
    """The whole message may be a file: it is read too."""
    return part.content_type in ("text/plain", "text/html") and (part.disposition != "attachment" or not part.path)


def _is_of_outlook(part: Part) -> bool:
    return part.packing is Packing.TNEF


def _is_calendar(part: Part) -> bool:
    return part.content_type == "text/calendar" and (part.disposition != "attachment" or not part.path)


def _alternative(part: Part, room: _Room) -> Body:
    """The same in several versions: the first plain one that has words, the last HTML."""
    versions = [_body(_unnamed(child), room) for child in part.children if child.content_type not in _SAME_AGAIN]
    body = _joined(versions)
    body.segments = next((version.segments for version in reversed(versions) if _html_of(version)), [])
    for version in versions:
        plain = "\n\n".join(segment.plain for segment in version.segments)
        if plain.strip(_UNSEEN) and not _html_of(version):
            pieces = tuple(piece for segment in body.segments for piece in segment.shown())
            body.segments = [Segment(plain, pieces, whole=all(segment.whole for segment in version.segments))]
            break
    return body


def _unnamed(part: Part) -> Part:
    """A version of the words is no file, whatever its name."""
    is_version = part.content_type in ("text/plain", "text/html") and part.disposition != "attachment"
    return replace(part, filename="") if is_version and part.filename else part


def _html_of(body: Body) -> bool:
    return any(segment.html for segment in body.segments)


def _related(part: Part, room: _Room) -> Body:
    """A root and what it refers to."""
    start = part.parameters.get("start", "").strip("<> ")
    root = next((child for child in part.children if start and child.content_id == start), None)
    root = root or part.children[0]
    others = list(_leaves(child for child in part.children if child is not root))
    return _joined([_body(_unnamed(root), room), Body(attached=others, related={other.path for other in others})])


def _joined(bodies: Iterable[Body]) -> Body:
    total = Body()
    for body in bodies:
        total.segments += body.segments
        total.attached += body.attached
        total.related |= body.related
        total.signed |= body.signed
        total.encrypted |= body.encrypted
        total.defects += body.defects
    return total


def _leaves(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if part.children:
            yield from _leaves(part.children)
        else:
            yield from (inner for inner in part.inside if inner.disposition == "attachment")
            yield part


def _attachment(part: Part, related: bool, contents: bool) -> Attachment:
    octets = part.octets() if contents else None
    return Attachment(
        filename=part.filename or _name(part),
        content_type=part.content_type,
        size=part.size if octets is None else len(octets),
        inline=part.disposition == "inline" or (related and part.disposition != "attachment"),
        content_id=part.content_id,
        sha256=None if octets is None else sha256(octets).hexdigest(),
        part=part.path or "1",
    )


def _name(part: Part) -> str:
    """For a part without a name: by position and type, the same each time."""
    subtype = part.content_type.partition("/")[2]
    extension = _EXTENSIONS.get(part.content_type) or (subtype if subtype.isalnum() and len(subtype) <= 5 else "bin")
    return f"part-{part.path or '1'}.{extension}"
