"""A Message goes through the pipe and comes out the same."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from mailflow.mail.message import (
    Address,
    Attachment,
    Automatic,
    AutomaticKind,
    Message,
    Report,
    ReportRecipient,
)
from mailflow.mail.wire import as_wire, from_wire

FULL = Message(
    message_id="1@kunde.example",
    author="anna@kunde.example",
    author_defect="",
    from_=Address("Anna", "anna@kunde.example"),
    reply_to=(Address("", "a@b.example"),),
    to=(Address("Support", "support@firma.example"), Address("", "c@d.example")),
    cc=(Address("Jörg", "j@b.example"),),
    subject="Faktura ż",
    date=datetime(2026, 3, 2, 10, tzinfo=UTC),
    in_reply_to=("2@firma.example",),
    references=("2@firma.example", "3@firma.example"),
    language="pl",
    automatic=Automatic(kind=AutomaticKind.AUTO_REPLY, why="it says so", by_words=True, until=date(2026, 5, 4)),
    report=Report(
        recipients=(ReportRecipient(address="a@b.example", action="failed", status="5.1.1", diagnostic="no"),),
        original_message_id="4@firma.example",
    ),
    text="new\n> old",
    reply="new",
    quoted="> old",
    html="<p>new</p>",
    attachments=(
        Attachment(
            filename="ż.pdf", content_type="application/pdf", size=3, inline=False, content_id="", sha256="ab", part="2"
        ),
    ),
    signed=True,
    encrypted=False,
    auto_submitted="auto-replied",
    wants_no_answer=True,
    hops=3,
    digest="00ff",
    defects=("one", "two"),
)
EMPTY = replace(
    FULL, author=None, author_defect="none", from_=None, reply_to=(), to=(), cc=(), date=None, in_reply_to=(),
    references=(), automatic=Automatic(), report=None, html=None, attachments=(), defects=(),
)  # fmt: skip


@pytest.mark.parametrize("message", [FULL, EMPTY], ids=["full", "empty"])
def test_a_message_survives_the_pipe(message: Message) -> None:
    assert from_wire(json.loads(json.dumps(as_wire(message)))) == message


def test_every_field_goes_through_the_pipe() -> None:
    assert set(as_wire(FULL)) == {field.name for field in fields(Message)}


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(KeyError):
        from_wire({})
    with pytest.raises(ValueError, match="nonsense"):
        from_wire(as_wire(FULL) | {"automatic": ["nonsense", "", False, None]})
