"""What an agent wants done to a ticket, in the first or the last lines of an answer: `#resolve`, `#assign piotr`.

One instruction a line. They count above all quotation only, where nothing of a stranger's stands. Whatever looks like
one anywhere else is a mistake, and one mistake stops all of the mail: half of what an agent meant, or words that were
meant for us, would reach a customer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, takewhile

from mailflow.desk.contacts.contact import Role
from mailflow.desk.digests.commands import parted
from mailflow.mail.compose import one_line
from mailflow.nearest import hint

MOST = 20
"""Instructions in one mail."""
_LINE = 60
_ARGUMENT = 200
_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)
_INSTRUCTION = re.compile(r"#(?P<verb>[^\W\d_]\w{0,40}+)(?P<argument>(?:\W.*+)?)")
"""And whatever a hurried hand makes of one: `#resolve.` is no word to a customer."""


class Verb(StrEnum):
    NOTE = "note"
    ASK = "ask"
    RESOLVE = "resolve"
    CLOSE = "close"
    HOLD = "hold"
    WAIT = "wait"
    REOPEN = "reopen"
    MERGE = "merge"
    SPLIT = "split"
    ASSIGN = "assign"
    PRIORITY = "priority"
    DEPARTMENT = "department"
    TYPE = "type"
    TAG = "tag"
    SET = "set"
    DONE = "done"
    REGISTER = "register"
    RECOVER = "recover"
    REFUSE = "refuse"


ADMITS = frozenset({Verb.REGISTER, Verb.RECOVER, Verb.REFUSE})
"""Decide about who asks to be registered."""
KEEP = "add"
"""Of #recover: the old address stays."""
BEHIND = frozenset({KEEP, *Role})
ENDINGS = ADMITS | {Verb.ASK, Verb.RESOLVE, Verb.CLOSE, Verb.HOLD, Verb.WAIT, Verb.REOPEN, Verb.MERGE}
"""What the ticket is afterwards: one of them at most."""
WANTS: Mapping[Verb, str] = {
    Verb.WAIT: "#wait 3d",
    Verb.MERGE: "#merge 17",
    Verb.ASSIGN: "#assign NAME, or nobody, or me",
    Verb.PRIORITY: "#priority low, normal, high or urgent",
    Verb.DEPARTMENT: "#department NAME",
    Verb.TYPE: "#type WORDS",
    Verb.TAG: "#tag WORD …",
    Verb.SET: "#set ITEM VALUE",
    Verb.DONE: "#done 1, or several: #done 1 3",
    Verb.REGISTER: "#register ACCOUNT ROLE …",
    Verb.RECOVER: "#recover ADDRESS, or #recover ADDRESS add",
}
"""Those that need an argument, and how they are written."""


@dataclass(frozen=True, slots=True)
class Instruction:
    verb: Verb
    argument: str = ""

    @property
    def number(self) -> int | None:
        """Of a ticket: 17, #17."""
        digits = self.argument.lstrip("#")
        return int(digits) if _NUMBER.fullmatch(digits) else None

    def __str__(self) -> str:
        return f"#{self.verb} {self.argument}".rstrip()


@dataclass(frozen=True, slots=True)
class Instructions:
    """All of one mail: the words, what is to be done, and what is not understood, each with why."""

    words: str = ""
    wanted: tuple[Instruction, ...] = ()
    mistakes: tuple[str, ...] = ()

    def has(self, verb: Verb) -> bool:
        return any(each.verb is verb for each in self.wanted)

    @property
    def admits(self) -> tuple[str, ...]:
        """What names the account or the contact of whoever is to be registered."""
        return tuple(admitted_as(each.argument)[0] for each in self.wanted if each.verb in ADMITS)

    @property
    def merges(self) -> tuple[int, ...]:
        """Numbers of tickets."""
        return tuple(each.number for each in self.wanted if each.verb is Verb.MERGE and each.number)


def admitted_as(argument: str) -> tuple[str, tuple[str, ...]]:
    """Of #register and #recover: what names the account or the contact, and the words behind it."""
    words = argument.split()
    end = len(words)
    while end > 1 and words[end - 1].lower() in BEHIND:
        end -= 1
    return " ".join(words[:end]), tuple(word.lower() for word in words[end:])


def instructions_in(text: str) -> Instructions:
    """`text` is all of an answer, with what it quotes."""
    above, below = parted(text)
    first = _leading(above)
    last = _leading(above[len(first) :][::-1])[::-1]
    words = [*above[len(first) : len(above) - len(last)], *below]
    found = [line.strip() for line in (*first, *last) if line.strip()]
    read = [_read(line) for line in found[:MOST]]  # a guess at what was meant costs more than the line
    wanted = tuple(each for each in read if isinstance(each, Instruction))
    mistakes = [each for each in read if isinstance(each, str)]
    mistakes += islice((_misplaced(line) for line in words if _is_known(line)), MOST)
    return Instructions(
        "\n".join(words).strip("\n"), wanted, (*_too_many(found), *mistakes, *_contradictions(wanted))[:MOST]
    )


def _leading(lines: Sequence[str]) -> Sequence[str]:
    """Up to the first line that is neither an instruction nor empty."""
    return list(takewhile(lambda line: not line.strip() or _INSTRUCTION.fullmatch(line.strip()), lines))


def _read(line: str) -> Instruction | str:
    found = _INSTRUCTION.fullmatch(line)
    verb = found["verb"].lower() if found else ""
    if found is None or verb not in tuple(Verb):
        known = [f"#{each}" for each in Verb]
        return f"«{one_line(line, _LINE)}»: {hint(f'#{verb}', known)}"
    argument = one_line(found["argument"].strip(" \t:"), _ARGUMENT)
    if bool(argument) is not (verb in WANTS):
        return f"«{one_line(line, _LINE)}»: write {WANTS.get(Verb(verb), f'#{verb} alone in its line')}"
    return Instruction(Verb(verb), argument)


def _is_known(line: str) -> bool:
    found = _INSTRUCTION.fullmatch(line.strip())
    return found is not None and found["verb"].lower() in tuple(Verb)


def _misplaced(line: str) -> str:
    return f"«{one_line(line, _LINE)}»: it counts in the first or last lines only, above what you quote"


def _contradictions(wanted: Sequence[Instruction]) -> list[str]:
    verbs = [each.verb for each in wanted]
    twice = [verb for verb in Verb if verbs.count(verb) > 1 and verb is not Verb.TAG]
    endings = [f"#{verb}" for verb in verbs if verb in ENDINGS]
    found = [f"#{verb} stands there {verbs.count(verb)} times" for verb in twice]
    if len(set(endings)) > 1:
        found.append(f"{' and '.join(dict.fromkeys(endings))} exclude one another")
    if Verb.NOTE in verbs and Verb.ASK in verbs:
        found.append("#note and #ask exclude one another: a question is mailed")
    return found


def _too_many(found: Sequence[str]) -> list[str]:
    return [f"there are {len(found)} instructions; {MOST} is the most"] if len(found) > MOST else []
