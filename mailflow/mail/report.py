"""Delivery reports: which of our mails did not arrive, for whom and why (RFC 3464; prose in `mail.prose_report`).

Reads a `message/delivery-status` part wherever it stands outside a forwarded message; a report without one, or with
one that names nobody, is read as prose. No report is believed because it is one: it counts only when it names a mail
of ours (desk). Reading and disposition notices (RFC 8098) and complaints (RFC 5965) are no delivery reports.
"""

import re
from collections.abc import Iterator

from mailflow.mail import prose_report
from mailflow.mail.charset import scrub, scrub_line
from mailflow.mail.message import Report, ReportRecipient
from mailflow.mail.part import Part

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers",
                  "message/global-headers")  # fmt: skip
ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
MOST_RECIPIENTS = 100
LONGEST_DIAGNOSTIC = 1_000
HEADER_OCTETS = 64 << 10  # of a returned message; its Message-ID stands in there

_MESSAGE_ID = re.compile(rb"^[> \t]*message-id:\s{0,80}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
LONGEST_FIELD = 4_096
_Fields = dict[str, str]


def report_of(root: Part, text: str) -> Report | None:
    """`text` is the readable body of the whole message."""
    parts = list(root.walk())  # an embedded message is a leaf: a report that somebody forwards is not read
    recipients = [*_recipients(parts)]
    if not recipients:
        said = prose_report.read(root.header, text, _returned_to(parts))
        if said is None:
            return None
        recipients = [*said]
    return Report(
        recipients=tuple(recipients[:MOST_RECIPIENTS]),
        original_message_id=_original_id(parts) or prose_report.original_id(root.header, text),
    )


def _recipients(parts: list[Part]) -> Iterator[ReportRecipient]:
    for part in parts:
        if part.content_type in STATUS_TYPES:
            for fields in _groups(part.text()):
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
    address = _address(fields.get("original-recipient", "")) or _address(fields.get("final-recipient", ""))
    if not address:
        return None
    diagnostic = _untyped(fields.get("diagnostic-code", ""))[:LONGEST_DIAGNOSTIC]
    status = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic)
    said = fields.get("action", "").lower()
    action = next((action for action in ACTIONS if said.startswith(action)), "")
    code = status.group() if status else ""
    return ReportRecipient(
        address=address,
        action=action or ("delayed" if code.startswith("4") else "delivered" if code.startswith("2") else "failed"),
        status=code,
        diagnostic=diagnostic,
    )


def _address(value: str) -> str:
    """`rfc822; anna@firma.example` -> the address; '' for a local user, an X.400 name and the like."""
    found = prose_report.ADDRESS.search(_untyped(value))
    return found.group() if found else ""


def _untyped(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and "@" not in kind and " " not in kind.strip() else value.strip()


def _original_id(parts: list[Part]) -> str:
    for part in parts:
        if part.content_type in RETURNED_TYPES:
            found = _MESSAGE_ID.search(part.octets()[:HEADER_OCTETS])
            if found:
                return scrub_line(found.group(1).decode("utf-8", "replace"))
    return ""


def _returned_to(parts: list[Part]) -> str:
    """The returned message's header block, as text, in which prose may find whom it was for."""
    for part in parts:
        if part.content_type in RETURNED_TYPES:
            return scrub(part.octets()[:HEADER_OCTETS].decode("utf-8", "replace")).partition("\n\n")[0]
    return ""
