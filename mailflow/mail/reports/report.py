"""Delivery reports: which of our mails did not arrive, for whom and why (RFC 3464; prose in `prose_report`).

Reads a `message/delivery-status` part wherever it stands outside a forwarded message; a report without one, or with
one that names nobody, is read as prose. No report is believed because it is one: it counts only when it names a mail
of ours (desk). Disposition notices (RFC 8098) and complaints (RFC 5965) name no recipient: of them it is read which
mail they are about.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mailflow.mail.message import Report, ReportRecipient
from mailflow.mail.mime.part import Part
from mailflow.mail.mime.parts import parts_of
from mailflow.mail.reports import prose_report, returned
from mailflow.mail.reports.delivery_status import looks_like_status, recipients_in
from mailflow.mail.reports.prose_report import Looks

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
UNTYPED = ("text/plain", "application/octet-stream", "message/delivery-report")
"""What gateways make of a status part; believed only from a mail system."""
OTHER_TYPES = ("message/disposition-notification", "message/global-disposition-notification", "message/feedback-report")
_ORIGINAL_ID = re.compile(r"^original-message-id:\s{0,80}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
LONGEST_FIELDS = 64 << 10
MOST_RECIPIENTS = 100
MOST_STATUS = 256 << 10  # characters of all status parts of a report; a recipient takes some hundred
MOST_UNTYPED = (
    1 << 20
)  # octets of parts of other types that are read for it: the charset of each may have to be guessed
LARGEST_WRAPPED = 1 << 20  # octets of a report inside a report that are read


def report_of(root: Part, text: str) -> Report | None:
    """`text` is the readable body of the whole message."""
    parts = list(root.walk())  # an embedded message is a leaf: a report that somebody forwards is not read
    return _delivery_report(root, parts, text) or _other_report(root, parts)


def _delivery_report(root: Part, parts: list[Part], text: str) -> Report | None:
    looks = prose_report.looks_of(root.header)
    is_system = looks in (Looks.CERTAIN, Looks.SYSTEM)
    recipients = _recipients(parts, is_system=is_system)
    if not recipients and looks is Looks.ORDINARY:
        return None
    came_back = returned.header_in(parts)
    if not recipients:
        wrapped = _wrapped(parts, text) if is_system else None
        if wrapped:
            return wrapped
        said = prose_report.read(root.header, looks, text, came_back)
        if said is None:
            return None
        recipients = said[:MOST_RECIPIENTS]
    return Report(
        recipients=tuple(recipients),
        original_message_id=returned.message_id_in(came_back) or prose_report.original_id(root.header, text),
    )


def _other_report(root: Part, parts: list[Part]) -> Report | None:
    """A receipt or a complaint. Dovecot rejects mail in the form of a receipt: that was read as prose before."""
    other = next((part for part in parts if part.content_type in OTHER_TYPES), None)
    if other is None or root.content_type != "multipart/report":
        return None
    return Report(recipients=(), original_message_id=_original_id(parts, other.text()))


def _original_id(parts: list[Part], fields: str) -> str:
    """The mail that came back, else the one that a disposition notice names."""
    named = _ORIGINAL_ID.search(fields[:LONGEST_FIELDS])
    return returned.message_id_in(returned.header_in(parts)) or (named.group(1) if named else "")


def _recipients(parts: list[Part], *, is_system: bool) -> list[ReportRecipient]:
    return list(islice(_all_recipients(parts, is_system=is_system), MOST_RECIPIENTS))


def _all_recipients(parts: list[Part], *, is_system: bool) -> Iterator[ReportRecipient]:
    left, room = MOST_STATUS, MOST_UNTYPED
    for part in parts:
        typed = part.content_type in STATUS_TYPES
        if left <= 0 or not (typed or (is_system and part.content_type in UNTYPED)):
            continue
        room -= 0 if typed else part.end - part.start
        if room < 0 and not typed:
            continue
        status = part.text()[:left]
        if typed or looks_like_status(status):
            left -= len(status)
            yield from recipients_in(status)


def _wrapped(parts: list[Part], text: str) -> Report | None:
    """A gateway put the whole report into one of its own that names nobody; one level, as no gateway does it twice."""
    inside = [part for part in parts if part.content_type == "message/rfc822" and part.size <= LARGEST_WRAPPED]
    if "@" in text or len(inside) != 1:
        return None
    root = parts_of(inside[0].octets())
    wrapped = list(root.walk())
    recipients = tuple(_recipients(wrapped, is_system=False))
    came_back = returned.message_id_in(returned.header_in(wrapped))
    return Report(recipients=recipients, original_message_id=came_back) if recipients else None
