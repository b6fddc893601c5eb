"""What is new in a folder goes to the journal, and only then is it flagged or moved (DESIGN rule 1).

The order is the whole point: fetch, journal commit, flag or MOVE, cursor. Whatever breaks between two steps, the next
round begins with the same messages; their key (account, folder, UIDVALIDITY, UID) makes no second row. A new
UIDVALIDITY means that all UIDs are void (RFC 9051 2.3.1.1): all is read again, and is known upstream by its content.

A message larger than `limits.message_size` is left where it is, unread; the journal gets its header as `held`, under a
key of its own: if the limit is raised, the message itself is still new. Called by edge.imap.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from imaplib import IMAP4
from math import ceil
from typing import Protocol

from mailflow import maillog
from mailflow.config import Imap
from mailflow.edge.imap_folder import Folder, Letter
from mailflow.edge.imap_suspects import Suspects
from mailflow.mail.envelope import NULL_SENDER, Arrival, Envelope, read_path
from mailflow.mail.mime.header import Header

CHUNK = 500
"""UIDs whose sizes are asked for at once: a command line of less than 8,192 octets (RFC 7162 section 4)."""
BATCH = 25
BATCH_OCTETS = 8 << 20
"""A batch is one fetch and one commit: 25 are three times as fast as one by one, 100 no faster."""


class Cursor(Protocol):
    """How far a folder was read."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def last_uid(self) -> int: ...
    @property
    def adopted(self) -> datetime:
        """When it was first read: what is older is backlog."""


class Shore(Protocol):
    """Where mail is landed. Called from the mailbox's thread, blocks, raises Trouble when nothing was done."""

    def receive(self, arrivals: list[Arrival]) -> None:
        """Returns after the journal commit. A key that is known is no new row, and no error."""

    def load_cursor(self, account: str, folder: str) -> Cursor | None: ...

    def save_cursor(self, account: str, folder: str, uidvalidity: int, last_uid: int, adopted: datetime) -> None: ...


