"""Whatever a stranger wrote, no command lets a terminal obey it, and every value stays on its line."""

import sqlite3
from base64 import b64encode
from typing import Any
from unicodedata import category

import pytest

HOSTILE = "ill\r\n\x1b[31m\x9b2J\x07\x7f\u202e\u2066\u2028\u200bwill"
WORD = f"=?utf-8?b?{b64encode(HOSTILE.encode()).decode()}?="
NAME = f"{WORD}.pdf"
MAIL = (
    f'From: "{WORD}" <anna@kunde.example>\nTo: {WORD} <support@firma.example>\nSubject: {WORD}\n'
    f"Message-ID: <ill@kunde.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    f"--x\nContent-Type: text/plain; charset=utf-8\n\nHello {HOSTILE}\n"
    f'--x\nContent-Type: application/pdf; name="{NAME}"\nContent-Disposition: attachment; filename="{NAME}"\n\n'
    "x\n--x--\n"
).encode()
STORED = {
    "entry": ("helo", "reason", "rule", "trouble", "subject", "author", "mail_from", "peer"),
    "ticket": ("subject", "requester_name", "assignee"),
    "message": ("author_name", "subject", "text", "reply", "warning"),
    "event": ("text",),
    "outbox": ("subject", "last_reply"),
    "contact": ("name",),
    "undeliverable": ("diagnostic",),
    "contact_event": ("agent", "text"),
    "account": ("name",),
}
"""What is cleaned when it comes in, as it would stand there if it were not."""
CONTACTS = f'account,account_name,name,addresses\n"4{HOSTILE}","{HOSTILE}","A{HOSTILE}",ill@kunde.example\n'

COMMANDS = [
    "status", "audit", "doctor", "ticket list", "ticket show 1", "ticket attachment 1 ill", "ticket note 1 --text x",
    "ticket assign 1 ewa", "ticket hold 1", "ticket reply 1 --text x", "ticket resolve 1",
    "ticket merge 1 --into 2", "journal list",
    "journal show 1", "outbox list", "outbox show 1", "contact list", "contact show ill@kunde.example",
    "contact history ill@kunde.example", "contact deliverable ill@kunde.example", "contact verify ill@kunde.example",
    "contact import contacts.csv", "inspect ill.eml", "explain ill.eml", "inject ill.eml", "check", "db check",
    f"contact show {HOSTILE}", f"check --config {HOSTILE}", f"explain {HOSTILE}", f"ticket assign 1 {HOSTILE}",
    f"ticket attachment 1 {HOSTILE}", f"ticket list --requester {HOSTILE}",
]  # fmt: skip


def control_characters(text: str) -> set[str]:
    return {letter for letter in text if letter != "\n" and (category(letter)[0] == "C" or letter in "\u2028\u2029")}


@pytest.fixture
def ill(company: Any) -> Any:
    (company.folder / "ill.eml").write_bytes(MAIL)
    (company.folder / "contacts.csv").write_text(CONTACTS, newline="")
    company.deliver(MAIL)
    assert company.run("contact", "import", "contacts.csv", "--apply").code in (0, 1)
    connection = sqlite3.connect(company.folder / "var/mailflow.db")
    for table, columns in STORED.items():
        for column in columns:
            connection.execute(f"UPDATE {table} SET {column} = ?", (HOSTILE,))
    connection.commit()
    connection.close()
    return company


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_no_command_passes_on_what_a_terminal_obeys(ill: Any, command: str) -> None:  # S12
    words = command.split(" ")
    for arguments in (words, [*words, "--json"]):
        ran = ill.run(*arguments)
        assert control_characters(ran.out + ran.err) == set(), ran.out + ran.err
        assert not [line for line in ran.out.splitlines() if line.startswith(("will", "\\x1b"))]
