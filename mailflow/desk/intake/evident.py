"""What running words show without any label: a link, an error message, a sentence with words that say a thing (R3.3).

An error message is what stands in quotation marks where somebody says what they read; what stands behind "error" and a
colon, a number or a name; and what nobody but a machine writes: ERR_CONNECTION_RESET, 0x80070005, TimeoutException.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from mailflow.config.request import ItemKind
from mailflow.desk.knowledge.article import words_in
from mailflow.desk.knowledge.matching import ENDS, Sentence
from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain

READ = 4_000
"""Characters in which somebody says what is the matter."""
MOST_LINES = 200
LONGEST_LINE = 400
LINK = re.compile(r"https?://[^\s<>\"'«»„“”]{4,}", re.IGNORECASE)
_ENDS_OF_LINK = ".,;:!?)]}"


def _either(words: Iterable[str]) -> str:
    """Compared as `plain` has them, the longest first."""
    return "|".join(re.escape(word) for word in sorted({plain(word) for word in words}, key=len, reverse=True))


_WORD, _SHOWN = _either(every("error.word")), _either((*every("error.shown"), *every("error.word")))
_NUMBERED = re.compile(rf"\b(?:{_WORD}|http)\b\W{{0,3}}(?:n[or°º]\.?\s{{0,2}})?[a-z]{{0,4}}[-_]?\d{{2,}}")
_NAMED = re.compile(rf"\b(?:{_WORD})\s{{0,2}}[:=]\s{{0,2}}\S.{{3,}}")
_SAYS = re.compile(rf"\b(?:{_SHOWN})\b")
_QUOTED = re.compile(r"[\"«„“”‘](?=[^\"«»„“”]*[^\W\d_]{2})[^\"«»„“”]{5,200}[\"»“”’]")
_MACHINES = re.compile(
    r"\b(?:0x[0-9A-Fa-f]{4,}|[A-Z]{2,}(?:_[A-Z0-9]+)+|[A-Z]\w+(?:Exception|Error)|[45]\.\d{1,2}\.\d{1,2})\b"
)


def link_in(text: str) -> str:
    """The first; '' where there is none."""
    found = LINK.search(text[:READ])
    return found[0].rstrip(_ENDS_OF_LINK) if found else ""


def error_in(text: str) -> str:
    """The line that has one."""
    above = ""
    for line in _lines(text):
        if _has_error(line, above):
            return line
        above = line if line or above.endswith(":") else ""
    return ""


def sentence_with(phrases: Iterable[str], text: str) -> str:
    """The first sentence in which all words of one of `phrases` stand near each other, in any order and with any
    ending, as for articles; a word alone stands there as it is written."""
    wanted = [words for phrase in phrases if (words := words_in(plain(phrase)))]
    for written, said in _sentences(text):
        words = words_in(plain(said))
        sentence = Sentence.of(words)
        if any(each[0] in words if len(each) == 1 else sentence.says(each) for each in wanted):
            return written
    return ""


EVIDENT: Mapping[ItemKind, Callable[[str], str]] = {ItemKind.LINK: link_in, ItemKind.ERROR: error_in}
"""Kinds whose value has a form of its own."""


def _has_error(line: str, above: str) -> bool:
    """`above`: the line before it, where it may stand that something is read here."""
    said = plain(line)
    if _NUMBERED.search(said) or _NAMED.search(said) or _MACHINES.search(line):
        return True
    return bool(_QUOTED.search(line) and _SAYS.search(f"{plain(above)} {said}"))


def _lines(text: str) -> Iterator[str]:
    return (line[:LONGEST_LINE].strip() for line in text[:READ].split("\n")[:MOST_LINES])


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """As it is written, and without the names in its links. A line that was only wrapped is none of its own."""
    text = text[:READ]
    said, at = LINK.sub(lambda link: " " * len(link[0]), text), 0
    for end in (*(found.end() for found in ENDS.finditer(said)), len(text)):
        if said[at:end].strip():
            yield text[at:end].strip(), said[at:end]
        at = end
