"""What a daemon says of itself: one row a node, always the last word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.errors import Problem
from mailflow.store.database import Database
from mailflow.store.health import reloads
from mailflow.store.health.pulse import MOST_PROBLEMS, Pulse, beat, last_beat
from mailflow.store.instants import AT_ONCE
from mailflow.store.shown import overview

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIRST = Pulse(node="main", started=NINE, at=NINE, limits={}, refused={})


def test_the_last_word_of_each_node_is_kept(database: Database) -> None:
    later = replace(
        FIRST, at=NINE + timedelta(minutes=1), limits={"errors": 3}, refused={"bad_address": 1}, slowed=NINE,
        listens=("127.0.0.1:25",), imap=({"name": "support"},), worst_lag=1.5,
    )  # fmt: skip
    with database.begin() as connection:
        for pulse in (FIRST, replace(FIRST, node="other"), later):
            beat(connection, pulse)
        one, two = overview.status(connection, NINE)["daemons"]
    assert (one["node"], one["limits"], one["refused"]) == ("main", {"errors": 3}, {"bad_address": 1})
    assert datetime.fromisoformat(one["at"]) == later.at
    assert datetime.fromisoformat(one["slowed"]) == NINE
    assert (one["listens"], one["imap"], one["worst_lag"]) == (["127.0.0.1:25"], [{"name": "support"}], 1.5)
    assert (two["node"], two["limits"], two["slowed"]) == ("other", {}, None)


def test_who_doubts_the_clock_tells_no_other_node_how_late_it_is(database: Database) -> None:
    """Of two nodes on an old copy the second rests as the first does; each that is started once more believes it."""
    doubts = replace(FIRST, at=NINE + timedelta(days=40), doubted="nothing was heard")
    with database.begin() as connection:
        assert last_beat(connection, "main") is None
        beat(connection, doubts)
        assert last_beat(connection, "main") == doubts.at
        assert last_beat(connection, "other") == AT_ONCE
        beat(connection, replace(FIRST, node="other"))
        assert last_beat(connection, "other") == last_beat(connection, "third") == NINE


def test_mistakes_in_the_files_are_told_and_forgotten(database: Database) -> None:
    mistake = Problem("filters/10-mail.toml", 3, "rule.then", "is empty")
    with database.begin() as connection:
        beat(connection, replace(FIRST, outdated=NINE, problems=(mistake,) * 1000, restart_needed=["listen"]))
        (told,) = overview.daemons(connection)
        beat(connection, FIRST)
        (later,) = overview.daemons(connection)
    assert datetime.fromisoformat(told["outdated"]) == NINE
    assert [Problem(**each) for each in told["problems"]] == [mistake] * MOST_PROBLEMS
    assert told["restart_needed"] == ["listen"]
    assert (later["outdated"], later["problems"], later["restart_needed"]) == (None, [], [])


def test_a_question_is_open_until_it_is_answered_whatever_the_pulse_says(database: Database) -> None:
    with database.begin() as connection:
        for node in ("main", "other"):
            beat(connection, replace(FIRST, node=node))
        assert reloads.open_question(connection, "main") == 0
        assert reloads.ask(connection, ["main", "nobody"]) == {"main": 1}
        assert reloads.ask(connection, ["main", "other"]) == {"main": 2, "other": 1}
        beat(connection, FIRST)
        assert reloads.open_question(connection, "main") == 2
        reloads.answer(connection, "main", 1)  # asked again while the files were read
        assert reloads.open_question(connection, "main") == 2
        reloads.answer(connection, "main", 2)
        assert [reloads.open_question(connection, node) for node in ("main", "other", "nobody")] == [0, 1, 0]
