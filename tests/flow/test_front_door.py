"""From a real socket to the outbox: what is refused or comes from a stranger makes us write to no stranger (S7, S8)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config, Limits, Listen
from mailflow.desk.policy import Policy
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.edge.listen import Listeners, listen
from mailflow.flow.door import Door
from mailflow.flow.filer import Filer
from mailflow.store.contacts import contacts
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION
from tests.flow.conftest import Now
from tests.flow.test_filer import Child, filing
from tests.running import eventually

LIMITS = Limits.model_validate(
    {"banner_delay": "0s", "errors": 1000, "message_size": 2000, "sender_per_minute": 1000, "recipients": 1000}
)
Rows = Callable[[str], list[Any]]


@pytest.fixture
def database(sqlite_url: str) -> Any:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def open_policy(policy: Policy) -> dict[str, Policy]:
    return {"now": policy}


@pytest.fixture
async def listeners(
    database: Database, writer: Writer, open_policy: dict[str, Policy], now: Now
) -> AsyncIterator[Listeners]:
    with database.begin() as connection:
        anna = NewContact(account="4711", name="Anna", addresses=("anna@kunde.example",))
        contacts.add(connection, anna, agent="test", at=now())
    door = Door(writer, policy=lambda: open_policy["now"], now=now, received=lambda: None)
    place = Listen(protocol="smtp", address="127.0.0.1:0")
    opened = await listen([place], door, limits=LIMITS, hostname="mail.firma.example")
    yield opened
    await opened.close(5)


class Stranger:
    """Speaks SMTP; keeps what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def at(cls, listeners: Listeners) -> "Stranger":
        host, _, port = listeners.addresses[0].rpartition(":")
        stranger = cls(*await asyncio.open_connection(host, int(port)))
        await stranger._reply()
        await stranger.say("EHLO evil.example")
        return stranger

    async def say(self, *lines: str) -> list[str]:
        said = []
        for line in lines:
            self._writer.write(line.encode() + b"\r\n")
            said.append(await self._reply())
        return said

    async def _reply(self) -> str:
        while (line := (await asyncio.wait_for(self._reader.readuntil(b"\r\n"), 10)).decode())[3] == "-":
            pass
        return line.strip()

    async def send(self, mail_from: str, rcpt_to: str, octets: str) -> list[str]:
        """Up to the reply that ends it."""
        said = await self.say("RSET", f"MAIL FROM:<{mail_from}>", f"RCPT TO:<{rcpt_to}>")
        if said[-1].startswith("250"):
            said += await self.say("DATA", octets + ".")
        return said

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
async def stranger(listeners: Listeners) -> AsyncIterator[Stranger]:
    stranger = await Stranger.at(listeners)
    yield stranger
    stranger.close()


def believing(policy: Policy) -> Policy:
    """The same, to which everybody on this machine is who it says."""
    return replace(policy, config=Config.model_validate(ORGANISATION | {"trust": {"networks": ["127.0.0.0/8"]}}))


def mail(author: str, number: int, to: str = "support@firma.example") -> str:
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: About {number}\r\nMessage-ID: <{number}@evil.example>\r\n"
        f"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\n\r\nHello, {number}.\r\n"
    )


# S7

PROBES = """
victim@elsewhere.example
"victim@elsewhere.example"
victim%elsewhere.example@firma.example
victim@elsewhere.example@firma.example
"victim@elsewhere.example"@firma.example
victim%elsewhere.example@[127.0.0.1]
victim%elsewhere.example@localhost
victim%elsewhere.example@mail.firma.example
@firma.example:victim@elsewhere.example
@mail.firma.example,@firma.example:victim@elsewhere.example
elsewhere.example!victim
elsewhere.example!victim@firma.example
elsewhere.example!victim@[127.0.0.1]
firma.example!elsewhere.example!victim
victim@[192.0.2.1]
victim@[127.0.0.1]
victim@[IPv6:::1]
victim@localhost
victim@firma.example.elsewhere.example
victim@elsewhere.example.
victim@elsewhere.example,support@firma.example
support@firma.example,victim@elsewhere.example
support@firma.example victim@elsewhere.example
support@firma.example>,<victim@elsewhere.example
support+victim=elsewhere.example@elsewhere.example
support@sub.firma.example
support@firmaexample
postmaster@elsewhere.example
victim@127.0.0.1
victim
""".split("\n")[1:-1]


def test_s7_there_are_thirty_probes() -> None:
    assert len(PROBES) == 30


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "trusted"])
@pytest.mark.parametrize("mail_from", ["spam@evil.example", "support@firma.example", ""])
async def test_s7_nothing_is_passed_on_for_anybody(
    stranger: Stranger, open_policy: dict[str, Policy], rows: Rows, known: bool, mail_from: str
) -> None:
    if known:
        open_policy["now"] = believing(open_policy["now"])
        assert open_policy["now"].config.trust.trusts("127.0.0.1")
    for probe in PROBES:
        said = await stranger.send(mail_from, probe, mail("spam@evil.example", 1))
        assert said[-1][:3] in ("501", "550", "553"), (probe, said)
    assert rows("SELECT count(*) FROM entry") == [(0,)]


# S8: forty of each


async def unknown(stranger: Stranger, number: int) -> list[str]:
    return await stranger.send("anna@kunde.example", f"nobody{number}@firma.example", "")


async def blocked(stranger: Stranger, number: int) -> list[str]:
    mail_from, author = [("spam@qq.com", "spam@qq.com"), ("x@evil.example", "spam@sub.qq.com")][number % 2]
    return await stranger.send(mail_from, "support@firma.example", mail(author, number))


