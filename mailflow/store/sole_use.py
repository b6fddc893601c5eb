"""One daemon per SQLite file. Commands may write beside it, a second daemon may not: it would claim the same mail."""

import fcntl
from pathlib import Path
from typing import IO

from mailflow.errors import Refused, StoreAway
from mailflow.ownership import no_access


def claim_sole_use(path: Path) -> IO[bytes]:
    """Lock `path` (`Database.lock_file`) until the returned file is closed or the program dies, even by kill -9."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise StoreAway(no_access(path, error)) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Refused(f"another mailflow runs on this database: {path} is locked") from None
    return file
