"""How commands show things: JSON for programs, tables and plain text for people.

Whatever comes from mail is made harmless to a terminal first, in both.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailflow.maillog import escape

WIDTH_IN_A_PIPE = 160
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

Shown = Mapping[str, Any]


def print_json(value: object) -> None:
    """One object on one line. What a terminal could obey is written as \\uXXXX, which is the same JSON."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    say(_NOT_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_list(rows: Iterable[Shown], columns: Sequence[str], *, as_json: bool, nothing: str) -> None:
    """Rows of a list: every key as JSON, or the `columns` as a table. `nothing` is said when there are none."""
    rows = list(rows)
    if as_json:
        for row in rows:
            print_json(row)
    elif rows:
        print_table(columns, [[row.get(column) for column in columns] for row in rows])
    else:
        print(nothing, file=sys.stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        is_number = column in ("id", "number", "size", "attempts", "ticket")
        table.add_column(column.replace("_", " "), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE, highlight=False).print(table)


def print_values(row: Shown) -> None:
    """One thing for people: a line for each value; text of several lines is indented below its name."""
    for name, value in row.items():
        if isinstance(value, str) and "\n" in value.strip():
            say(f"{name.replace('_', ' ')}:")
            say("\n".join(f"    {line}" for line in paragraph(value).splitlines()))
        else:
            say(f"{name.replace('_', ' '):<14} {cell(value)}")


def cell(value: object) -> str:
    """One value in a table: short, on one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value) or "-"
    if isinstance(value, Mapping):
        return cell(value.get("address") or value.get("name") or next(iter(value.values()), None))
    return escape(moment(value))


def moment(value: object) -> str:
    """A time of day as people write it, in the local zone; anything else as it is."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    return str(value)


def paragraph(text: str) -> str:
    """Text of a mail, with its lines."""
    return "\n".join(escape(line) for line in text.splitlines())


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
