"""What an agent wants done with held mail, as it stands in the first lines of a reply: `release 17`, `reject 18 spam`,
`block 19`, `block 20 domain`.

One decision a line, of one number or several. The first paragraph is all decisions; what follows is read as long as its
paragraphs begin with one. So a greeting at the end, a signature and what is quoted below decide nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailflow.mail.compose import one_line

READ = 8_192
"""Characters: a hundred decisions with reasons."""
MOST = 100
"""Entries named in one mail."""
_WHY, _LINE = 200, 60
_DOMAIN = "domain"
_NUMBERS = r"(?P<numbers>(?:[ \t,]++#?[0-9]{1,9}+(?=[\s,:]|$))++)"
_COMMAND = re.compile(rf"(?P<verb>release|reject|block){_NUMBERS}[ \t,:]*+(?P<why>.*+)", re.ASCII | re.IGNORECASE)


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
    """All decisions of one mail, each entry once, and the lines that are none."""

    commands: tuple[Command, ...] = ()
    unknown: tuple[str, ...] = ()


def orders_in(words: str) -> Orders:
    """`words` are those that are new in a message."""
    commands: dict[int, Command] = {}
    unknown: list[str] = []
    for line in _lines(words[:READ]):
        found = _commands(line)
        contradicts = any(commands.get(each.entry, each) != each for each in found)
        if not found or contradicts or len(commands) + len(found) > MOST:
            unknown.append(one_line(line, _LINE))
        else:
            commands.update((each.entry, each) for each in found)
    return Orders(tuple(commands.values()), tuple(unknown))


def _commands(line: str) -> list[Command]:
    """None, if it is not understood: what lets a mail through must be nothing but that."""
    found = _COMMAND.fullmatch(line)
    if found is None or (found["why"] and found["verb"].lower() == Verb.RELEASE):
        return []
    numbers = re.findall("[0-9]+", found["numbers"])
    verb, why = Verb(found["verb"].lower()), one_line(found["why"], _WHY)
    domain = verb is Verb.BLOCK and why.lower().partition(" ")[0] == _DOMAIN
    return [Command(verb, int(number), why[len(_DOMAIN) :].lstrip() if domain else why, domain) for number in numbers]


def _lines(words: str) -> Iterator[str]:
    for position, paragraph in enumerate(_paragraphs(words)):
        if position and not paragraph[0].lower().startswith(tuple(Verb)):
            return
        yield from paragraph


def _paragraphs(words: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in (*words.splitlines(), ""):
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []
