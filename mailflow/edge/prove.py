"""Octets, envelope and author to evidence: the child judges, the resolver asks, until nothing is missing.

Never raises but when cancelled. What the DNS does not tell in time is `temperror` in the evidence, a message that
kills the child leaves its author unproved. Called by flow.proof and cli.explain.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from mailflow.edge.answers import Answer, Told
from mailflow.edge.child import Pool
from mailflow.edge.parser_child import Allowance
from mailflow.edge.question import Question
from mailflow.edge.turns import Turns
from mailflow.errors import ParserDied
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.mime.header import Header

PATIENCE = 20.0
"""Seconds that all the look-ups of one message may take together (RFC 7208 section 4.6.4 asks for at least 20)."""
MOST_NAMES = 100
"""Look-ups for one message: SPF may need ten with ten hosts each, and who needs more is not looked up further."""
NOT_ASKED = Answer(trouble="there was no time left to ask")


class Asks(Protocol):
    """edge.resolver.Resolver"""

    async def ask(self, kind: str, name: str) -> Answer: ...


class WhenAsked:
    """A resolver that is made with its first question: its library is large, and only strangers are asked about."""

    def __init__(self, make: Callable[[], Asks]) -> None:
        self._make = make
        self._made: Asks | None = None

    async def ask(self, kind: str, name: str) -> Answer:
        if self._made is None:
            self._made = self._make()
        return await self._made.ask(kind, name)


class Prover:
    def __init__(self, resolver: Asks, allowed: Allowance, *, children: int = 1, patience: float = PATIENCE) -> None:
        self._resolver = resolver
        self._pool = Pool(allowed, _told, children=children)
        self._turns = Turns(children)  # while names are looked up no child is taken
        self._patience = patience

    @property
    def starts(self) -> int:
        return self._pool.starts

    async def prove(self, octets: bytes, question: Question) -> Evidence:
        """The evidence for the author of `question`, or why there is none."""
        deadline = asyncio.get_running_loop().time() + self._patience
        told: dict[str, tuple[tuple[str, ...], str]] = {}
        header = octets[: Header.of_message(octets)[1]]
        for part, final in ((header, False), (octets, True)):  # a large message crosses once
            while True:
                async with self._turns.turn(question.counted_for):
                    said = await self._pool.ask(_frame(question, told, part, final=final))
                if isinstance(said, ParserDied):
                    return Evidence(trouble=f"it cannot be checked: {said}")
                if "evidence" in said:
                    return Evidence.of_json(said["evidence"])
                if not said["wanted"]:
                    break
                told |= await self._looked_up(said["wanted"], deadline, MOST_NAMES - len(told))
        raise AssertionError("the child wants nothing and says nothing")

    async def close(self) -> None:
        await self._pool.close()

    async def _looked_up(self, wanted: list[str], deadline: float, room: int) -> dict[str, tuple[tuple[str, ...], str]]:
        """An answer for each; those beyond `room` have no records."""
        found = {name: Answer() if place >= room else NOT_ASKED for place, name in enumerate(wanted)}
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline), asyncio.TaskGroup() as group:
                for name in wanted[:room]:
                    group.create_task(self._ask(name, found))
        return {name: (answer.records, answer.trouble) for name, answer in found.items()}

    async def _ask(self, wanted: str, found: dict[str, Answer]) -> None:
        kind, _, name = wanted.partition(" ")
        found[wanted] = await self._resolver.ask(kind, name)


def _frame(question: Question, told: Told, octets: bytes, *, final: bool) -> bytes:
    head = {"question": question.as_json(), "answers": told, "final": final}
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + octets


def _told(said: Any) -> dict[str, Any]:
    if not ("evidence" in said or isinstance(said["wanted"], list)):
        raise ValueError("neither evidence nor names")
    return dict(said)
