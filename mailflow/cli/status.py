"""`mailflow status`: what is waiting, and what needs a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from mailflow.cli.opening import now, reading
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import cell, print_json, say
from mailflow.store import views


def status(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What is waiting, and what needs a person."""
    with reading(config) as connection:
        found = views.status(connection, now())
    if as_json:
        print_json(found)
        return
    for line in _lines(found, ""):
        say(line)


def _lines(found: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name.replace('_', ' ')}"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name.replace('_', ' '):<{24 - len(indent)}}{cell(value)}"
