"""The mail of a support queue: 55 % short text, 20 % HTML with quotations, 15 % replies, 5 % with an attachment of
200 kB, 5 % automatic. The same mails for the same seed.
"""

import random
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = (
    "the printer on the second floor stopped after the update and shows an error since this morning please could you "
    "look at invoice number because our accounts department cannot open the page with the order we sent last week "
    "thanks"
).split()
KINDS = (("text", 55), ("html", 20), ("reply", 15), ("attachment", 5), ("automatic", 5))


@dataclass(frozen=True, slots=True)
class Mail:
    sender: str
    octets: bytes


def mails(count: int, recipient: str, seed: int) -> Iterator[Mail]:
    chance = random.Random(seed)
    kinds = [kind for kind, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    earlier: list[tuple[str, str]] = []
    for number in range(count):
        kind = chance.choices(kinds, weights)[0]
        sender = f"customer{number}@firma{number % 997}.example"
        message_id = f"{seed}.{number}@firma.example"
        extra = ""
        if kind == "reply" and earlier:
            sender, parent = chance.choice(earlier)
            extra = f"In-Reply-To: <{parent}>\nReferences: <{parent}>\n"
        if kind == "automatic":
            extra = "Auto-Submitted: auto-generated\n"
        header = (
            f"Received: from mx.firma.example by relay.example; Sat, 21 Nov 2026 10:00:00 +0000\n"
            f"From: Customer {number} <{sender}>\nTo: <{recipient}>\nSubject: {_words(chance, 5)}\n"
            f"Date: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-ID: <{message_id}>\nMIME-Version: 1.0\n{extra}"
        )
        yield Mail(sender, (header + _body(kind, chance)).replace("\n", "\r\n").encode())
        earlier.append((sender, message_id))


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def _lines(chance: random.Random, count: int) -> list[str]:
    return [_words(chance, 12) for _ in range(count)]


def _body(kind: str, chance: random.Random) -> str:
    if kind == "html":
        return _html(chance)
    text = "\n".join(_lines(chance, chance.randint(3, 30)))
    if kind == "reply":
        quoted = "\n".join(f"> {line}" for line in _lines(chance, 20))
        text = f"{text}\n\nOn Fri, 20 Nov 2026 at 09:00, Support <support@support.example> wrote:\n{quoted}"
    if kind == "attachment":
        content = encodebytes(chance.randbytes(150_000)).decode()
        return (
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
            f"{text}\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="scan.pdf"\n\n{content}\n--b--\n'
        )
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"


def _html(chance: random.Random) -> str:
    paragraphs = "".join(
        f"<p style='margin:0'>{line} <a href='https://firma.example/'>x</a></p>\n" for line in _lines(chance, 15)
    )
    quoted = "".join(f"<div>{line}</div>\n" for line in _lines(chance, 40))
    plain = "\n".join(_lines(chance, 15))
    return (
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
        f"{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n<html><body>{paragraphs}"
        f"<blockquote>{quoted}</blockquote></body></html>\n--b--\n"
    )
