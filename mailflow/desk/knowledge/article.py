"""One article, as its file says it: headers, a blank line, the answer in plain words.

Title: Reset your password
Words: forgot password; cannot log in; password expired
Department: support
Confirmed: 2026-10-01

Open https://firma.example/reset …
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.languages.wording import plain
from mailflow.nearest import hint

HEADERS = ("Title", "Words", "Department", "Confirmed")
REQUIRED = ("Title", "Words")
LONGEST_TITLE = 120
LONGEST_BODY = 4_000
"""Characters: it goes into a mail."""
LONGEST_LINE = 78
_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True, kw_only=True)
class Article:
    name: str  # of its file, the same in every language
    language: str
    title: str
    words: tuple[str, ...]  # phrases that ask for it
    body: str
    department: str = ""  # whose it is; '' everybody's
    confirmed: date | None = None  # when somebody last said that it is still true
    file: str = ""

    @cached_property
    def phrases(self) -> tuple[tuple[str, Sequence[str]], ...]:
        """Each with its words as they are compared."""
        return tuple((phrase, words) for phrase in self.words if (words := words_in(plain(phrase))))


def words_in(text: str) -> Sequence[str]:
    return _WORD.findall(text)


def article_in(text: str, file: str, departments: frozenset[str]) -> Article:
    """ConfigurationError with every mistake in it. `file` ends in <language>/articles/NAME.md."""
    problems: list[Problem] = []
    head, blank, body = text.replace("\r\n", "\n").partition("\n\n")
    said = dict(_headers(head, file, problems))
    name, language = file.rpartition("/")[2].removesuffix(".md"), file.split("/")[-3]
    if not _NAME.fullmatch(name):
        problems.append(Problem(file, 0, "name", "take small letters, digits, '_' and '-' for the name of the file"))
    problems += (Problem(file, 1, key, "is missing") for key in REQUIRED if not said.get(key))
    if len(said.get("Title", "")) > LONGEST_TITLE:
        problems.append(Problem(file, 1, "Title", f"is longer than {LONGEST_TITLE} characters"))
    if (department := said.get("Department", "")) and department not in departments:
        why = f"there is no [[department]] '{department}'; {hint(department, departments)}"
        problems.append(Problem(file, _line(head, "Department"), "Department", why))
    problems += _in_body(blank and body, len(head.split("\n")) + 1, file)
    confirmed = _day(said.get("Confirmed", ""), _line(head, "Confirmed"), file, problems)
    if problems:
        raise ConfigurationError(problems)
    words = tuple(each.strip() for each in said["Words"].split(";") if each.strip())
    return Article(
        name=name, language=language, title=said["Title"], words=words, body=body.strip(), department=department,
        confirmed=confirmed, file=file,
    )  # fmt: skip


def written(article: Article) -> str:
    """The text of its file."""
    said: Mapping[str, str] = {
        "Title": article.title,
        "Words": "; ".join(article.words),
        "Department": article.department,
        "Confirmed": article.confirmed.isoformat() if article.confirmed else "",
    }
    head = "\n".join(f"{key}: {value}" for key, value in said.items() if value)
    return f"{head}\n\n{article.body.strip()}\n"


def _headers(head: str, file: str, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(head.split("\n"), 1):
        key, colon, value = line.partition(":")
        if colon and key.strip() in HEADERS:
            yield key.strip(), " ".join(value.split())
        elif line.strip():
            why = f"expected one of: {', '.join(f'{each}: …' for each in HEADERS)}"
            problems.append(Problem(file, number, key.strip()[:40], why))


def _in_body(body: str, above: int, file: str) -> Iterator[Problem]:
    if not body.strip():
        yield Problem(file, 0, "body", "is missing: headers, a blank line, then the answer")
    if len(body) > LONGEST_BODY:
        yield Problem(file, 0, "body", f"is longer than {LONGEST_BODY:,} characters: it goes into a mail")
    for number, line in enumerate(body.split("\n"), above + 1):
        if len(line) > LONGEST_LINE and " " in line.strip():
            yield Problem(file, number, "body", f"the line is longer than {LONGEST_LINE} characters: break it")


def _day(value: str, line: int, file: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        problems.append(Problem(file, line, "Confirmed", f"{value!r} is no day; write 2026-10-01"))
        return None


def _line(head: str, key: str) -> int:
    return next((number for number, line in enumerate(head.split("\n"), 1) if line.startswith(f"{key}:")), 1)
