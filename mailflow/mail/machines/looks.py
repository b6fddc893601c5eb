"""What the questions about a mail look at, and how they answer."""

from dataclasses import dataclass
from functools import cached_property

from mailflow.mail.languages.phrases import Prose
from mailflow.mail.machines.bulk import bulk_field
from mailflow.mail.machines.responder import answers, hand_program
from mailflow.mail.message import Automatic, AutomaticKind, Report
from mailflow.mail.mime.header import Header
from mailflow.mail.subject import is_reply

LONGEST = 1_500  # characters of new words; who writes more has something to say


@dataclass(frozen=True)
class Looks:
    """One mail; what several questions need is found once."""

    header: Header
    subject: str
    author: str | None
    report: Report | None
    own: str  # the new words, without what they quote
    quotes: bool

    @cached_property
    def answers(self) -> bool:
        return answers(self.header)

    @cached_property
    def bulk_field(self) -> str:
        return bulk_field(self.header)

    @cached_property
    def is_long(self) -> bool:
        return len(self.own) > LONGEST

    @cached_property
    def prose(self) -> Prose:
        return Prose(self.own[:LONGEST])

    @property
    def has_answer_shape(self) -> bool:
        return self.answers or is_reply(self.subject)

    @cached_property
    def is_null(self) -> bool:
        return self.header.has_null_path()

    @property
    def is_persons(self) -> bool:
        """Words from a program in which people write: the null address is then a fault on the way."""
        return bool(self.own.strip()) and hand_program(self.header)


def generated(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_GENERATED, why=why)


def replied(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_REPLY, why=why)
