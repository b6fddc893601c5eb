"""The world is built once for a file of tests; each test changes it and leaves it as it was."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailflow.desk.agents import answer
from mailflow.desk.agents.merge import merge
from mailflow.desk.contacts.contact import Role
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.store import apply
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.database import Database
from mailflow.store.tables import TICKET
from mailflow.store.tickets import tickets
from tests.hostile.world import ANNA, BOB, DORA, KARL, SECRET, START, World, mail


class _Undone(Exception):
    """Takes back what a test did."""


@pytest.fixture(scope="module")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Iterator[Database]:
    """Tickets of Anna's: #1 open, #2 closed, #3 merged into #1, #4 resolved. #5 is Karl's, of the same account, #6
    Dora's, of another, #7 Bob's, whom nobody knows."""
    file = tmp_path_factory.mktemp("world") / "mailflow.db"
    shutil.copyfile(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    with database.begin() as connection:
        world = World(connection, policy)
        _contacts(connection)
        for number in range(1, 5):
            world.receive(_first(ANNA, number), mail_from=ANNA, trusted=True)
            world.reply(number, f"{SECRET} {number}", Move.RESOLVE if number in (2, 4) else None)
        two, three, one = (tickets.load(connection, number) for number in (2, 3, 1))
        assert one
        assert two
        assert three
        apply.carry_out(connection, 2, answer.close(two, "ewa"), policy, START)
        apply.carry_out(connection, 3, merge(three, one, "ewa", policy, START, tell=False), policy, START)
        world.receive(_first(KARL, 5), mail_from=KARL, trusted=True)
        world.receive(_first(DORA, 6), mail_from=DORA, trusted=True)
        world.receive(_first(BOB, 7), mail_from=BOB, trusted=True, to="sales@firma.example")
        assert [row.requester for row in world.rows(TICKET)] == [ANNA] * 4 + [KARL, DORA, BOB]
    yield database
    database.close()


def _contacts(connection: Connection) -> None:
    for account, name, address in (("1", "Anna", ANNA), ("1", "Karl", KARL), ("2", "Dora", DORA)):
        new = NewContact(
            account=account, account_name=account, name=name, addresses=(address,), roles=(Role.TECHNICAL,)
        )
        add(connection, new, agent="ewa", at=START)


def _first(author: str, number: int) -> bytes:
    return mail(author, f"{SECRET} {number}", id_=f"first{number}@{author.rpartition('@')[2]}")


@pytest.fixture
def world(built: Database, policy: Policy) -> Iterator[World]:
    with suppress(_Undone), built.begin() as connection:
        world = World(connection, policy, START + timedelta(days=2))
        yield world
        raise _Undone