async def oversize(stranger: Stranger, number: int) -> list[str]:
    if number % 2:
        return await stranger.say("RSET", f"MAIL FROM:<anna@kunde.example> SIZE={2000 + number}")
    return await stranger.send("anna@kunde.example", "support@firma.example", "x" * (2000 + number) + "\r\n")


async def unregistered(stranger: Stranger, number: int) -> list[str]:
    to = ["support@firma.example", "billing@firma.example", "sales@firma.example"][number % 3]
    author = f"stranger{number}@evil.example"
    return await stranger.send(author, to, mail(author, number, to))


async def forged(stranger: Stranger, number: int) -> list[str]:
    mail_from = ["anna@kunde.example", "bounces@evil.example", ""][number % 3]
    return await stranger.send(mail_from, "support@firma.example", mail("Anna <anna@kunde.example>", number))


KINDS: dict[str, tuple[Callable[[Stranger, int], Any], str]] = {
    "unknown recipient": (unknown, "550 5.1.1 No such mailbox here"),
    "blocked": (blocked, "550 5.7.1 Mail from this sender is not accepted"),
    "oversize": (oversize, "552 5.3.4 The message is larger than we take"),
    "unregistered": (unregistered, "250 2.0.0 Kept"),
    "forged": (forged, "250 2.0.0 Kept"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_s8_forty_of_each_make_us_write_to_no_stranger(
    stranger: Stranger, writer: Writer, policy: Policy, now: Now, rows: Rows, kind: str
) -> None:
    send, reply = KINDS[kind]
    for number in range(40):
        assert (await send(stranger, number))[-1] == reply
    kept = 40 if reply.startswith("250") else 0
    assert rows("SELECT count(*) FROM entry") == [(kept,)]
    child = Child()
    filer = Filer(writer, child, child, node="main", policy=lambda: policy, now=now)  # type: ignore[arg-type]  # a far end
    async with filing(filer):
        await eventually(lambda: rows("SELECT count(*) FROM entry WHERE disposition = 'received'") == [(0,)])
    told = [("challenge", "anna@kunde.example")] if kind == "forged" else []  # one a day, to whoever it names (A5)
    assert rows("SELECT kind, rcpt_to FROM outbox") == told


async def test_s8_a_registered_and_an_unregistered_sender_hear_the_same(stranger: Stranger) -> None:
    places = ("support@firma.example", "sales@firma.example", "nobody@firma.example", "x@elsewhere.example")
    heard = [
        [
            *[await stranger.send(author, rcpt_to, mail(author, 1, rcpt_to)) for rcpt_to in places],
            await stranger.say(f"VRFY {author}", f"EXPN {author}", f"MAIL FROM:<{author}> SIZE=9999"),
        ]
        for author in ("anna@kunde.example", "anne@kunde.example")
    ]
    assert heard[0] == heard[1]


# Rules that reject

RULES = """
[[rule]]
name = "vip"
if.from.matches = "*@big.example"
then.stop = true

[[rule]]
name = "no printers"
if.subject.regex = "printers (.*)"
then.reject = "Żadnych drukarek: ${1}"
"""
PRINTERS = "From: x@{domain}\r\nSubject: printers {word}\r\nMessage-ID: <1@evil.example>\r\n\r\nx\r\n"


def rejecting(policy: Policy) -> Policy:
    return replace(policy, rules=Rulebook(rules_in(RULES, "filters/10-spam.toml", Names())))


async def test_a_rule_refuses_a_direct_client_in_its_words_before_anything_is_kept(
    stranger: Stranger,
    listeners: Listeners,
    open_policy: dict[str, Policy],
    rows: Rows,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_policy["now"] = rejecting(open_policy["now"])
    spam = PRINTERS.format(domain="evil.example", word="=?utf-8?q?caf=C3=A9=0D=0A250_=D0=B6?=")
    said = await stranger.send("x@evil.example", "support@firma.example", spam)
    assert said[-1] == "550 5.7.1 Zadnych drukarek: cafe 250 ?"
    assert rows("SELECT count(*) FROM entry") == [(0,)]
    assert listeners.gate.counters.refused == {"rule": 1}
    logged = capsys.readouterr().err
    assert 'because="no printers (filters/10-spam.toml:7)"' in logged
    assert "refused_content peer=127.0.0.1 mail_from=<x@evil.example>" in logged
    assert (await stranger.say("NOOP", "RSET"))[-1].startswith("250")
    vip = await stranger.send("x@evil.example", "support@firma.example", PRINTERS.format(domain="big.example", word=""))
    assert vip[-1] == "250 2.0.0 Kept"


@pytest.mark.parametrize("trust", [{"networks": ["127.0.0.0/8"]}, {"relays": ["127.0.0.0/8"]}], ids=["ours", "a relay"])
async def test_who_hands_in_what_others_wrote_is_not_refused_by_a_rule(
    stranger: Stranger, open_policy: dict[str, Policy], rows: Rows, trust: dict[str, Any]
) -> None:
    config = Config.model_validate(ORGANISATION | {"trust": trust})
    open_policy["now"] = rejecting(replace(open_policy["now"], config=config))
    spam = PRINTERS.format(domain="evil.example", word="17")
    said = await stranger.send("x@evil.example", "support@firma.example", spam)
    assert said[-1] == "250 2.0.0 Kept"
    assert rows("SELECT count(*) FROM entry") == [(1,)]
