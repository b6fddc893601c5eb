"""Telling systemd how we are (sd_notify(3)): one datagram to a socket that it names. Else nothing happens."""

import os
import socket
import time

from mailflow import maillog


def notify(**fields: object) -> None:
    """notify(READY=1, STATUS="12 waiting")"""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    text = "\n".join(f"{name}={value}" for name, value in fields.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagram:
            datagram.connect("\0" + path[1:] if path.startswith("@") else path)
            datagram.sendall(text.encode())
    except OSError as error:  # who supervises us is not worth a mail
        maillog.trouble(error, "notify")


def reloading() -> None:
    """systemd 253 and later want the time with it (Type=notify-reload), earlier ones ignore it. READY=1 ends it."""
    notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
