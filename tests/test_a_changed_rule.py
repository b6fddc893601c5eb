"""An admin's story, with the real daemon: mails have come (2,000 in `make endure`), a rule is changed, tried on them,
and taken over."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import ROOT, Conversation, Installation, eventually, figure, running

MAILS = figure("PAST", 400, 2_000)
SUBJECTS = ("Invoice {0}", "The printer {0} burns", "Faktura {0}", "Login {0}")
BEFORE = """\
[[rule]]
name = "invoices"
if.subject.contains = "invoice"
then.department = "billing"
"""
AFTER = BEFORE.replace('"invoice"', '["invoice", "faktura"]') + 'then.priority = "high"\n'
CUSTOMER = "anna@kunde.example"


def mail(number: int, subject: str) -> str:
    head = f"From: Customer <c{number}@kunde{number % 97}.example>\nTo: support@firma.example\nSubject: {subject}\n"
    return f"{head}Message-ID: <{number}@kunde.example>\n\nHello, this is about {subject}.\n"


def mbox() -> str:
    separator = "From - Mon Nov  2 10:00:00 2026\n"
    return "\n".join(
        separator + mail(number, SUBJECTS[number % len(SUBJECTS)].format(number)) for number in range(MAILS)
    )


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    """With rules of its own, and a department for bills."""
    shutil.copytree(ROOT / "filters", tmp_path / "filters")
    (tmp_path / "filters/20-billing.toml").write_text(BEFORE)
    made = Installation(tmp_path, sqlite_url, '[[department]]\nname = "billing"\ntitle = "Billing"\n')
    made.configure(made.file.read_text(encoding="utf-8").replace(f"{ROOT}/filters", "filters"))
    async with running(made) as installation:
        yield installation


def rows(installation: Installation, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(installation.folder / "mailflow.db")) as connection:
        return connection.execute(query).fetchall()


async def run(installation: Installation, *words: str) -> str:
    code, output = await installation.run(*words)
    assert code == 0, output
    return output


@pytest.mark.endure
@pytest.mark.timeout(300)
async def test_a_changed_rule_is_tried_on_the_past_and_then_taken_over(installation: Installation) -> None:
    (installation.folder / "past.mbox").write_text(mbox())
    await installation.start()
    await run(installation, "inject", "--backlog", str(installation.folder / "past.mbox"))
    filed = "SELECT count(*) FROM entry WHERE disposition = 'filed'"
    await eventually(lambda: rows(installation, filed) == [(MAILS,)], within=60, every=0.1)

    (installation.folder / "filters/20-billing.toml").write_text(AFTER)
    told = json.loads(await run(installation, "backtest", "--json", "--limit", "2"))
    rule = "invoices (filters/20-billing.toml:1)"
    assert (told["judged"], told["differ"]) == (MAILS, MAILS // 2)  # what the change is not about stays as it was
    assert told["rules"] == [
        {
            "rule": "invoices",
            "place": "filters/20-billing.toml:1",
            "before": MAILS // 4,
            "after": MAILS // 2,
            "gained": [MAILS - 1 - 4 * back for back in range(5)],
            "lost": [],
        }
    ]
    newest = told["mails"][0]
    assert (newest["entry"], newest["subject"]) == (MAILS - 1, f"Faktura {MAILS - 2}")
    assert newest["changes"] == [
        {"what": "department", "before": None, "after": "billing", "rule": rule},
        {"what": "priority", "before": None, "after": "high", "rule": rule},
    ]
    unchanged = "SELECT count(*), sum(department = 'billing'), sum(priority = 'high') FROM ticket"
    assert rows(installation, unchanged) == [(MAILS, MAILS // 4, 0)]

    await run(installation, "reload")
    new = mail(MAILS, f"Faktura {MAILS}").replace("\n", "\r\n").encode()
    conversation = await Conversation.begin(installation.port)
    await conversation.send(new, CUSTOMER)
    conversation.close()
    of_the_last = "SELECT department, priority FROM ticket ORDER BY id DESC LIMIT 1"
    await eventually(lambda: rows(installation, of_the_last) == [("billing", "high")])

    (installation.folder / "new.eml").write_bytes(new.replace(f"{MAILS}@".encode(), b"another@"))
    assert "filters/20-billing.toml:1" in await run(installation, "explain", str(installation.folder / "new.eml"))
    assert json.loads(await run(installation, "journal", "show", "--json", str(MAILS + 1)))["rules"] == [
        {
            "rule": "invoices",
            "place": "filters/20-billing.toml:1",
            "effects": {"department": "billing", "priority": "high"},
        }
    ]
    assert await installation.stop() == 0
