"""Whose files are they: what is written is customers' mail, so it is for one user only; another's is not ours to use.

Used by whatever creates files: standing, store.database, store.health.sole_use, the command line.
"""

import os
import pwd
from dataclasses import dataclass, replace
from pathlib import Path

FOR_US_ONLY = 0o077
"""The umask: no permission for the group or others, whatever the user's shell says."""


def user() -> str:
    """The name of who runs this, else its number."""
    return _name(os.geteuid())


def owner_of(path: Path) -> str:
    """The name of who owns it; '' where nobody may look."""
    try:
        return _name(path.lstat().st_uid)
    except OSError:
        return ""


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # in a container
        return str(number)


@dataclass(frozen=True, slots=True)
class Strays:
    """What lies in a folder and is not its owner's, as when root ran a command there."""

    folder: Path
    files: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path) -> "Strays":
        """None where nobody may look: whoever needs the folder says so."""
        try:
            owner = folder.stat().st_uid
            there = [each for each in sorted(folder.iterdir()) if not each.is_socket()]
            return cls(folder, tuple(each for each in there if each.lstat().st_uid != owner))
        except OSError:
            return cls(folder, ())

    @property
    def barred(self) -> "Strays":
        """Those that we may not read or write."""
        return replace(
            self, files=tuple(each for each in self.files if not os.access(each, os.R_OK | os.W_OK, effective_ids=True))
        )

    def __str__(self) -> str:
        owners = sorted({_name(each.lstat().st_uid) for each in self.files})
        return f"{', '.join(map(str, self.files))}: of {', '.join(owners)}, in the folder of {self.folder.owner()}"

    @property
    def mend(self) -> str:
        """The command for root."""
        return f"chown --reference={self.folder} {' '.join(map(str, self.files))}"


def no_access(path: Path, error: OSError) -> str:
    """Why `path` cannot be made or opened, and who would have to be able to."""
    return f"{path}: {error.strerror}; {path.parent} must be writable for {user()}, or run this as its owner"


def unreadable(path: Path, error: OSError) -> str:
    """Why `path` cannot be read; where that is a matter of rights, whose it is and who would have to be able to."""
    why = f"cannot be read: {error.strerror or type(error).__name__}"
    if not isinstance(error, PermissionError):
        return why
    try:
        seen = path.stat()
    except OSError:  # a folder above it is closed
        return f"{why}; {user()} may not look into {path.parent}"
    mode = f"{seen.st_mode & 0o777:04o}"
    return f"{why}; it belongs to {_name(seen.st_uid)} (mode {mode}) and must be readable for {user()}"
