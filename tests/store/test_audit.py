"""The sums agree, and each way in which they could not is found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.desk.actions import PageOnCall, SetTimer, TimerKind
from mailflow.desk.decision import Decision, Disposition
from mailflow.store import pages
from mailflow.store.health.audit import Audit, audit


def audited(desk: Any) -> Audit:
    with desk.database.connect() as connection:
        return audit(connection, desk.clock.now())


def busy(desk: Any) -> None:
    """Entries 1–5: filed, dropped, held, duplicate, waiting."""
    desk.open(SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now() + timedelta(hours=4)))
    desk.file(Decision(disposition=Disposition.DROPPED, reason="qq.com", rule="blocked-domain"))
    desk.file(Decision(disposition=Disposition.HELD, reason="not registered"))
    desk.file(Decision(disposition=Disposition.DUPLICATE, reason="again", duplicate_of=1, ticket=1))
    desk.receive()


def test_what_was_accepted_is_all_accounted_for(desk: Any) -> None:
    # P2
    busy(desk)
    assert audited(desk) == Audit(
        counts={"waiting": 1, "filed": 1, "dropped": 1, "held": 1, "duplicate": 1, "failed": 0},
        accepted=5,
        problems=(),
    )


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("UPDATE entry SET disposition = 'lost' WHERE id = 2", "accepted 5, but"),
        ("DELETE FROM message", "entry 1 is filed, but no message"),
        ("UPDATE entry SET disposition = 'dropped' WHERE id = 1", "message 1 came in, but no filed entry"),
        ("UPDATE message SET entry = NULL", "message 1 came in, but no filed entry"),
        ("UPDATE entry SET duplicate_of = 99 WHERE id = 4", "entry 4 is a duplicate of nothing"),
        ("UPDATE entry SET duplicate_of = 4 WHERE id = 4", "entry 4 is a duplicate of nothing"),
        ("UPDATE entry SET ticket = 99 WHERE id = 4", "entry 4 names a ticket"),
        ("DELETE FROM octets WHERE entry = 3", "the octets of entry 3 are gone"),
        ("UPDATE entry SET claimed_until = '2026-11-02 08:58:00+00:00' WHERE id = 5", "entry 5 is claimed by nobody"),
        (
            "UPDATE outbox SET state = 'sending', claimed_until = '2026-11-02 08:58:00+00:00'",
            "outgoing mail 1 is claimed by nobody",
        ),
        (
            "INSERT INTO outbox (key, kind, automatic, ticket, mail_from, rcpt_to, subject, message_id, created, state,"
            " attempts, due, last_reply, claimed_by, octets) SELECT 'k', kind, automatic, ticket, mail_from, rcpt_to,"
            " subject, message_id, created, state, attempts, due, last_reply, claimed_by, octets FROM outbox",
            "ticket 1 was acknowledged twice",
        ),
        ("UPDATE ticket SET waiting_since = NULL", "ticket 1 is about to be escalated"),
        ("UPDATE ticket SET status = 'on_hold'", "ticket 1 is about to be escalated"),
    ],
)
def test_damage_is_found(desk: Any, damage: str, problem: str) -> None:
    busy(desk)
    with desk.database.begin() as connection:
        connection.execute(text(damage))
    assert any(problem in each for each in audited(desk).problems)


def test_octets_of_filed_mail_may_be_given_up(desk: Any) -> None:
    busy(desk)
    with desk.database.begin() as connection:
        connection.execute(text("DELETE FROM octets WHERE entry = 1"))
    assert audited(desk).problems == ()


def test_a_claim_is_sound_until_a_minute_after_its_lease(desk: Any) -> None:
    desk.entry()
    desk.clock.forward(timedelta(minutes=6))
    assert audited(desk).problems == ()
    desk.clock.forward(timedelta(seconds=1))
    assert audited(desk).problems == ("entry 1 is claimed by nobody alive",)


def test_a_page_that_nobody_alive_has_in_hand_is_found(desk: Any) -> None:
    desk.open(PageOnCall(ticket=None, on_call="night", cause="the test"))
    with desk.database.begin() as connection:
        (page,) = pages.due(connection, desk.clock.now(), 10)
        pages.claim(connection, page, "webhook", "main", desk.clock.now())
    desk.clock.forward(timedelta(minutes=1))
    assert audited(desk).problems == ()
    desk.clock.forward(timedelta(seconds=1))
    assert audited(desk).problems == ("page 1 is claimed by nobody alive",)


def test_a_flood_of_problems_is_cut(desk: Any) -> None:
    desk.receive(*[desk.arrival() for _ in range(30)])
    with desk.database.begin() as connection:
        connection.execute(text("DELETE FROM octets"))
    problems = audited(desk).problems
    assert (len(problems), problems[-1]) == (21, "… and 10 more like it")
