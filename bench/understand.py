"""How fast mails are understood: our parse beside the standard library's policy.default and mail-parser, in one run.

    python -m bench.understand PATH…

Each reads every mail as far as an application needs it: the fields, the body as text, the attachments decoded. They
take turns mail by mail, so that a machine that is slow today is slow for all. What one of them cannot read counts with
the time it took. One process, processor time.
"""

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from mailparser import MailParser

from mailflow.cli.mailfiles import mails
from mailflow.mail.parse import parse

ROUNDS = 3
FIELDS = ("from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")


def ours(octets: bytes) -> None:
    parse(octets, contents=True)


def standard_library(octets: bytes) -> None:
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    for name in FIELDS:
        str(message[name])
    body = message.get_body(("plain", "html"))
    if body is not None:
        body.get_content()
    for part in message.walk():
        if not part.is_multipart():
            part.get_filename()
            part.get_payload(decode=True)


def mail_parser(octets: bytes) -> None:
    message = MailParser.from_bytes(octets)
    for name in FIELDS:
        getattr(message, {"from": "from_"}.get(name, name.replace("-", "_")))
    str(message.body)
    list(message.attachments)


READERS: dict[str, Callable[[bytes], None]] = {
    "mailflow": ours,
    "policy.default": standard_library,
    "mail-parser": mail_parser,
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    found = [mail.octets for mail in mails(map(Path, sys.argv[1:]))]
    if not found:
        raise SystemExit("python -m bench.understand PATH…: no mail there")
    seconds, failures = dict.fromkeys(READERS, 0.0), dict.fromkeys(READERS, 0)
    for octets in found[:50]:  # warm
        for read in READERS.values():
            with suppress(Exception):
                read(octets)
    for _ in range(ROUNDS):
        for octets in found:
            for name, read in READERS.items():
                start = time.process_time()
                try:
                    read(octets)
                except Exception:  # noqa: BLE001  it counts
                    failures[name] += 1
                seconds[name] += time.process_time() - start
    print(f"{len(found)} mails, {sum(map(len, found)) / 1e6:.1f} MB, {ROUNDS} rounds")
    for name, spent in seconds.items():
        rate, ratio = ROUNDS * len(found) / spent, spent / seconds["mailflow"]
        print(f"{name:<15}{rate:8.0f} messages/s   mailflow is {ratio:5.2f} × as fast", end="")
        print(f"   {failures[name] // ROUNDS} not read")


if __name__ == "__main__":
    main()
