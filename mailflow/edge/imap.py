"""A mailbox that is fetched: one thread, one connection, for ever.

imapclient blocks and belongs to one thread, so each mailbox has its own; mail is handed over by one blocking call of
the Shore. This module opens connections and ends them, waits, and comes back after trouble; what happens in between is
edge.imap_intake (what is new) on edge.imap_folder (the folder's verbs). The only importer of imapclient, and it
distrusts it: each trap is named where it is closed.
"""

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailflow import maillog
from mailflow.config import Imap, Limits
from mailflow.edge.backoff import Backoff
from mailflow.edge.imap_folder import Folder
from mailflow.edge.imap_intake import BATCH_OCTETS, Intake, Shore
from mailflow.errors import Trouble

TROUBLE = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 15, 60, 300))
REFUSED = (timedelta(minutes=1), timedelta(minutes=15))
"""A wrong password does not mend itself, and some servers lock out who tries often."""
IDLE_REFUSALS = 3
"""Then this server is polled, whatever it says it can."""
_FINAL = re.compile(r"(b['\"])?\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, to wait for the next octets, and to stay in one IDLE."""

    connect: float = 10
    read: float = 30
    idle: float = 60


@dataclass(frozen=True, slots=True)
class State:
    """What `mailflow status` says about a mailbox."""

    connected: bool = False
    since: datetime | None = None  # connected, or not, since then
    last_seen: datetime | None = None  # when the whole folder was last looked through
    left: int = 0  # messages that are still to be fetched
    last_error: str = ""


class ImapMailbox:
    """Fetches `settings.folder` until it is stopped. `secret` gives the password or the OAuth2 token, afresh for each
    connection. `wait` sleeps and says whether to stop; it is the thread's own event unless a test brings one.
    """

    def __init__(
        self,
        settings: Imap,
        secret: Callable[[], str],
        shore: Shore,
        limits: Limits | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait: Callable[[float], bool] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._largest = (limits or Limits()).message_size
        self._now = now
        self._patience = patience or Patience()
        self._stopping = Event()
        self._wait = wait or self._stopping.wait
        self._intake = Intake(settings, self._largest, shore, now, self._left)
        self._trouble, self._refusal = Backoff(TROUBLE), Backoff(REFUSED)
        self._idle_refusals = 0
        self._client: Any = None
        self._thread = Thread(target=self._run, name=f"imap:{settings.name}", daemon=True)
        self.state = State()

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def last_seen(self) -> datetime | None:
        return self.state.last_seen

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """From another thread. A batch that is being kept will be kept, and recognised at the next start."""
        self._stopping.set()
        if client := self._client:
            with suppress(OSError):
                # wakes whatever it waits for; not SSLSocket.shutdown, which would make the next write plain text
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._attempt()
            if self._stopping.is_set():
                return
            self._wait(pause)

    def _attempt(self) -> float:
        """One connection, from the greeting to its end. How long to stay away then."""
        try:
            self._converse()
        except LoginError as error:
            return self._refused(error, self._refusal) if _is_final(error) else self._lost(error)
        except ssl.SSLCertVerificationError as error:
            return self._refused(error, self._trouble)
        except (IMAPClientError, OSError, Trouble) as error:
            return self._lost(error)
        except Exception as error:  # noqa: BLE001  # unknown trouble is temporary, the thread stays alive
            if not self._stopping.is_set():
                maillog.trouble(error, "imap", account=self.name)
            return self._lost(error)
        return 0

    def _converse(self) -> None:
        client = _connect(self._settings, self._patience)
        self._client = client
        try:
            if self._stopping.is_set():
                return
            _secure(client, self._settings)
            _Ration(client._imap, self._largest + BATCH_OCTETS)
            _log_in(client, self._settings, self._secret())
            self._fetch_from(Folder(client, self._settings))
        finally:
            self._client = None
            with suppress(IMAPClientError, OSError):
                client.shutdown()  # not logout(), which would talk to a broken stream; and nothing else closes it

    def _fetch_from(self, folder: Folder) -> None:
        """Look, wait, look again."""
        self._connected(folder)
        while not self._stopping.is_set():
            self._intake.round(folder)
            self.state = replace(self.state, last_seen=self._now())
            self._linger(folder)
            self._trouble.reset()

    def _left(self, count: int) -> None:
        self.state = replace(self.state, left=count)

    def _linger(self, folder: Folder) -> None:
        """Until there may be something new."""
        if folder.has_news():
            return
        seconds = self._settings.poll.total_seconds()
        if not folder.can_idle or self._idle_refusals >= IDLE_REFUSALS:
            self._wait(seconds)
            return
        self._idle_refusals += 1
        folder.idle(min(seconds, self._patience.idle))
        self._idle_refusals = 0

    def _connected(self, folder: Folder) -> None:
        self._refusal.reset()
        self.state = replace(self.state, connected=True, since=self._now(), last_error="")
        unmovable = self._settings.when_done == "move" and not folder.moves
        because = "the server has neither MOVE nor UIDPLUS: mail is marked as read and stays" if unmovable else ""
        maillog.imap_connected(account=self.name, folder=self._settings.folder, because=because)

    def _refused(self, error: Exception, backoff: Backoff) -> float:
        return self._disconnected(error, backoff, maillog.imap_refused)

    def _lost(self, error: Exception) -> float:
        return self._disconnected(error, self._trouble, maillog.imap_lost)

    def _disconnected(self, error: Exception, backoff: Backoff, say: Callable[..., None]) -> float:
        if self._stopping.is_set():  # we hung up ourselves
            self.state = replace(self.state, connected=False, since=self._now())
            return 0
        pause = backoff.next()
        since = self._now() if self.state.connected or self.state.since is None else self.state.since
        text = str(error) or type(error).__name__
        self.state = replace(self.state, connected=False, since=since, last_error=text)
        say(account=self.name, error=error, retry_in=round(pause, 1))
        return pause


def _connect(settings: Imap, patience: Patience) -> Any:
    implicit = settings.tls == "implicit"
    client = IMAPClient(
        settings.host,
        port=settings.port or (993 if implicit else 143),
        ssl=implicit,
        ssl_context=_trusting(settings) if implicit else None,
        timeout=SocketTimeout(connect=patience.connect, read=patience.read),  # without: a frozen link hangs for ever
    )
    client.normalise_times = False  # otherwise naive local time
    return client


def _secure(client: Any, settings: Imap) -> None:
    """STARTTLS or an error: never the password in the clear because somebody cut the offer out (RFC 8314 3)."""
    if settings.tls == "starttls":
        client.starttls(_trusting(settings))
    # SEARCH leaves in several small writes: 44 ms each with Nagle's algorithm
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _trusting(settings: Imap) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    return context


def _log_in(client: Any, settings: Imap, secret: str) -> None:
    if settings.token_command:
        words = f"user={settings.user}\1auth=Bearer {secret}\1\1".encode()
        # a second challenge is the error in JSON, and wants an empty answer before the NO (XOAUTH2)
        client.sasl_login("XOAUTH2", lambda challenge: b"" if challenge else words)
    elif settings.user.isascii() and secret.isascii():
        client.login(_quoted(settings.user), secret)  # imaplib quotes the password, but not the user
    else:
        client.plain_login(settings.user, secret)  # LOGIN is ASCII


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_final(error: LoginError) -> bool:
    """Only when the server says so: a connection that dropped in LOGIN and NO [UNAVAILABLE] are LoginErrors, too."""
    return bool(_FINAL.match(str(error))) and not isinstance(error.__context__, IMAPClientAbortError)


class _Ration:
    """What the server may send us for one command: `read`, `readline` and `send` are imaplib's to override."""

    LINES = 4 << 20

    def __init__(self, imap: Any, literals: int) -> None:
        self._allowed = literals
        self._literals, self._lines = literals, self.LINES
        self._read, self._readline, self._send = imap.read, imap.readline, imap.send
        imap.read, imap.readline, imap.send = self.read, self.readline, self.send

    def send(self, octets: bytes) -> None:
        self._literals, self._lines = self._allowed, self.LINES
        self._send(octets)

    def read(self, size: int) -> bytes:
        self._literals -= size
        if self._literals < 0:
            raise IMAPClientAbortError(f"the answer has more than {self._allowed} octets of content")
        return bytes(self._read(size))

    def readline(self) -> bytes:
        line = bytes(self._readline())
        self._lines -= len(line)
        if self._lines < 0:
            raise IMAPClientAbortError(f"the answer has more than {self.LINES} octets of lines")
        return line
