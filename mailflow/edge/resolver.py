"""DNS for whoever proves an author: one resolver, with a cache and a deadline. The importer of dnspython.

Never raises: what cannot be known now is an answer with `trouble`, what does not exist one without records. Names and
records come from strangers, so everything has a bound.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from mailflow.edge.answers import Answer

MOST_KEPT = 10_000
LONGEST_KEPT = 3600.0  # seconds, whatever the TTL says: a key that was withdrawn is not believed for days
SHORTEST_KEPT = 5.0
NOTHING_KEPT = 300.0  # seconds for a name or a record that does not exist (RFC 2308 section 5 asks for its SOA)
AT_ONCE = 100  # queries under way
MOST_RECORDS = 50  # of one name; SPF refuses more than ten (RFC 7208 section 4.6.4)
LONGEST_RECORD = 8 << 10  # octets
PORT = 53

KINDS = frozenset({"A", "AAAA", "MX", "PTR", "TXT"})
Asked = tuple[str, str]
"""Kind and name: ('TXT', '_dmarc.kunde.example')."""


class Resolver:
    """`servers`: 'ADDRESS' or 'ADDRESS:PORT'; none: those of the system. `timeout`: seconds for one question."""

    def __init__(
        self,
        timeout: float,
        servers: Sequence[str] = (),
        *,
        most: int = MOST_KEPT,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._timeout = timeout
        self._servers = servers
        self._most = most
        self._now = now
        self._kept: OrderedDict[Asked, tuple[float, Answer]] = OrderedDict()
        self._under_way: dict[Asked, asyncio.Task[Answer]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._client: dns.asyncresolver.Resolver | None = None

    async def ask(self, kind: str, name: str) -> Answer:
        """Asked once, however many wait for it."""
        asked = kind, name.lower().rstrip(".")
        if answer := self._remembered(asked):
            return answer
        task = self._under_way.get(asked)
        if task is None:
            task = self._under_way[asked] = asyncio.create_task(self._ask(asked))
            task.add_done_callback(lambda _: self._under_way.pop(asked, None))
        return await asyncio.shield(task)

    def _remembered(self, asked: Asked) -> Answer | None:
        until, answer = self._kept.get(asked, (0.0, None))
        if answer is None or until <= self._now():
            return None
        self._kept.move_to_end(asked)
        return answer

    def _remember(self, asked: Asked, answer: Answer, seconds: float) -> None:
        self._kept[asked] = self._now() + min(max(seconds, SHORTEST_KEPT), LONGEST_KEPT), answer
        self._kept.move_to_end(asked)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    async def _ask(self, asked: Asked) -> Answer:
        kind, written = asked
        name = _name(written)
        if kind not in KINDS or name is None:
            return Answer()
        try:
            async with self._turns:
                answer, seconds = await self._query(kind, name)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            answer, seconds = Answer(), NOTHING_KEPT
        except (dns.exception.DNSException, OSError) as error:
            return Answer(trouble=_sentence(error, written))
        self._remember(asked, answer, seconds)
        return answer

    async def _query(self, kind: str, name: dns.name.Name) -> tuple[Answer, float]:
        found = await self._resolver().resolve(name, kind, search=False, lifetime=self._timeout)
        records = [_text(each) for each in list(found)[:MOST_RECORDS]]
        seconds = float(found.rrset.ttl) if found.rrset else NOTHING_KEPT
        return Answer(tuple(each for each in records if each and len(each) <= LONGEST_RECORD)), seconds

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Made when it is first asked: a host without /etc/resolv.conf runs as long as nobody asks."""
        if self._client is None:
            self._client = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                self._client.nameservers = [_nameserver(each) for each in self._servers]
        return self._client


def _name(written: str) -> dns.name.Name | None:
    """None: no name of a host or a record."""
    try:
        return dns.name.from_text(written) if written else None
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None


def _nameserver(written: str) -> dns.nameserver.Nameserver:
    """'192.0.2.53', '192.0.2.53:5353', '2001:db8::53' or '[2001:db8::53]:5353'."""
    address, _, port = written.rpartition(":") if written.count(":") == 1 or "]:" in written else (written, "", "")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port or PORT))


def _text(record: Rdata) -> str:
    match record:
        case TXT():
            return b"".join(record.strings).decode("latin-1")
        case MX():
            return f"{record.preference} {record.exchange.to_text(omit_final_dot=True)}"
        case PTR():
            return record.target.to_text(omit_final_dot=True)
        case A() | AAAA():
            return str(record.address)
        case _:
            return ""  # of a kind that nobody asked for


def _sentence(error: Exception, name: str) -> str:
    match error:
        case dns.exception.Timeout():
            return f"no server answers for {name}"
        case dns.resolver.NoNameservers():
            return f"the servers of {name} cannot answer"
        case _:
            return f"{name}: {type(error).__name__}"
