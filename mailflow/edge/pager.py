"""A page by one step of a ladder, by whatever way it names but mail: once, within a time limit, and never an exception
of theirs. What a secret is in stays in its file and in memory: no outcome names it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailflow.config import Step
from mailflow.config.paging import webhook_url
from mailflow.edge.pager_command import run
from mailflow.errors import Trouble


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attempt, in words that are kept and shown."""

    reached: bool
    said: str


class Pager:
    """`line_of` reads the first line of a file with a secret, and raises Trouble."""

    def __init__(self, line_of: Callable[[Path | None], str]) -> None:
        self._line_of = line_of

    async def page(self, step: Step, page: Mapping[str, str | int], seconds: float) -> Tried:
        body = json.dumps(page).encode()
        if step.command:
            return Tried(*await run(step.command, body, seconds))
        try:
            url, fields = self._url(step), self._header(step)
        except Trouble as trouble:
            return Tried(False, str(trouble))
        from mailflow.edge.webhook import post  # its library is large, and few page by webhook

        return Tried(*await post(url, body, fields, seconds, step.ca_file))

    def _url(self, step: Step) -> str:
        if step.webhook_file is None:
            return step.webhook
        try:
            return webhook_url(self._line_of(step.webhook_file).strip())
        except ValueError as error:
            raise Trouble(f"webhook_file {error}") from None

    def _header(self, step: Step) -> Mapping[str, str]:
        """RFC 9110 5: one field, visible ASCII."""
        if step.header_file is None:
            return {}
        name, colon, value = self._line_of(step.header_file).partition(":")
        known = name.replace("-", "").isalnum() and name.isascii()
        if not (colon and known and value.strip() and value.isascii() and value.isprintable()):
            raise Trouble("header_file is no header field; write 'Authorization: Bearer …', one line of ASCII")
        return {name: value.strip()}
