"""One listening socket: made where a path is given, named as config.toml does it, and why there is none."""

import errno
import os
import socket
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

FOLDER_MODE = 0o750  # of a folder that we make for a socket; the state folder is there before and only ours
UNIX_MODE = 0o660  # who may connect is put into our group; everybody else on the machine would be `trusted`
ADVICE: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there: `ss -ltnp` (or `ss -lxp`, for unix:) shows which",
    errno.EADDRNOTAVAIL: "this host has no such address: `ip address` shows those it has",
    errno.EACCES: "ports below 1024 are for mailflow.socket to open, a unix socket needs a folder that may be written",
}


def address_of(sock: socket.socket) -> str:
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    return f"[{name[0]}]:{name[1]}" if sock.family == socket.AF_INET6 else f"{name[0]}:{name[1]}"


def why(error: OSError) -> str:
    """What asyncio says is a sentence around the one that matters."""
    if error.errno and error.errno in ADVICE:
        return f"{os.strerror(error.errno)}; {ADVICE[error.errno]}"
    return error.strerror or str(error)


def bound(path: Path) -> socket.socket:
    """A unix socket at `path`; nobody can connect before it has its mode, as it does not listen yet."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(FOLDER_MODE)
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(UNIX_MODE)
    except OSError:
        sock.close()
        raise
    return sock


def _remove_stale(path: Path) -> None:
    """What a killed daemon left. A socket that answers, and what is none, stays: then `bind` complains."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode) and not _answers(path):
            path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:  # its backlog is full
            return True
        except ConnectionRefusedError:
            return False
        return True
