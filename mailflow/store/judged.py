"""A message and what was decided about it: its end in the journal, its row in a conversation."""

from dataclasses import asdict, dataclass
from typing import Any

from mailflow.desk.decision import Decision
from mailflow.desk.entry import Entry
from mailflow.mail.digest import identity
from mailflow.mail.effort import shortfall
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import Message, PassedOn
from mailflow.store.journal import Settlement


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, and what was decided about it."""

    entry: Entry
    message: Message
    decision: Decision

    @property
    def digest(self) -> str:
        """The one that `desk.thread` looks for."""
        message = self.message
        return identity(message.digest, message.message_id, message.date, self.entry.received)

    @property
    def verdict(self) -> str:
        return self.decision.identity.verdict.value if self.decision.identity else ""

    @property
    def verdict_reason(self) -> str:
        return self.decision.identity.evidence if self.decision.identity else ""

    @property
    def author(self) -> str:
        shown = self.message.from_.address if self.message.from_ else ""
        return self.message.author or shown or self.entry.envelope.mail_from


def settlement(judged: Judged, ticket: int | None) -> Settlement:
    decision, message = judged.decision, judged.message
    return Settlement(
        entry=judged.entry,
        disposition=decision.disposition,
        reason=decision.reason,
        rule=str(decision.rule),
        ticket=ticket,
        duplicate_of=decision.duplicate_of,
        digest=judged.digest,
        message_id=message.message_id,
        author=judged.author,
        subject=message.subject,
        verdict=judged.verdict,
        verdict_reason=judged.verdict_reason,
        applied=decision.applied,
    )


def conversation_row(judged: Judged, warning: str, *, passed_on: bool = False) -> dict[str, Any]:
    """`passed_on`: of the mail that an agent passes on with it."""
    row = _row(judged, warning)
    original = judged.message.passed_on if passed_on else None
    return {**row, **_original(original)} if original else row


def _original(original: PassedOn) -> dict[str, Any]:
    """Nothing of how the agent's mail came: what is answered is the original, and nothing proves whose that is."""
    return {
        "author": original.author, "author_name": original.name, "subject": original.subject,
        "message_id": original.message_id, "text": original.text, "reply": original.text, "html": None,
        "language": original.language, "verdict": Verdict.UNVERIFIED.value,
    }  # fmt: skip


def _row(judged: Judged, warning: str) -> dict[str, Any]:
    message = judged.message
    return {
        "entry": judged.entry.number,
        "digest": judged.digest,
        "direction": "in",
        "author": judged.author,
        "at": judged.entry.received,
        "message_id": message.message_id,
        "verdict": judged.verdict,
        "warning": "; ".join(filter(None, (warning, shortfall(judged.message.defects)))),
        **derived(message),
    }


def derived(message: Message) -> dict[str, Any]:
    """What follows from the raw mail alone, whoever judged it, and so can be derived again (store.entries.reparse)."""
    return {
        "author_name": message.from_.name if message.from_ else "",
        "subject": message.subject,
        "text": message.text,
        "reply": message.reply,
        "html": message.html,
        "language": message.language,
        "automatic": message.automatic.kind.value,
        "attachments": [asdict(attachment) for attachment in message.attachments],
    }
