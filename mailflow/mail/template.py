"""The words of our mail: templates/<language>/<kind>.txt, headers (`Subject:`), a blank line, the body.

`templates/<language>/answers/<name>.txt` is what a rule answers with in the place of an acknowledgement, and may say
the same. Its kind here is `answers/<name>`.

Jinja2 in its immutable sandbox, strict: an unknown name is an error. Templates hold text, `{{ values }}`, filters and
`{% if %}` and nothing else: no loops, no attributes, no globals, so that what a template costs is what it says. All of
them are rendered with sample values when they are read; a mistake is found at start, with file and line.

`templates/<language>/status.txt` has the public names of a status in that language (`Resolved: Rozwiązane`).
"""

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.errors import ConfigurationError, Problem
from mailflow.nearest import hint

FALLBACK = "en"
ANSWERS = "answers/"
_ANSWER = re.compile("answers/[a-z0-9_-]{1,40}")
_LANGUAGE = re.compile("[a-z]{2,3}")  # ISO 639, as `language` in config.toml
STATUS = "status"
CAP = 1 << 20
"""Characters of one rendered body; an agent's answer is the longest there is."""
KEPT = 512
"""Compiled templates that are kept, subjects and bodies: twice what a set of files in five languages has."""

_ALWAYS = {"organisation": "Example Hosting", "department": "Support", "mailbox": "support@example.org"}
_TICKET = {**_ALWAYS, "name": "Anna Nowak", "number": "42", "subject": "Printer on fire", "status": "Open"}
VALUES: Mapping[str, Mapping[str, str]] = {
    "acknowledgement": _TICKET,
    "registration": _ALWAYS,  # fixed words only: who is not known must not be able to make us say something
    "challenge": {
        **_ALWAYS,
        "received": "2026-02-20 14:05 UTC",
    },  # nothing a stranger wrote: the one who is asked may never have seen it
    "reopened": _TICKET,
    "resolved": _TICKET,
    "reminder": {**_TICKET, "resolves_on": "2026-03-01"},
    "closing": _TICKET,
    "merged": {**_TICKET, "merged": "57"},
    "escalation": {**_TICKET, "requester": "anna@firma.example", "since": "2026-02-20 14:05 UTC"},
    "digest": {**_ALWAYS, "count": "51", "held": "    17  2 h  x@strangers.example\n        «Invoice»\n", "more": "1"},
    "handled": {
        **_ALWAYS,
        "released": "17, 20",
        "rejected": "18, 22",
        "blocked": "x@strangers.example",
        "refused": "    19: it is held no more: filed in #42",
        "unknown": "    «relase 21»",
    },
    "reply": {**_TICKET, "text": "Dear Anna,\n\nplease use water.", "agent": "ewa"},
}
"""What each kind of template may say, with a sample of it. `resolves_on` is '' when tickets are not resolved by time;
`name` is '' when the addressee is not registered; `more` when all of what is held is listed."""

_FILTERS = ("upper", "lower", "capitalize", "trim", "default", "truncate", "wordwrap")
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr),
    *(nodes.Filter, nodes.Keyword, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
)


def values_of(kind: str) -> Mapping[str, str]:
    """What a template of `kind` may say, with samples."""
    return _TICKET if kind.startswith(ANSWERS) else VALUES[kind]


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    body: str
    language: str  # the one it was written in


@dataclass(frozen=True, slots=True)
class _Letter:
    """One template, compiled."""

    subject: Template
    body: Template

    def render(self, values: Mapping[str, object]) -> tuple[str, str]:
        return " ".join(_capped(self.subject, values).split()), _capped(self.body, values).strip() + "\n"


@dataclass(frozen=True, slots=True)
class Templates:
    letters: Mapping[tuple[str, str], _Letter] = field(default_factory=dict)  # (kind, language)
    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # language: public name, translated

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Templates":
        """From the files' names and texts, or a ConfigurationError with every mistake in them."""
        reading = _Reading()
        for file, text in sorted(files.items()):
            reading.read(file, text)
        folders = {_place(file)[0] for file in files}
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
        return cls(reading.letters, reading.statuses)

    @property
    def answers(self) -> frozenset[str]:
        """The names of those that rules may answer with."""
        return frozenset(kind.removeprefix(ANSWERS) for kind, _ in self.letters if kind.startswith(ANSWERS))

    def speaks(self, kind: str, language: str) -> bool:
        return (kind, language) in self.letters

    def render(self, kind: str, language: str, values: Mapping[str, object]) -> Rendered:
        """In `language` if there is such a template, else in English."""
        spoken = language if self.speaks(kind, language) else FALLBACK
        status = str(values.get(STATUS, ""))
        said = {**values, STATUS: self.statuses.get(spoken, {}).get(status, status)}
        return Rendered(*self.letters[kind, spoken].render(said), spoken)


