"""The mail that another passes on in its text: whose it was, by the header that mail programs copy above it.

    ---------- Forwarded message ---------
    From: Anna Nowak <anna@firma.example>
    Date: Mon, 2 Nov 2026 at 10:00
    Subject: The printer burns

Only the first of them counts, and only if exactly one address stands in its From: a name may be anybody's address.
Whoever passed it on may have written it too: it is their word, and no proof.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from mailflow.mail.address import canonical
from mailflow.mail.compose import writable
from mailflow.mail.replies import copied_header, signature
from mailflow.mail.replies.introduction import LONGEST_LINE

LOOKED_AT = 500
"""Lines in which the copied header begins: above it stand the words of who passes it on."""
_QUOTED = re.compile(r"(?:>[ \t]?){1,3}")
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"'*]{1,64}@[^\s<>()\[\]:;,\"'*@]{1,255}")
_NOT_A_NAME = " \t\"'*<>()[]:;,"


@dataclass(frozen=True, slots=True)
class Forward:
    author: str  # one clean address
    name: str
    subject: str
    text: str
    above: str  # the words of who passed it on


def forward_in(text: str) -> Forward | None:
    """Of a mail whose subject says that it passes one on; None when it does not tell whose that was."""
    lines = text.split("\n")
    bare = [_QUOTED.sub("", line, count=1).strip() for line in lines[: LOOKED_AT + copied_header.BLOCK]]
    at = next((at for at in range(min(LOOKED_AT, len(bare))) if _begins(bare, at)), None)
    if at is None:
        return None
    first = next((n for n in range(at, len(bare)) if copied_header.field_of(bare[n])), len(bare))
    if first - at > copied_header.GAP:
        return None
    fields = _fields(bare[first : first + copied_header.BLOCK])
    addresses = list(dict.fromkeys(map(canonical, _ADDRESS.findall(fields.get("from", "")))))
    if len(addresses) != 1 or not writable(addresses[0]):
        return None
    below = lines[first + len(_block(bare[first : first + copied_header.BLOCK])) :]
    return Forward(
        author=addresses[0],
        name=_name(fields["from"]),
        subject=fields.get("subject", ""),
        text="\n".join(_unquoted(below)).strip("\n"),
        above="\n".join(_words(lines[:at])).strip("\n"),
    )


def _begins(bare: list[str], at: int) -> bool:
    line = bare[at]
    if not line or len(line) > LONGEST_LINE:
        return False
    drawn = copied_header.is_framed(line) and (
        copied_header.is_forwarded(line) or copied_header.is_original(bare, at) or _is_above(bare, at)
    )
    return drawn or copied_header.is_header(bare, at)


def _is_above(bare: list[str], at: int) -> bool:
    return copied_header.is_drawn(bare[at]) and copied_header.is_above_header(bare, at)


def _block(bare: Sequence[str]) -> list[str]:
    """Up to the empty line below it."""
    return list(takewhile(bool, bare))


def _fields(bare: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _block(bare):
        _, _, value = line.replace("\uff1a", ":").partition(":")
        if kind := copied_header.field_of(line):
            found.setdefault(kind, value.strip("* \t"))
    return found


def _name(field: str) -> str:
    """What stands before the address; '' when that is all."""
    found = _ADDRESS.search(field)
    before = field[: found.start()] if found else ""
    return before.replace("mailto:", "").strip(_NOT_A_NAME)


def _unquoted(lines: list[str]) -> list[str]:
    """A forward that is marked as a quotation is marked wholly."""
    written = [line for line in lines if line.strip()]
    marked = bool(written) and all(line.lstrip().startswith(">") for line in written)
    return [_QUOTED.sub("", line.lstrip(), count=1) if marked else line for line in lines]


def _words(lines: list[str]) -> list[str]:
    return list(takewhile(lambda line: not signature.is_delimiter(line.strip() or "x"), lines))
