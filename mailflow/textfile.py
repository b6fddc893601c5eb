"""A file of an admin as text, which files there are, and what they say together."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from errno import EACCES
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_ISDIR
from typing import TypeVar

from mailflow.errors import ConfigurationError, Problem
from mailflow.ownership import unreadable

T = TypeVar("T")
LOST = "lost+found"
"""Of a filesystem that is mounted there: for root only, and nothing of ours."""


def files_of(folders: Sequence[Path], names: Sequence[str], problems: list[Problem]) -> list[Path]:
    """Those that fit one of `names` (patterns below a folder), in the order of their names; of the same one in several
    folders the first. Not what an editor keeps beside a file that is open in it. A folder that is not there has none;
    one that cannot be looked into, which `Path.glob` passes over, is added to `problems`."""
    found: dict[Path, Path] = {}
    for folder in folders:
        for file in (file for each in names for file in _below(folder, each.split("/"), problems)):
            found.setdefault(file.relative_to(folder), file)
    return sorted(found.values())


def _below(folder: Path, names: Sequence[str], problems: list[Problem]) -> Iterator[Path]:
    """Files at the end of a path of `names`, each the pattern of one step."""
    name, *further = names
    try:
        with os.scandir(folder) as there:
            fitting = [each for each in there if fnmatchcase(each.name, name) and _is(each, folder=bool(further))]
        if not os.access(folder, os.X_OK, effective_ids=True):
            raise PermissionError(EACCES, os.strerror(EACCES))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if (problem := Problem(str(folder), 0, "folder", unreadable(folder, error))) not in problems:
            problems.append(problem)
        return
    for each in fitting:
        if further:
            yield from _below(folder / each.name, further, problems)
        else:
            yield folder / each.name


def _is(entry: os.DirEntry[str], *, folder: bool) -> bool:
    """A folder, or a file. What it is a link to may be closed to us: whoever opens it says so."""
    if entry.name.startswith(".") or entry.name == LOST:
        return False
    try:
        return entry.is_dir() is folder
    except OSError:
        return True


def is_gone(folder: Path) -> bool:
    """It is not there, or no folder. Not: it cannot be looked into, which `files_of` says."""
    try:
        return not S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


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
    except OSError as error:
        raise ConfigurationError([Problem(str(file), 0, "file", unreadable(file, error))]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Problem(str(file), 0, "file", "cannot be read: it is not UTF-8")]) from None
