"""What is packed in a part that is no multipart: files in a text (uuencode), all of a mail of Outlook (TNEF).

Every packed thing is a Part below its container, so that `Attachment.part` finds its octets again.
"""

from collections.abc import Iterator
from dataclasses import replace

from mailflow.mail.charsets.charset import scrub_line
from mailflow.mail.mime.filename import clean_filename
from mailflow.mail.mime.header import Header
from mailflow.mail.mime.part import TYPE, Packing, Part
from mailflow.mail.mime.transfer import COMPRESSED_RTF
from mailflow.mail.packed import tnef, uuencode

_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_TNEF_NAMES = ("winmail.dat", "win.dat")
TNEF_CUT = "a winmail.dat of Outlook (TNEF) is cut or broken; what was in it before is read"
_OPAQUE = "application/octet-stream"


def unpacked(part: Part, room: Iterator[int]) -> Part:
    """`part` with what is inside it, as far as there is room for more parts; itself when nothing is."""
    if part.content_type in _TNEF_TYPES or part.filename.lower() in _TNEF_NAMES:
        return _with_tnef(part, room)
    if part.content_type == "text/plain" and part.disposition != "attachment" and _may_have_files(part):
        return _with(part, Packing.UUENCODE, _of_text(part), room)
    return part


def _with_tnef(part: Part, room: Iterator[int]) -> Part:
    stream = tnef.opened(part.octets())
    if stream is None:
        return part
    found = _with(part, Packing.TNEF, _of_tnef(part, stream), room)
    return replace(found, defects=(*part.defects, TNEF_CUT)) if stream.broken else found


def _with(part: Part, packing: Packing, found: Iterator[Part], room: Iterator[int]) -> Part:
    inside = tuple(inner for inner, _ in zip(found, room, strict=False))
    return replace(part, packing=packing, inside=inside) if inside else part


def _may_have_files(part: Part) -> bool:
    return part.encoding != "base64" and part.source.find(b"begin ", part.start, part.end) >= 0


def path_inside(part: Part, number: int) -> str:
    """A message of a single part is its own part 1: what is packed in it is 1.1, 1.2 …"""
    return f"{part.path or '1'}.{number}"


def _of_text(part: Part) -> Iterator[Part]:
    octets = part.octets()
    for number, block in enumerate(uuencode.blocks(octets), start=1):
        yield _inside(
            part,
            number,
            filename=clean_filename(block.name, part.header.bounds),
            encoding="x-uuencode",
            source=octets,
            start=block.start,
            end=block.end,
        )


def _of_tnef(part: Part, stream: tnef.Tnef) -> Iterator[Part]:
    for number, words in enumerate(stream.words, start=1):
        yield _inside(
            part,
            number,
            content_type=words.content_type,
            charset=words.charset,
            disposition="inline",
            encoding=COMPRESSED_RTF if words.content_type == "text/rtf" else "",
            source=words.octets,
            end=len(words.octets),
        )
    for number, file in enumerate(stream.files, start=len(stream.words) + 1):
        yield _inside(
            part,
            number,
            content_type=file.content_type if TYPE.fullmatch(file.content_type) else _OPAQUE,
            filename=clean_filename(file.name, part.header.bounds),
            content_id=scrub_line(file.content_id),
            source=stream.octets,
            start=file.start,
            end=file.end,
        )


def _inside(
    part: Part, number: int, *, content_type: str = _OPAQUE, filename: str = "", content_id: str = "",
    charset: str = "", disposition: str = "attachment", encoding: str = "", source: bytes, start: int = 0, end: int,
) -> Part:  # fmt: skip
    return Part(
        path=path_inside(part, number),
        content_type=content_type,
        parameters={},
        charset=charset,
        filename=filename,
        disposition=disposition,
        content_id=content_id,
        encoding=encoding,
        header=Header(bounds=part.header.bounds),
        top=part.top,
        source=source,
        start=start,
        end=end,
    )
