"""The proof that a reply belongs to a ticket: a MAC in a recipient address or a Message-ID. One place makes it, one
place checks it, in constant time.

A token is bound to the ticket and to the addressee it was issued to, and names the key that made it, so that keys can
be rotated: the first key signs, all of them verify. Layout, 25 octets, 40 letters of base32 in lower case (addresses
lose their case on the way):

    key id 1 | ticket 4 | addressee 4 | MAC 16
"""

import hmac
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from hashlib import sha256

LENGTH = 40
_TOKEN = re.compile(r"[a-z2-7]{40}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    number: int  # 0–255, written into every token
    secret: bytes  # at least 16 octets


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose MAC was right."""

    ticket: int
    addressee: bytes  # keyed digest of the address it was issued to

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Keyring:
    keys: tuple[Key, ...]  # the first signs

    def sign(self, ticket: int, addressee: str) -> str:
        """The token for `addressee` (canonical address) on `ticket`."""
        key = self.keys[0]
        head = bytes([key.number]) + ticket.to_bytes(4) + _digest(key, addressee)
        return b32encode(head + _mac(key, head)).decode().lower()

    def verify(self, token: str) -> Token | None:
        """The token, if one of our keys made it."""
        if not _TOKEN.fullmatch(token):
            return None
        octets = b32decode(token.upper())
        head, mac = octets[:9], octets[9:]
        for key in self.keys:
            if key.number == head[0] and hmac.compare_digest(mac, _mac(key, head)):
                return Token(int.from_bytes(head[1:5]), head[5:9])
        return None

    def issued_to(self, token: Token, address: str) -> bool:
        return any(hmac.compare_digest(token.addressee, _digest(key, address)) for key in self.keys)

    def unique(self, cause: str) -> str:
        """A short name for what `cause` brought about: the same each time, and nobody else can guess it."""
        return b32encode(hmac.digest(self.keys[0].secret, b"unique:" + cause.encode(), sha256)[:10]).decode().lower()


def _mac(key: Key, head: bytes) -> bytes:
    return hmac.digest(key.secret, b"token:" + head, sha256)[:16]


def _digest(key: Key, address: str) -> bytes:
    return hmac.digest(key.secret, b"addressee:" + address.encode(), sha256)[:4]
