"""A child of `edge.parser` or `edge.prove`: reads octets, answers in JSON, under limits that the kernel keeps.

Frames on the pipe. Question: length (8 octets), attempt (1 octet), the message. Answer: length (4 octets), JSON: first
`{}` when everything is imported, then `{"answer": …}` or `{"error": why}` for each question, in order.
JSON, never pickle: what comes from here was made of a stranger's octets. Imports what its work needs, nothing more.
"""

import gc
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import BinaryIO, Self

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.effort import Effort

REQUEST = struct.Struct(">QB")
LENGTH = struct.Struct(">I")
LONGEST_ANSWER = 64 << 20  # three texts of Bounds.text and the HTML have room in it, whatever their letters
NO_MEMORY = 3  # exit status: not even room to read the question

Read = Callable[[bytes, int], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a child may cost, and how it reads. Crosses to the child as its one argument."""

    cpu: float = 2.0  # seconds of processor time for a message
    wall: float = 10.0  # seconds
    memory: int = 300 << 20  # octets of address space, and so of resident memory
    contents: bool = False  # read attachments too
    bounds: Bounds = USUAL
    proves: bool = False  # who wrote it, instead of what it says

    def as_argument(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_argument(cls, argument: str) -> Self:
        said = json.loads(argument)
        return cls(**said | {"bounds": Bounds(**said["bounds"])})


def main(arguments: Sequence[str]) -> None:
    """`arguments`: an Allowance."""
    allowed = Allowance.of_argument(arguments[0])
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence(1)  # a library that prints must not write among the answers
    _restrict(allowed.memory)
    gc.disable()  # what is imported is no garbage: to look for some takes a tenth of the time
    read = _reader(allowed)
    gc.enable()
    _say(answers, b"{}")
    _silence(2)  # from here on, what libraries say is strangers' text
    while (question := _question(questions)) is not None:
        _limit_time(allowed.cpu, allowed.wall + 2)  # the parent looks at the wall, too
        said = _answer(read, *question)
        _limit_time(0, 0)
        _say(answers, said)


def _question(questions: BinaryIO) -> tuple[bytes, int] | None:
    head = questions.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return None
    length, attempt = REQUEST.unpack(head)
    try:
        octets = questions.read(length)
    except MemoryError:
        sys.exit(NO_MEMORY)  # what was read so far is lost: only a new child is in step again
    return (octets, attempt) if len(octets) == length else None


def _answer(read: Read, octets: bytes, attempt: int) -> bytes:
    try:
        body = _as_json({"answer": read(octets, attempt)})
    except MemoryError:
        return _error("out of memory")
    except Exception as error:  # noqa: BLE001  trouble with one message must not cost the next one its child
        return _error(f"{type(error).__name__}: {error}"[:500])
    if len(body) <= LONGEST_ANSWER:
        return body
    if attempt < Effort.HEADERS:  # what is too long to be told with more effort is told with less
        return _answer(read, octets, attempt + 1)
    return _error(f"an answer of {len(body)} octets")


def _as_json(said: dict[str, object]) -> bytes:
    """In UTF-8: with escapes a letter costs up to twelve octets. A lone surrogate comes through."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _error(why: str) -> bytes:
    return _as_json({"error": why})


def _reader(allowed: Allowance) -> Read:
    if allowed.proves:
        from mailflow.edge.prove_child import prove

        return prove
    from mailflow.mail.parse import parse
    from mailflow.mail.wire import as_wire

    def read(octets: bytes, attempt: int) -> dict[str, object]:
        effort = Effort(min(max(attempt, Effort.FULL), Effort.HEADERS))
        return as_wire(parse(octets, effort=effort, contents=allowed.contents, bounds=allowed.bounds))

    return read


def _say(answers: BinaryIO, body: bytes) -> None:
    answers.write(LENGTH.pack(len(body)) + body)
    answers.flush()


def _restrict(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has no business writing files
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent drains first, then closes the pipe or kills us
        signal.signal(number, signal.SIG_IGN)


def _limit_time(cpu: float, wall: float) -> None:
    """For one message; 0 lifts it. There are no handlers: the kernel ends us, in C code too, even when the parent is
    long dead."""
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.setitimer(signal.ITIMER_REAL, wall)


def _silence(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
