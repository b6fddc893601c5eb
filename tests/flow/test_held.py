"""The end of held mail, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.policy import Policy
from mailflow.flow.held import HeldMail
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.store import apply, journal
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION
from tests.flow.conftest import Now

Rows = Callable[[str], list[Any]]
KEYS = "SELECT key FROM outbox ORDER BY id"
MAIL = b"From: x@strangers.example\r\nSubject: Invoice\r\nMessage-ID: <i@strangers.example>\r\n\r\nPlease pay.\r\n"
TO = "billing@firma.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(policy: Policy) -> Policy:
    """Billing is told at ten."""
    support, billing, sales = ORGANISATION["department"]
    departments = [{**support, "escalate_to": []}, {**billing, "digest_to": ["ewa@staff.example"]}, sales]  # type: ignore[dict-item]
    held = {"digest_at": "10:00"}
    config = Config.model_validate({**ORGANISATION, "department": departments, "held": held})
    return Policy(config, policy.blocked, policy.templates, policy.keyring)


@pytest.fixture
def hold(database: Database, office: Policy, clock: Any) -> Callable[..., int]:
    def hold(rcpt_to: str = TO) -> int:
        with database.begin() as connection:
            envelope = Envelope(source="smtp", mail_from="", rcpt_tos=(rcpt_to,))
            (number,) = journal.receive(connection, [Arrival(envelope=envelope, octets=MAIL)], clock.now())
            (claimed,) = journal.claim(connection, "main", clock.now(), HOUR, 1, 1 << 20)
            decision = Decision(disposition=Disposition.HELD, reason="nobody knows it")
            apply.file(connection, claimed.entry, parse(MAIL), decision, office, clock.now())
        return number

    return hold


async def test_what_nobody_decides_about_ends_when_its_time_is_over(
    database: Database, writer: Writer, office: Policy, now: Now, hold: Any, rows: Rows, clock: Any
) -> None:
    held = office.config.held.model_copy(update={"keep": 30 * DAY, "digest_at": None})
    policy = replace(office, config=office.config.model_copy(update={"held": held}))
    loop = HeldMail(writer, policy=lambda: policy, now=now)
    hold()
    clock.forward(2 * HOUR)
    young = hold()
    clock.forward(30 * DAY - HOUR)
    await loop.round()
    reason = "nobody decided about it for 30 days; it was held: nobody knows it"
    assert rows("SELECT disposition, rule, reason FROM entry ORDER BY id") == [
        ("dropped", "held-expired", reason),
        ("held", "", "nobody knows it"),
    ]
    clock.forward(2 * HOUR)
    await loop.round()
    assert rows(f"SELECT rule FROM entry WHERE id = {young}") == [("held-expired",)]
    with database.connect() as connection:
        assert audit(connection, clock.now()).problems == ()


async def test_a_clock_that_was_put_back_keeps_nothing_held_for_longer(
    writer: Writer, office: Policy, now: Now, hold: Any, rows: Rows, clock: Any
) -> None:
    held = office.config.held.model_copy(update={"keep": DAY, "digest_at": None})
    policy = replace(office, config=office.config.model_copy(update={"held": held}))
    ahead = 365 * DAY
    loop = HeldMail(writer, policy=lambda: policy, now=lambda: now() + ahead)
    await loop.round()
    ahead = 0 * DAY
    hold()
    clock.forward(2 * DAY)
    await loop.round()
    assert rows("SELECT disposition FROM entry") == [("dropped",)]


async def test_never_is_the_default(
    writer: Writer, office: Policy, now: Now, hold: Any, rows: Rows, clock: Any
) -> None:
    hold()
    clock.forward(1000 * DAY)
    await HeldMail(writer, policy=lambda: office, now=now).round()
    assert rows("SELECT disposition FROM entry") == [("held",)]
