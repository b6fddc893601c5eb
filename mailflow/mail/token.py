"""The proof that a reply belongs to a ticket, answers a challenge, a digest, how to register, whether one agrees or can
be reached, takes a page, stops a correction, or is an agent's: a MAC in a recipient address or a Message-ID. One place
makes it, one place checks it, in constant time.

A token is bound to what it is for, to the ticket, entry or minute it names and to the addressee it was issued to, and
names the key that made it, so that keys can be rotated: the first key signs, all of them verify. That of a ticket, for
who takes part in it or for an agent, and that of a registration name the four weeks in which they were issued besides.
Layout, 25 octets, 40 letters of base32 in lower case (addresses lose their case on the way):

    key id 1 | ticket or entry 4 | weeks 1 | addressee 3 | MAC 16
    key id 1 | entry, page, consent, letter or minute 4 | addressee 4 | MAC 16
    the same with a ticket: as it was without a date
"""

import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

LENGTH = 40
WEEKS = timedelta(weeks=4)
"""How exactly a token of a ticket knows when it was issued."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_ROUND = 256
"""Of WEEKS, after which their numbers begin again: 19 years."""
_OF_A_TICKET, _WITHOUT_DATE, _OF_A_CHALLENGE = b"ticket:", b"token:", b"challenge:"
_OF_AN_AGENT = b"agent:"
_OF_A_PAGE = b"page:"
_OF_A_CORRECTION = b"correction:"
_OF_A_CONSENT = b"consent:"
_OF_A_REACH_LETTER = b"reach:"
_OF_A_REGISTRATION = b"registration:"
_TOKEN = re.compile(r"[a-z2-7]{40}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    number: int  # 0–255, written into every token
    secret: bytes  # at least 16 octets


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a ticket; its MAC was right."""

    ticket: int
    addressee: bytes  # keyed digest of the address it was issued to
    weeks: int | None = None  # number of those in which it was issued; None: it does not say

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class OfAgent:
    """A token of what an agent was told about a ticket; its MAC was right."""

    ticket: int
    addressee: bytes
    weeks: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """A token that asks whether its addressee wrote an entry of the journal; its MAC was right."""

    entry: int
    addressee: bytes


@dataclass(frozen=True, slots=True)
class PageToken:
    """A token by which its addressee takes a page; its MAC was right."""

    page: int
    addressee: bytes


@dataclass(frozen=True, slots=True)
class CorrectionToken:
    """A token by which its addressee stops a correction of its details; its MAC was right."""

    entry: int  # that said it
    addressee: bytes


@dataclass(frozen=True, slots=True)
class ConsentToken:
    """A token by which its addressee answers whether it agrees; its MAC was right."""

    consent: int
    addressee: bytes


