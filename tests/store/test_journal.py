"""The ledger: kept once, claimed by one, ended once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.decision import Decision, Disposition
from mailflow.errors import Refused
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.entries import held
from mailflow.store.health.audit import audit
from mailflow.store.tables import ENTRY

HELD = Decision(disposition=Disposition.HELD, reason="not registered")
DROPPED = Decision(disposition=Disposition.DROPPED, reason="qq.com", rule="blocked-domain")
MINUTE = timedelta(minutes=1)


def written(desk: Any, work: Any, *given: Any) -> Any:
    with desk.database.begin() as connection:
        return work(connection, *given)


def the_entry(desk: Any) -> Any:
    (row,) = desk.rows(ENTRY)
    return row


def test_mail_is_kept_byte_for_byte_with_its_envelope(desk: Any) -> None:
    octets = bytes(range(256)) * 300
    (number,) = desk.receive(desk.arrival(octets=octets))
    (claimed,) = desk.claim()
    assert claimed.octets == octets
    assert (claimed.entry.number, claimed.entry.envelope, claimed.entry.attempts) == (
        number, desk.arrival().envelope, 1
    )  # fmt: skip
    assert claimed.entry.received == desk.clock.now()


def test_a_message_that_was_fetched_before_is_no_row(desk: Any) -> None:
    # I1, P3
    first = written(desk, journal.receive_new, [desk.arrival("imap:a/INBOX/1/7")], desk.clock.now())
    again = [desk.arrival("imap:a/INBOX/1/7"), desk.arrival("imap:a/INBOX/1/8"), desk.arrival("imap:a/INBOX/1/8")]
    assert written(desk, journal.receive_new, again, desk.clock.now()) == [None, first[0] + 1, None]
    assert len(desk.rows(ENTRY)) == 2


def test_an_entry_is_claimed_by_one_until_the_lease_is_over(desk: Any) -> None:
    desk.receive()
    assert len(desk.claim("one")) == 1
    assert desk.claim("two") == []
    desk.clock.forward(6 * MINUTE)
    (claimed,) = desk.claim("two")
    assert claimed.entry.attempts == 2


def test_two_nodes_never_wait_for_each_others_claims(postgresql_url: str, desk_of: Any, clock: Any) -> None:
    # D7
    one, two = Database(postgresql_url), Database(postgresql_url)
    desk_of(one).receive(*[desk_of(one).arrival() for _ in range(4)])
    with one.begin() as mine, two.begin() as theirs:
        first = journal.claim(mine, "one", clock.now(), MINUTE, 2, 1 << 20)
        second = journal.claim(theirs, "two", clock.now(), MINUTE, 4, 1 << 20)
    assert [each.entry.number for each in (*first, *second)] == [1, 2, 3, 4]
    one.close()
    two.close()


def test_claims_are_in_order_and_bounded(desk: Any) -> None:
    numbers = desk.receive(*[desk.arrival(octets=bytes(100)) for _ in range(5)])
    assert [each.entry.number for each in desk.claim(octets_limit=250)] == numbers[:2]
    assert [each.entry.number for each in desk.claim(octets_limit=1)] == numbers[2:3]  # at least one
    assert [each.entry.number for each in desk.claim(limit=1)] == numbers[3:4]


def test_what_a_node_claimed_before_it_died_is_free_when_it_starts(desk: Any) -> None:
    desk.receive()
    desk.claim("one")
    written(desk, journal.release_claims, "one")
    assert len(desk.claim("one")) == 1


def test_a_postponed_entry_waits_until_it_is_due(desk: Any) -> None:
    entry = desk.entry()
    written(desk, journal.postpone, entry, desk.clock.now() + MINUTE, "Traceback …")
    assert desk.claim() == []
    desk.clock.forward(MINUTE)
    (claimed,) = desk.claim()
    assert (claimed.entry.attempts, the_entry(desk).trouble) == (2, "Traceback …")


def test_a_failed_entry_comes_back_by_hand(desk: Any) -> None:
    # P6
    entry = desk.entry()
    written(desk, journal.fail, entry, "Traceback\n  …\nValueError: why", desk.clock.now())
    row = the_entry(desk)
    assert (row.disposition, row.reason, row.settled) == ("failed", "ValueError: why", desk.clock.now())
    assert desk.claim() == []
    written(desk, journal.retry, entry.number)
    (claimed,) = desk.claim()
    assert (claimed.entry.attempts, the_entry(desk).settled) == (1, None)


def test_a_held_entry_is_released_once(desk: Any) -> None:
    entry = desk.entry()
    desk.file(HELD, None, entry)
    with pytest.raises(Refused, match="cannot retry entry 1: it is held"):
        written(desk, journal.retry, entry.number)
    written(desk, journal.release, entry.number, "ewa")
    (claimed,) = desk.claim()
    assert (claimed.entry.released, claimed.entry.released_by) == (True, "ewa")
    with pytest.raises(Refused, match="cannot release entry 1: it is received"):
        written(desk, journal.release, entry.number)


def test_a_failed_entry_is_rejected_for_good(desk: Any) -> None:
    entry = desk.entry()
    written(desk, journal.fail, entry, "Traceback\nRecursionError: too deep", desk.clock.now())
    written(desk, held.reject, entry.number, "ewa", "", desk.clock.now())
    (row,) = desk.rows(ENTRY)
    assert (row.disposition, row.rule) == ("dropped", "rejected")
    assert row.reason == "rejected by ewa; it had failed: RecursionError: too deep"


def test_a_held_entry_is_rejected_for_good(desk: Any) -> None:
    entry = desk.entry()
    desk.file(replace(HELD, reason="who is that?"), None, entry)
    copy = desk.entry()
    desk.file(replace(HELD, disposition=Disposition.DUPLICATE, duplicate_of=entry.number), None, copy)
    desk.clock.forward(MINUTE)
    written(desk, held.reject, entry.number, "ewa", "100% spam", desk.clock.now())
    row = next(row for row in desk.rows(ENTRY) if row.id == entry.number)
    with desk.database.connect() as connection:
        assert audit(connection, desk.clock.now()).problems == ()
        assert journal.octets_of(connection, entry.number)
    assert (row.disposition, row.rule, row.settled) == ("dropped", "rejected", desk.clock.now())
    assert row.reason == "rejected by ewa: 100% spam; it was held: who is that?"
    for step, *given in ((held.reject, "ewa", "", desk.clock.now()), (journal.release, "ewa"), (journal.retry,)):
        with pytest.raises(Refused, match="entry 1"):
            written(desk, step, entry.number, *given)
    assert desk.claim() == []


def test_whoever_lost_the_claim_neither_settles_nor_puts_off(desk: Any) -> None:
    # P3: also when a person let it begin anew, and it is claimed for the first time again
    lost = desk.entry()
    desk.clock.forward(6 * MINUTE)
    (claimed,) = desk.claim("two")
    desk.file(HELD, None, claimed.entry)
    written(desk, journal.release, lost.number)
    (mine,) = desk.claim("two")
    assert (mine.entry.attempts, mine.look) == (lost.attempts, 1)
    with pytest.raises(Refused, match="not ours any more"):
        desk.file(DROPPED, None, lost)
    for step, *given in (
        (journal.count_failure,),
        (journal.postpone, desk.clock.now(), "Traceback …"),
        (journal.fail, "Traceback …", desk.clock.now()),
    ):
        with pytest.raises(Refused, match="not ours any more"):
            written(desk, step, lost, *given)
    row = the_entry(desk)
    assert (row.disposition, row.failures, row.trouble, row.claimed_by) == ("received", 0, "", "two")
    desk.file(DROPPED, None, mine.entry)


def test_a_clock_that_was_put_back_keeps_nothing_new_waiting(desk: Any) -> None:
    held, _ = desk.entry(), desk.receive()
    desk.file(HELD, None, held)
    written(desk, journal.release, held.number)
    before = desk.clock.now() - timedelta(hours=1)
    claimed = written(desk, journal.claim, "main", before, MINUTE, 10, 1 << 20)
    assert [each.entry.number for each in claimed] == [1, 2]
    written(desk, journal.postpone, claimed[0].entry, before + MINUTE, "Traceback …")
    assert written(desk, journal.claim, "main", before, MINUTE, 10, 1 << 20) == []


HEADER = b"From: Anna <anna@kunde.example>\r\nSubject: =?utf-8?q?B=C3=BCro?=\r\nMessage-ID: <big@kunde.example>\r\n\r\n"


def test_the_header_of_what_is_too_large_is_held_for_good(desk: Any) -> None:  # threats 5
    why = "31 MB, more than limits.message_size allows (25 MB); it is still in INBOX"
    big = replace(desk.arrival("imap:a/INBOX/1/7/header", octets=HEADER), held=why)
    plain = desk.arrival("imap:a/INBOX/1/8")
    assert written(desk, journal.receive_new, [plain, big, replace(big)], desk.clock.now()) == [1, 2, None]
    waiting, held = desk.rows(ENTRY)
    assert (waiting.disposition, waiting.settled) == ("received", None)
    assert (held.disposition, held.reason, held.settled) == ("held", why, desk.clock.now())
    assert (held.author, held.subject, held.message_id) == ("anna@kunde.example", "Büro", "big@kunde.example")
    assert [each.entry.number for each in desk.claim()] == [1]
    with pytest.raises(Refused, match=r"only the header of its message: 31 MB.* still in INBOX\. Read it there"):
        written(desk, journal.release, 2)


def test_failures_are_counted_apart_from_claims_that_just_ended(desk: Any) -> None:  # D1
    entry = desk.entry()
    for kills in range(2):
        written(desk, journal.release_claims, "one")
        desk.clock.forward(6 * MINUTE)
        (claimed,) = desk.claim("one")
        assert (claimed.entry.attempts, claimed.look) == (kills + 2, 1)
    assert written(desk, journal.count_failure, claimed.entry) == 1
    written(desk, journal.postpone, claimed.entry, desk.clock.now(), "killed by SIGSEGV")
    (claimed,) = desk.claim("one")
    assert (claimed.entry.attempts, claimed.failures, claimed.look) == (4, 1, 2)
    written(desk, journal.fail, claimed.entry, "killed by SIGSEGV", desk.clock.now())
    with pytest.raises(Refused, match="not ours any more"):
        written(desk, journal.count_failure, claimed.entry)
    written(desk, journal.retry, entry.number)
    assert [each.look for each in desk.claim("one")] == [1]


def test_a_dropped_entry_can_be_filed_after_all(desk: Any) -> None:
    entry = desk.entry()
    desk.file(DROPPED, None, entry)
    assert (the_entry(desk).rule, the_entry(desk).claimed_by) == ("blocked-domain", "")
    written(desk, journal.retry, entry.number)
    row = the_entry(desk)
    assert (row.disposition, row.rule, row.reason) == ("received", "", "")


def test_entries_that_do_not_exist_are_refused(desk: Any) -> None:
    with pytest.raises(Refused, match="there is no entry 5"):
        written(desk, journal.retry, 5)
    with desk.database.connect() as connection:
        assert journal.octets_of(connection, 5) is None
