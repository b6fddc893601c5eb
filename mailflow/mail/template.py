"""The words of our mail: templates/<language>/<kind>.txt, headers (`Subject:`), a blank line, the body.

`templates/<language>/answers/<name>.txt` is what a rule answers with in the place of an acknowledgement, and may say
the same. Its kind here is `answers/<name>`.

What they may hold is told by `mail.sandbox`. All of them are rendered with sample values when they are read; a mistake
is found at start, with file and line.

`templates/<language>/status.txt` has the names of a status in that language (`Resolved: Rozwiązane`). Fragments stand
around the words of each mail to a customer: `marker.txt`, the line above which answers are written; `footer.txt`, which
closes it, and `footers/<department>.txt` in its place for one department. `templates/frame.html` stands around the HTML
of all of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailflow.errors import ConfigurationError, Problem
from mailflow.mail import sandbox
from mailflow.mail.day import said_in
from mailflow.mail.markup.written import BODY, Frame
from mailflow.mail.sandbox import Words
from mailflow.mail.values import ANSWERS, DAYS, FALLBACK, FOOTER, FOOTERS, FRAME, MARKER, VALUES, values_of
from mailflow.nearest import hint

_ANSWER = re.compile("answers/[a-z0-9_-]{1,40}")
_FOOTER = re.compile("footers/[a-z0-9_-]{1,100}")
_LANGUAGE = re.compile("[a-z]{2,3}")  # ISO 639, as `language` in config.toml
STATUS = "status"
STATUSES = ("Open", "Awaiting your reply", "Resolved")
FOR_AGENTS = ("Awaiting the customer", "On hold", "Closed")
"""Which only mail to agents says; where a language has no words for them, in English."""
LONGEST_MARKER = 60
"""Characters: in a longer line mail programs break it where they quote it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    body: str
    language: str  # the one it was written in


@dataclass(frozen=True, slots=True)
class _Letter:
    """One template, compiled."""

    subject: Words
    body: Words

    def render(self, values: Mapping[str, object]) -> tuple[str, str]:
        return " ".join(self.subject.said(values).split()), self.body.said(values).strip() + "\n"


@dataclass(frozen=True, slots=True)
class Templates:
    letters: Mapping[tuple[str, str], _Letter] = field(default_factory=dict)  # (kind, language)
    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # language: public name, translated
    fragments: Mapping[tuple[str, str], Words] = field(default_factory=dict)  # (name, language)
    frame: Words | None = None

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Templates":
        """From the files' names and texts, or a ConfigurationError with every mistake in them."""
        reading = _Reading()
        for file, text in sorted(files.items()):
            reading.read(file, text)
        folders = {_place(file)[0] for file in files if not _is_frame(file)}
        for folder in sorted(folders):
            if not _LANGUAGE.fullmatch(folder.rpartition("/")[2]):
                reading.problem(folder, 0, "templates", "is no language code; name it as 'en' or 'pl' are named")
        folder = next(iter(folders), "").rpartition("/")[0]
        wanted = {*VALUES, *(kind for kind, _ in reading.seen)}
        for kind in sorted(wanted - {kind for kind, language in reading.seen if language == FALLBACK}):
            file = "/".join(filter(None, (folder, FALLBACK, f"{kind}.txt")))
            reading.problem(file, 0, kind, "is missing; other languages fall back to it")
        if reading.problems:
            raise ConfigurationError(reading.problems)
        return cls(reading.letters, reading.statuses, reading.fragments, reading.frame)

    @property
    def answers(self) -> frozenset[str]:
        """The names of those that rules may answer with."""
        return frozenset(kind.removeprefix(ANSWERS) for kind, _ in self.letters if kind.startswith(ANSWERS))

    @property
    def there(self) -> Mapping[str, frozenset[str]]:
        """In which languages each kind and each fragment is there."""
        found: dict[str, frozenset[str]] = {}
        for name, language in (*self.letters, *self.fragments):
            found[name] = found.get(name, frozenset()) | {language}
        return found

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(language for _, language in self.letters)

    @property
    def footers(self) -> frozenset[str]:
        """The departments that have one of their own."""
        return frozenset(name.removeprefix(FOOTERS) for name, _ in self.fragments if name.startswith(FOOTERS))

    def speaks(self, kind: str, language: str) -> bool:
        return (kind, language) in self.letters

    def render(self, kind: str, language: str, values: Mapping[str, object]) -> Rendered:
        """In `language` if there is such a template, else in English."""
        spoken = language if self.speaks(kind, language) else FALLBACK
        status = str(values.get(STATUS, ""))
        days = {name: said_in(spoken, str(values[name])) for name in DAYS & values.keys()}
        said = {**values, **days, STATUS: self.statuses.get(spoken, {}).get(status, status)}
        return Rendered(*self.letters[kind, spoken].render(said), spoken)

    def has(self, fragment: str) -> bool:
        return (fragment, FALLBACK) in self.fragments

    def marker(self, language: str, values: Mapping[str, object]) -> str:
        return self._fragment(MARKER, language, values)

    def footer(self, department: str, language: str, values: Mapping[str, object]) -> str:
        """The department's, else everybody's, else ''."""
        own = f"{FOOTERS}{department}"
        return self._fragment(own if self.has(own) else FOOTER, language, values)

    def frame_of(self, organisation: str, language: str) -> Frame:
        """Of the HTML of a mail."""
        if self.frame is None:
            return Frame()
        said = self.frame.said({"body": BODY, "organisation": organisation.replace(BODY, ""), "language": language})
        above, _, below = said.partition(BODY)
        return Frame(above, below)

    def _fragment(self, name: str, language: str, values: Mapping[str, object]) -> str:
        words = self.fragments.get((name, language)) or self.fragments.get((name, FALLBACK))
        return words.said({each: values[each] for each in values_of(name)}).strip() if words else ""


