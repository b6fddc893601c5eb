"""One folder of an IMAP server as typed verbs, always by UID (RFC 9051).

Stands between edge.imap, which opens the connection, and edge.imap_intake, which decides what to do. What goes wrong
comes out in two kinds: `imaplib.IMAP4.abort` and `OSError` mean that the connection is gone, any other
`imaplib.IMAP4.error` that the server said NO.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from imaplib import IMAP4
from itertools import pairwise
from typing import Any

from mailflow.config import Imap

HEADER_OCTETS = 256 << 10
"""As much of a header as anybody reads of a message that is too large."""
WINDOW = 50_000
"""UIDs in one SEARCH answer: a line of more than 1,000,000 octets ends the connection (imaplib._MAXLINE)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the server gave it."""

    uid: int
    octets: bytes
    arrived: datetime | None  # INTERNALDATE, aware


@contextmanager
def if_not_no() -> Iterator[None]:
    """What the server may refuse without harm."""
    try:
        yield
    except IMAP4.abort:
        raise
    except IMAP4.error:
        pass


class Folder:
    """The folder that is fetched, over one connection. `client` is an imapclient.IMAPClient, logged in."""

    def __init__(self, client: Any, settings: Imap) -> None:
        self._client = client
        self._name = settings.folder
        self._done_folder = settings.done_folder
        self._can_move = bool(client.has_capability("MOVE"))
        can_expunge_one = bool(client.has_capability("UIDPLUS"))
        self.can_idle = bool(client.has_capability("IDLE"))
        self.moves = settings.when_done == "move" and (self._can_move or can_expunge_one)
        """False although asked for: the server could only expunge everything that anybody deleted. Mail is flagged."""
        self._exists = 0
        self._uidnext = 0

    def select(self) -> int:
        """The folder as it is now; its UIDVALIDITY."""
        answer = self._client.select_folder(self._name)
        self._client._imap.response("EXISTS")  # forget this one: the next is news
        if not isinstance(answer.get(b"UIDVALIDITY"), int):
            raise IMAP4.error(f"{self._name} has no UIDVALIDITY: its UIDs mean nothing")
        self._exists = int(answer.get(b"EXISTS", 0))
        self._uidnext = int(answer.get(b"UIDNEXT", 0))
        return int(answer[b"UIDVALIDITY"])

    def search(self, first: int) -> list[int]:
        """The UIDs from `first` on, ascending."""
        starts = [first] if self._exists <= WINDOW else list(range(first, max(self._uidnext, first + 1), WINDOW))
        ranges = [f"{start}:{after - 1}" for start, after in pairwise(starts)] + [f"{starts[-1]}:*"]
        found = {uid for each in ranges for uid in self._client.search(["UID", each])}
        return sorted(uid for uid in found if uid >= first)  # n:* has the last UID, even if it is less (RFC 9051 9)

    def still_there(self, uids: Sequence[int]) -> set[int]:
        return set(self._client.search(["UID", ",".join(map(str, uids))])) & set(uids) if uids else set()

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """By UID, ascending, without those that have left meanwhile; 0 where the server will not tell."""
        answer = self._client.fetch(uids, ["RFC822.SIZE"])
        told = {uid: answer[uid][b"RFC822.SIZE"] for uid in uids if b"RFC822.SIZE" in answer.get(uid, {})}
        withheld = self.still_there([uid for uid in uids if uid not in told])
        return {uid: int(told.get(uid, 0)) for uid in uids if uid in told or uid in withheld}

    def fetch(self, uids: Sequence[int]) -> list[Letter]:
        """The messages, untouched (PEEK); without those that have left meanwhile."""
        answer = self._client.fetch(uids, ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"])
        whole = [uid for uid in uids if isinstance(answer.get(uid, {}).get(b"BODY[]"), bytes)]
        if withheld := self.still_there([uid for uid in uids if uid not in whole]):
            raise IMAP4.abort(f"the server did not give UID {min(withheld)}")
        return [Letter(uid, answer[uid][b"BODY[]"], _aware(answer[uid].get(b"INTERNALDATE"))) for uid in whole]

    def header(self, uid: int) -> Letter | None:
        """The beginning of a message, untouched; None when it has left meanwhile."""
        answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{HEADER_OCTETS}>", "INTERNALDATE"]).get(uid, {})
        octets = next((answer[name] for name in (b"BODY[HEADER]<0>", b"BODY[HEADER]") if name in answer), None)
        if octets is None and self.still_there([uid]):
            raise IMAP4.abort(f"the server did not give the header of UID {uid}")
        return None if octets is None else Letter(uid, octets, _aware(answer.get(b"INTERNALDATE")))

    def finish(self, uids: Sequence[int]) -> None:
        """Mark as read, or move away: for messages that the journal has, and for no others."""
        if not self.moves:
            self._client.add_flags(uids, [rb"\Seen"], silent=True)
            return
        try:
            self._move(uids)
        except IMAP4.abort:
            raise
        except IMAP4.error:
            with if_not_no():
                self._client.create_folder(self._done_folder)
            self._move(uids)

    def _move(self, uids: Sequence[int]) -> None:
        if self._can_move:
            self._client.move(uids, self._done_folder)
            return
        self._client.copy(uids, self._done_folder)
        self._client.add_flags(uids, [rb"\Deleted"], silent=True)
        self._client.uid_expunge(uids)  # only these: EXPUNGE would take what others deleted (RFC 4315)

    def has_news(self) -> bool:
        """The server mentioned new mail since `select`, in passing: IDLE would not say it a second time."""
        return bool(self._client._imap.response("EXISTS")[1] != [None])

    def idle(self, seconds: float) -> None:
        """Until the server says something, or `seconds` have passed. What it said is not looked at: a search follows.

        On a dead link `idle_check` returns at once, time and again; `idle_done` speaks to the server and raises.
        """
        self._client.idle()
        if not self._has_whispered():
            self._client.idle_check(timeout=seconds)
        self._client.idle_done()

    def _has_whispered(self) -> bool:
        """A push in the packet of `+ idling` lies in a buffer, where the poll() of `idle_check` does not see it."""
        connection = self._client.socket()
        patience = connection.gettimeout()
        connection.setblocking(False)
        try:
            return bool(self._client._imap._get_line())
        except OSError:
            return False
        except IMAP4.abort as error:
            if "EOF" not in str(error):  # which is also what imaplib says when there is nothing to read yet
                raise
            return False
        finally:
            connection.settimeout(patience)


def _aware(moment: object) -> datetime | None:
    return moment if isinstance(moment, datetime) and moment.tzinfo is not None else None
