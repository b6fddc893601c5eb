"""The systems that may hand in mail with a login, and as whom: the users_file, and the check of a password.

    # name        password            may write as: addresses, domains
    monitoring    $scrypt$ln=15,r=8,p=1$…$…   monitoring@firma.example noc.firma.example

`mailflow password` makes such lines. A password is checked at the same cost whether the name is known or not.
"""

import asyncio
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import scrypt
from typing import Self

from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.address import canonical, domain_of

AT_ONCE = 2
"""Passwords that are checked at the same time: each costs 50 ms of a core and 32 MB, and anybody may ask."""
LONGEST = 256  # octets of a password
_COST, _BLOCK, _LANES = 15, 8, 1  # 2^15 rounds
_SALT = 16
_MEMORY = 64 << 20  # octets, for the strongest hash that is accepted
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_HASH = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{16,}={0,2})\$([A-Za-z0-9+/]{43}=?)")


@dataclass(frozen=True, slots=True)
class Hash:
    """Of a password, by scrypt (RFC 7914)."""

    cost: int  # binary logarithm of the rounds
    block: int
    lanes: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> Self:
        salt = secrets.token_bytes(_SALT)
        return cls(_COST, _BLOCK, _LANES, salt, _digest(password, _COST, _BLOCK, _LANES, salt))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None: it is none, or one that would cost too much to check."""
        found = _HASH.fullmatch(text)
        if found is None:
            return None
        cost, block, lanes = (int(number) for number in found.groups()[:3])
        if not (1 <= cost <= 20 and block and lanes and 128 * block * (lanes + (1 << cost)) <= _MEMORY):
            return None
        salt, digest = (b64decode(word.rstrip("=") + "==") for word in found.groups()[3:])
        return cls(cost, block, lanes, salt, digest)

    def __str__(self) -> str:
        salt, digest = (b64encode(octets).decode().rstrip("=") for octets in (self.salt, self.digest))
        return f"$scrypt$ln={self.cost},r={self.block},p={self.lanes}${salt}${digest}"

    def fits(self, password: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(password, self.cost, self.block, self.lanes, self.salt))


_NOBODY = Hash(_COST, _BLOCK, _LANES, bytes(_SALT), bytes(32))
"""No password has this digest."""


@dataclass(frozen=True, slots=True)
class User:
    name: str
    hash: Hash = field(repr=False)
    senders: frozenset[str]  # canonical addresses, and domains, whose addresses are all its own

    def may_write_as(self, address: str) -> bool:
        known = canonical(address)
        return known in self.senders or domain_of(known) in self.senders


@dataclass(frozen=True, slots=True)
class Users:
    by_name: Mapping[str, User] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), repr=False, compare=False)

    @classmethod
    def of(cls, text: str, file: str) -> Self:
        """What `file` says; ConfigurationError with each line that cannot be understood."""
        users: dict[str, User] = {}
        problems: list[Problem] = []
        for number, line in enumerate(text.splitlines(), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            user = _user(*words)
            if isinstance(user, str):
                problems.append(Problem(file, number, "user", user))
            elif user.name in users:
                problems.append(Problem(file, number, "user", f"'{user.name}' is there twice"))
            else:
                users[user.name] = user
        if problems:
            raise ConfigurationError(problems)
        return cls(users)

    async def logged_in(self, name: str, password: str) -> User | None:
        """The user, if that is the password. In a thread: the others are served meanwhile."""
        user = self.by_name.get(name)
        checked = user.hash if user else _NOBODY
        async with self._turns:
            fits = len(password) <= LONGEST and await asyncio.to_thread(checked.fits, password)
        return user if fits else None


def _user(name: str, hashed: str = "", *senders: str) -> User | str:
    """The user of a line, or what is wrong with it. The hash is not repeated."""
    if not _NAME.fullmatch(name):
        return "a name has up to 64 letters, digits and _.@-"
    known = Hash.read(hashed)
    if known is None:
        return f"after the name '{name}' comes a hash of scrypt; make the line with: mailflow password {name} SENDER…"
    if not senders:
        return f"'{name}' may write as nobody: name addresses or domains"
    return User(name, known, frozenset(canonical(each) if "@" in each else domain_of(f"@{each}") for each in senders))


def _digest(password: str, cost: int, block: int, lanes: int, salt: bytes) -> bytes:
    return scrypt(
        password.encode("utf-8", "surrogateescape"),
        salt=salt,
        n=1 << cost,
        r=block,
        p=lanes,
        maxmem=2 * _MEMORY,
        dklen=32,
    )
