"""A file of an admin as text, and which files there are."""

from collections.abc import Sequence
from pathlib import Path

from mailflow.errors import ConfigurationError, Problem


def files_of(folders: Sequence[Path], *names: str) -> list[Path]:
    """Those that fit one of `names` (patterns below a folder); of the same one in several folders the first."""
    found: dict[Path, Path] = {}
    for folder in folders:
        for file in (file for each in names for file in folder.glob(each)):
            found.setdefault(file.relative_to(folder), file)
    return sorted(found.values())


def text_of(file: Path) -> str:
    """ConfigurationError when it cannot be read, or is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError([Problem(str(file), 0, "file", f"cannot be read: {why}")]) from None
