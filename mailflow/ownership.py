"""Whose files are they: what is written is customers' mail, so it is for one user only; another's is not ours to use.

Used by whatever creates files: standing, store.database, store.sole_use, the command line.
"""

import os
import pwd
from pathlib import Path

FOR_US_ONLY = 0o077
"""The umask: no permission for the group or others, whatever the user's shell says."""


def user() -> str:
    """The name of who runs this, else its number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # in a container
        return str(os.geteuid())


def no_access(path: Path, error: OSError) -> str:
    """Why `path` cannot be made or opened, and who would have to be able to."""
    return f"{path}: {error.strerror}; {path.parent} must be writable for {user()}, or run this as its owner"