class Intake:
    """Takes in one folder, round by round, over any number of connections."""

    def __init__(
        self,
        settings: Imap,
        largest: int,
        shore: Shore,
        now: Callable[[], datetime],
        left: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`left` is told how many messages are still to be fetched."""
        self._settings = settings
        self._largest = largest
        self._shore = shore
        self._now = now
        self._left = left
        self._uidvalidity = 0
        self._forget()

    def _forget(self) -> None:
        self._kept: set[int] = set()  # the journal has them, the server does not know yet
        self._done: set[int] = set()  # nothing more to do, though the cursor may be lower
        self._suspects = Suspects()

    def round(self, folder: Folder) -> None:
        """Everything that is there now."""
        uidvalidity = folder.select()
        if uidvalidity != self._uidvalidity:
            self._forget()
            self._uidvalidity = uidvalidity
        last_uid, adopted = self._begin(uidvalidity)
        uids = folder.search(1 if folder.moves else last_uid + 1)
        self._remember_only(set(uids))
        self._finish(folder, sorted(self._kept))
        new = self._new(uids)
        self._left(left := len(new))
        for chunk in _chunks(new):
            sizes = folder.sizes(chunk)
            for uid in [uid for uid, size in sizes.items() if size > self._largest]:
                self._leave(folder, uid, sizes.pop(uid), adopted)
            for batch in self._batches(sizes):
                self._take(folder, batch, adopted)
                last_uid = self._advance(folder, last_uid, batch[-1], adopted)
                self._left(left := left - len(batch))
        self._left(0)
        if uids:
            self._advance(folder, last_uid, uids[-1], adopted)

    def _begin(self, uidvalidity: int) -> tuple[int, datetime]:
        """Where to go on, and since when we are here. The first time is written down before anything is fetched."""
        account, folder = self._settings.name, self._settings.folder
        cursor = self._shore.load_cursor(account, folder)
        if cursor and cursor.uidvalidity == uidvalidity:
            return cursor.last_uid, cursor.adopted
        adopted = cursor.adopted if cursor else self._now().replace(microsecond=0)  # INTERNALDATE has whole seconds
        self._shore.save_cursor(account, folder, uidvalidity, 0, adopted)
        return 0, adopted

    def _remember_only(self, uids: set[int]) -> None:
        """What others expunged or moved, and what the cursor has passed, is no concern of ours."""
        self._kept &= uids
        self._done &= uids
        self._suspects.keep_only(uids)

    def _new(self, uids: Sequence[int]) -> list[int]:
        now = self._now()
        settled = self._done | self._kept
        return [uid for uid in uids if uid not in settled and not self._suspects.rests(uid, now)]

    def _batches(self, sizes: dict[int, int]) -> Iterator[list[int]]:
        """At most 25 messages and 8 MB, or one; a suspect alone."""
        batch: list[int] = []
        octets = 0
        for uid, size in sizes.items():
            alone = uid in self._suspects
            if batch and (alone or len(batch) == BATCH or octets + size > BATCH_OCTETS):
                yield batch
                batch, octets = [], 0
            batch.append(uid)
            octets += BATCH_OCTETS if alone else size
        if batch:
            yield batch

    def _leave(self, folder: Folder, uid: int, size: int, adopted: datetime) -> None:
        """Too large: it stays, and the ledger says so."""
        with self._suspecting([uid]):
            letter = folder.header(uid)
        if letter:
            most = f"more than limits.message_size allows ({_megabytes(self._largest)})"
            held = f"{_megabytes(size)}, {most}; it is still in {self._settings.folder}"
            self._shore.receive([self._arrival(letter, adopted, held)])
            maillog.imap_oversize(account=self._settings.name, uid=uid, size=size)
        self._done.add(uid)

    def _take(self, folder: Folder, batch: list[int], adopted: datetime) -> None:
        letters = []
        for letter in self._fetch(folder, batch):
            if len(letter.octets) > self._largest:  # RFC822.SIZE is an estimate on some servers
                self._leave(folder, letter.uid, len(letter.octets), adopted)
            else:
                letters.append(letter)
        if not letters:
            return
        self._shore.receive([self._arrival(letter, adopted) for letter in letters])
        self._kept.update(letter.uid for letter in letters)
        maillog.imap_kept(account=self._settings.name, count=len(letters), last_uid=letters[-1].uid)
        self._finish(folder, [letter.uid for letter in letters])

    def _fetch(self, folder: Folder, batch: list[int]) -> list[Letter]:
        with self._suspecting(batch):
            return folder.fetch(batch)

    @contextmanager
    def _suspecting(self, uids: list[int]) -> Iterator[None]:
        """Whatever goes wrong in here may be the fault of one of these."""
        try:
            yield
        except (IMAP4.error, OSError) as error:
            for uid in self._suspects.blame(uids, self._now()):
                maillog.trouble(str(error), "fetch", account=self._settings.name, uid=uid)
            raise
        self._suspects.forgive(uids)

    def _finish(self, folder: Folder, uids: Sequence[int]) -> None:
        """Flag or move. A server that will not flag loses nothing, the cursor knows; a MOVE is tried again."""
        for chunk in _chunks(uids):
            try:
                folder.finish(chunk)
            except IMAP4.abort:
                raise
            except IMAP4.error as error:
                maillog.trouble(str(error), "move" if folder.moves else "flag", account=self._settings.name)
                if folder.moves:
                    return
            self._kept.difference_update(chunk)
            self._done.update(chunk)

    def _advance(self, folder: Folder, last_uid: int, reached: int, adopted: datetime) -> int:
        """Save how far everything is settled. In a folder that is emptied the cursor stays: all of it is looked at."""
        lowest = self._suspects.lowest()
        reached = reached if lowest is None else min(reached, lowest - 1)
        if folder.moves or reached <= last_uid:
            return last_uid
        account, name = self._settings.name, self._settings.folder
        self._shore.save_cursor(account, name, self._uidvalidity, reached, adopted)
        return reached

    def _arrival(self, letter: Letter, adopted: datetime, held: str = "") -> Arrival:
        settings = self._settings
        envelope = Envelope(
            source=f"imap:{settings.name}",
            mail_from=return_path(letter.octets),
            rcpt_tos=(settings.mailbox,),
            trusted=settings.trusted,
            relayed=True,
        )
        key = f"imap:{settings.name}/{settings.folder}/{self._uidvalidity}/{letter.uid}"
        return Arrival(
            envelope=envelope,
            octets=letter.octets,
            key=key + "/header" if held else key,
            backlog=letter.arrived is not None and letter.arrived < adopted,
            held=held,
        )


def return_path(octets: bytes) -> str:
    """The envelope sender as the delivering server wrote it down on top (RFC 5321 4.4); '' if it did not."""
    fields = Header.of_message(octets)[0].octets("return-path")
    try:
        words = b" ".join(fields[0].split()).decode() if fields else ""
    except UnicodeDecodeError:
        return NULL_SENDER
    path = read_path(words if words.startswith("<") else f"<{words}>")
    return path[0] if path and not path[1] else NULL_SENDER


def _megabytes(octets: int) -> str:
    """In the units of the setting, rounded up: what is larger never reads the same."""
    return f"{ceil(octets * 10 / (1 << 20)) / 10:g} MB" if octets >= 1 << 20 else f"{octets:,} octets"


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), CHUNK):
        yield uids[start : start + CHUNK]
