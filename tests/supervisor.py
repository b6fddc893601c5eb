"""systemd, as far as a daemon notices: a socket that hears what it says, and listeners that are handed to it."""

import fcntl
import os
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

NOW, END = "now", "end"
HIGH = 100
"""Above all descriptors that are handed over: none is written over while they are put in their places."""


class Supervisor:
    """A NOTIFY_SOCKET. What a daemon says is kept in order, also while nobody listens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listening = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._socket.bind(str(self.path))
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._say_to_ourselves(END)
        self._listening.join()
        self._socket.close()

    def heard(self) -> list[str]:
        """What was said until now, and not heard before; the lines of one message are kept together."""
        self._say_to_ourselves(NOW)
        return list(iter(self._told.get, NOW))

    def _listen(self) -> None:
        """All the time: only a few messages may wait in a socket, and then whoever speaks has to."""
        while (said := self._socket.recv(4096).decode()) != END:
            self._told.put(said)

    def _say_to_ourselves(self, word: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(word.encode(), str(self.path))


@contextmanager
def handed_over(sockets: Sequence[socket.socket], names: str, pid: str = "$$") -> Iterator[tuple[list[str], list[int]]]:
    """What to write before a command, and its `pass_fds`: as systemd does it, the sockets are descriptors 3, 4 …, and
    LISTEN_PID is whoever runs after `exec`."""
    high = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, HIGH) for each in sockets]
    moves = " ".join(f"{3 + position}<&{each} {each}<&-" for position, each in enumerate(high))
    given = f"LISTEN_PID={pid} LISTEN_FDS={len(high)} LISTEN_FDNAMES={names}"
    try:
        yield ["bash", "-c", f'exec {moves}; export {given}; exec "$@"', "bash"], high
    finally:
        for each in high:
            os.close(each)
