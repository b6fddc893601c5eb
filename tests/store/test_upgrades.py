"""A database of an earlier version becomes one of this version, and everything in it works on; also if the upgrade is
killed half way (D12).
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailflow.desk.decide import decide
from mailflow.desk.decision import Disposition
from mailflow.desk.thread import clues_of
from mailflow.flow.escalate import ring_due
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_A_TICKET
from mailflow.store import apply, journal
from mailflow.store.database import Database
from mailflow.store.forgetting.person import person_of
from mailflow.store.health.audit import audit
from mailflow.store.recall import recall
from mailflow.store.shown import ticket_views
from mailflow.store.timing import timers
from tests.running import figure
from tests.store.old_database import ANNA, FIRST, MIDDLE, NOW, RAW, SUPPORT, TICKETS, build, counts

KILLS = figure("UPGRADE_KILLS", 3, 20)
NO_ROW_IS_LOST = ("entry", "octets", "ticket", "message", "event", "outbox", "timer", "contact", "contact_address")
KILLED = """
import os, sys
from sqlalchemy import Engine, event
from mailflow.store.database import Database
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def count(*of_a_statement):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
Database(sys.argv[1]).upgrade()
print(left)
"""


def old(url: str, revision: str) -> Database:
    database = Database(url)
    if database.file:
        database.file.touch(mode=0o600)
    with database.begin() as connection:
        build(connection, revision)
    return database


@pytest.fixture(params=[FIRST, MIDDLE])
def upgraded(empty_database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    with closing(old(empty_database_url, request.param)) as database:
        database.upgrade()
        yield database


def test_all_that_was_there_is_there_and_works(upgraded: Database, policy: Any) -> None:
    """The sums agree; tickets are shown; a reply finds its ticket by a token; timers ring."""
    assert upgraded.check() == []
    with upgraded.connect() as connection:
        assert audit(connection, NOW).problems == ()
        tickets = [ticket_views.ticket(connection, number) for number in range(1, len(TICKETS) + 1)]
        assert [ticket["status"] for ticket in tickets if ticket] == list(TICKETS)
        assert [ticket["messages"][0]["reply"] for ticket in tickets if ticket] == ["It burns."] * len(TICKETS)
        assert journal.octets_of(connection, 1) == RAW
        assert person_of(connection, [ANNA]).tickets == {1, 2, 3, 4, 5}
        assert len(timers.due(connection, NOW + timedelta(days=400), 100)) >= 3
    assert answered(upgraded, policy) == 2
    with upgraded.begin() as connection:
        rung = ring_due(connection, policy, NOW + timedelta(days=400))
    assert [each.outcome for each in rung if isinstance(each.outcome, Exception)] == []
    with upgraded.connect() as connection:
        shown = ticket_views.ticket(connection, 2)
    assert shown is not None
    assert shown["status"] == "open"  # the customer has answered our question


def answered(database: Database, policy: Any) -> int | None:
    """Anna answers ticket 2 by the address that was signed for her."""
    token = policy.keyring.sign(OF_A_TICKET, 2, ANNA, NOW)
    to = SUPPORT.replace("@", f"+{token}@")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = ANNA, to, "<answer@kunde.example>"
    mail.set_content("It is the big one.")
    envelope = Envelope(source="smtp", mail_from=ANNA, rcpt_tos=(to,), trusted=True)
    with database.begin() as connection:
        (number,) = journal.receive(connection, [Arrival(envelope=envelope, octets=mail.as_bytes())], NOW)
        claimed = journal.claim(connection, "test", NOW, timedelta(minutes=1), 10, 1 << 20)
        entry = next(each.entry for each in claimed if each.entry.number == number)
        message = parse(mail.as_bytes())
        context = recall(connection, clues_of(message, entry, policy), NOW)
        decision = decide(message, entry, context, policy, NOW)
        assert decision.disposition is Disposition.FILED
        apply.file(connection, entry, message, decision, policy, NOW)
    return decision.ticket


@pytest.mark.endure
@pytest.mark.timeout(300)
def test_an_upgrade_that_is_killed_begins_again(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    print(f"SEED={seed}")
    url = f"sqlite:///{tmp_path}/old.db"
    database = old(url, FIRST)
    with database.connect() as connection:
        before = counts(connection)
    chance = random.Random(seed)
    for _ in range(KILLS):
        assert upgrade_killed(url, chance.randrange(10, 110)).returncode == -9
        with database.connect() as connection:
            assert counts(connection) == before
    whole = upgrade_killed(url, 1 << 30)
    assert whole.returncode == 0, whole.stderr
    assert database.check() == []
    with database.connect() as connection:
        assert audit(connection, NOW).problems == ()
        after = counts(connection)
    assert {name: after[name] for name in NO_ROW_IS_LOST} == {name: before[name] for name in NO_ROW_IS_LOST}
    database.close()


def upgrade_killed(url: str, at: int) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, which is gone before its statement number `at`."""
    command = [sys.executable, "-c", KILLED, url, str(at)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
