"""Patterns of admins, matched in linear time whatever the mail is: RE2 (`regex`) and Sieve's wildcards (`matches`).

The only importer of google-re2: the standard library's engine takes exponential time on some patterns, and the mail
that shows it would come from a stranger (threats 6).
"""

from dataclasses import dataclass

import re2

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20

MOST_CAPTURES = 9


@dataclass(frozen=True, slots=True)
class Pattern:
    written: str
    compiled: "re2._Regexp[str]"
    groups: int

    @classmethod
    def regex(cls, written: str) -> "Pattern":
        """Anywhere in the text. ValueError in words when it is no RE2 expression."""
        return cls._compiled(written, written)

    @classmethod
    def wildcards(cls, written: str) -> "Pattern":
        """The whole text; `*` is any number of characters, `?` is one, a backslash takes them literally (RFC 5228
        2.7.1). Each wildcard is a capture."""
        return cls._compiled(written, rf"(?s)\A{''.join(_expressions(written))}\z")

    @classmethod
    def _compiled(cls, written: str, expression: str) -> "Pattern":
        try:
            compiled = re2.compile(expression, _OPTIONS)
        except re2.error as error:
            why = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
            raise ValueError(f"{written!r} is no RE2 expression: {why}") from None
        return cls(written, compiled, compiled.groups)

    def captures(self, text: str) -> tuple[str, ...] | None:
        """The whole match and its groups; None when it does not match."""
        found = self.compiled.search(text)
        return None if found is None else tuple(group or "" for group in (found[0], *found.groups()))


def _expressions(written: str) -> list[str]:
    expressions, letters = [], iter(written)
    for letter in letters:
        match letter:
            case "*":
                expressions.append("(.*?)")
            case "?":
                expressions.append("(.)")
            case "\\":
                expressions.append(re2.escape(next(letters, "\\")))
            case _:
                expressions.append(re2.escape(letter))
    return expressions
