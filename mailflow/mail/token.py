"""The proof that a reply belongs to a ticket, answers a challenge, is an agent's, or what else PURPOSES names: a MAC in
a recipient address or a Message-ID. One place makes it, one place checks it, in constant time.

A token is bound to its purpose, to the number of what it is about and to the addressee it was issued to, and names the
key that made it, so that keys can be rotated: the first key signs, all of them verify. One that is dated names the four
weeks in which it was issued besides. Layout, 25 octets, 40 letters of base32 in lower case (addresses lose their case
on the way):

    key id 1 | number 4 | weeks 1 | addressee 3 | MAC 16    of a purpose that is dated
    key id 1 | number 4 |           addressee 4 | MAC 16    of one that is not
"""

import hmac
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

LENGTH = 40
WEEKS = timedelta(weeks=4)
"""How exactly a token that is dated knows when it was issued."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_ROUND = 256
"""Of WEEKS, after which their numbers begin again: 19 years."""
_MINUTE = timedelta(minutes=1)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN = re.compile(r"[a-z2-7]{40}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a token is for: one for this is never taken for one for that. The name is signed with it."""

    name: str
    is_dated: bool = False


OF_A_TICKET = Purpose("ticket", is_dated=True)
"""Its addressee takes part in the ticket."""
WITHOUT_DATE = Purpose("token")
"""The same as it was without a date."""
OF_AN_AGENT = Purpose("agent", is_dated=True)
"""The agent who is its addressee was told about the ticket, and works on it."""
OF_A_CHALLENGE = Purpose("challenge")
"""Did its addressee write this entry of the journal?"""
OF_A_PAGE = Purpose("page")
"""Its addressee takes the page."""
OF_A_CORRECTION = Purpose("correction")
"""Its addressee stops the correction of their details that this entry said."""
OF_A_CONSENT = Purpose("consent")
"""Its addressee answers whether they agree."""
OF_A_REACH_LETTER = Purpose("reach")
"""Its addressee answers this letter: they can be reached."""
OF_A_REGISTRATION = Purpose("registration", is_dated=True)
"""Its addressee, whom nobody knows and who wrote this entry, asks to be registered."""
OF_A_NEWCOMER = Purpose("newcomer")
"""Its addressee was told who was registered for their account by this ticket, and answers."""
PURPOSES = (
    OF_A_TICKET,
    WITHOUT_DATE,
    OF_AN_AGENT,
    OF_A_CHALLENGE,
    OF_A_PAGE,
    OF_A_CORRECTION,
    OF_A_CONSENT,
    OF_A_REACH_LETTER,
    OF_A_REGISTRATION,
    OF_A_NEWCOMER,
)


def of_a_digest(department: str) -> Purpose:
    """Its addressee decides about what was held for `department` by a minute (`minute_of`); it is none of PURPOSES."""
    return Purpose(f"digest:{department}")


@dataclass(frozen=True, slots=True)
class Key:
    number: int  # 0–255, written into every token
    secret: bytes  # at least 16 octets


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says; its MAC was right."""

    purpose: Purpose
    number: int  # of the ticket, entry, page, question, letter or minute
    addressee: bytes  # keyed digest of the address it was issued to
    weeks: int | None  # number of those in which it was issued; None: it is not dated


@dataclass(frozen=True, slots=True)
class Keyring:
    keys: tuple[Key, ...]  # the first signs

    def sign(self, purpose: Purpose, number: int, addressee: str, now: datetime) -> str:
        """The token by which `addressee` (canonical address) does what it is for."""
        key = self.keys[0]
        digest = _digest(key, addressee)
        issued = bytes([_weeks(now)]) + digest[:3] if purpose.is_dated else digest
        head = bytes([key.number]) + number.to_bytes(4) + issued
        return b32encode(head + _mac(key, purpose, head)).decode().lower()

    def verify(self, token: str, *purposes: Purpose) -> Token | None:
        """What it says, if one of our keys made it for one of them."""
        if not _TOKEN.fullmatch(token):
            return None
        octets = b32decode(token.upper())
        head, mac = octets[:9], octets[9:]
        for key in self.keys:
            for purpose in purposes:
                if key.number == head[0] and hmac.compare_digest(mac, _mac(key, purpose, head)):
                    return _read(purpose, head)
        return None

    def issued_to(self, token: Token, address: str) -> bool:
        size = len(token.addressee)
        return any(hmac.compare_digest(token.addressee, _digest(key, address)[:size]) for key in self.keys)

    def unique(self, cause: str) -> str:
        """A short name for what `cause` brought about: the same each time, and nobody else can guess it."""
        return b32encode(hmac.digest(self.keys[0].secret, b"unique:" + cause.encode(), sha256)[:10]).decode().lower()


def is_over(weeks: int | None, lifetime: timedelta, now: datetime) -> bool:
    """Have those in which a token was issued ended longer than `lifetime` ago? Not those to come, of a clock that runs
    ahead of ours, and not when it does not say."""
    if weeks is None:
        return False
    since = (now - _EPOCH - (weeks + 1) * WEEKS) % (_ROUND * WEEKS)
    return lifetime < since < (_ROUND - 2) * WEEKS


def minute_of(moment: datetime) -> int:
    """By which a token names a digest; `moment` is aware."""
    return (moment - _UNIX) // _MINUTE


def moment_of(minute: int) -> datetime:
    """The minute that a token of a digest names; aware, UTC."""
    return _UNIX + minute * _MINUTE


def _read(purpose: Purpose, head: bytes) -> Token:
    number, issued = int.from_bytes(head[1:5]), head[5:]
    if purpose.is_dated:
        return Token(purpose, number, issued[1:], issued[0])
    return Token(purpose, number, issued, None)


def _weeks(now: datetime) -> int:
    return (now - _EPOCH) // WEEKS % _ROUND


def _mac(key: Key, purpose: Purpose, head: bytes) -> bytes:
    return hmac.digest(key.secret, purpose.name.encode() + b":" + head, sha256)[:16]


def _digest(key: Key, address: str) -> bytes:
    return hmac.digest(key.secret, b"addressee:" + address.encode(), sha256)[:4]
