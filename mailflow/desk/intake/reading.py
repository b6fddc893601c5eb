"""What one message says of the items of its request: each with the words and the line that say it (R1.3, R4.2).

A label before the words is the best proof, then a sentence that the kind has a pattern for, then a value that can be
nothing else, as a subscription's number. In quoted text only what is missing is looked for: the form that we sent,
filled in between its lines, and none of its other words. A line that only begins like a label counts if its words fit,
and is never called unclear.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from mailflow.config.request import FileType, Item, ItemKind
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.evident import EVIDENT, sentence_with
from mailflow.desk.intake.labelled import Labelled
from mailflow.desk.intake.value import LONGEST_TEXT, Said, Unfit, in_one_line, pattern_of, read, sentence_of
from mailflow.desk.rules.fact import Value as Subject
from mailflow.mail.compose import one_line
from mailflow.mail.languages.wording import plain
from mailflow.mail.message import Attachment

MOST = 50
"""Labels in one mail whose words are read: what somebody writes to cost us time has one value after the other."""
LONGEST_READ = 100_000
"""Characters of the new words that sentences are looked for in."""
SMALLEST_PASTED = 15_000
"""Octets of a picture among the words; below that it is a logo or a smiley."""
NOT_GIVEN = "-"
_TYPES: Mapping[FileType, tuple[str, ...]] = {
    FileType.PDF: ("application/pdf",),
    FileType.IMAGE: ("image/",),
    FileType.TEXT: ("text/plain",),
    FileType.DOCUMENT: (
        "application/msword", "application/rtf", "text/rtf", "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml",
    ),
    FileType.SHEET: (
        "application/vnd.ms-excel", "text/csv", "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml",
    ),
}  # fmt: skip
_ENDINGS: Mapping[str, FileType] = {
    "pdf": FileType.PDF, "png": FileType.IMAGE, "jpg": FileType.IMAGE, "jpeg": FileType.IMAGE, "heic": FileType.IMAGE,
    "tif": FileType.IMAGE, "tiff": FileType.IMAGE, "gif": FileType.IMAGE, "webp": FileType.IMAGE,
    "txt": FileType.TEXT, "doc": FileType.DOCUMENT, "docx": FileType.DOCUMENT, "odt": FileType.DOCUMENT,
    "rtf": FileType.DOCUMENT, "xls": FileType.SHEET, "xlsx": FileType.SHEET, "ods": FileType.SHEET,
    "csv": FileType.SHEET,
}  # fmt: skip
"""Of a file that its mail program calls application/octet-stream."""
ANYTHING = "application/octet-stream"


class Written(Protocol):
    """A message, as far as it is read here: one that comes, or one that a ticket has kept."""

    @property
    def subject(self) -> str: ...
    @property
    def reply(self) -> str: ...
    @property
    def quoted(self) -> str: ...
    @property
    def attachments(self) -> tuple[Attachment, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An item as one message says it."""

    item: str
    value: str  # '' where it is unclear
    words: str  # as they are written
    line: int  # of the new words, from 1; 0: not a line of them
    unfit: Unfit | None = None

    @property
    def where(self) -> str:
        return f"line {self.line}: «{self.words}»" if self.line else f"«{self.words}»"

    @property
    def told(self) -> str:
        return f"unclear ({self.unfit}; {self.where})" if self.unfit else f"{self.value} ({self.where})"


def readings(kind: Kind, message: Written, said: Said, missing: Collection[str]) -> tuple[Reading, ...]:
    """Each item once, in the order of the kind; the last words about it count. `missing`: what is not given yet.
    Where nothing waits for it, what has no label counts for that only, and a label needs its colon: people say such
    things in every mail."""
    found: dict[str, Reading] = {}
    for reading in _beside_labels(kind, kind.labels.found_in(message.reply), said):
        _take(found, reading)
    for name, item in kind.items.items():
        if name not in found and (caught := _caught(kind, item, message, said, missing)):
            found[name] = caught
    for reading in _beside_labels(kind, _filled_in(kind, message.quoted), said):
        before = found.get(reading.item)
        if reading.item in missing and reading.value and not (before and before.value):
            found[reading.item] = Reading(item=reading.item, value=reading.value, words=reading.words, line=0)
    wanted = [item for item in kind.items.values() if item.kind is ItemKind.ATTACHMENT]
    for reading in _attached(wanted, message.attachments, missing):
        found[reading.item] = reading
    return tuple(found[name] for name in kind.items if name in found)


