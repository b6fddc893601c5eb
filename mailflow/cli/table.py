"""Lists, as JSON for programs and as tables for people: a row is one line, however narrow the terminal is.

In a terminal, columns that say nothing are left out, then those that can be spared; what is too long ends in '…', and
the column that matters most has the rest of the width. In a pipe nothing is left out and nothing is cut.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Any

from rich.cells import cell_len, set_cell_size

from mailflow.cli.output import cell, print_json, say

GAP = "  "
READABLE = 20
"""Below so many cells for a text, another column gives way."""

Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` of a row, and what becomes of it where there is little room."""

    key: str
    title: str = ""
    shown: Callable[[Any], str] = cell
    most: int = 0  # cells in a terminal; 0: as many as it takes
    text: bool = False  # has a share of what the others leave
    spare: int = 0  # the highest gives way first; 0 stays
    right: bool = False  # a number

    @property
    def head(self) -> str:
        return self.title or self.key.replace("_", " ")


Filled = Mapping[Column, list[str]]
"""What stands in each column, from top to bottom."""


def print_list(rows: Iterable[Shown], columns: Sequence[Column], *, as_json: bool, nothing: str) -> None:
    """Rows of a list: every key as JSON, or the `columns` as a table. `nothing` is said when there are none."""
    rows = list(rows)
    if as_json:
        for row in rows:
            print_json(row)
    elif rows:
        for line in table(columns, rows, get_terminal_size().columns if sys.stdout.isatty() else None):
            say(line)
    else:
        print(nothing, file=sys.stderr)


def table(columns: Sequence[Column], rows: Sequence[Shown], width: int | None) -> Iterator[str]:
    """The lines of a table that is at most `width` wide; None: as wide as it gets."""
    full = {column: [column.shown(row.get(column.key)) for row in rows] for column in columns}
    if width is None:
        cells = {column: _widest(column, full[column]) for column in columns}
    else:
        cells = _shares(full, _that_fit(full, width), width)
    across = sum(cells.values()) + len(GAP) * (len(cells) - 1)
    yield _cut(_line((column.head for column in cells), cells), width or across)
    yield "─" * min(across, width or across)
    for values in zip(*(full[column] for column in cells), strict=True):
        yield _cut(_line(values, cells), width or across)


def _that_fit(full: Filled, width: int) -> list[Column]:
    shown = [column for column in full if any(value != "-" for value in full[column])]
    spares = sorted((column for column in shown if column.spare), key=lambda column: -column.spare)
    for spare in spares:
        cells = _shares(full, shown, width)
        if all(cells[column] >= min(READABLE, _widest(column, full[column])) for column in shown if column.text):
            break
        shown.remove(spare)
    return shown


def _shares(full: Filled, shown: Sequence[Column], width: int) -> dict[Column, int]:
    """The cells of each column: texts share what the others leave, and what one of them does not need."""
    cells = {column: 0 if column.text else _narrow(column, full[column]) for column in shown}
    rest = width - sum(cells.values()) - len(GAP) * (len(shown) - 1)
    texts = sorted((column for column in shown if column.text), key=lambda column: _widest(column, full[column]))
    for position, column in enumerate(texts):
        cells[column] = max(1, min(_widest(column, full[column]), rest // (len(texts) - position)))
        rest -= cells[column]
    return cells


def _narrow(column: Column, values: Sequence[str]) -> int:
    return min(_widest(column, values), column.most or 1 << 16)


def _widest(column: Column, values: Sequence[str]) -> int:
    return max(cell_len(value) for value in (column.head, *values))


def _line(values: Iterable[str], cells: Mapping[Column, int]) -> str:
    fitted = (_fitted(value, column, width) for value, (column, width) in zip(values, cells.items(), strict=True))
    return GAP.join(fitted).rstrip()


def _fitted(value: str, column: Column, cells: int) -> str:
    value = _cut(value, cells)
    blanks = " " * (cells - cell_len(value))
    return blanks + value if column.right else value + blanks


def _cut(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
