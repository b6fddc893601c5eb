"""Two lines of our mail that have a meaning of their own, to mail programs or to us.

##- Please type your reply above this line -##
--
"""

import re

SIGNATURE = "-- "
"""The line before a signature (RFC 3676 4.3)."""
OPEN, CLOSE = "##-", "-##"
_MARKER = re.compile(r"##[-\u2010-\u2015]")
"""Mail programs make other dashes of hyphens."""


def marker(words: str) -> str:
    """The line above which answers are written; known by its frame in any language."""
    return f"{OPEN} {words} {CLOSE}"


def is_marker(line: str) -> bool:
    return bool(_MARKER.match(line))
