"""Message identifiers (RFC 5322 3.6.4) of Message-ID, In-Reply-To and References: without their angle brackets.

What is too long for a line of mail (2.1.1) is no id, in whatever script it is written: ids stand in the indexes of the
database, and PostgreSQL takes no more than 2,704 octets there.
"""

import re

MAX_IDS = 100  # the first and the last 99 (threats 6): the root of the thread and what is nearest
MAX_OCTETS = 998

_ID = re.compile(rf"<([^<>\s]{{1,{MAX_OCTETS}}})>")
_BARE = re.compile(r"[^<>\s,;:()\"]{1,900}@[^<>\s,;:()\"@]{1,90}")


def ids_of(field: str) -> tuple[str, ...]:
    """The ids of an undecoded field in order, each once. A lone id without brackets counts, words do not."""
    found = list(filter(_is_short, dict.fromkeys(_ID.findall(field))))
    if not found and _BARE.fullmatch(bare := field.strip(" <>")) and _is_short(bare):
        found = [bare]
    return tuple(found if len(found) <= MAX_IDS else [found[0], *found[1 - MAX_IDS :]])


def _is_short(id_: str) -> bool:
    return len(id_.encode(errors="replace")) <= MAX_OCTETS
