"""How our mail looks: [mail]."""

import re
from typing import Annotated

from pydantic import AfterValidator, StrictBool

from mailflow.config.values import Section

_PLACE = "{number}"
_BRACKETED = re.compile(r"\[[^\[\]]{2,38}\]")
_MARKED = re.compile(r"[^\W\d_]|[#$&*+/=!?~№§]")
"""A letter, or one of the signs that stand before numbers."""


def _subject_tag(value: str) -> str:
    """In brackets, as a list's name is: what reads a subject skips it there, whatever stands in it. Beside the number
    there must be something, or each '[2]' of a customer would be a ticket; and no digit, or it would be another one."""
    before, place, after = value.partition(_PLACE)
    if not place or _PLACE in after:
        raise ValueError(f"{value!r} must have {_PLACE} once: '[#{_PLACE}]', '[ACME-{_PLACE}]'")
    if not _BRACKETED.fullmatch(value) or "=?" in value or not value.isprintable():
        raise ValueError(f"{value!r} must be in one pair of brackets, with at most 40 characters: '[ACME-{_PLACE}]'")
    if before[-1:].isdigit() or after[:1].isdigit():
        raise ValueError(f"{value!r} has a digit beside {_PLACE}: another number would be read")
    if not _MARKED.search(before + after):
        raise ValueError(f"{value!r} would take any number in brackets for a ticket; write '[#{_PLACE}]'")
    return value


SubjectTag = Annotated[str, AfterValidator(_subject_tag)]


class Mail(Section):
    """[mail] How our mail looks. Its words are [templates](templates.md)."""

    subject_tag: SubjectTag = f"[#{_PLACE}]"
    """How the number of a ticket stands in a subject: in brackets, with `{number}` once: `"[ACME-{number}]"`."""
    subject_tags_known: tuple[SubjectTag, ...] = ()
    """Forms of before, which answers to older mail still have. A tag is a clue and no proof: it counts where its author
    takes part in the ticket."""
    html: StrictBool = False
    """Mail to customers is text and HTML: the same words, in the frame of `templates/frame.html` if there is one."""
    marker: StrictBool = False
    """Mail to customers begins with the line of `templates/<language>/marker.txt`, above which they are asked to write:
    `##- Please type your reply above this line -##`."""
