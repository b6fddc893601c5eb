"""AUTH PLAIN (RFC 4616) and LOGIN: what a client answers until it has said its name and password (RFC 4954)."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Mapping

Ask = Callable[[str], Awaitable[bytes]]
"""Says a challenge, base64 or '', and gives the line that comes back, without its end."""
Said = tuple[str, str]
"""Name and password, both as they came."""


class Malformed(Exception):
    """Not base64, or not what the mechanism wants."""


class Cancelled(Exception):
    """The client changed its mind."""


async def plain(initial: bytes | None, ask: Ask) -> Said:
    """`authorize NUL name NUL password`; who authorizes is the name, or it is nobody we know."""
    answer = await _answered(initial, ask, "")
    parts = answer.split(b"\0")
    if len(parts) != 3 or parts[0] not in (b"", parts[1]):
        raise Malformed
    return _text(parts[1]), _text(parts[2])


async def login(initial: bytes | None, ask: Ask) -> Said:
    name = await _answered(initial, ask, "VXNlcm5hbWU6")
    return _text(name), _text(await _answered(None, ask, "UGFzc3dvcmQ6"))


MECHANISMS: Mapping[str, Callable[[bytes | None, Ask], Awaitable[Said]]] = {"PLAIN": plain, "LOGIN": login}


async def _answered(initial: bytes | None, ask: Ask, challenge: str) -> bytes:
    """`initial` came with the command: '=' is one that is empty (RFC 4954 section 4)."""
    if initial == b"=":
        return b""
    line = await ask(challenge) if initial is None else initial
    if line == b"*":
        raise Cancelled
    try:
        return b64decode(line, validate=True)
    except NotBase64:
        raise Malformed from None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
