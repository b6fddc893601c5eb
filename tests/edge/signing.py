"""RSA keys and DKIM signatures, made in the test that needs them."""

import base64
import random
from dataclasses import dataclass
from functools import cache

import dkim

E = 65537


@dataclass(frozen=True)
class Key:
    bits: int
    private: bytes  # PEM, PKCS #1
    record: str  # of its domain


@cache
def key(bits: int = 1024, seed: int = 1) -> Key:
    """The same one every time: a test must not depend on luck."""
    chance = random.Random(f"{bits} {seed}")
    while True:
        p, q = _prime(bits // 2, chance), _prime(bits // 2, chance)
        if p != q and (p * q).bit_length() == bits:
            break
    n, d = p * q, pow(E, -1, (p - 1) * (q - 1))
    numbers = (0, n, E, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    private = base64.encodebytes(_sequence(*map(_integer, numbers)))
    algorithm = _sequence(bytes.fromhex("06092a864886f70d0101010500"))
    public = _sequence(algorithm, _tagged(3, b"\0" + _sequence(_integer(n), _integer(E))))
    pem = b"-----BEGIN RSA PRIVATE KEY-----\n" + private + b"-----END RSA PRIVATE KEY-----\n"
    return Key(bits, pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}")


def signed(message: bytes, domain: str = "kunde.example", by: Key | None = None, **how: object) -> bytes:
    """`message` with a DKIM-Signature of `domain` on top, selector s1."""
    private = (by or key()).private
    covers = how.pop("covers", [b"from", b"to", b"subject", b"date", b"message-id"])
    signature = dkim.sign(message, b"s1", domain.encode(), private, include_headers=covers, **how)
    return bytes(signature) + message


def _prime(bits: int, chance: random.Random) -> int:
    while True:
        candidate = chance.getrandbits(bits) | 1 | 3 << (bits - 2)
        if candidate % E != 1 and all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7)):
            return candidate


def _tagged(tag: int, body: bytes) -> bytes:
    length = len(body)
    if length < 128:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 128 | len(octets)]) + octets + body


def _integer(number: int) -> bytes:
    return _tagged(2, number.to_bytes(number.bit_length() // 8 + 1))


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))
