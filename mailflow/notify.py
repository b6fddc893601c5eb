"""Telling systemd how we are (sd_notify(3)): one datagram to a socket that it names. Else nothing happens.

    start        EXTEND_TIMEOUT_USEC and STATUS before each step of a migration, STATUS with the backlog, READY=1
    running      WATCHDOG=1 as long as what must move moves (flow.watchdog), STATUS when the backlog is another
    reload       RELOADING=1, READY=1; STATUS when mistakes keep the old files in use, or do so no more
    stop         STOPPING=1

tests/test_supervised.py hears it word for word.
"""

import os
import socket
import time

from mailflow import maillog

PATIENCE = 2.0
"""Seconds for systemd to take one of the few messages that may wait for it."""
STEP = 30 * 60
"""Seconds that one step of a migration may take."""


def notify(**fields: object) -> None:
    """notify(READY=1, STATUS="12 waiting")"""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    text = "\n".join(f"{name}={value}" for name, value in fields.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagram:
            datagram.settimeout(PATIENCE)  # nobody may be reading, and we have mail to take
            datagram.connect("\0" + path[1:] if path.startswith("@") else path)
            datagram.sendall(text.encode())
    except OSError as error:  # who supervises us is not worth a mail
        maillog.trouble(error, "notify")


def reloading() -> None:
    """systemd 253 and later want the time with it (Type=notify-reload), earlier ones ignore it. READY=1 ends it."""
    notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)


def migrating(done: int) -> None:
    """Another step of a migration begins, after so many: TimeoutStartSec= is not for it."""
    notify(EXTEND_TIMEOUT_USEC=STEP * 1_000_000, STATUS=f"bringing the tables to this version, {done} steps done")


def watchdog_period() -> float | None:
    """Seconds within which systemd wants a WATCHDOG=1; None when it does not watch us."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 1e6 or None
