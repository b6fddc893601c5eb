"""token.key: the keys that sign tokens, one a line, `number hex`. The first signs, all of them verify.

A token is good for [limits] token_lifetime, and no longer than its key is in the file. `rotate` keeps the newest of the
old ones, so that tokens end with the second rotation after them.
"""

import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from mailflow.mail.token import Key

KEPT = 2
"""Keys after a rotation: the new one and the one before."""
NUMBERS = range(256)
SHORTEST = 16  # octets
ABOUT = "# Signs the tokens in our mail. Without this file no answer finds its ticket by token."
WANTED = "wants lines of: a number from 0 to 255, a blank, at least 32 hex digits"


def read(text: str) -> tuple[Key, ...]:
    """The keys in the text of the file; none when a line of it is no key."""
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    try:
        return tuple(_key(*words) for words in lines if words)
    except (TypeError, ValueError):
        return ()


def make(file: Path) -> None:
    """With one key; if another made the file at the same time, that one counts."""
    file.parent.mkdir(parents=True, exist_ok=True)

    def keep(written: Path) -> None:
        with suppress(FileExistsError):
            os.link(written, file)
        written.unlink()

    _write(file, [_new(())], keep)


def rotate(file: Path, keys: tuple[Key, ...]) -> int:
    """A new key before those in the file, which are `keys`. How many are gone that verified until now."""
    owner = file.stat()

    def keep(written: Path) -> None:
        if os.geteuid() == 0:
            os.chown(written, owner.st_uid, owner.st_gid)
        written.replace(file)

    _write(file, [_new(keys), *keys[: KEPT - 1]], keep)
    return len(keys[KEPT - 1 :])


def _new(keys: Iterable[Key]) -> Key:
    """With a number that no other has: it stands in every token."""
    taken = {key.number for key in keys}
    return Key(secrets.choice([number for number in NUMBERS if number not in taken]), secrets.token_bytes(32))


def _key(number: str, digits: str) -> Key:
    key = Key(int(number), bytes.fromhex(digits))
    if key.number not in NUMBERS or len(key.secret) < SHORTEST:
        raise ValueError(number)
    return key


def _write(file: Path, keys: Iterable[Key], keep: Callable[[Path], None]) -> None:
    """Whole or not at all, for our eyes only."""
    descriptor, name = mkstemp(dir=file.parent, prefix=file.name)  # mode 0600
    temporary = Path(name)
    try:
        with open(descriptor, "w", encoding="ascii") as written:
            written.write("\n".join([ABOUT, *(f"{key.number} {key.secret.hex()}" for key in keys), ""]))
            written.flush()
            os.fsync(written.fileno())
        keep(temporary)
    finally:
        temporary.unlink(missing_ok=True)
