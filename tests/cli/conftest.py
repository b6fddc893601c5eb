"""A small organisation in a folder, and the command line in it, as its people use it."""

import io
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from typing import Any

import pytest

from mailflow import cli, configfile
from mailflow.desk.decide import decide
from mailflow.desk.thread import clues_of
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.standing import read_policy
from mailflow.store import apply, journal
from mailflow.store.database import Database
from mailflow.store.recall import recall

ROOT = Path(__file__).parent.parent.parent
CONFIG = """
hostname = "mail.firma.example"
organisation = "Firma"

[[listen]]
protocol = "smtp"
address = "127.0.0.1:2525"

[trust]
networks = ["127.0.0.1"]

[[mailbox]]
address = "support@firma.example"
department = "support"
registered_only = false

[[mailbox]]
address = "billing@firma.example"
department = "billing"

[[department]]
name = "support"
title = "Support"
escalate_after = "4h"
escalate_to = ["lead@staff.example"]

[[department]]
name = "billing"
title = "Billing"
"""

ANNA = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: The printer burns
Message-ID: <first@kunde.example>
Date: Mon, 2 Nov 2026 10:00:00 +0100

Hello,

it burns.
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    octets: bytes
    err: str

    @property
    def out(self) -> str:
        return self.octets.decode()

    @property
    def json(self) -> Any:
        """The only object."""
        (line,) = self.lines
        return line

    @property
    def lines(self) -> list[Any]:
        return [loads(line) for line in self.out.splitlines()]


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


class Company:
    """A folder with config.toml, filters/ and templates/."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG)
        for name in ("filters", "templates"):
            shutil.copytree(ROOT / name, folder / name)
        self._monkeypatch = monkeypatch

    def run(self, *arguments: object, stdin: str = "", terminal: bool = False) -> Ran:
        """`mailflow ARGUMENTS` in this folder; `terminal`: somebody types `stdin`."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with self._monkeypatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["mailflow", *map(str, arguments)])
            patch.setattr(sys, "stdin", (Terminal if terminal else io.StringIO)(stdin))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        for stream in (out, err):
            stream.flush()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ran(code or 0, out.buffer.getvalue(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]

    def deliver(
        self, octets: bytes = ANNA, rcpt_to: str = "support@firma.example", *, trusted: bool = True, **session: Any
    ) -> int:
        """One message, received and filed as the daemon does it; its entry's number."""
        config = configfile.load(self.config)
        policy, at = read_policy(config, self.folder, make_key=True), datetime.now(UTC)
        message = parse(octets)
        session = {"source": "smtp", "trusted": trusted, "mail_from": message.author or "", **session}
        envelope = Envelope(rcpt_tos=(rcpt_to,), **session)
        database = Database(config.database.url)
        with database.begin() as connection:
            (number,) = journal.receive(connection, [Arrival(envelope=envelope, octets=octets)], at)
            (claimed,) = journal.claim(connection, "test", at, timedelta(minutes=1), 10, 1 << 20)
            context = recall(connection, clues_of(message, claimed.entry, policy), at)
            decision = decide(message, claimed.entry, context, policy, at)
            apply.file(connection, claimed.entry, message, decision, policy, at)
        database.close()
        return number


@pytest.fixture
def company(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """With a new, empty database, as `mailflow db upgrade` makes it (tests/cli/test_db.py)."""
    for name in ("MAILFLOW_DEBUG", "MAILFLOW_AGENT", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(sqlite_template.parent, tmp_path / "var")
    return Company(tmp_path, monkeypatch)


@pytest.fixture
def anna() -> bytes:
    """Her first mail."""
    return ANNA