@dataclass(frozen=True, slots=True)
class ReachToken:
    """A token by which its addressee answers that it can be reached; its MAC was right."""

    letter: int
    addressee: bytes


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """A token by which its addressee, whom nobody knows, asks to be registered; its MAC was right."""

    entry: int  # that is held
    addressee: bytes
    weeks: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A token of a digest of held mail; its MAC was right."""

    moment: datetime  # what had been held by then was in it; aware, UTC, whole minutes
    department: str  # for which it was held
    addressee: bytes


AnyToken = (
    Token | OfAgent | Challenge | PageToken | CorrectionToken | ConsentToken | ReachToken | RegistrationToken | Digest
)


@dataclass(frozen=True, slots=True)
class Keyring:
    keys: tuple[Key, ...]  # the first signs

    def sign(self, ticket: int, addressee: str, now: datetime) -> str:
        """The token for `addressee` (canonical address) on `ticket`."""
        return self._make(_OF_A_TICKET, ticket, self._issued(addressee, now))

    def agent(self, ticket: int, addressee: str, now: datetime) -> str:
        """The token by which the agent at `addressee` (canonical address) works on `ticket`."""
        return self._make(_OF_AN_AGENT, ticket, self._issued(addressee, now))

    def challenge(self, entry: int, addressee: str) -> str:
        """The token that comes back if `addressee` (canonical address) wrote `entry`."""
        return self._make(_OF_A_CHALLENGE, entry, _digest(self.keys[0], addressee))

    def verify(self, token: str) -> Token | None:
        """The token of a ticket, if one of our keys made it."""
        if found := self._check(_OF_A_TICKET, token):
            return Token(found[0], found[1][1:], found[1][0])
        found = self._check(_WITHOUT_DATE, token)
        return Token(*found) if found else None

    def verify_agent(self, token: str) -> OfAgent | None:
        """The same for that of an agent: a customer's is never taken for one, nor one for a customer's."""
        found = self._check(_OF_AN_AGENT, token)
        return OfAgent(found[0], found[1][1:], found[1][0]) if found else None

    def verify_challenge(self, token: str) -> Challenge | None:
        """The same for that of a challenge: neither is ever taken for the other."""
        found = self._check(_OF_A_CHALLENGE, token)
        return Challenge(*found) if found else None

    def page(self, page: int, addressee: str) -> str:
        """The token by which `addressee` (canonical address) takes a page."""
        return self._make(_OF_A_PAGE, page, _digest(self.keys[0], addressee))

    def verify_page(self, token: str) -> PageToken | None:
        """The same for that of a page."""
        found = self._check(_OF_A_PAGE, token)
        return PageToken(*found) if found else None

    def correction(self, entry: int, addressee: str) -> str:
        """The token by which `addressee` (canonical address) stops the correction that `entry` said."""
        return self._make(_OF_A_CORRECTION, entry, _digest(self.keys[0], addressee))

    def verify_correction(self, token: str) -> CorrectionToken | None:
        """The same for that of a correction."""
        found = self._check(_OF_A_CORRECTION, token)
        return CorrectionToken(*found) if found else None

    def consent(self, consent: int, addressee: str) -> str:
        """The token by which `addressee` (canonical address) answers the question `consent`."""
        return self._make(_OF_A_CONSENT, consent, _digest(self.keys[0], addressee))

    def verify_consent(self, token: str) -> ConsentToken | None:
        """The same for that of a consent."""
        found = self._check(_OF_A_CONSENT, token)
        return ConsentToken(*found) if found else None

    def reach(self, letter: int, addressee: str) -> str:
        """The token by which `addressee` (canonical address) answers `letter`, which asks whether it can be reached."""
        return self._make(_OF_A_REACH_LETTER, letter, _digest(self.keys[0], addressee))

    def verify_reach(self, token: str) -> ReachToken | None:
        """The same for that of such a letter."""
        found = self._check(_OF_A_REACH_LETTER, token)
        return ReachToken(*found) if found else None

    def registration(self, entry: int, addressee: str, now: datetime) -> str:
        """The token by which `addressee` (canonical address), who wrote `entry`, asks to be registered."""
        return self._make(_OF_A_REGISTRATION, entry, self._issued(addressee, now))

    def verify_registration(self, token: str) -> RegistrationToken | None:
        """The same for that of a registration."""
        found = self._check(_OF_A_REGISTRATION, token)
        return RegistrationToken(found[0], found[1][1:], found[1][0]) if found else None

    def digest(self, moment: datetime, addressee: str, department: str) -> str:
        """The token by which `addressee` (canonical address) decides about what `department` had held by `moment`."""
        return self._make(_of_a_digest(department), int(moment.timestamp()) // 60, _digest(self.keys[0], addressee))

    def verify_digest(self, token: str, departments: Iterable[str]) -> Digest | None:
        """The same for that of a digest, if it is one of these departments."""
        for department in departments:
            if found := self._check(_of_a_digest(department), token):
                return Digest(datetime.fromtimestamp(found[0] * 60, UTC), department, found[1])
        return None

    def _issued(self, addressee: str, now: datetime) -> bytes:
        return bytes([_weeks(now)]) + _digest(self.keys[0], addressee)[:3]

    def _make(self, purpose: bytes, number: int, issued: bytes) -> str:
        key = self.keys[0]
        head = bytes([key.number]) + number.to_bytes(4) + issued
        return b32encode(head + _mac(key, purpose, head)).decode().lower()

    def _check(self, purpose: bytes, token: str) -> tuple[int, bytes] | None:
        """Number, and what it says of its issue."""
        if not _TOKEN.fullmatch(token):
            return None
        octets = b32decode(token.upper())
        head, mac = octets[:9], octets[9:]
        for key in self.keys:
            if key.number == head[0] and hmac.compare_digest(mac, _mac(key, purpose, head)):
                return int.from_bytes(head[1:5]), head[5:9]
        return None

    def issued_to(self, token: AnyToken, address: str) -> bool:
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


def _of_a_digest(department: str) -> bytes:
    """Its purpose: the department has no room in the token."""
    return b"digest:" + department.encode() + b":"


def _weeks(now: datetime) -> int:
    return (now - _EPOCH) // WEEKS % _ROUND


def _mac(key: Key, purpose: bytes, head: bytes) -> bytes:
    return hmac.digest(key.secret, purpose + head, sha256)[:16]


def _digest(key: Key, address: str) -> bytes:
    return hmac.digest(key.secret, b"addressee:" + address.encode(), sha256)[:4]
