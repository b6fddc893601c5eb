"""A program that pages: no shell, the page on its standard input, and its exit status is the answer.

What it prints goes nowhere, for it may be much or a secret. It has a process group of its own, and what outstays its
time is ended with all that it started: politely first, for a second.
"""

import asyncio
import os
import signal
from asyncio import subprocess
from collections.abc import Sequence
from contextlib import suppress

POLITE = 1.0
"""Seconds between SIGTERM and SIGKILL."""


async def run(command: Sequence[str], page: bytes, seconds: float) -> tuple[bool, str]:
    """Did it reach somebody, and in words what it did. No word names an argument: it may be a secret."""
    try:
        process = await subprocess.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return False, f"does not start: {getattr(error, 'strerror', None) or type(error).__name__}"
    try:
        async with asyncio.timeout(seconds):
            await process.communicate(page)
    except TimeoutError:
        await _end(process)
        return False, f"took longer than {seconds:g} s and was ended"
    except BaseException:
        _signal(process, signal.SIGKILL)
        raise
    return process.returncode == 0, _status(process.returncode or 0)


async def _end(process: subprocess.Process) -> None:
    _signal(process, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(POLITE):
            await process.wait()
    _signal(process, signal.SIGKILL)  # what it started may have stayed
    await process.wait()


def _signal(process: subprocess.Process, number: signal.Signals) -> None:
    """To the whole group, whose number is that of its first process."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _status(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by signal {-status}"
