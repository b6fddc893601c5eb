"""What stands below the header of our mail: a text, or the same text and its HTML (RFC 2046 5.1.4).

7bit where it can be, else quoted-printable: no relay on the way needs 8BITMIME.
"""

import quopri
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from mailflow.mail.mime.header import Header

LINE = 900
"""Octets: RFC 5322 2.1.1 allows 998."""
_TYPE = "text/{}; charset=utf-8"
_WANTED = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class Content:
    fields: tuple[tuple[str, str], ...]
    octets: bytes


def alone(text: str) -> Content:
    encoding, octets = _encoded(text)
    return Content((("Content-Type", _TYPE.format("plain")), ("Content-Transfer-Encoding", encoding)), octets)


def both(text: str, html: str, unique: str) -> Content:
    """The better one last. `unique`: letters and digits that no other mail has. Both are quoted-printable, in which no
    line begins with the boundary: '=' is followed by two hex digits there."""
    boundary = f"=_{unique}"
    parts = "".join(
        f"--{boundary}\r\nContent-Type: {_TYPE.format(kind)}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        f"{_quoted_printable(words).decode()}\r\n"
        for kind, words in (("plain", text), ("html", html))
    )
    fields = (("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),)
    return Content(fields, f"{parts}--{boundary}--\r\n".encode())


def read(octets: bytes, header: Header, start: int) -> tuple[str, str]:
    """Text and HTML of a mail of ours, as a stranger reads them; '' for what is not there or not so."""
    if not _value(header, "Content-Type").startswith("multipart/"):
        return _text(octets[start:], _value(header, "Content-Transfer-Encoding")), ""
    message = message_from_bytes(octets)
    parts = message.get_payload()
    if not isinstance(parts, list) or message.defects or message.preamble or message.epilogue:
        return "", ""
    if tuple(part.get_content_type() for part in parts if isinstance(part, Message)) != _WANTED:
        return "", ""
    text, html = (_of_part(part) for part in parts if isinstance(part, Message))
    return text, html


def _value(header: Header, name: str) -> str:
    return b"".join(header.octets(name)).decode()


def _of_part(part: Message) -> str:
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes) or part.defects or part.get_content_charset() != "utf-8":
        return ""
    return octets.decode().replace("\r\n", "\n")


def _encoded(text: str) -> tuple[str, bytes]:
    octets = text.encode()
    if octets.isascii() and max(map(len, octets.split(b"\n"))) <= LINE:
        return "7bit", octets.replace(b"\n", b"\r\n")
    return "quoted-printable", _quoted_printable(text)


def _quoted_printable(text: str) -> bytes:
    return quopri.encodestring(text.encode()).replace(b"\n", b"\r\n")


def _text(body: bytes, encoding: str) -> str:
    octets = {"7bit": body, "quoted-printable": quopri.decodestring(body)}.get(encoding, b"")
    return octets.decode().replace("\r\n", "\n")
