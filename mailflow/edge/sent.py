"""A folder instead of a smarthost: each mail becomes a file that any mail program opens.

There is no doubt here: the same mail written again is the same file, so a crash costs nothing and `before_content` is
not needed. Called by flow.dispatch; its sibling is edge.relay.
"""

import asyncio
import os
from pathlib import Path

from mailflow.desk.letter import Outgoing
from mailflow.edge.outcome import BeforeContent, Deferred, Delivered, Reply, Result


class SentFolder:
    """<state>/sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result:
        """Write `<number>-<kind>.eml`."""
        path = self._folder / f"{number}-{outgoing.kind}.eml"
        try:
            await asyncio.to_thread(_write, path, outgoing.octets)
        except OSError as trouble:
            return Deferred(Reply(452, f"4.3.1 cannot write {path.name}: {trouble.strerror}"))
        return Delivered(Reply(250, f"2.0.0 written to {path}"))

    async def rest(self) -> None:
        """Nothing is kept open."""


def _write(path: Path, octets: bytes) -> None:
    """Whole or not at all, and there after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
