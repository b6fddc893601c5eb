"""On which line of a TOML text each key stands, because `tomllib` does not say and an admin wants to know.

Reads text that `tomllib` has accepted (TOML 1.0), so it needs to find ends, not mistakes. A path is a tuple of keys and
of positions in arrays, as in the errors of pydantic: `("imap", 0, "host")`.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_SCALAR = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}'  # strings of several lines; up to two quotes may stand before the end
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
    r"|[^,\]}\n#]+",  # numbers, dates, booleans
    re.DOTALL,
)


def lines_of(text: str) -> Mapping[Path, int]:
    """The 1-based line of every table, key and array element. A key that stands nowhere has the line of its table."""
    return _Scanner(text).scan()


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest thing around it; 0 for the file as a whole."""
    while path and path not in lines:
        path = path[:-1]
    return lines[path] if path else 0


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._tables: dict[Path, int] = {}  # how often [[each]] was opened
        self._lines: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._skip("["):
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)
        return self._lines

    def _header(self) -> Path:
        line, repeated = self._line(), self._skip("[")
        path = self._inside(self._keys(), line)
        if repeated:
            path = path[:-1] if isinstance(path[-1], int) else path
            position = self._tables.get(path, 0)
            self._tables[path] = position + 1
            path = (*path, position)
        self._skip("]")
        self._skip("]")
        self._lines.setdefault(path, line)
        return path

    def _inside(self, keys: list[str], line: int) -> Path:
        """A path in which the newest of each [[table]] is meant. Tables on the way come into being on this line."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._lines.setdefault(path, line)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line, path = self._line(), table
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._skip("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._take(_BLANK)
        if self._skip("["):
            position = 0
            while not self._skip("]") and self._at < len(self._text):
                self._lines[(*path, position)] = self._line()
                self._value((*path, position))
                self._skip(",")
                position += 1
        elif self._skip("{"):
            while not self._skip("}") and self._at < len(self._text):
                self._pair(path)
                self._skip(",")
        else:
            self._take(_SCALAR)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._take(_BLANK)
            word = self._take(_KEY)
            keys.append(next(iter(tomllib.loads(f"{word} = 0"))) if word else "")
            if not self._take(_DOT):
                return keys

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at - 1) + 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None or match.end() == self._at:
            return ""
        self._at = match.end()
        return match[0]

    def _skip(self, character: str) -> bool:
        """Past `character` and the blanks around it, if it comes next."""
        self._take(_BLANK)
        if not self._text.startswith(character, self._at):
            return False
        self._at += 1
        self._take(_BLANK)
        return True
