"""A message as `mailflow inspect --json` shows it: the stable outside shape of what we understood.

The keys and their order are an interface (DESIGN section 5): add, don't rename. `as_json` is one direction only; the
shape on the pipe from the parsing child, which must come back whole, is `mail.wire`.
"""

from typing import Any

from mailflow.mail.message import Address, Attachment, Automatic, Message, Report


def as_json(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "from": _address(message.from_) if message.from_ else None,
        "reply_to": [_address(address) for address in message.reply_to],
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "language": message.language,
        "automatic": _automatic(message.automatic),
        "report": _report(message.report) if message.report else None,
        "text": message.text,
        "reply": message.reply,
        "quoted": message.quoted,
        "html": message.html,
        "attachments": [_attachment(attachment) for attachment in message.attachments],
        "signed": message.signed,
        "encrypted": message.encrypted,
        "defects": list(message.defects),
        "error": None,
    }


def unread(error: str) -> dict[str, Any]:
    """The same keys for a message that could not be read at all: nobody has to ask which keys are there."""
    return {
        "message_id": "",
        **dict.fromkeys(("from", "date", "report", "html")),
        **{key: [] for key in ("reply_to", "to", "cc", "in_reply_to", "references", "attachments", "defects")},
        **dict.fromkeys(("subject", "language", "text", "reply", "quoted"), ""),
        "automatic": _automatic(Automatic()),
        "signed": False,
        "encrypted": False,
        "error": error,
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _automatic(automatic: Automatic) -> dict[str, Any]:
    return {
        "is": automatic.is_automatic,
        "kind": automatic.kind.value,
        "why": automatic.why,
        "until": automatic.until.isoformat() if automatic.until else None,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "recipients": [
            {
                "address": recipient.address,
                "action": recipient.action,
                "status": recipient.status,
                "diagnostic": recipient.diagnostic,
            }
            for recipient in report.recipients
        ],
        "original_message_id": report.original_message_id,
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
        "sha256": attachment.sha256,
    }
