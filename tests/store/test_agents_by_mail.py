"""What an agent does by mail, in both databases: who answered last, what was told when, how much of it in a day."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.policy import Policy
from mailflow.mail.parse import parse
from mailflow.store import outbox
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from mailflow.store.tables import ENTRY, EVENT, MESSAGE, OUTBOX, TICKET, TIMER
from tests.conftest import ORGANISATION
from tests.hostile.world import BOB, World, mail

EWA, PIOTR, SALES = "ewa@staff.example", "piotr@staff.example", "sales@firma.example"


@pytest.fixture
def world(database: Database, policy: Policy) -> Iterator[World]:
    """Bob has written to sales, and both were told."""
    agents = [{"name": "ewa", "addresses": [EWA]}, {"name": "piotr", "addresses": [PIOTR]}]
    config = {**ORGANISATION, "agent": agents, "limits": {"to_agents_per_ticket": 4}}
    with database.begin() as connection:
        world = World(connection, replace(policy, config=Config.model_validate(config)))
        world.receive(mail(BOB, text="It burns."), mail_from=BOB, to=SALES, trusted=True)
        yield world


def told(world: World, whom: str) -> Any:
    """The last mail to an agent."""
    return [row for row in world.rows(OUTBOX) if row.rcpt_to == whom][-1]


def answer(world: World, agent: str, text: str, to: Any = None) -> list[tuple[str, str]]:
    """The mails that an answer brings about."""
    before = len(world.rows(OUTBOX))
    fields = (f"In-Reply-To: <{(to or told(world, agent)).message_id}>",)
    world.receive(mail(agent, "Re: Frage", *fields, text=text), mail_from=agent, to=SALES, trusted=True)
    return [(row.kind, row.rcpt_to) for row in world.rows(OUTBOX)[before:]]


def test_the_second_hears_of_the_first_and_may_insist(world: World) -> None:
    first = told(world, PIOTR)
    assert answer(world, EWA, "Press the key.") == [("reply", BOB), ("confirmation", EWA)]
    assert answer(world, PIOTR, "Buy another.", first) == [("confirmation", PIOTR)]
    assert b"ewa has answered" in told(world, PIOTR).octets.replace(b"=\r\n", b"")
    assert answer(world, PIOTR, "Buy another.") == [("reply", BOB), ("confirmation", PIOTR)]
    assert [row.author for row in world.rows(MESSAGE, direction="out")] == ["ewa", "piotr"]


def test_all_of_it_is_written_at_once_or_nothing(world: World) -> None:
    text = "#assign piotr\n#priority high\n#type fault\n#tag fire\n#wait 3d\n\nWe are on it."
    assert answer(world, EWA, text) == [("reply", BOB), ("notification", PIOTR), ("confirmation", EWA)]
    (ticket,) = world.rows(TICKET)
    assert (ticket.assignee, ticket.priority, ticket.type, ticket.status) == ("piotr", "high", "fault", "on_hold")
    assert [row.kind for row in world.rows(TIMER)] == ["wake"]
    before = tuple(ticket)
    assert answer(world, EWA, "#reopen\n#assign nobody-known\n\nDone.") == [("confirmation", EWA)]
    assert tuple(world.rows(TICKET)[0]) == before


def test_two_tickets_are_merged_by_mail(world: World) -> None:
    world.receive(mail(BOB, "Again", text="It still burns."), mail_from=BOB, to=SALES, trusted=True)
    assert answer(world, EWA, "#merge 1\n\nI have seen both.") == [("reply", BOB), ("confirmation", EWA)]
    assert [(row.id, row.status, row.merged_into) for row in world.rows(TICKET)][1] == (2, "closed", 1)


def test_somebody_stops(world: World) -> None:
    for number in range(6):
        world.receive(
            mail(BOB, "Re: Frage", text=f"{number}"),
            mail_from=BOB,
            to=f"sales+{world.sign(1, BOB)}@firma.example",
            trusted=True,
        )
    assert outbox.told(world.connection, EWA, 1, world.now) == 4
    assert next(row.text for row in world.rows(EVENT, kind="silence")).startswith(f"notification to {EWA} not written")


def test_what_was_to_be_said_by_mail_says_where_it_came_from(world: World) -> None:
    answer(world, EWA, "Press the key.")
    (said,) = world.rows(MESSAGE, direction="out")
    assert (said.entry, said.verdict, said.html, said.author_name) == (2, "asserted", None, "")
    assert outbox.octets_named(world.connection, said.message_id) is not None


def another_matter(world: World) -> None:
    """Bob answers an old mail, and puts a new subject there."""
    to = f"sales+{world.sign(1, BOB)}@firma.example"
    world.receive(mail(BOB, "Die Rechnung", text="Sie ist zu hoch."), mail_from=BOB, to=to, trusted=True)


def test_another_matter_is_offered_to_be_split_off_and_is_by_one_line(world: World) -> None:
    assert b"#split" not in told(world, EWA).octets
    another_matter(world)
    assert "    #split " in parse(told(world, EWA).octets).text
    assert answer(world, EWA, "#split") == [("notification", PIOTR), ("confirmation", EWA)]
    first, second = world.rows(TICKET)
    assert (second.split_from, second.subject, second.requester, second.status) == (1, "Die Rechnung", BOB, "open")
    assert [(row.ticket, row.reply) for row in world.rows(MESSAGE)] == [(1, "It burns."), (2, "Sie ist zu hoch.")]
    assert (first.waiting_since, second.waiting_since) == (first.created, world.rows(ENTRY)[1].settled)
    assert [row.ticket for row in world.rows(ENTRY)] == [1, 2, 1]
    assert (told(world, EWA).ticket, told(world, PIOTR).ticket) == (2, 2)
    assert answer(world, EWA, "Sie stimmt.") == [("reply", BOB), ("confirmation", EWA)]
    assert world.rows(MESSAGE, ticket=2)[-1].reply == "Sie stimmt."
    assert audit(world.connection, world.now).problems == ()


@pytest.mark.parametrize(
    ("words", "to", "why"),
    [
        ("#split\n\nHere you are.", 1, "a mail of its own"),
        ("#split\n#assign me", 1, "a mail of its own"),
        ("#split 3", 1, "alone in its line"),
        ("#split", 0, "is the first mail of #1"),
        ("#split", 2, "that you were told of"),  # a confirmation tells of no mail
    ],
)
def test_a_split_that_is_not_understood_does_nothing(words: str, to: int, why: str, world: World) -> None:
    told_of = [told(world, EWA)]
    another_matter(world)
    told_of.append(told(world, EWA))
    answer(world, EWA, "Press the key.")
    told_of.append(told(world, EWA))
    assert answer(world, EWA, words, told_of[to]) == [("confirmation", EWA)]
    assert why in " ".join(parse(told(world, EWA).octets).text.split())
    assert len(world.rows(TICKET)) == 1
