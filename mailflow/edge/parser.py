"""Parsing in children that may be killed: a hostile message costs its own deadline and nothing else (DESIGN rule 4).

They are asked in batches and answer message by message, so when one dies we know on which one: that one is to blame,
the others are asked again. The processes are `edge.child`. Called by flow.filer and cli.inspect.
"""

import asyncio
from collections.abc import Sequence

from mailflow.edge.child import LIFETIME, Pool, Request
from mailflow.edge.parser_child import Allowance
from mailflow.errors import ParserDied
from mailflow.mail.message import Message
from mailflow.mail.wire import from_wire

Answer = Message | ParserDied

USUALLY = Allowance()


class Parser:
    """Octets in, messages out, in at most `children` processes."""

    def __init__(self, allowed: Allowance = USUALLY, *, children: int = 1, lifetime: int = LIFETIME) -> None:
        self._pool = Pool(allowed, from_wire, children=children, lifetime=lifetime)
        self._children = self._pool.children

    @property
    def starts(self) -> int:
        return self._pool.starts

    @property
    def parsed(self) -> int:
        """Answers given: it grows while messages are read."""
        return sum(child.answered for child in self._children)

    async def start(self) -> None:
        """Warm the children; without it each starts with its first message. Raises Trouble if they cannot run."""
        await self._pool.start()

    async def parse(self, octets: bytes, attempt: int = 1) -> Message:
        (answer,) = await self.parse_many([(octets, attempt)])
        if isinstance(answer, ParserDied):
            raise answer
        return answer

    async def parse_many(self, requests: Sequence[Request]) -> list[Answer]:
        """An answer for each, in order; one round trip for each child that has work."""
        share = -(-len(requests) // len(self._children)) or 1
        parts = [requests[i : i + share] for i in range(0, len(requests), share)]
        done = await asyncio.gather(*map(self._batch, parts), return_exceptions=True)  # nobody is left half way
        answers: list[Answer] = []
        for part in done:
            if isinstance(part, BaseException):
                raise part
            answers.extend(part)
        return answers

    async def parse_some(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers for the first of them, at least one: after a death the others can be asked again, and those that
        were read do not wait for the next death."""
        answers: list[Answer] = []
        async with self._pool.turn() as child:
            await child.ask(requests, answers)
        return answers

    async def close(self) -> None:
        await self._pool.close()

    async def _batch(self, requests: Sequence[Request]) -> list[Answer]:
        answers: list[Answer] = []
        async with self._pool.turn() as child:
            while len(answers) < len(requests):
                await child.ask(requests[len(answers) :], answers)
        return answers
