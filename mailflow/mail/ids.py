"""Message identifiers (RFC 5322 3.6.4) of Message-ID, In-Reply-To and References: without their angle brackets.

What is too long for a line of mail (2.1.1) is no id, in whatever script it is written: ids stand in the indexes of the
database, and PostgreSQL takes no more than 2,704 octets there.
"""

import re

from mailflow.mail.bounds import USUAL, Bounds

MAX_OCTETS = 998

_ID = re.compile(rf"<([^<>\s]{{1,{MAX_OCTETS}}})>")
_BARE = re.compile(r"[^<>\s,;:()\"]{1,900}@[^<>\s,;:()\"@]{1,90}")


def ids_of(field: str, bounds: Bounds = USUAL) -> tuple[str, ...]:
    """The ids of an undecoded field in order, each once. A lone id without brackets counts, words do not. Of too many
    the first is kept, which is the root of the thread, and the last, which are the nearest."""
    found = list(filter(_is_short, dict.fromkeys(_ID.findall(field))))
    if not found and _BARE.fullmatch(bare := field.strip(" <>")) and _is_short(bare):
        found = [bare]
    if len(found) > bounds.references:
        found[1 : len(found) - bounds.references + 1] = []
    return tuple(found)


def _is_short(id_: str) -> bool:
    return len(id_.encode(errors="replace")) <= MAX_OCTETS
