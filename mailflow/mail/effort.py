"""How much of a message is read, and the words for what was left out: an agent must know that there is more."""

from collections.abc import Iterable, Mapping
from enum import IntEnum


class Effort(IntEnum):
    """A message that killed the parser is tried again with less."""

    FULL = 1
    PLAIN = 2  # without HTML libraries
    HEADERS = 3  # without its body


ONLY_HEADER = "only its header could be read: its text and attachments are in the raw message"
LEFT_OUT: Mapping[Effort, str] = {
    Effort.PLAIN: "its HTML could not be read: what is shown is the text without its layout",
    Effort.HEADERS: ONLY_HEADER,
}
TEXT_CUT = "the text is cut"
"""How a defect begins that says where."""


def shortfall(defects: Iterable[str]) -> str:
    """Which of `defects` say that words are missing; '' when none does."""
    return "; ".join(defect for defect in defects if defect.startswith(TEXT_CUT) or defect in LEFT_OUT.values())
