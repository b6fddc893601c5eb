"""A child process that may be killed: strangers' octets in, JSON out, one batch at a time (DESIGN rule 4).

It lives for thousands of questions and answers one by one, so when it dies we know on which one. Any failure and any
cancelled request ends it, because an answer that nobody waits for would be taken for the answer to the next question.
The other end of the pipe, and the frames on it, are `edge.parser_child`. Used by edge.parser and edge.prove.
"""

import asyncio
import json
import signal
import sys
from asyncio import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import mailflow
from mailflow.edge.parser_child import LENGTH, LONGEST_ANSWER, NO_MEMORY, REQUEST, Allowance
from mailflow.errors import ParserDied, Trouble

START = 30.0  # seconds for a child to import what it needs, on a busy machine
LIFETIME = 50_000  # messages; then a new child, against slow leaks in C libraries

# -I: neither the working directory nor PYTHON* variables decide what is imported; the package's own place is given.
BOOT = "import sys; sys.path.append(sys.argv[1]); from mailflow.edge.parser_child import main; main(sys.argv[2:])"
ROOT = str(Path(mailflow.__file__).resolve().parent.parent)

Request = tuple[bytes, int]
"""A message's octets and the attempt this is (1, 2, 3 …): each takes less effort than the one before."""
T = TypeVar("T")


class Pool(Generic[T]):
    """`children` of one kind; whoever asks waits for an idle one. `understand` makes an answer of what one said."""

    def __init__(
        self, allowed: Allowance, understand: Callable[[Any], T], *, children: int = 1, lifetime: int = LIFETIME
    ) -> None:
        self.children = [Child(allowed, understand, lifetime) for _ in range(children)]
        self._idle: asyncio.LifoQueue[Child[T]] = asyncio.LifoQueue()
        for child in self.children:
            self._idle.put_nowait(child)

    @property
    def starts(self) -> int:
        """How many processes that took: more than there are children means that some have died."""
        return sum(child.starts for child in self.children)

    async def start(self) -> None:
        """Warm the children; without it each starts with its first question. Raises Trouble if they cannot run."""
        for child in self.children:
            await child.start()

    async def ask(self, question: bytes) -> T | ParserDied:
        answers: list[T | ParserDied] = []
        async with self.turn() as child:
            await child.ask([(question, 1)], answers)
        return answers[0]

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Child[T]"]:
        child = await self._idle.get()
        try:
            yield child
        finally:
            self._idle.put_nowait(child)

    async def close(self) -> None:
        for child in self.children:
            await child.close()


class Child(Generic[T]):
    """One process and its pipe; one batch at a time."""

    def __init__(self, allowed: Allowance, understand: Callable[[Any], T], lifetime: int) -> None:
        self.answered = 0  # also those that only say why there is no answer
        self._allowed, self._lifetime, self._asked = allowed, lifetime, 0
        self.starts = 0  # how often a process was started
        self._understand = understand
        self._process: subprocess.Process | None = None

    async def ask(self, requests: Sequence[Request], answers: list[T | ParserDied]) -> None:
        """Appends an answer for each request, or for those up to the one that killed the child."""
        try:
            process = await self.start()
            self._asked += len(requests)
            questions = cast(asyncio.StreamWriter, process.stdin)  # it was started with PIPE
            for octets, attempt in requests:  # no drain: the answers must be read while the questions are still written
                questions.write(REQUEST.pack(len(octets), attempt))
                questions.write(octets)
            for _ in requests:
                async with asyncio.timeout(self._allowed.wall):
                    answers.append(self._answer(await self._read(process)))
                self.answered += 1
        except (TimeoutError, EOFError, OSError, ValueError) as error:
            answers.append(ParserDied(await self._post_mortem(error)))
            self.answered += 1
        except BaseException:  # cancelled: the answer to this must not meet the next question
            await self.close()
            raise

    async def start(self) -> subprocess.Process:
        """The running child, a new one if there is none, it died idle, or it is worn out."""
        if self._process and self._process.returncode is None and self._asked < self._lifetime:
            return self._process
        await self.close()
        self.starts += 1
        self._process = process = await subprocess.create_subprocess_exec(
            *(sys.executable, "-I", "-c", BOOT, ROOT, self._allowed.as_argument()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=1 << 20,
            env={"LC_ALL": "C.UTF-8"},
        )
        try:
            async with asyncio.timeout(START):
                await self._read(process)
        except (TimeoutError, EOFError, OSError, ValueError) as error:  # our fault: no message may be blamed for it
            raise Trouble(f"the parsing child does not start: {await self._post_mortem(error)}") from None
        return process

    async def close(self) -> None:
        process, self._process, self._asked = self._process, None, 0
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.communicate())  # reads to the end, which closes the pipes, and reaps

    async def _post_mortem(self, error: Exception) -> str:
        """Ends what is left of the child and says why it went."""
        process = self._process
        if isinstance(error, EOFError) and process is not None:
            why = _obituary(await process.wait(), self._allowed)  # it closed its pipe: it is gone or going
        elif isinstance(error, TimeoutError):
            why = f"no answer within {self._allowed.wall:g} s"
        else:
            why = f"{type(error).__name__}: {error}"
        await self.close()
        return why

    def _answer(self, said: Any) -> T | ParserDied:
        if "error" in said:  # the child lives on: its limits turned into an exception that it could catch
            return ParserDied(str(said["error"]))
        return self._understand(said["answer"])

    @staticmethod
    async def _read(process: subprocess.Process) -> Any:
        answers = cast(asyncio.StreamReader, process.stdout)
        (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
        if length > LONGEST_ANSWER:
            raise ValueError(f"an answer of {length} octets")
        return json.loads(await answers.readexactly(length))


def _obituary(status: int, allowed: Allowance) -> str:
    if status == -signal.SIGPROF:
        return f"took more than {allowed.cpu:g} s of processor time (limits.parse_cpu)"
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return "out of memory" if status == NO_MEMORY else f"exit status {status}"
