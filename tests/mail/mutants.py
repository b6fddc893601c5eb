"""Mails with one to four accidents (F1). Seed and number say what a mutant is, so that it can be made again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

PARENTS: Sequence[bytes] = [
    path.read_bytes()[: 256 << 10] for path in sorted((Path(__file__).parent.parent / "messages").glob("*.eml"))
]
NASTY = rb"""
\n\n \r \r\n \n\x20 \0 \xff \xed\xa0\x80 \x1b$B \x1b(B +2AA- ~{ -- --b --b-- ; ;; = =? ?= =?utf-8?q? =?utf-7?b?+2AA-?=
< > << @ @@ ( (((( ) , : :; " \\ multipart/mixed multipart/alternative multipart/signed message/rfc822 text/html
message/delivery-status application/ms-tnef application/pkcs7-mime text/calendar text/rtf base64 quoted-printable
x-uuencode ;boundary= ;boundary="" ;charset=idna ;charset=utf-16 ;name*0*=utf-8'' ;name*1=x ;format=flowed From:\x20
Content-Type:\x20 Content-Transfer-Encoding:\x20base64\n Content-Disposition:\x20attachment\n Date:\x20 References:\x20<
begin\x20644\x20x\n end\n Final-Recipient:\x20rfc822;\x20 >\x20 On\x202\x20March\x202026\x20Anna\x20wrote:\n -----\n <p>
<!-- --> <table> </td> &#xD800; &amp <style> {\\rtf1 BEGIN:VCALENDAR\n -----BEGIN\x20PGP\x20SIGNED\x20MESSAGE-----\n
""".split()
TOKENS = [token.decode("unicode_escape").encode("latin-1") for token in NASTY]
CHARSETS = b"utf-8 us-ascii iso-8859-1 utf-7 utf-16 utf-32 iso-2022-jp hz gb18030 koi8-r idna rot13 x".split()

Accident = Callable[[bytes, Random], bytes]


def mutant(seed: int, number: int) -> bytes:
    random = Random(f"{seed} {number}")
    octets = random.choice(PARENTS)
    for _ in range(random.randint(1, 4)):
        octets = random.choice(ACCIDENTS)(octets, random)
    return octets


def flipped(octets: bytes, random: Random) -> bytes:
    changed = bytearray(octets)
    for _ in range(min(len(changed), random.randint(1, 20))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def lines_swapped(octets: bytes, random: Random) -> bytes:
    lines = octets.splitlines(keepends=True) or [b""]
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def line_repeated(octets: bytes, random: Random) -> bytes:
    lines = octets.splitlines(keepends=True) or [b""]
    at = random.randrange(len(lines))
    return b"".join([*lines[:at], lines[at] * random.choice((2, 3, 50)), *lines[at:]])


def line_lost(octets: bytes, random: Random) -> bytes:
    lines = octets.splitlines(keepends=True) or [b""]
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def spliced(octets: bytes, random: Random) -> bytes:
    """The header of one mail, the body of another."""
    head, blank, _ = octets.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head + blank + random.choice(PARENTS).replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def fields_moved(octets: bytes, random: Random) -> bytes:
    """Fields of another mail in front of its own."""
    fields = random.choice(PARENTS).partition(b"\n\n")[0].splitlines(keepends=True) or [b""]
    at = random.randrange(len(fields))
    return b"".join(fields[at : at + random.randint(1, 5)]) + octets


def boundary_damaged(octets: bytes, random: Random) -> bytes:
    places = [at for at in range(len(octets) - 1) if octets[at : at + 2] == b"--"][:200]
    if not places:
        return octets + b"\n--b\n"
    at = random.choice(places)
    return octets[:at] + random.choice((b"", b"-", b"---", b"\n--", b"-- ", b"--\0")) + octets[at + 2 :]


def charset_swapped(octets: bytes, random: Random) -> bytes:
    head, charset, rest = octets.partition(b"charset=")
    return head + charset + random.choice(CHARSETS) + rest.lstrip(b'"')[random.randint(0, 8) :]


def truncated(octets: bytes, random: Random) -> bytes:
    return octets[: random.randint(0, len(octets))]


def with_token(octets: bytes, random: Random) -> bytes:
    at = random.randint(0, random.choice((len(octets), min(len(octets), 600))))  # as often in the header
    return octets[:at] + random.choice(TOKENS) * random.choice((1, 1, 1, 2, 40)) + octets[at:]


ACCIDENTS: Sequence[Accident] = (
    flipped,
    lines_swapped,
    line_repeated,
    line_lost,
    spliced,
    fields_moved,
    boundary_damaged,
    charset_swapped,
    truncated,
    with_token,
    with_token,
)
