"""What two mail servers said to each other (RFC 5321), as a report shows it, whatever marks the sides.

`>>> RCPT TO:<jan@weg.example>` and `<<< 550 5.1.1 unknown`, the arrows the other way round, 'C:' and 'S:', 'Sent' and
'Received': which words are a command and which a reply is seen without them.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.mail.reports.named import addresses_in, unique

_SIDE = r"\s{0,20}+(?:(?:[a-z]{1,12}+\s?)?[:<>|=*\[\]-]{1,6}+\s{0,4}+)?"
_PATH = r":\s?<?[^<>\s]{0,320}+>?(?:\s(?:smtputf8|[a-z]{2,10}=\S{1,400}+)){0,8}"
_COMMAND = re.compile(
    rf"{_SIDE}(?:(mail from|rcpt to){_PATH}|(?:ehlo|helo|lhlo)\s\S{{1,255}}|(data|\.)|rset|noop|starttls|quit)\s*\Z",
    re.IGNORECASE,
)
_REPLY = re.compile(rf"{_SIDE}([2-5]\d\d)(?:([ -])|\s*\Z)", re.IGNORECASE)
RECIPIENT, CONTENT = "rcpt to", ("data", ".")
REFUSED = ("4", "5")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Whom the server did not take, and whom it did."""

    refused: tuple[str, ...]
    accepted: tuple[str, ...]


def dialogue_in(lines: Sequence[str]) -> Dialogue:
    """Who refuses the content refuses everybody it was for."""
    accepted: list[str] = []
    refused: list[str] = []
    for verb, address, code in _answered(lines):
        fails = code.startswith(REFUSED)
        if verb == RECIPIENT and address:
            (refused if fails else accepted).append(address)
        elif verb in CONTENT and fails:
            refused, accepted = [*refused, *accepted], []
    return Dialogue(refused=tuple(unique(refused)), accepted=tuple(unique(accepted)))


def belongs(line: str) -> bool:
    """Whether it is a command or a reply, and nothing else."""
    return bool(_COMMAND.match(line) or _REPLY.match(line))


def _answered(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each command with its address and the code of its reply: in order, as a client may send several (RFC 2920)."""
    waiting: deque[tuple[str, str]] = deque()
    for line in lines:
        command = _COMMAND.match(line)
        if command:
            verb = (command.group(1) or command.group(2) or "").lower()
            waiting.append((verb, next(iter(addresses_in(line)), "")))
            continue
        reply = _REPLY.match(line)
        if reply and waiting and reply.group(2) != "-":
            yield (*waiting.popleft(), reply.group(1))
