"""Due times, and how far folders were read."""

from datetime import timedelta
from typing import Any

from mailflow.desk.actions import TimerKind
from mailflow.store.entries import cursors
from mailflow.store.timing import timers

HOUR = timedelta(hours=1)


def test_what_came_due_while_nobody_looked_is_found_longest_overdue_first(desk: Any) -> None:
    number, now = desk.open(), desk.clock.now()
    with desk.database.begin() as connection:
        timers.set_timer(connection, number, TimerKind.REMIND, 2, now + 2 * HOUR)
        timers.set_timer(connection, number, TimerKind.REMIND, 1, now + HOUR)
        timers.set_timer(connection, number, TimerKind.RESOLVE, 1, now + 9 * HOUR)
        assert timers.due(connection, now, 10) == []
        found = timers.due(connection, now + 3 * HOUR, 10)
        assert [(each.ticket, each.kind, each.step) for each in found] == [
            (number, TimerKind.REMIND, 1),
            (number, TimerKind.REMIND, 2),
        ]
        assert len(timers.due(connection, now + 3 * HOUR, 1)) == 1
        timers.remove(connection, found[0].number)
        timers.cancel(connection, [number], {TimerKind.RESOLVE})
        assert [each.step for each in timers.due(connection, now + 99 * HOUR, 10)] == [2]


def test_a_timer_set_again_is_due_once_at_the_new_time(desk: Any) -> None:
    number, now = desk.open(), desk.clock.now()
    with desk.database.begin() as connection:
        timers.set_timer(connection, number, TimerKind.REMIND, 1, now)
        timers.set_timer(connection, number, TimerKind.REMIND, 1, now + HOUR)
        assert timers.due(connection, now, 10) == []
        assert len(timers.due(connection, now + HOUR, 10)) == 1


def test_a_cursor_holds_the_largest_numbers_imap_has(database: Any, clock: Any) -> None:
    largest = (1 << 32) - 1
    with database.begin() as connection:
        assert cursors.load(connection, "main", "INBOX") is None
        cursors.save(connection, "main", "INBOX", 1, 1, clock.now())
        cursors.save(connection, "main", "INBOX", largest, largest, clock.now())
        assert cursors.load(connection, "main", "INBOX") == cursors.Cursor(largest, largest, clock.now())