@dataclass(slots=True)
class _Reading:
    """What has been read of the files so far, good and bad."""

    letters: dict[tuple[str, str], _Letter] = field(default_factory=dict)
    statuses: dict[str, Mapping[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)  # (kind, language), usable or not

    def problem(self, file: str, line: int, key: str, why: str) -> None:
        self.problems.append(Problem(file, line, key, why))

    def read(self, file: str, text: str) -> None:
        folder, name = _place(file)
        language = folder.rpartition("/")[2]
        if name == STATUS:
            self.statuses[language] = self._fields(file, text.splitlines(), ("Open", "Awaiting your reply", "Resolved"))
        elif name in VALUES or _ANSWER.fullmatch(name):
            self.seen.add((name, language))
            self._letter(file, text, name, language)
        elif name.startswith(ANSWERS):
            self.problem(file, 0, name, "has no usable name; take small letters, digits, '_' and '-'")
        else:
            self.problem(file, 0, name, f"is no kind of mail; {hint(name, (*VALUES, STATUS))}")

    def _letter(self, file: str, text: str, kind: str, language: str) -> None:
        head, blank, body = text.replace("\r\n", "\n").partition("\n\n")
        header = self._fields(file, head.splitlines(), ("Subject",))
        if not (blank and body.strip()):
            return self.problem(file, 0, "body", "is missing: headers, a blank line, then the text")
        above = "\n" * (len(head.splitlines()) + 1)  # keeps the line numbers of the file
        subject = self._compiled(file, "Subject", header.get("Subject", ""), kind)
        compiled = self._compiled(file, "body", above + body, kind)
        if subject and compiled:
            self.letters[kind, language] = _Letter(subject, compiled)
        return None

    def _fields(self, file: str, lines: list[str], names: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            name, colon, value = line.partition(":")
            if colon and name in names and value.strip():
                found[name] = value.strip()
            elif line.strip():
                self.problem(file, number, name.strip(), f"expected one of: {', '.join(f'{n}: …' for n in names)}")
        for name in names:
            if name not in found:
                self.problem(file, 1, name, "is missing")
        return found

    def _compiled(self, file: str, part: str, source: str, kind: str) -> Template | None:
        try:
            return _template(source, kind)
        except _Mistakes as mistakes:
            for line, why in mistakes.found:
                self.problem(file, line, part, why)
        except TemplateSyntaxError as error:
            self.problem(file, error.lineno, part, error.message or "is no template")
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            self.problem(file, _line_of(error), part, f"{error} (known: {', '.join(values_of(kind))})")
        return None


def _place(file: str) -> tuple[str, str]:
    """The folder of its language, and the kind of mail that it is."""
    folder, _, name = file.removesuffix(".txt").rpartition("/")
    within = f"/{ANSWERS}".rstrip("/")
    return (folder.removesuffix(within), ANSWERS + name) if folder.endswith(within) else (folder, name)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Values are plain words: nobody needs an attribute of one."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)
    kept: dict[str, Callable[..., Any]] = {name: environment.filters[name] for name in _FILTERS}
    environment.filters.clear()
    environment.filters.update(kept)
    environment.globals.clear()
    return environment


_ENVIRONMENT = _environment()


class _Mistakes(Exception):
    """What is a template, but none of ours."""

    def __init__(self, found: list[tuple[int, str]]) -> None:
        self.found = found  # line, why


@lru_cache(maxsize=KEPT)
def _template(source: str, kind: str) -> Template:
    """Compiled and tried. The same words make the same template: a reload costs what has changed."""
    tree = _ENVIRONMENT.parse(source)
    for node in _forbidden(tree):
        raise _Mistakes([(node.lineno, f"{_word(node)} is not available; there are values, filters, if")])
    if unknown := list(_unknown(tree, values_of(kind))):
        raise _Mistakes([(node.lineno, why) for node, why in unknown])
    template = _ENVIRONMENT.from_string(tree)
    _capped(template, values_of(kind))
    return template


def _capped(template: Template, values: Mapping[str, object]) -> str:
    text, length = [], 0
    for piece in template.generate(values):
        length += len(piece)
        if length > CAP:
            raise ValueError(f"says more than {CAP} characters")
        text.append(piece)
    return "".join(text)


def _forbidden(tree: nodes.Template) -> Iterator[nodes.Node]:
    return (node for node in tree.find_all(nodes.Node) if not isinstance(node, _ALLOWED))


def _unknown(tree: nodes.Template, values: Iterable[str]) -> Iterator[tuple[nodes.Node, str]]:
    """Names of values and filters that do not exist, also where the sample values do not lead."""
    known = list(values)
    for node in tree.find_all((nodes.Name, nodes.Filter)):
        match node:
            case nodes.Name(name=name) if name not in known:
                yield node, f"'{name}' is undefined; {hint(name, known)}"
            case nodes.Filter(name=name) if name not in _FILTERS:
                yield node, f"there is no filter '{name}'; {hint(name, _FILTERS)}"


def _word(node: nodes.Node) -> str:
    return f"'{type(node).__name__.lower()}'"


def _line_of(error: BaseException) -> int:
    """Where in the template, as Jinja2's rewritten traceback says it."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == "<template>"), 0)
