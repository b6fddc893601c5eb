"""What is in a table of TOML that may be wrong: a value of another type than is wanted is passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from mailflow.tomllines import Path

Table = Mapping[str, Any]


def entries(table: Table, name: str) -> list[tuple[Path, Table]]:
    """Those of [[name]], and where they stand."""
    found = table.get(name)
    return [
        ((name, position), entry)
        for position, entry in enumerate(found if isinstance(found, list) else [])
        if isinstance(entry, dict)
    ]


def word_in(table: Table, key: str) -> str:
    """'' where there is none."""
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""


def words_in(table: Table, key: str) -> list[tuple[int, str]]:
    """Those of a list, and where they stand in it."""
    values = table.get(key)
    words = enumerate(values if isinstance(values, list) else [])
    return [(position, each.strip()) for position, each in words if isinstance(each, str)]


def strings_in(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """All text in it, however deep."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from strings_in(inner, (*path, key))
