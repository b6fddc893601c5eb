"""What the journal promises the IMAP side, without a database: keys are kept once, a cursor is remembered, trouble is
raised before anything is done. The real one has the same test in test_imap_journal.py.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailflow.errors import StoreAway
from mailflow.mail.envelope import Arrival


@dataclass(frozen=True)
class Mark:
    uidvalidity: int
    last_uid: int
    adopted: datetime


class MemoryShore:
    def __init__(self) -> None:
        self.kept: dict[str, Arrival] = {}
        self.received: list[list[Arrival]] = []  # every call, known keys included
        self.cursors: dict[tuple[str, str], Mark] = {}
        self.events: list[tuple[str, object]] = []
        self.away = 0  # how many calls raise
        self.before_receive: Callable[[], None] = lambda: None
        self._changed = threading.Condition()

    def receive(self, arrivals: list[Arrival]) -> None:
        self.before_receive()
        with self._changed:
            if self.away:
                self.away -= 1
                self._changed.notify_all()
                raise StoreAway("no database today")
            self.received.append(arrivals)
            for arrival in arrivals:
                assert arrival.key
                if arrival.key not in self.kept:
                    self.kept[arrival.key] = arrival
                    self.events.append(("held" if arrival.held else "kept", _uid(arrival.key)))
            self._changed.notify_all()

    def load_cursor(self, account: str, folder: str) -> Mark | None:
        return self.cursors.get((account, folder))

    def save_cursor(self, account: str, folder: str, uidvalidity: int, last_uid: int, adopted: datetime) -> None:
        with self._changed:
            self.cursors[account, folder] = Mark(uidvalidity, last_uid, adopted)
            self.events.append(("cursor", last_uid))
            self._changed.notify_all()

    def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"never happened; kept: {list(self.kept)}"

    def until_kept(self, count: int, seconds: float = 10) -> None:
        self.until(lambda: len(self.kept) >= count, seconds)

    @property
    def uids(self) -> list[int]:
        return [_uid(key) for key in self.kept]

    @property
    def texts(self) -> list[bytes]:
        return [arrival.octets for arrival in self.kept.values() if not arrival.held]

    @property
    def held(self) -> list[Arrival]:
        return [arrival for arrival in self.kept.values() if arrival.held]


def _uid(key: str) -> int:
    return int(key.removesuffix("/header").rpartition("/")[2])
