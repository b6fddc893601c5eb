"""pymap, a real IMAP server from PyPI, as a child of the test: user support."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

READY = 20  # seconds


@contextmanager
def imap_server(password: str = "secret") -> Iterator[int]:
    """Its port. No keywords, no CONDSTORE; IDLE, MOVE and UIDPLUS."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", "from pymap.main import main; main()"]
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin"]
    backend = ["dict", "--demo-user", "support", "--demo-password", password]
    with subprocess.Popen([*command, *arguments, *backend], stdout=subprocess.DEVNULL) as server:
        try:
            _until_open(port, server)
            yield port
        finally:
            server.kill()


def _until_open(port: int, server: "subprocess.Popen[bytes]") -> None:
    waiting = threading.Event()
    for _ in range(READY * 20):
        assert server.poll() is None, "pymap did not start"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        waiting.wait(0.05)
    raise TimeoutError(f"pymap is not there after {READY} s")
