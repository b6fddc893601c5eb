"""The machine-readable part of a delivery report (RFC 3464, RFC 6533): who, what was done, which status, and why."""

import re
from collections.abc import Iterator

from mailflow.mail.message import ReportRecipient
from mailflow.mail.reports.failure import status_of

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
LONGEST_DIAGNOSTIC = 1_000
LONGEST_FIELD = 4_096
RECIPIENTS = ("original-recipient", "final-recipient", "x-actual-recipient")
"""Whom a person would call the recipient: the address that was written to, before any forwarding."""

_Fields = dict[str, str]
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_UNICODE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_XTEXT = re.compile(r"\+(2B|3D)")
LAST_CODE_POINT = 0x10FFFF


def looks_like_status(text: str) -> bool:
    """Whether a part of another type holds the fields of one: some gateways change the type."""
    names = {line.partition(":")[0].strip().lower() for line in text[:LONGEST_FIELD].splitlines()}
    return "reporting-mta" in names and not names.isdisjoint(RECIPIENTS)


def recipients_in(status: str) -> Iterator[ReportRecipient]:
    for fields in _groups(status):
        recipient = _recipient(fields)
        if recipient:
            yield recipient


def _groups(status: str) -> Iterator[_Fields]:
    """Groups of fields between blank lines (RFC 3464 2.1); some writers forget the blank line, but not the order."""
    fields: _Fields = {}
    name = ""
    for line in [*status.splitlines(), ""]:
        if line[:1] in (" ", "\t") and line.strip() and name in fields:
            fields[name] = f"{fields[name]} {line.strip()}"[:LONGEST_FIELD]
            continue
        name, colon, value = (piece.strip() for piece in line.partition(":"))
        name = name.lower()
        if fields and (not line.strip() or (name in fields and name == "final-recipient")):
            yield fields
            fields = {}
        if colon:
            fields.setdefault(name, value)


def _recipient(fields: _Fields) -> ReportRecipient | None:
    named = [name for name in RECIPIENTS if name in fields]
    diagnostic = _untyped(fields.get("diagnostic-code", ""))[:LONGEST_DIAGNOSTIC]
    addresses = (_address(value) for value in (*(fields[name] for name in named), diagnostic) if named)
    address = next((address for address in addresses if address), "")
    if not address:
        return None
    written = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic)
    code = written.group() if written else ""
    said = fields.get("action", "").lower()
    action = next((action for action in ACTIONS if said.startswith(action)), "")
    return ReportRecipient(
        address=address,
        action=action or _action_of(code or status_of(diagnostic, "", late=False)),
        status=code or _concluded(action, diagnostic),
        diagnostic=diagnostic,
    )


def _action_of(code: str) -> str:
    return {"4": "delayed", "2": "delivered"}.get(code[:1], "failed")


def _concluded(action: str, diagnostic: str) -> str:
    """'' when nothing is said, or nothing went wrong."""
    if not diagnostic or action not in ("", "failed", "delayed"):
        return ""
    return status_of(diagnostic, "", late=action == "delayed")


def _address(value: str) -> str:
    """`rfc822; anna@firma.example` -> the address; '' for a local user, an X.400 name and the like."""
    found = _ADDRESS.search(_UNICODE.sub(_letter, _untyped(value)))
    address = found.group().strip("'") if found else ""
    return _XTEXT.sub(lambda code: chr(int(code.group(1), 16)), address)


def _letter(code: re.Match[str]) -> str:
    """RFC 6533 3: `\\x{2D5D}` in a utf-8 address that had to be written in ASCII."""
    point = int(code.group(1), 16)
    return chr(point) if point <= LAST_CODE_POINT and not 0xD800 <= point < 0xE000 else ""


def _untyped(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and "@" not in kind and " " not in kind.strip() else value.strip()
