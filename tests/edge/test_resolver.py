"""Questions to a real name server on the loopback: answers, bounds, the cache and its deadline."""

import asyncio
from collections.abc import Iterator

import pytest

from mailflow.edge.resolver import LONGEST_KEPT, MOST_RECORDS, Answer, Resolver
from tests.dns_server import SERVFAIL, SILENT, TTL, NameServer, serving, txt

ZONE = {
    "TXT kunde.example": [txt("v=spf1 -all"), txt("x" * 300)],
    "A kunde.example": ["192.0.2.7"],
    "AAAA kunde.example": ["2001:db8::7"],
    "MX kunde.example": ["10 mx.kunde.example."],
    "PTR 7.2.0.192.in-addr.arpa": ["kunde.example."],
    "TXT broken.example": SERVFAIL,
    "TXT silent.example": SILENT,
    "TXT large.example": [txt(f"{number:04}" * 50) for number in range(60)],
    "TXT huge.example": [txt("y" * 9000), txt("small")],
}


@pytest.fixture
def server() -> Iterator[NameServer]:
    with serving(ZONE) as server:
        yield server


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("kind", "name", "records"),
    [
        ("TXT", "kunde.example", ("v=spf1 -all", "x" * 300)),
        ("TXT", "KUNDE.example.", ("v=spf1 -all", "x" * 300)),
        ("A", "kunde.example", ("192.0.2.7",)),
        ("AAAA", "kunde.example", ("2001:db8::7",)),
        ("MX", "kunde.example", ("10 mx.kunde.example",)),
        ("PTR", "7.2.0.192.in-addr.arpa", ("kunde.example",)),
        ("MX", "silent.example", ()),
        ("TXT", "nobody.example", ()),
        ("TXT", "huge.example", ("small",)),
        ("SPF", "kunde.example", ()),
        ("TXT", "a..example", ()),
        ("TXT", "x" * 64 + ".example", ()),
        ("TXT", ".".join(["label"] * 60), ()),
        ("TXT", "", ()),
        ("TXT", "\udcff.example", ()),
        ("TXT", "b\xfccher .example", ()),
    ],
)
async def test_what_is_there_is_told_and_what_is_not_is_nothing(
    server: NameServer, kind: str, name: str, records: tuple[str, ...]
) -> None:
    answer = await Resolver(2, [server.address]).ask(kind, name)
    assert sorted(answer.records) == sorted(records)
    assert not answer.trouble


async def test_a_large_answer_comes_by_tcp_and_has_a_bound(server: NameServer) -> None:
    assert len((await Resolver(2, [server.address]).ask("TXT", "large.example")).records) == MOST_RECORDS


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("broken.example", "the servers of broken.example cannot answer"),
        ("silent.example", "no server answers for silent.example"),
    ],
)
async def test_what_cannot_be_known_now_is_trouble_and_is_asked_again(
    server: NameServer, name: str, trouble: str
) -> None:
    resolver = Resolver(0.2, [server.address])
    assert await resolver.ask("TXT", name) == Answer(trouble=trouble)
    server.zone[f"TXT {name}"] = [txt("back")]
    assert await resolver.ask("TXT", name) == Answer(("back",))


async def test_a_question_is_asked_once_however_many_wait(server: NameServer) -> None:
    resolver = Resolver(2, [server.address])
    await asyncio.gather(*(resolver.ask("TXT", "kunde.example") for _ in range(50)))
    await resolver.ask("TXT", "kunde.example")
    assert server.asked == {"TXT kunde.example": 1}


async def test_who_waits_no_longer_does_not_take_the_answer_from_the_others(server: NameServer) -> None:
    resolver = Resolver(2, [server.address])
    first, second = (asyncio.create_task(resolver.ask("A", "kunde.example")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).records == ("192.0.2.7",)


async def test_an_answer_is_kept_as_long_as_its_ttl_and_the_least_used_goes(server: NameServer) -> None:
    seconds = Seconds()
    resolver = Resolver(2, [server.address], most=2, now=seconds)
    await resolver.ask("A", "kunde.example")
    seconds.now += TTL - 1
    await resolver.ask("A", "kunde.example")
    assert server.asked["A kunde.example"] == 1
    seconds.now += 2
    await resolver.ask("A", "kunde.example")
    assert server.asked["A kunde.example"] == 2
    await resolver.ask("MX", "kunde.example")
    await resolver.ask("A", "kunde.example")
    await resolver.ask("AAAA", "kunde.example")  # MX is the least used
    await resolver.ask("A", "kunde.example")
    await resolver.ask("MX", "kunde.example")
    assert (server.asked["A kunde.example"], server.asked["MX kunde.example"]) == (2, 2)
    assert LONGEST_KEPT == 3600


async def test_a_server_that_is_not_there_is_trouble() -> None:
    answer = await Resolver(0.2, ["[::1]:1"]).ask("A", "kunde.example")
    assert answer.trouble
    assert not answer.records
