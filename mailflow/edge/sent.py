"""A folder instead of a smarthost: each mail becomes a file that any mail program opens.

There is no doubt here: the same mail written again is the same file, so a crash costs nothing and `before_content` is
not needed. What is delivered at the same time is written in one go, and not synced: the outbox row keeps the octets,
the folder is for looking at them. Called by flow.dispatch; its sibling is edge.relay.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import BeforeContent, Deferred, Delivered, Reply, Result


@dataclass(eq=False, slots=True)
class _Letter:
    path: Path
    octets: bytes
    trouble: str | None = "interrupted"

    def result(self) -> Result:
        if self.trouble is None:
            return Delivered(Reply(250, f"2.0.0 written to {self.path}"))
        return Deferred(Reply(452, f"4.3.1 cannot write {self.path.name}: {self.trouble}"))


class SentFolder:
    """<state>/sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[_Letter] = []
        self._turn = asyncio.Lock()

    def __str__(self) -> str:
        return str(self._folder)

    async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result:
        """Write `<number>-<kind>.eml`."""
        letter = _Letter(self._folder / f"{number}-{outgoing.kind}.eml", outgoing.octets)
        self._waiting.append(letter)
        async with self._turn:
            if letter in self._waiting:  # else who had the turn before wrote it too
                letters, self._waiting = self._waiting, []
                await asyncio.to_thread(_write_all, letters)
        return letter.result()

    async def rest(self) -> None:
        """Nothing is kept open."""


def erase(folder: Path, numbers: Collection[int], redacted: Callable[[int, bytes], bytes | None]) -> tuple[int, int]:
    """Remove the files of these mails, and write anew what `redacted` gives of another and its number. How many of
    each."""
    removed = rewritten = 0
    for file in sorted(folder.glob("*.eml")):
        digits, _, _ = file.name.partition("-")
        number = int(digits) if digits.isdecimal() else 0
        if number in numbers:
            file.unlink(missing_ok=True)
            removed += 1
        elif (anew := redacted(number, file.read_bytes())) is not None:
            _write(file, anew)
            rewritten += 1
    return removed, rewritten


def _write_all(letters: Sequence[_Letter]) -> None:
    """Each of them whole or not at all."""
    for letter in letters:
        letter.trouble = _trouble_with(letter)


def _trouble_with(letter: _Letter) -> str | None:
    try:
        _write(letter.path, letter.octets)
    except OSError as trouble:
        return trouble.strerror
    return None


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(octets)
    temporary.replace(path)
