"""A known incident tells everybody an agent's words and nobody anything of anybody else (T1)."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.decision import Disposition
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.flow.incidents import tell
from mailflow.store.health.audit import audit
from mailflow.store.incidents import incidents
from mailflow.store.tables import ENTRY, EVENT, OUTBOX, TICKET
from tests.hostile.world import ANNA, BOB, DORA, KARL, SUPPORT, World, mail

RULE = '[[rule]]\nname = "shops"\nif.subject.contains = "shop"\nthen.incident = "shops"\n'
WORDS = "Schaltschrank"
"""Of the state: only who is served may read it."""


@pytest.fixture
def trouble(world: World) -> World:
    world.policy = replace(world.policy, rules=Rulebook(rules_in(RULE, "filters/10.toml", Names())))
    incidents.open_(world.connection, "shops", "Shops", {"": WORDS}, agent="ewa", at=world.now)
    return world


def close(world: World) -> list[Any]:
    """What goes out because of it."""
    before = len(world.rows(OUTBOX))
    incidents.close(world.connection, "shops", {"": "Over."}, agent="ewa", at=world.now)
    while tell(world.connection, world.policy, world.now):
        pass
    assert audit(world.connection, world.now).problems == ()
    return world.rows(OUTBOX)[before:]


UNTOLD = {
    "stranger": (BOB, False, ()),
    "proven stranger": (BOB, True, ()),
    "forged contact": (ANNA, False, ()),
    "nobody": ("", True, ()),
    "a robot": (ANNA, True, ("Auto-Submitted: auto-replied",)),
    "a list": (ANNA, True, ("List-Id: <x.example>", "Precedence: list")),
}


@pytest.mark.parametrize("who", UNTOLD)
def test_who_is_not_served_or_not_answered_is_told_nothing(who: str, trouble: World) -> None:
    author, trusted, fields = UNTOLD[who]
    mails = len(trouble.rows(OUTBOX))
    trouble.receive(mail(author, "my shop is down", *fields), mail_from=author, trusted=trusted)
    assert trouble.rows(ENTRY)[-1].disposition in (Disposition.FILED, Disposition.HELD)
    assert [row for row in trouble.rows(OUTBOX)[mails:] if WORDS.encode() in row.octets] == []


def test_an_unproved_author_at_an_open_door_is_told_neither_now_nor_at_the_end(trouble: World) -> None:
    mails = len(trouble.rows(OUTBOX))
    trouble.receive(mail(BOB, "my shop is down"), mail_from=BOB, to="sales@firma.example")
    ticket = trouble.rows(TICKET)[-1]
    assert (ticket.requester, ticket.status, ticket.believed) == (BOB, "on_hold", False)
    assert close(trouble) == trouble.rows(OUTBOX)[mails:] == []
    assert "cannot be told" in trouble.rows(EVENT, ticket=ticket.id, kind="incident")[-1].text
    assert trouble.rows(TICKET)[-1].status == "open"  # else nobody would ever have read it


def test_what_a_customer_adds_meanwhile_is_read_by_an_agent_at_the_end(trouble: World) -> None:
    for author in (ANNA, DORA):
        trouble.receive(mail(author, "shop", id_=f"shop@{author[:4]}.example"), mail_from=author, trusted=True)
    anna = trouble.rows(TICKET)[-2].id
    fields = ("In-Reply-To: <shop@anna.example>",)
    trouble.receive(mail(ANNA, "Re: shop", *fields, text="Im Keller brennt es."), mail_from=ANNA, trusted=True)
    assert [row.status for row in trouble.rows(TICKET)[-2:]] == ["on_hold", "on_hold"]
    assert len(close(trouble)) == 2
    assert [row.status for row in trouble.rows(TICKET)[-2:]] == ["open", "resolved"]
    assert trouble.rows(TICKET, id=anna)[0].waiting_since
    assert "was added to it" in trouble.rows(EVENT, ticket=anna, kind="status")[-1].text


def test_each_reads_of_the_incident_and_of_their_own_request_only(trouble: World) -> None:
    mine = {ANNA: "shop Amsel", KARL: "shop Kranich", DORA: "shop Dohle"}
    for author, subject in mine.items():
        trouble.receive(mail(author, subject, text=f"{subject} ist weg."), mail_from=author, trusted=True)
    letters = close(trouble)
    assert {row.rcpt_to for row in letters} == set(mine)
    every = [row for row in trouble.rows(OUTBOX) if row.kind.startswith("incident")]
    assert len(every) == 6
    for row in every:
        assert mine[row.rcpt_to].encode() in row.octets
        for author, subject in mine.items():
            if author != row.rcpt_to:
                assert subject.split()[1].encode() not in row.octets
                assert author.encode() not in row.octets


def test_a_forger_gets_no_ticket_of_another_attached_or_taken_up(trouble: World) -> None:
    trouble.receive(mail(ANNA, "shop Amsel", id_="amsel@kunde.example"), mail_from=ANNA, trusted=True)
    before = [(row.id, row.status, row.incident) for row in trouble.rows(TICKET)]
    number = before[-1][0]
    for author, trusted in ((BOB, False), (BOB, True), (KARL, True), (DORA, True), (ANNA, False)):
        answer = mail(author, f"Re: [#{number}] shop Amsel", "In-Reply-To: <amsel@kunde.example>", text=author)
        trouble.receive(answer, mail_from=author, trusted=trusted)
    assert [(row.id, row.status, row.incident) for row in trouble.rows(TICKET)][: len(before)] == before
    assert [row.rcpt_to for row in close(trouble) if row.ticket == number] == [ANNA]


def test_who_writes_a_hundred_times_is_answered_once(trouble: World) -> None:
    limits = trouble.policy.config.limits.model_copy(update={"tickets_per_hour": 1000, "tickets_per_day": 1000})
    config = trouble.policy.config.model_copy(update={"limits": limits})
    trouble.policy = replace(trouble.policy, config=config)
    for number in range(100):
        trouble.receive(mail(ANNA, f"shop {number}"), mail_from=ANNA, trusted=True, to=SUPPORT)
    assert len([row for row in trouble.rows(OUTBOX) if row.kind == "incident"]) == 1
    assert len(close(trouble)) == 1
    assert {row.status for row in trouble.rows(TICKET)[-100:]} == {"resolved"}
