"""The words of one part: text and HTML as they were written, out of what each type of part is.

Flowed lines are joined, armour is taken off, RTF and calendars become text. Which parts are read is `mail.mime.body`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from mailflow.mail.charsets.charset import scrub
from mailflow.mail.mime import armour, enriched, flowed, invitation
from mailflow.mail.mime.part import Packing, Part
from mailflow.mail.packed import rtf


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the body; plain and HTML are two versions of the same words."""

    plain: str = ""
    html: tuple[str, ...] = ()
    signed: bool = False  # in the clear; its armour is taken away
    encrypted: bool = False
    whole: bool = True  # else there were more octets than any text may have

    def text(self, read_html: Callable[[str], str]) -> str:
        return self.plain if self.plain.strip() else "\n\n".join(filter(None, map(read_html, self.html)))

    def shown(self) -> tuple[str, ...]:
        return self.html or (f"<pre>{escape(self.plain)}</pre>",)


def words_of(part: Part) -> Segment:
    """The words of a leaf, whatever its type says it is."""
    if part.packing is Packing.TNEF:
        return _of_outlook(part)
    return _READERS.get(part.content_type, _plain)(part)


def _plain(part: Part) -> Segment:
    """A message without a type that is a page is read as one; where text/plain is said, its author shows tags."""
    text, whole = part.beginning()
    if not part.header.has("content-type") and text[:200].lstrip().lower().startswith(("<!doctype html", "<html")):
        return Segment(html=(text,), whole=whole)
    if part.parameters.get("format", "").lower() == "flowed":
        text = flowed.unwrapped(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    signed = armour.is_signed(text)
    plain = (armour.unarmoured(text) if signed else text).strip("\n")
    return Segment(plain, signed=signed, encrypted=plain.startswith(armour.ENCRYPTED), whole=whole)


def _html(part: Part) -> Segment:
    text, whole = part.beginning()
    return Segment(html=(text,), whole=whole)


def _enriched(part: Part) -> Segment:
    text, whole = part.beginning()
    return Segment(enriched.plain(text, part.content_type), whole=whole)


def _calendar(part: Part) -> Segment:
    text, whole = part.beginning()
    return Segment(invitation.text_of(text) or text.strip("\n"), whole=whole)


def _rich(part: Part) -> Segment:
    read = rtf.read(part.octets())
    return Segment(html=(read.text,)) if read.is_html else Segment(scrub(read.text))


def _of_outlook(part: Part) -> Segment:
    """The versions of one body: plain, HTML, and RTF that may hold the HTML."""
    versions = {inner.content_type: inner for inner in part.inside if inner.disposition == "inline"}
    plain = versions["text/plain"].text().strip("\n") if "text/plain" in versions else ""
    if "text/html" in versions:
        return Segment(plain, (versions["text/html"].text(),))
    rich = _rich(versions["text/rtf"]) if "text/rtf" in versions else Segment()
    return Segment(plain or rich.plain, rich.html)


_READERS: dict[str, Callable[[Part], Segment]] = {
    "text/html": _html,
    "text/enriched": _enriched,
    "text/richtext": _enriched,
    "text/rtf": _rich,
    "text/calendar": _calendar,
}
