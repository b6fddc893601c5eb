"""Fields that say one word, such as Auto-Submitted and Precedence, read without their comments and parameters."""

import re

from mailflow.mail.mime.header import Header

PERSONS = ("", "no", "auto-forwarded")
"""Auto-Submitted of people's mail: what a program passes on, a person may have written."""

_COMMENT = re.compile(r"\([^()]*+\)")


def keywords(header: Header, name: str) -> list[str]:
    """What each field of that name says, lower case."""
    return [_COMMENT.sub(" ", value).partition(";")[0].strip(' \t"').lower() for value in header.texts(name)]


def auto_submitted(header: Header) -> str:
    """The keyword of Auto-Submitted (RFC 3834 5); of several fields the first that names a machine, so that none of
    them hides it."""
    said = keywords(header, "Auto-Submitted")
    return next((word for word in said if word not in PERSONS), next(iter(said), ""))
