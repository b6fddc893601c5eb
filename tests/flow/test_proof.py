"""Proof of who wrote it, on its way through the filer: real signatures, a real name server, both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.config import Config
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.trust.proof import WAITS
from mailflow.edge.parser import Parser
from mailflow.edge.parser_child import Allowance
from mailflow.edge.prove import Prover
from mailflow.edge.question import Question
from mailflow.edge.resolver import Resolver
from mailflow.flow import lane
from mailflow.flow.filer import Filer
from mailflow.flow.filing import CROWDED, SOONEST
from mailflow.flow.proof import question_of
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.parse import parse
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION
from tests.dns_server import SERVFAIL, NameServer, serving, txt
from tests.edge.signing import key, signed
from tests.flow.conftest import Now, filing
from tests.running import eventually

Rows = Callable[[str], list[Any]]
DISPOSITIONS = "SELECT disposition FROM entry ORDER BY id"
VERDICTS = "SELECT verdict FROM entry ORDER BY id"
ZONE = {
    "TXT s1._domainkey.kunde.example": [txt(key().record)],
    "TXT _dmarc.kunde.example": [txt("v=DMARC1; p=none")],
}


def mail(word: str) -> bytes:
    return (
        f"From: anna@kunde.example\r\nTo: sales@firma.example\r\nSubject: About {word}\r\nMessage-ID: <{word}@k>\r\n"
        f"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\n\r\nHello, {word}.\r\n"
    ).encode()


def arrival(
    octets: bytes, *, trusted: bool = False, to: str = "sales@firma.example", peer: str = "192.0.2.7"
) -> Arrival:
    envelope = Envelope(
        source="smtp", mail_from="anna@kunde.example", rcpt_tos=(to,), peer=peer, helo="x", trusted=trusted
    )
    return Arrival(envelope=envelope, octets=octets)


@pytest.fixture
def server() -> Iterator[NameServer]:
    with serving(ZONE) as server:
        yield server


@pytest.fixture
async def prover(server: NameServer) -> AsyncIterator[Prover]:
    prover = Prover(Resolver(5, [server.address]), Allowance(proves=True))
    yield prover
    await prover.close()


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    parser = Parser()
    yield parser
    await parser.close()


@pytest.fixture
def filer(writer: Writer, parser: Parser, prover: Prover, policy: Policy, now: Now) -> Filer:
    return Filer(writer, parser, parser, node="main", policy=lambda: policy, now=now, prove=prover.prove)


@pytest.fixture
def receive(database: Database, clock: Any) -> Callable[..., None]:
    def receive(*arrivals: Arrival) -> None:
        with database.begin() as connection:
            journal.receive(connection, arrivals, clock.now())

    return receive


async def test_a_signed_mail_of_a_stranger_is_proved_and_its_evidence_kept(
    receive: Any, filer: Filer, database: Database, rows: Rows
) -> None:
    receive(arrival(signed(mail("signed"))), arrival(mail("plain")), arrival(mail("ours"), trusted=True))
    async with filing(filer):
        await eventually(lambda: "received" not in {row[0] for row in rows(DISPOSITIONS)})
    assert rows(VERDICTS) == [("verified",), ("unverified",), ("asserted",)]
    assert rows("SELECT verdict FROM message ORDER BY entry") == rows(VERDICTS)
    assert rows("SELECT verdict_reason FROM entry WHERE id = 1") == [("signed by kunde.example (DKIM, 1024 bit)",)]
    with database.begin() as connection:
        connection.execute(text("UPDATE entry SET disposition = 'failed'"))
        for number in (1, 3):
            journal.retry(connection, number)
        claimed = journal.claim(connection, "main", filer._now(), timedelta(minutes=1), 10, 1 << 20)
    first, third = (each.entry.evidence for each in claimed)
    assert first is not None
    assert first.signatures[0].domain == "kunde.example"
    assert third is None  # a trusted network is not asked


async def test_evidence_that_is_there_is_not_gathered_again(
    receive: Any, filer: Filer, database: Database, server: NameServer, rows: Rows
) -> None:
    receive(arrival(signed(mail("signed"))))
    async with filing(filer):
        await eventually(lambda: rows(VERDICTS) == [("verified",)])
        asked = server.asked.total()
        with database.begin() as connection:
            connection.execute(text("UPDATE entry SET disposition = 'failed', digest = NULL"))
            connection.execute(text("DELETE FROM message"))
            journal.retry(connection, 1)
        server.zone.clear()  # the key was withdrawn meanwhile
        filer.wake.set()
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])
    assert rows(VERDICTS) == [("verified",)]
    assert server.asked.total() == asked


async def test_who_waits_for_the_dns_keeps_nobody_waiting(
    receive: Any, writer: Writer, parser: Parser, policy: Policy, now: Now, rows: Rows
) -> None:
    told = asyncio.Event()

    async def prove(_octets: bytes, _question: Question) -> Evidence:  # a name server that takes its time
        await told.wait()
        return Evidence()

    filer = Filer(writer, parser, parser, node="main", policy=lambda: policy, now=now, prove=prove)
    receive(*(arrival(mail(f"slow{number}")) for number in range(40)), arrival(mail("ours"), trusted=True))
    async with filing(filer):
        await eventually(lambda: rows("SELECT disposition FROM entry WHERE trusted") == [("filed",)])
        assert rows("SELECT DISTINCT disposition FROM entry WHERE NOT trusted") == [("received",)]
        told.set()
        await eventually(lambda: not rows("SELECT id FROM entry WHERE disposition = 'received'"))


async def test_what_is_under_way_at_the_end_is_claimed_again_at_the_start(
    receive: Any, writer: Writer, parser: Parser, prover: Prover, policy: Policy, now: Now, rows: Rows
) -> None:
    asked = asyncio.Event()

    async def never(_octets: bytes, _question: Question) -> Evidence:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    receive(arrival(signed(mail("signed"))))
    for prove in (never, prover.prove):
        filer = Filer(writer, parser, parser, node="main", policy=lambda: policy, now=now, prove=prove)
        async with filing(filer):
            await asked.wait()
            if prove is not never:
                await eventually(lambda: rows(VERDICTS) == [("verified",)])
    assert rows("SELECT disposition, failures FROM entry") == [("filed", 0)]


async def test_what_cannot_be_told_now_waits_without_a_failure_and_is_held_at_last(
    receive: Any, filer: Filer, server: NameServer, clock: Any, rows: Rows
) -> None:
    server.zone["TXT s1._domainkey.kunde.example"] = SERVFAIL
    receive(arrival(signed(mail("one"))), arrival(signed(mail("two"))))
    attempts = "SELECT attempts FROM entry WHERE claimed_by = '' ORDER BY id"
    async with filing(filer):
        for number, wait in enumerate(WAITS[:-1], 1):
            await eventually(lambda n=number: rows(attempts) == [(n,), (n,)])
            assert rows("SELECT DISTINCT disposition, failures, verdict FROM entry") == [("received", 0, "")]
            assert "the key of kunde.example cannot be read now" in rows("SELECT trouble FROM entry")[0][0]
            clock.forward(wait)
            filer.wake.set()
        await eventually(lambda: rows(attempts) == [(len(WAITS),), (len(WAITS),)])
        server.zone["TXT s1._domainkey.kunde.example"] = [txt(key().record)]
        clock.forward(WAITS[-1])
        filer.wake.set()
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",), ("filed",)])
    assert rows(VERDICTS) == [("verified",), ("verified",)]


async def test_nobody_waits_for_ever(
    receive: Any, filer: Filer, server: NameServer, clock: Any, rows: Rows, database: Database
) -> None:
    server.zone["TXT s1._domainkey.kunde.example"] = SERVFAIL
    receive(arrival(signed(mail("one"))))
    with database.begin() as connection:
        connection.execute(text(f"UPDATE entry SET attempts = {len(WAITS)}"))
    async with filing(filer):
        await eventually(lambda: rows(DISPOSITIONS) == [("held",)])
    assert rows(VERDICTS) == [("temperror",)]
    assert "cannot be checked now" in rows("SELECT reason FROM entry")[0][0]
    assert not rows("SELECT id FROM outbox")


async def test_what_finds_no_room_in_the_lane_waits_in_the_journal(
    receive: Any, filer: Filer, rows: Rows, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "MOST", 1)
    receive(*(arrival(signed(mail(f"number{number}"))) for number in range(3)))
    async with filing(filer):
        claimed = "SELECT id FROM entry WHERE claimed_by <> ''"
        waiting = "SELECT trouble FROM entry WHERE disposition = 'received' AND trouble <> ''"
        await eventually(lambda: len(rows(waiting)) == 2 and ("filed",) in rows(DISPOSITIONS))
        assert rows(waiting) == [(CROWDED,)] * 2
        assert rows("SELECT DISTINCT failures FROM entry") == [(0,)]
        for filed in (2, 3):  # one of them finds room each time
            clock.forward(SOONEST)
            filer.wake.set()
            await eventually(lambda n=filed: rows(DISPOSITIONS).count(("filed",)) == n and not rows(claimed))
    assert rows(DISPOSITIONS) == [("filed",)] * 3


async def test_one_peer_whose_names_are_slow_takes_its_share_and_no_attempts(
    receive: Any, writer: Writer, parser: Parser, policy: Policy, now: Now, clock: Any, rows: Rows, monkeypatch: Any
) -> None:
    monkeypatch.setattr(lane, "MOST", 8)
    told = asyncio.Event()

    async def prove(_octets: bytes, question: Question) -> Evidence:
        if question.peer == "192.0.2.66":
            await told.wait()
        return Evidence()

    filer = Filer(writer, parser, parser, node="main", policy=lambda: policy, now=now, prove=prove)
    receive(*(arrival(mail(f"slow{number}"), peer="192.0.2.66") for number in range(9)))
    async with filing(filer):
        crowded = f"SELECT attempts, failures FROM entry WHERE trouble = '{CROWDED}' AND claimed_by = ''"
        await eventually(lambda: rows(crowded) == [(0, 0)] * 7)
        receive(*(arrival(mail(f"honest{number}")) for number in range(2)))
        filer.wake.set()
        await eventually(lambda: rows("SELECT count(*) FROM entry WHERE disposition = 'filed'") == [(2,)])
        told.set()
        await eventually(lambda: rows("SELECT count(*) FROM entry WHERE disposition = 'filed'") == [(4,)])


# What is remembered of a contact


async def test_a_contact_whose_mail_was_always_signed_is_not_believed_without(
    receive: Any, filer: Filer, database: Database, rows: Rows
) -> None:
    with database.begin() as connection:
        connection.execute(text("INSERT INTO account (id, code, name) VALUES (1, 'K-1', 'Kunde')"))
        connection.execute(
            text("INSERT INTO contact (id, account, name, language, roles) VALUES (1, 1, 'Anna', '', '[]')")
        )
        connection.execute(
            text("INSERT INTO contact_address (address, contact, position) VALUES ('anna@kunde.example', 1, 0)")
        )
    to = "support@firma.example"
    async with filing(filer):
        receive(arrival(signed(mail("first")), to=to))
        filer.wake.set()
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])
        assert rows("SELECT address, verdict, method, domain FROM pin") == [
            ("anna@kunde.example", "verified", "dkim", "kunde.example")
        ]
        receive(arrival(mail("bare"), to=to), arrival(signed(mail("x")).replace(b"Hello", b"Hullo"), to=to))
        filer.wake.set()
        await eventually(lambda: len(rows("SELECT id FROM entry WHERE disposition = 'held'")) == 2)
    assert rows(VERDICTS) == [("verified",), ("unverified",), ("failed",)]
    reasons = [row[0] for row in rows("SELECT verdict_reason FROM entry ORDER BY id")]
    assert reasons[1].startswith("this address has always been signed by kunde.example, and this mail is not")
    assert reasons[2].startswith("its signature of kunde.example is wrong")


# What is asked


MESSAGE = parse(mail("question"))


@pytest.mark.parametrize(
    ("envelope", "peer", "ids"),
    [
        ({"source": "smtp", "peer": "192.0.2.7"}, "192.0.2.7", ()),
        ({"source": "smtp", "peer": "192.0.2.7", "relayed": True}, "", ("mx.firma.example",)),
        ({"source": "lmtp", "peer": "unix", "relayed": True}, "", ("mx.firma.example",)),
        ({"source": "smtp", "peer": "unix"}, "", ("mx.firma.example",)),
        ({"source": "imap:gmail", "relayed": True}, "", ("mx.google.com",)),
        ({"source": "imap:other", "relayed": True}, "", ("mx.firma.example",)),
    ],
)
def test_the_edge_asks_about_the_peer_and_behind_a_relay_its_word_counts(
    envelope: dict[str, Any], peer: str, ids: tuple[str, ...], clock: Any
) -> None:
    imap = {"host": "imap.example", "user": "u", "password_file": "p", "mailbox": "support@firma.example"}
    config = Config.model_validate(
        {
            **ORGANISATION,
            "trust": {"authserv_ids": ["MX.firma.example"], "arc_forwarders": ["lists.example"]},
            "imap": [{**imap, "name": "gmail", "authserv_id": "mx.google.com"}, {**imap, "name": "other"}],
        }
    )
    came = Envelope(**{"mail_from": "Anna@Kunde.example", "rcpt_tos": (), "helo": "mail.kunde.example", **envelope})
    entry = Entry(number=1, envelope=came, received=clock.now(), size=1)
    assert question_of(entry, replace(MESSAGE), config) == Question(
        author="anna@kunde.example",
        peer=peer,
        mail_from="anna@kunde.example",
        helo="mail.kunde.example",
        authserv_ids=ids,
        forwarders=("lists.example",),
    )
