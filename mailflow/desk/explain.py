"""The decision as text: dry run, debugger, audit trail and golden-test format are one.

One line a question, stable wording, the reason last; then what the journal will say; then what the admin's rules were
asked; then the mail that goes out.
"""

from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import Message as EmailMessage
from typing import Any

from mailflow.desk.decision import Decision, Reason
from mailflow.desk.entry import Entry
from mailflow.desk.rules import explained
from mailflow.desk.writing.letter import Outgoing
from mailflow.mail.compose import one_line
from mailflow.mail.message import Message

QUESTION = 10
ANSWER = range(24, 49)
"""The column of answers is as wide as its longest, within these."""


def explain(message: Message, entry: Entry, decision: Decision, letters: Sequence[Outgoing]) -> str:
    reasons = [
        *decision.reasons,
        *(Reason("warning", "for the agent", warning) for warning in _warnings(decision)),
        Reason("journal", _disposition(decision), decision.reason),
    ]
    longest = max(len(reason.answer) for reason in reasons)
    width = min(max(longest, ANSWER.start), ANSWER.stop - 1)
    lines = "".join(_line(reason, width) + "\n" for reason in reasons)
    rules = explained.as_text(decision.ruling)
    return lines + (f"\n{rules}" if rules else "") + "".join(f"\n{letter_text(letter)}" for letter in letters)


def letter_text(letter: Outgoing) -> str:
    """A mail of ours as its reader sees it: who, what, and the words."""
    parsed = message_from_bytes(letter.octets)
    text = _part(parsed, "text/plain") + "".join(f"[{one_line(name)}]\n" for name in _files(parsed))
    head = f"To: {letter.rcpt_to}\nSubject: {letter.subject}\n"
    automatic = parsed.get("Auto-Submitted")
    return "".join(
        f"    {line}".rstrip() + "\n"
        for line in (head + (f"Auto-Submitted: {automatic}\n" if automatic else "") + "\n" + text).splitlines()
    )


def letter_html(letter: Outgoing) -> str:
    """'' when it is text alone."""
    return _part(message_from_bytes(letter.octets), "text/html")


def _files(parsed: EmailMessage) -> Iterator[str]:
    attached = (part for part in parsed.walk() if part.get_content_disposition() == "attachment")
    return (part.get_filename() or "" for part in attached)


def _part(parsed: EmailMessage, content_type: str) -> str:
    for part in parsed.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() == content_type and not part.get_filename() and isinstance(payload, bytes):
            return payload.decode().replace("\r\n", "\n")
    return ""


def as_json(message: Message, entry: Entry, decision: Decision, letters: Sequence[Outgoing]) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "from": message.author,
        "subject": message.subject,
        "mail_from": entry.envelope.mail_from,
        "rcpt_tos": list(entry.envelope.rcpt_tos),
        "disposition": decision.disposition.value,
        "reason": decision.reason,
        "rule": decision.rule,
        "ticket": decision.ticket,
        "duplicate_of": decision.duplicate_of,
        "reasons": [{"question": r.question, "answer": r.answer, "why": r.why} for r in decision.reasons],
        "rules": explained.as_json(decision.ruling),
        "warnings": _warnings(decision),
        "actions": [type(action).__name__ for action in decision.actions],
        "mail": [
            {
                "kind": letter.kind.value,
                "automatic": letter.automatic,
                "to": [letter.rcpt_to],
                "subject": letter.subject,
                "message_id": letter.message_id,
            }
            for letter in letters
        ],
    }


def _line(reason: Reason, width: int) -> str:
    return f"{reason.question:<{QUESTION}}{reason.answer:<{width}}  {reason.why}".rstrip()


def _disposition(decision: Decision) -> str:
    return f"{decision.disposition}" + (f", rule {decision.rule}" if decision.rule else "")


def _warnings(decision: Decision) -> list[str]:
    return [warning for action in decision.actions if (warning := getattr(action, "warning", ""))]
