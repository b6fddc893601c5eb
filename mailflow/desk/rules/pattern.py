"""Patterns of admins, matched in linear time whatever the mail is: RE2 (`regex`) and Sieve's wildcards (`matches`).

The only importer of google-re2: the standard library's engine takes exponential time on some patterns, and the mail
that shows it would come from a stranger (threats 6).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import re2

from mailflow.desk.rules.fact import Value, folded, seen

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20

LARGEST = 20_000
"""Instructions. `\\pL{2,60}` has 72,000 and takes 10 microseconds a character where no shortcut helps."""
_EDGE = re.compile(r"(?<!\\)\\b[(?:]*+([^\W\d_])|([^\W\d_])[?*+)]*+\\b")
"""A letter at a `\\b`, which is for RE2 an edge of a word of a–z alone."""


@dataclass(frozen=True, slots=True)
class Pattern:
    written: str
    compiled: "re2._Regexp[bytes]"
    groups: int
    needed: str  # stands in every value that fits, folded: looked for first, in a tenth of the time

    @classmethod
    def regex(cls, written: str) -> "Pattern":
        """Anywhere in the text. ValueError in words when it is no RE2 expression, or cannot mean what it says."""
        if foreign := _foreign(written):
            raise ValueError(
                rf"{written!r}: \b beside '{foreign}' finds nothing, it knows a to z only: "
                r"write (?:^|\PL) before a word, (?:\PL|$) behind it"
            )
        return cls._compiled(written, written, "")

    @classmethod
    def wildcards(cls, written: str) -> "Pattern":
        """The whole text; `*` is any number of characters, `?` is one, a backslash takes them literally (RFC 5228
        2.7.1). Each wildcard is a capture."""
        letters = list(_letters(" ".join(seen(written).split())))
        expression = "".join(_WILDCARDS[letter] if wild else _literally(letter) for letter, wild in letters)
        return cls._compiled(written, rf"(?s)\A\s*{expression}\s*\z", _longest_word(letters))

    @classmethod
    def _compiled(cls, written: str, expression: str, needed: str) -> "Pattern":
        try:
            compiled = re2.compile(expression.encode(), _OPTIONS)
        except re2.error as error:
            why = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
            raise ValueError(f"{written!r} is no RE2 expression: {why}") from None
        if compiled.programsize > LARGEST:
            raise ValueError(f"{written!r} takes too long on some mail: write + or * in the place of a long repeat")
        return cls(written, compiled, compiled.groups, needed)

    def captures(self, value: Value) -> tuple[str, ...] | None:
        """The whole match and its groups; None when it does not match."""
        if self.needed not in value.folded:
            return None
        found = self.compiled.search(value.octets)
        if found is None:
            return None
        return tuple((group or b"").decode(errors="replace") for group in (found[0], *found.groups()))


def _foreign(written: str) -> str:
    """A letter beside an edge of a word that RE2 does not know as one; '' if there is none."""
    letters = (each for found in _EDGE.finditer(written) for each in found.groups(""))
    return next((each for each in letters if not each.isascii()), "")


_WILDCARDS = {"*": "(.*?)", "?": "(.)"}


def _literally(letter: str) -> str:
    """A blank is any run of blanks."""
    return r"\s+" if letter.isspace() else str(re2.escape(letter))


def _letters(written: str) -> Iterator[tuple[str, bool]]:
    """Each letter, and whether it is a wildcard."""
    letters = iter(written)
    for letter in letters:
        yield (next(letters, "\\"), False) if letter == "\\" else (letter, letter in _WILDCARDS)


def _longest_word(letters: Sequence[tuple[str, bool]]) -> str:
    """Of what is taken literally; blanks are folded in another way than letters."""
    words = "".join(" " if wild else letter for letter, wild in letters).split()
    return folded(max(words, key=len, default=""))
