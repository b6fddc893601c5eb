"""A file of an admin as text, which files there are, and what they say together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from mailflow.errors import ConfigurationError, Problem

T = TypeVar("T")


def files_of(folders: Sequence[Path], *names: str) -> list[Path]:
    """Those that fit one of `names` (patterns below a folder), in the order of their names; of the same one in several
    folders the first. Not what an editor keeps beside a file that is open in it."""
    found: dict[Path, Path] = {}
    for folder in folders:
        for file in (file for each in names for file in folder.glob(each)):
            if not (file.is_dir() or file.name.startswith(".")):
                found.setdefault(file.relative_to(folder), file)
    return sorted(found.values())


def each_of(files: Iterable[Path], read: Callable[[Path], T], problems: list[Problem]) -> Iterator[T]:
    """What `read` makes of each; the mistakes of those that have some are added to `problems`."""
    for file in files:
        try:
            yield read(file)
        except ConfigurationError as error:
            problems += error.problems


def text_of(file: Path) -> str:
    """Without the mark that some editors put before it. ConfigurationError when it cannot be read, or is no text."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError([Problem(str(file), 0, "file", f"cannot be read: {why}")]) from None
