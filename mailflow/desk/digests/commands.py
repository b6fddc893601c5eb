"""What an agent wants done with held mail, as it stands in the first lines of a reply: `release 17`, `reject 18 spam`,
`block 19`, `block 20 domain: sells nothing`.

One decision a line: a verb, numbers with commas or blanks between them, and why. A reason begins with a letter, or
behind a colon; behind several numbers it must have the colon, for `reject 18 2 times` may mean one entry or two.

The first paragraph is all decisions; what follows is read as long as its paragraphs begin with one. Nothing counts that
is quoted or stands below it: a mail program that quotes and then wraps leaves a stranger's words there without a mark.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from mailflow.mail.compose import one_line
from mailflow.mail.replies.quotation import split

READ = 8_192
"""Characters: a hundred decisions with reasons."""
MOST = 100
"""Entries named in one mail."""
CUT = "…"
"""What is told instead of a line that is not here wholly: half a number names another entry."""
_WHY, _LINE = 200, 60
_SAID = "-"
"""A line above all others: whatever introduces a quotation ends the words only below some."""
_NUMBERS = r"(?P<numbers>(?:[ \t,]++#?[0-9]{1,9}+(?=[\s,:]|$))++)"
_COMMAND = re.compile(
    rf"(?P<verb>release|reject|block){_NUMBERS}[ \t,]*+"
    r"(?P<domain>domain(?=[ \t]*+(?::|$)))?[ \t]*+(?P<colon>:?)[ \t]*+(?P<why>.*+)",
    re.ASCII | re.IGNORECASE,
)


class Verb(StrEnum):
    RELEASE = "release"
    REJECT = "reject"
    BLOCK = "block"  # and reject


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    entry: int
    why: str = ""
    domain: bool = False  # block all of it


@dataclass(frozen=True, slots=True)
class Orders:
    """All decisions of one mail, each entry once, and the lines that are none or stand where none counts."""

    commands: tuple[Command, ...] = ()
    unknown: tuple[str, ...] = ()


def orders_in(text: str) -> Orders:
    """`text` is all of an answer, with what it quotes."""
    own, below = parted(text if len(text) <= READ else text[:READ].rpartition("\n")[0] + "\n" + CUT)
    commands: dict[int, Command] = {}
    unknown: list[str] = []
    for line in _lines(own):
        found = _commands(line)
        contradicts = any(commands.get(each.entry, each) != each for each in found)
        if not found or contradicts or len(commands) + len(found) > MOST:
            unknown.append(one_line(line, _LINE))
        else:
            commands.update((each.entry, each) for each in found)
    unknown += [one_line(line, _LINE) for line in below if _commands(line.strip())]
    return Orders(tuple(commands.values()), tuple(unknown))


def _commands(line: str) -> list[Command]:
    """None, if it is not understood: what lets a mail through must be nothing but that."""
    found = _COMMAND.fullmatch(line)
    if found is None:
        return []
    verb, why, domain = Verb(found["verb"].lower()), one_line(found["why"], _WHY), found["domain"] or ""
    numbers = re.findall("[0-9]+", found["numbers"])
    if verb is not Verb.BLOCK:
        why, domain = f"{domain} {why}".strip(), ""
    if why and not (found["colon"] or (len(numbers) == 1 and why[0].isalpha())):
        return []
    if why and verb is Verb.RELEASE:
        return []
    return [Command(verb, int(number), why, bool(domain)) for number in numbers]


def parted(text: str) -> tuple[list[str], list[str]]:
    """An agent's own lines in an answer: those above the first that is quoted, introduces a quotation or is a
    signature, and those below."""
    written = f"{_SAID}\n\n{text}"
    new = split(written).reply.split("\n")
    together = zip(new, (line.rstrip() for line in written.split("\n")), strict=False)
    above = sum(1 for _ in takewhile(lambda lines: lines[0] == lines[1], together))
    return new[1:above], new[above:]


def _lines(lines: Sequence[str]) -> Iterator[str]:
    for position, paragraph in enumerate(_paragraphs(lines)):
        if position and not paragraph[0].lower().startswith(tuple(Verb)):
            return
        yield from paragraph


def _paragraphs(written: Sequence[str]) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in (*written, ""):
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []
