"""The text of a TOML file as a table, or what is wrong with it in words that help who wrote it."""

import tomllib
from collections.abc import Mapping
from typing import Any

from mailflow.errors import ConfigurationError, Problem

SYNTAX: Mapping[str, str] = {
    "Illegal character": ": is the quote at the end of the text missing?",
    "Invalid value": ": text stands in straight quotes, a switch is true or false, and something must stand there",
    "Expected newline": ": one key = value on a line; is a quote or a # missing?",
    "Expected '='": ": write key = value",
    "Unescaped '\\'": ": write a backslash twice",
    "Cannot overwrite": ": a key is there twice",
}
"""What to look at when `tomllib` complains."""


def table_of(text: str, file: str) -> dict[str, Any]:
    """ConfigurationError when it is no TOML: with the line, and what to look at."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).rpartition(" (at ")
        line = place.removeprefix("line ").partition(",")[0]
        number = int(line) if line.isdigit() else text.count("\n") + 1  # '(at end of document)'
        hint = next((hint for begin, hint in SYNTAX.items() if what.startswith(begin)), "")
        raise ConfigurationError([Problem(file, number, "syntax", (what or str(error)) + hint)]) from None
    except RecursionError:
        raise ConfigurationError([Problem(file, 0, "syntax", "is nested too deeply")]) from None
