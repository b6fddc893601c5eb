"""Mail that does something to who reads it: `X-Poison: NAME` makes a parsing child do what NAME says (D9).

Imported by the child itself, which the test starts with another first line.
"""

import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

NAMES = re.compile(rb"^X-Poison: ([a-z_]+)", re.MULTILINE)
LONG = 30.0  # seconds; more than any deadline


def loop() -> None:
    while True:
        pass


def grow() -> None:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def recurse(depth: int = 0) -> int:
    return recurse(depth + 1) + 1


def leave_a_child_behind() -> None:
    """It has the pipe, and says nothing."""
    if os.fork() == 0:
        time.sleep(LONG)
    os._exit(0)


def say(octets: bytes) -> None:
    """On whatever is open: one of them is the pipe of answers."""
    for descriptor in range(3, 10):
        with suppress(OSError):
            os.write(descriptor, octets)


def fail(error: BaseException) -> None:
    raise error


def overflow() -> None:
    sys.setrecursionlimit(1 << 30)
    recurse()


POISONS: dict[str, Callable[[], Any]] = {
    "segv": partial(ctypes.string_at, 0),
    "abort": os.abort,
    "exit": partial(os._exit, 0),
    "exit_with_status": partial(os._exit, 7),
    "killed": partial(os.kill, os.getpid(), signal.SIGKILL),
    "bus": partial(os.kill, os.getpid(), signal.SIGBUS),
    "illegal": partial(os.kill, os.getpid(), signal.SIGILL),
    "stopped": partial(os.kill, os.getpid(), signal.SIGSTOP),
    "loop": loop,
    "loop_in_c": partial(re.match, r"(a+)+$", "a" * 40 + "b"),
    "mute": partial(time.sleep, LONG),
    "two_gigabytes": partial(bytearray, 2 << 30),
    "grow": grow,
    "child": leave_a_child_behind,
    "babble": partial(say, b"\xff" * 64),
    "half_an_answer": partial(say, b"\0\0\0\x10{"),
    "deaf": partial(os.closerange, 3, 64),
    "deep": recurse,
    "overflow": overflow,
    "interrupted": partial(fail, KeyboardInterrupt()),
    "exception": partial(fail, RuntimeError("a mistake of ours")),
}


def arm() -> None:
    from mailflow.mail import parse as module

    whole = module.parse

    def poisoned(octets: bytes, **how: Any) -> Any:
        if found := NAMES.search(octets):
            POISONS[found[1].decode()]()
        return whole(octets, **how)

    module.parse = poisoned
