"""A Message as JSON-safe values and back: what goes through the pipe between the daemon and its parsing child."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from mailflow.mail.message import (
    Address,
    Attachment,
    Automatic,
    AutomaticKind,
    Message,
    PassedOn,
    Report,
    ReportRecipient,
)

_ADDRESS_LISTS = ("reply_to", "to", "cc")
_LISTS = ("in_reply_to", "references", "defects")
_NAMES = tuple(field.name for field in fields(Message))
_ATTACHMENT = tuple(field.name for field in fields(Attachment))
_PASSED_ON = tuple(field.name for field in fields(PassedOn))
_RECIPIENT = tuple(field.name for field in fields(ReportRecipient))


def as_wire(message: Message) -> dict[str, Any]:
    """Strings, numbers, lists, None."""
    wire: dict[str, Any] = {name: getattr(message, name) for name in _NAMES}
    wire["from_"] = message.from_ and [message.from_.name, message.from_.address]
    for name in _ADDRESS_LISTS:
        wire[name] = [[address.name, address.address] for address in wire[name]]
    wire["date"] = message.date and message.date.isoformat()
    wire["automatic"] = _automatic_as_wire(message.automatic)
    wire["report"] = message.report and _report_as_wire(message.report)
    wire["passed_on"] = message.passed_on and [getattr(message.passed_on, name) for name in _PASSED_ON]
    wire["attachments"] = [[getattr(attachment, name) for name in _ATTACHMENT] for attachment in message.attachments]
    return wire


def from_wire(wire: Mapping[str, Any]) -> Message:
    """The message again; raises KeyError, TypeError or ValueError when it is not one."""
    values = dict(wire)
    values["from_"] = wire["from_"] and Address(*wire["from_"])
    for name in _ADDRESS_LISTS:
        values[name] = tuple(Address(*address) for address in wire[name])
    for name in _LISTS:
        values[name] = tuple(wire[name])
    values["date"] = wire["date"] and datetime.fromisoformat(wire["date"])
    kind, why, by_words, until = wire["automatic"]
    values["automatic"] = Automatic(
        kind=AutomaticKind(kind), why=why, by_words=by_words, until=until and date.fromisoformat(until)
    )
    passed_on = wire["passed_on"]
    values["passed_on"] = passed_on and PassedOn(**dict(zip(_PASSED_ON, passed_on, strict=True)))
    values["report"] = wire["report"] and _report_from_wire(wire["report"])
    values["attachments"] = tuple(
        Attachment(**dict(zip(_ATTACHMENT, attachment, strict=True))) for attachment in wire["attachments"]
    )
    return Message(**values)


def _automatic_as_wire(automatic: Automatic) -> list[Any]:
    until = automatic.until and automatic.until.isoformat()
    return [automatic.kind.value, automatic.why, automatic.by_words, until]


def _report_as_wire(report: Report) -> list[Any]:
    return [
        [[getattr(recipient, name) for name in _RECIPIENT] for recipient in report.recipients],
        report.original_message_id,
    ]


def _report_from_wire(wire: list[Any]) -> Report:
    recipients, original = wire
    return Report(
        recipients=tuple(ReportRecipient(**dict(zip(_RECIPIENT, recipient, strict=True))) for recipient in recipients),
        original_message_id=original,
    )