def _take(found: dict[str, Reading], reading: Reading) -> None:
    """What is clear is not taken back by what is not."""
    if reading.value or reading.item not in found:
        found[reading.item] = reading


def _beside_labels(kind: Kind, found: Iterable[Labelled], said: Said) -> Iterator[Reading]:
    for each in islice(found, MOST):
        value = read(kind.items[each.name], each.words, said)
        if value is Unfit.EMPTY:
            continue
        unfit = value if isinstance(value, Unfit) else None
        if each.sure or (unfit is None and kind.shape.blocks):
            yield Reading(item=each.name, value="" if unfit else value, words=each.words, line=each.line, unfit=unfit)


def _caught(kind: Kind, item: Item, message: Written, said: Said, missing: Collection[str]) -> Reading | None:
    if kind.shape.blocks:
        return _without_label(item, message.reply, said)
    if item.name not in missing:
        return None
    in_subject = _without_label(item, message.subject, said)
    return _without_label(item, message.reply, said) or (replace(in_subject, line=0) if in_subject else None)


def _without_label(item: Item, text: str, said: Said) -> Reading | None:
    """By a sentence of the kind's, or because the value has a form of its own."""
    for expression in (each for words in item.sentence.values() for each in words):
        caught = sentence_of(expression).captures(Subject.of(text[:LONGEST_READ]))
        if caught and len(caught) > 1 and not isinstance(value := read(item, caught[1], said), Unfit):
            return Reading(item=item.name, value=value, words=in_one_line(caught[1]), line=_line_of(caught[1], text))
    if item.kind is ItemKind.PATTERN and (caught := pattern_of(item.pattern).captures(Subject.of(text[:LONGEST_READ]))):
        words = in_one_line(caught[1])
        return Reading(item=item.name, value=words, words=words, line=_line_of(caught[1], text))
    seen = EVIDENT[item.kind](text) if item.kind in EVIDENT else ""
    if seen := seen or sentence_with(_phrases(item, said.language), text):
        words = one_line(seen, LONGEST_TEXT)
        return Reading(item=item.name, value=words, words=words, line=_line_of(seen, text))
    return None


def _phrases(item: Item, language: str) -> tuple[str, ...]:
    """In the language of the mail; in all where nobody knows it."""
    found = item.phrase.get(language)
    return found or tuple(each for words in item.phrase.values() for each in words)


def _line_of(words: str, text: str) -> int:
    at = text.find(words)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _filled_in(kind: Kind, quoted: str) -> Iterator[Labelled]:
    """Of our form. The list above it has labels without a colon; below a label and a blank line our mail goes on."""
    lines = (line.lstrip("> ").strip() or NOT_GIVEN for line in quoted.split("\n"))
    return (each for each in kind.labels.found_in("\n".join(lines)) if each.sure)


def _attached(wanted: list[Item], attachments: tuple[Attachment, ...], missing: Collection[str]) -> Iterator[Reading]:
    """Files by what their names say, then by what is missing, each for one item."""
    files = [each for each in attachments if not each.stands_in_text or each.size >= SMALLEST_PASTED]
    by_name = [(item, each) for item in wanted for each in files if _accepts(item, each) and _names(item, each)]
    by_kind = [(item, each) for item in wanted if item.name in missing for each in files if _accepts(item, each)]
    used: set[str] = set()
    answered: set[str] = set()
    for item, file in (*by_name, *by_kind):
        if item.name not in answered and file.part not in used:
            used.add(file.part)
            answered.add(item.name)
            yield Reading(item=item.name, value=file.filename or file.content_type, words=file.filename, line=0)


def _accepts(item: Item, file: Attachment) -> bool:
    if file.stands_in_text and not item.pasted:
        return False
    if not item.accept:
        return True
    ending = _ENDINGS.get(file.filename.lower().rpartition(".")[2])
    by_ending = file.content_type == ANYTHING and ending in item.accept
    return by_ending or any(file.content_type.startswith(_TYPES[each]) for each in item.accept)


def _names(item: Item, file: Attachment) -> bool:
    said = plain(file.filename.replace("_", " ").replace("-", " "))
    return any(plain(label) in said for words in item.label.values() for label in words)
