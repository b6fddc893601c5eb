"""PostgreSQL as it is opened here, for who can wait and for who cannot.

A server that hangs up is noticed at once. One that keeps its connections and never answers is not: its machine stands
still, or something on the way swallows what we send and acknowledges it all the same, so that no time limit of TCP
helps. Whoever has `patience` waits that long for the next octet of an answer, then closes the connection; what it was
in the middle of ends as with any connection that is lost, a COMMIT in doubt. So that nobody works for us who is not
waited for any more, the server is told to end a statement before that by itself: then it is slow, and not away.
"""

from collections.abc import Generator
from math import inf, isfinite
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine, event

from mailflow.store.columns import storable_json
from mailflow.store.durability import assert_durable

T = TypeVar("T")
CONNECT = 5  # seconds, for each address that the host has
FROZEN = 120.0
"""Seconds that PostgreSQL waits for the next statement of a transaction: a machine that stands still in the middle of
one would keep the rows that it locked from all others."""
ABANDONED = 30.0
"""The same for who has patience: it may be that we have given the transaction up, and the server has not heard so."""
SOONER = 0.8
"""Of the patience: after that the server ends a statement by itself (57014)."""
LONGER = 2.0
"""Of the patience: so long may a transaction take whose statement proved too slow for that (store.unhurried)."""


class Silent(psycopg.OperationalError):
    """The server has our question, perhaps, and nothing comes back."""


class Line(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not begin, or does not go on, for `patience` seconds. The server
    ends a statement after `limit`; a transaction that is unhurried has `longest`."""

    patience = limit = longest = slack = inf

    def wait(self, gen: Generator[Any, Any, T], *how: Any, **named: Any) -> T:
        """Psycopg waits for everything that a server says here, and wakes up ten times a second."""
        try:
            return super().wait(_heard(gen, self.patience), *how, **named)
        except Silent:
            self.close()
            raise

    def allow(self, seconds: float) -> None:
        """A statement of this transaction may take so long from now on."""
        self.patience = seconds + self.slack
        if self.info.transaction_status != TransactionStatus.INERROR:  # nothing but a rollback is heard then
            self.execute(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")


def opened(url: URL, patience: float = inf) -> Engine:
    """The URL's own settings of a connection come before ours. `patience` is in seconds."""
    defaults = {"connect_timeout": str(CONNECT), "application_name": "mailflow", "tcp_user_timeout": "15000"}
    url = url.update_query_dict({key: value for key, value in defaults.items() if key not in url.query})
    # pool_pre_ping: a server that was restarted costs nobody a transaction
    engine = create_engine(url, pool_pre_ping=True, json_serializer=storable_json)

    @event.listens_for(engine, "do_connect")
    def _do_connect(dialect: object, record: object, arguments: Any, named: Any) -> Line:
        line = Line.connect(*arguments, **named)
        line.patience, line.limit, line.longest = patience, patience * SOONER, patience * LONGER
        line.slack = patience * (1 - SOONER) if isfinite(patience) else inf
        return line

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Line, record: object) -> None:
        assert_durable(connection, "postgresql")
        for setting, seconds in _limits(patience).items():
            if not _own(connection, setting):
                connection.execute("SELECT set_config(%s, %s, false)", (setting, f"{seconds * 1000:.0f}ms"))
        if own := _own(connection, "statement_timeout"):
            connection.limit = own
            connection.patience = max(connection.patience, own + connection.slack)
            connection.longest = max(connection.longest, own)
        connection.commit()  # the question opened a transaction

    return engine


def _limits(patience: float) -> dict[str, float]:
    """What the server ends by itself, after so many seconds."""
    if not isfinite(patience):
        return {"idle_in_transaction_session_timeout": FROZEN}
    return {"idle_in_transaction_session_timeout": ABANDONED, "statement_timeout": patience * SOONER}


def _own(connection: Line, setting: str) -> float:
    """Seconds that the URL gives it (`options=-c …`); 0: none. What a role has for everybody does not count."""
    asked = "SELECT setting::float / 1000 FROM pg_settings WHERE name = %s AND source = 'client'"
    row = connection.execute(asked, (setting,)).fetchone()
    return float(row[0]) if row else 0.0


def _heard(gen: Generator[Any, Any, T], patience: float) -> Generator[Any, Any, T]:
    """What `gen` does, unless its connection becomes ready for nothing for so many seconds."""
    try:
        wanted = next(gen)
        while True:
            since = monotonic()
            while not (ready := (yield wanted)):
                if monotonic() - since > patience:
                    raise Silent(f"the server keeps the connection and has not answered for {patience:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
