"""Message identifiers (RFC 5322 3.6.4) of Message-ID, In-Reply-To and References: without their angle brackets."""

import re

MAX_IDS = 100  # the first and the last 99 (threats 6): the root of the thread and what is nearest
MAX_LENGTH = 998

_ID = re.compile(r"<([^<>\s]{1,998})>")
_BARE = re.compile(r"[^<>\s,;:()\"]{1,900}@[^<>\s,;:()\"@]{1,90}")


def ids_of(field: str) -> tuple[str, ...]:
    """The ids of an undecoded field in order, each once. A lone id without brackets counts, words do not."""
    found = list(dict.fromkeys(_ID.findall(field)))
    if not found and _BARE.fullmatch(bare := field.strip(" <>")):
        found = [bare]
    return tuple(found if len(found) <= MAX_IDS else [found[0], *found[1 - MAX_IDS :]])
