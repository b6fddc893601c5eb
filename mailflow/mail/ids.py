"""Message identifiers (RFC 5322 3.6.4) of Message-ID, In-Reply-To and References: without their angle brackets.

What is too long for a line of mail (2.1.1) is no id, in whatever script it is written: ids stand in the indexes of the
database, and PostgreSQL takes no more than 2,704 octets there.
"""

import re

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.encoded_words import decode_words

MAX_OCTETS = 998

# Closed by the next one where the bracket was forgotten
_ID = re.compile(rf"<([^<>]{{1,{MAX_OCTETS + 100}}}+)(>|(?=<)|\Z)")
_BARE = re.compile(r"[^<>\s,;:()\"]{1,900}@[^<>\s,;:()\"@]{1,90}")
_BETWEEN = re.compile(r"[\s,;]+")


def ids_of(field: str, bounds: Bounds = USUAL) -> tuple[str, ...]:
    """The ids of an undecoded field in order, each once. Ids without brackets count, words do not. Of too many the
    first is kept, which is the root of the thread, and the last, which are the nearest."""
    if not field:
        return ()
    if "=?" in field:  # a program folded what it could not fold (python/cpython#79986)
        field = decode_words(field, bounds)
    written = (_written(*found) for found in _ID.findall(field))
    found = list(filter(_is_short, dict.fromkeys(written))) or _without_brackets(field)
    if len(found) > bounds.references:
        found[1 : len(found) - bounds.references + 1] = []
    return tuple(found)


def _written(inside: str, closing: str) -> str:
    """The id without the blanks that folding brought into it; '' when it is no id."""
    id_ = "".join(inside.split())
    is_plain = closing == ">" and id_ == inside
    return id_ if is_plain or ("@" in id_ and (closing or inside.strip() == id_)) else ""


def _without_brackets(field: str) -> list[str]:
    words = [word.strip("<>\"'") for word in _BETWEEN.split(field) if word]
    return list(dict.fromkeys(words)) if all(_BARE.fullmatch(word) and _is_short(word) for word in words) else []


def _is_short(id_: str) -> bool:
    return 0 < len(id_.encode(errors="replace")) <= MAX_OCTETS
