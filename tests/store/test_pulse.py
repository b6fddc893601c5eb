"""What a daemon says of itself: one row a node, always the last word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.store import views
from mailflow.store.database import Database
from mailflow.store.pulse import Pulse, beat

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIRST = Pulse(node="main", started=NINE, at=NINE, limits={}, refused={})


def test_the_last_word_of_each_node_is_kept(database: Database) -> None:
    later = replace(
        FIRST, at=NINE + timedelta(minutes=1), limits={"errors": 3}, refused={"bad_address": 1}, slowed=NINE
    )
    with database.begin() as connection:
        for pulse in (FIRST, replace(FIRST, node="other"), later):
            beat(connection, pulse)
        one, two = views.status(connection, NINE)["daemons"]
    assert (one["node"], one["limits"], one["refused"]) == ("main", {"errors": 3}, {"bad_address": 1})
    assert datetime.fromisoformat(one["at"]) == later.at
    assert datetime.fromisoformat(one["slowed"]) == NINE
    assert (two["node"], two["limits"], two["slowed"]) == ("other", {}, None)
