"""Column types of our own.

What outsiders write can hold a NUL (PostgreSQL refuses it, SQLite keeps it) or a lone surrogate (no driver takes it;
an argument of the command line can bring one). The parser scrubs its text; this is the last door, so that no mail is
ever refused by one database and kept by the other.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Dialect, String, TypeDecorator

from mailflow.desk.timing.pause import Pause, Why

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Text(TypeDecorator[str]):
    """Text of any length; what no database can keep becomes U+FFFD, the same on both."""

    impl = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Instead of `process_bind_param`, which is a detour: thirty values of each message come this way."""
        return _storable_or_none


class Pauses(TypeDecorator[tuple[Pause, ...]]):
    """JSON: since, until or null, and why, of each."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[Pause, ...] | None, dialect: Dialect) -> str:
        rows = [(each.since.isoformat(), each.until and each.until.isoformat(), each.why.name) for each in value or ()]
        return json.dumps(rows) if rows else "[]"

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Pause, ...]:
        return tuple(
            Pause(datetime.fromisoformat(since), Why[why], datetime.fromisoformat(until) if until else None)
            for since, until, why in json.loads(value or "[]")
        )


def _storable_or_none(value: str | None) -> str | None:
    return value if value is None else storable(value)


def storable(text: str) -> str:
    if text.isascii() and "\0" not in text:  # the common case, and cheap
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def storable_json(value: object) -> str:
    """JSON for a column, every text in it storable."""
    return json.dumps(_all_storable(value), ensure_ascii=False, separators=(",", ":"))


def _all_storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _all_storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_all_storable(item) for item in value]
    return value