@dataclass(slots=True)
class _Reading:
    """What has been read of the files so far, good and bad."""

    letters: dict[tuple[str, str], _Letter] = field(default_factory=dict)
    statuses: dict[str, Mapping[str, str]] = field(default_factory=dict)
    fragments: dict[tuple[str, str], Words] = field(default_factory=dict)
    frame: Words | None = None
    problems: list[Problem] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)  # (kind, language), usable or not

    def problem(self, file: str, line: int, key: str, why: str) -> None:
        self.problems.append(Problem(file, line, key, why))

    def read(self, file: str, text: str) -> None:
        folder, name = _place(file)
        language = folder.rpartition("/")[2]
        if _is_frame(file):
            self._frame(file, text)
        elif name == STATUS:
            self.statuses[language] = self._fields(file, text.splitlines(), STATUSES, FOR_AGENTS)
        elif name in VALUES or _ANSWER.fullmatch(name):
            self.seen.add((name, language))
            self._letter(file, text, name, language)
        elif name in (MARKER, FOOTER) or _FOOTER.fullmatch(name):
            self.seen.add((name, language))
            self._fragment(file, text, name, language)
        elif name.startswith((ANSWERS, FOOTERS)):
            self.problem(file, 0, name, "has no usable name; take small letters, digits, '_' and '-'")
        else:
            self.problem(file, 0, name, f"is no kind of mail; {hint(name, (*VALUES, STATUS, MARKER, FOOTER))}")

    def _letter(self, file: str, text: str, kind: str, language: str) -> None:
        head, blank, body = text.replace("\r\n", "\n").partition("\n\n")
        header = self._fields(file, head.splitlines(), ("Subject",))
        if not (blank and body.strip()):
            return self.problem(file, 0, "body", "is missing: headers, a blank line, then the text")
        above = "\n" * (len(head.splitlines()) + 1)  # keeps the line numbers of the file
        subject = self._read(file, "Subject", header.get("Subject", ""), kind)
        words = self._read(file, "body", above + body, kind)
        if subject and words:
            self.letters[kind, language] = _Letter(subject, words)
        return None

    def _fragment(self, file: str, text: str, name: str, language: str) -> None:
        words = self._read(file, "text", text, name)
        said = words.said(values_of(name)).strip() if words else ""
        if name == MARKER and words and not (said and "\n" not in said and len(said) <= LONGEST_MARKER):
            self.problem(file, 0, name, f"is one line of at most {LONGEST_MARKER} characters")
        elif words:
            self.fragments[name, language] = words

    def _frame(self, file: str, text: str) -> None:
        from mailflow.mail.markup.framed import mistakes_in  # and its libraries, which only who has a frame needs

        words = self._read(file, "frame", text, FRAME)
        for why in mistakes_in(words.said(values_of(FRAME))) if words else ():
            self.problem(file, 0, "frame", why)
        self.frame = words

    def _fields(
        self, file: str, lines: list[str], names: tuple[str, ...], more: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """`more`: may be there."""
        found: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            name, colon, value = line.partition(":")
            if colon and name in (*names, *more) and value.strip():
                found[name] = value.strip()
            elif line.strip():
                expected = ", ".join(f"{each}: …" for each in (*names, *more))
                self.problem(file, number, name.strip(), f"expected one of: {expected}")
        for name in names:
            if name not in found:
                self.problem(file, 1, name, "is missing")
        return found

    def _read(self, file: str, part: str, source: str, kind: str) -> Words | None:
        words = sandbox.read(source, values_of(kind), markup=kind == FRAME)
        if isinstance(words, Words):
            return words
        for mistake in words:
            self.problem(file, mistake.line, part, mistake.why)
        return None


def _is_frame(file: str) -> bool:
    return file.rpartition("/")[2] == FRAME


def _place(file: str) -> tuple[str, str]:
    """The folder of its language, and the kind of mail that it is."""
    folder, _, name = file.removesuffix(".txt").rpartition("/")
    above, _, inner = folder.rpartition("/")
    return (above, f"{inner}/{name}") if f"{inner}/" in (ANSWERS, FOOTERS) else (folder, name)
