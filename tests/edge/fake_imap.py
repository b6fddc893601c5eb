"""An IMAP server for what no real one does on demand: it keeps a folder, answers honestly, and misbehaves as told.

`script` is a list of (command, mischief), used up in order; a mischief is octets to say instead (`{tag}` is replaced),
CLOSE, FREEZE, Cut(n): only the first n octets of the honest answer, Meanwhile(act): somebody else changes the folder
first, HiddenPush or InPassing. What it does honestly is checked against pymap in test_imap_servers.py.
"""

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

CLOSE, FREEZE = object(), object()
DAY = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cut:
    """The connection ends within the answer."""

    octets: int


@dataclass(frozen=True)
class Meanwhile:
    """Another client was faster."""

    act: Callable[["FakeImap"], None]


@dataclass(frozen=True)
class HiddenPush:
    """EXISTS in the same packet as `+ idling`: it stays in the client's buffer, where poll() does not see it."""

    octets: bytes


@dataclass(frozen=True)
class InPassing:
    """Mail arrives during a command, which mentions it; IDLE will not say it again."""

    octets: bytes


@dataclass
class Stored:
    octets: bytes
    flags: set[str] = field(default_factory=set)
    date: datetime = DAY


class FakeImap:
    """Serves any number of connections on 127.0.0.1; `seen` has every command, `events` what was done to mail."""

    def __init__(self, capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN", tls: ssl.SSLContext | None = None):
        self.capabilities = capabilities
        self.greeting = b"* OK hello\r\n"
        self.password = "secret"
        self.uidvalidity = 1
        self.uidnext = 1
        self.uidnext_told = True
        self.folder: dict[int, Stored] = {}
        self.done: list[bytes] = []
        self.folders = {"INBOX"}
        self.script: list[tuple[str, object]] = []
        self.always: dict[str, object] = {}
        self.seen: list[str] = []
        self.events: list[tuple[str, object]] = []
        self.logins = 0
        self._tls = tls
        self._lock = threading.RLock()
        self.changed = threading.Condition(self._lock)
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._idling: dict[socket.socket, None] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    # What a test does with it

    def __enter__(self) -> "FakeImap":
        self._spawn(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        self._closed.set()
        with self._lock:
            sockets = [self._listener, *self._sockets]
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for each in [self._listener, *self._sockets]:
            each.close()

    def deliver(self, *mails: bytes, date: datetime = DAY) -> list[int]:
        with self._lock:
            uids = []
            for octets in mails:
                self.folder[self.uidnext] = Stored(octets, date=date)
                uids.append(self.uidnext)
                self.uidnext += 1
            for idling in self._idling:
                with contextlib.suppress(OSError):
                    idling.sendall(f"* {len(self.folder)} EXISTS\r\n".encode())
            return uids

    def expunge(self, *uids: int) -> None:
        with self._lock:
            for uid in uids:
                self.folder.pop(uid, None)

    def rebuild(self) -> None:
        """As after a restored backup: the same mail under a new UIDVALIDITY."""
        with self._lock:
            mails = list(self.folder.values())
            self.uidvalidity += 1
            self.folder = dict(enumerate(mails, 1))
            self.uidnext = len(mails) + 1

    def hang_up(self) -> None:
        with self._lock:
            self._idling.clear()
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"never happened; seen: {self.seen[-20:]}"

    def commands(self, name: str) -> list[str]:
        with self._lock:
            return [line for line in self.seen if line.startswith(name)]

    # The server

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self.changed:
                    self._sockets.append(connection)
                    self.changed.notify_all()
                self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # UnicodeDecodeError: what is read from a TLS socket that `close` shut down comes undeciphered
        with contextlib.suppress(OSError, UnicodeDecodeError), contextlib.closing(connection):
            connection.sendall(self.greeting)
            while True:
                secured = self._converse(connection)
                if secured is None:
                    return
                connection = secured
                with self._lock:
                    self._sockets.append(secured)

    def _converse(self, connection: socket.socket) -> socket.socket | None:
        with connection.makefile("rb") as lines:
            for line in lines:
                tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
                name = rest.removeprefix("UID ").split(" ")[0].upper()
                with self.changed:
                    self.seen.append(rest)
                    self.changed.notify_all()
                if name == "STARTTLS" and self._tls and "STARTTLS" not in self.always:
                    connection.sendall(f"{tag} OK go\r\n".encode())
                    return self._tls.wrap_socket(connection, server_side=True)
                if not self._answer(connection, lines, tag, name, rest):
                    return None
        return None

    def _answer(self, connection: socket.socket, lines: Iterator[bytes], tag: str, name: str, rest: str) -> bool:
        mischief = self._mischief(name)
        if mischief is CLOSE:
            return False
        if mischief is FREEZE:
            self._closed.wait(30)
            return False
        if isinstance(mischief, bytes):
            connection.sendall(mischief.replace(b"{tag}", tag.encode()))
            return name != "LOGOUT" or b"BYE" not in mischief
        if isinstance(mischief, Meanwhile):
            mischief.act(self)
        if name == "IDLE":
            return self._idle(connection, lines, tag, mischief.octets if isinstance(mischief, HiddenPush) else b"")
        if name == "AUTHENTICATE":
            return self._authenticate(connection, lines, tag, rest)
        with self.changed:
            answer = self._honest(name, rest)
            if isinstance(mischief, InPassing):
                self.deliver(mischief.octets)
                answer += f"* {len(self.folder)} EXISTS\r\n".encode()
            answer += f"{tag} OK done\r\n".encode()
            if name == "LOGIN" and f'"{self.password}"' not in rest:
                answer = f"{tag} NO [AUTHENTICATIONFAILED] no\r\n".encode()
            self.changed.notify_all()
        if isinstance(mischief, Cut):
            connection.sendall(answer[: mischief.octets])
            return False
        connection.sendall(answer)
        return name != "LOGOUT"

    def _mischief(self, name: str) -> object:
        with self._lock:
            if self.script and self.script[0][0] == name:
                return self.script.pop(0)[1]
            return self.always.get(name)

    def _idle(self, connection: socket.socket, lines: Iterator[bytes], tag: str, pushed: bytes) -> bool:
        with self.changed:
            if pushed:
                self.deliver(pushed)
            connection.sendall(b"+ idling\r\n" + (f"* {len(self.folder)} EXISTS\r\n".encode() if pushed else b""))
            self._idling[connection] = None
            self.changed.notify_all()
        next(lines, b"")
        with self._lock:
            self._idling.pop(connection, None)
        mischief = self._mischief("DONE")
        if mischief is FREEZE:
            self._closed.wait(30)
        if mischief in (FREEZE, CLOSE):
            return False
        connection.sendall(f"{tag} OK done\r\n".encode())
        return True

    def is_idle(self) -> bool:
        return bool(self._idling)

    def _authenticate(self, connection: socket.socket, lines: Iterator[bytes], tag: str, rest: str) -> bool:
        connection.sendall(b"+ \r\n")
        words = base64.b64decode(next(lines, b"")).decode()
        good = words.endswith(f"\0{self.password}") or f"auth=Bearer {self.password}\1" in words
        if not good and "XOAUTH2" in rest:
            connection.sendall(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
            assert next(lines, b"") == b"\r\n"
        self.logins += good
        said = "OK in" if good else "NO [AUTHENTICATIONFAILED] no"
        connection.sendall(f"{tag} {said}\r\n".encode())
        return True

    def _honest(self, name: str, rest: str) -> bytes:
        words: dict[str, Callable[[], str]] = {
            "CAPABILITY": lambda: f"* CAPABILITY {self.capabilities}\r\n",
            "SELECT": self._select,
            "SEARCH": lambda: f"* SEARCH {' '.join(map(str, self._chosen(rest.split()[-1])))}".rstrip() + "\r\n",
            "STORE": lambda: self._store(rest),
            "COPY": lambda: self._copy(rest),
            "MOVE": lambda: self._move(rest),
            "EXPUNGE": lambda: self._expunge_deleted(rest),
            "CREATE": lambda: self._create(rest),
            "LOGIN": self._login,
            "LOGOUT": lambda: "* BYE\r\n",
        }
        return self._fetch(rest) if name == "FETCH" else words.get(name, lambda: "")().encode()

    def _login(self) -> str:
        self.logins += 1
        return ""

    def _select(self) -> str:
        uidnext = f"* OK [UIDNEXT {self.uidnext}] ok\r\n" if self.uidnext_told else ""
        return (
            f"* {len(self.folder)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)\r\n"
            f"* OK [UIDVALIDITY {self.uidvalidity}] ok\r\n{uidnext}"
        )

    def _chosen(self, numbers: str) -> list[int]:
        """RFC 9051 section 9: `n:*` has the last UID, even if n is larger."""
        last = max(self.folder, default=0)
        chosen: set[int] = set()
        for each in numbers.split(","):
            low, _, high = each.partition(":")
            ends = [last if end == "*" else int(end) for end in (low, high or low)]
            chosen |= set(range(min(ends), max(ends) + 1)) & set(self.folder)
        return sorted(chosen)

    def _fetch(self, rest: str) -> bytes:
        answer = b""
        for uid in self._chosen(rest.split()[2]):
            mail = self.folder[uid]
            number = sorted(self.folder).index(uid) + 1
            answer += f"* {number} FETCH (UID {uid} RFC822.SIZE {len(mail.octets)}".encode()
            if "BODY.PEEK[HEADER]<0." in rest:
                date = mail.date.strftime("%d-%b-%Y %H:%M:%S +0000")
                most = int(rest.partition("<0.")[2].partition(">")[0])
                head = (mail.octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")[:most]
                answer += f' INTERNALDATE "{date}" BODY[HEADER]<0> {{{len(head)}}}\r\n'.encode() + head
            elif "BODY.PEEK[]" in rest:
                date = mail.date.strftime("%d-%b-%Y %H:%M:%S +0000")
                answer += f' INTERNALDATE "{date}" BODY[] {{{len(mail.octets)}}}\r\n'.encode() + mail.octets
            answer += b")\r\n"
        return answer

    def _store(self, rest: str) -> str:
        uids, flags = self._chosen(rest.split()[2]), set(re.findall(r"\\\w+", rest))
        for uid in uids:
            self.folder[uid].flags |= flags
        self._note("flagged", uids)
        return ""

    def _copy(self, rest: str) -> str:
        self.done += [self.folder[uid].octets for uid in self._chosen(rest.split()[2])]
        return ""

    def _move(self, rest: str) -> str:
        uids = self._chosen(rest.split()[2])
        self._copy(rest)
        self.expunge(*uids)
        self._note("moved", uids)
        return ""

    def _expunge_deleted(self, rest: str) -> str:
        assert rest.startswith("UID EXPUNGE "), "EXPUNGE takes what others deleted"
        uids = [uid for uid in self._chosen(rest.split()[2]) if "\\Deleted" in self.folder[uid].flags]
        self.expunge(*uids)
        self._note("moved", uids)
        return ""

    def _create(self, rest: str) -> str:
        self.folders.add(rest.split()[1].strip('"'))
        return ""

    def _note(self, what: str, uids: list[int]) -> None:
        self.events += [(what, uid) for uid in uids]
