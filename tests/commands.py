"""Commands of ours in processes forked from one that has read the program already: what a command costs is mostly that,
and tests give hundreds. Everything else is as in a process of its own: arguments, folder, environment, output, status.

Run as a program it is that process. It listens at a socket, and ends when its standard input does.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

_LARGEST = 1 << 20  # octets of what is said at once


class Commands:
    """The process is started for the first command."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="mailflow-commands-")
        self._socket = Path(self._folder.name) / "socket"
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = Lock()

    def run(self, words: list[str]) -> tuple[int, str]:
        """Exit status, less than nothing for a signal, and output of a command."""
        with self._starting:
            if self._process is None:
                self._process = self._started()
        reader, writer = os.pipe()
        with socket.socket(socket.AF_UNIX) as connection, open(reader, "rb") as output:
            connection.connect(str(self._socket))
            said = json.dumps([words, str(Path.cwd()), dict(os.environ)]).encode()
            socket.send_fds(connection, [len(said).to_bytes(4)], [writer])
            os.close(writer)
            connection.sendall(said)
            told = output.read()
            return int(connection.recv(8)), told.decode()

    def _started(self) -> subprocess.Popen[bytes]:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self._socket))
            listening.listen()
            command = [sys.executable, __file__, str(listening.fileno())]
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[listening.fileno()], start_new_session=True
            )


def serve(listening: socket.socket) -> list[str]:
    """Returns once for each command, in a process of its own, with its words."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)  # who started us is gone
        connection, _ = listening.accept()
        with connection:
            if os.fork() == 0:
                listening.close()
                return _become(connection)


def _become(connection: socket.socket) -> list[str]:
    """Of two processes that begin here, the first waits for the second and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, (output, *_), _, _ = socket.recv_fds(connection, 4, 1)
    said = bytearray()
    while len(said) < int.from_bytes(length):
        said += connection.recv(_LARGEST)
    if pid := os.fork():
        os.close(output)
        _, status = os.waitpid(pid, 0)
        connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    connection.close()
    words, folder, environment = json.loads(said)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.stdout, sys.stderr = (open(out, "w", buffering=1, closefd=False) for out in (1, 2))  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    return list(words)


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)
    from mailflow import cli

    cli.app  # noqa: B018  # reads the code of all commands
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        sys.argv = ["mailflow", *serve(listening)]
    cli.main()
