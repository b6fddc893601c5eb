"""What the world is told of our domains: whether it may believe mail that our smarthost sends for them.

SPF of each domain for the addresses of the smarthost, and DMARC. What it signs with DKIM, and from which addresses it
really sends, nobody can see from here: a mail does (`mailflow doctor --send-to`).
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import ip_address

from mailflow.cli.finding import PATIENCE, Finding
from mailflow.config import Config
from mailflow.edge import sender_policy
from mailflow.edge.answers import Answer, Answers, Later, Wanted
from mailflow.edge.resolver import Resolver
from mailflow.mail.address import domain_of
from mailflow.mail.identity import dmarc
from mailflow.mail.identity.evidence import Result

MOST_QUESTIONS = 30
"""RFC 7208 stops at ten that cost something."""
SPF = "v=spf1"


def domains(config: Config) -> list[Finding]:
    """Nothing where there is no smarthost: nothing is sent."""
    if config.smarthost is None:
        return []
    return asyncio.run(_domains(config, config.smarthost.host))


async def _domains(config: Config, smarthost: str) -> list[Finding]:
    resolver = Resolver(config.dns.timeout.total_seconds(), config.dns.servers)
    names = sorted({domain_of(each.address) for each in config.mailbox})
    try:
        async with asyncio.timeout(PATIENCE * (1 + len(names))):
            known = await _known(resolver, smarthost)
            if isinstance(known, Finding):
                return [known]
            peers = known.addresses
            found = [Finding("dns", f"{smarthost} is {', '.join(peers)}{known.by}")]
            for name in names:
                found += [await _spf(resolver, name, smarthost, peers), await _dmarc(resolver, name)]
    except TimeoutError:
        return [Finding("dns", "answers too slowly", _RESOLVER)]
    return [*found, Finding("dkim", f"{smarthost} signs, or not: only a mail shows it (doctor --send-to ADDRESS)")]


@dataclass(frozen=True, slots=True)
class _Known:
    """Where a host is, and who says so, if that is not the DNS."""

    addresses: tuple[str, ...]
    by: str = ""


async def _known(resolver: Resolver, host: str) -> _Known | Finding:
    """The daemon asks this machine, which knows /etc/hosts besides: what the DNS does not have is no mistake yet."""
    try:
        return _Known((str(ip_address(host)),))
    except ValueError:
        pass
    answers = [await resolver.ask(kind, host) for kind in ("A", "AAAA")]
    if found := tuple(record for answer in answers for record in answer.records):
        return _Known(found)
    if found := await asyncio.to_thread(_as_this_machine_knows, host):
        return _Known(found, ", by this machine (/etc/hosts), not by the DNS")
    trouble = next((answer.trouble for answer in answers if answer.trouble), "")
    if trouble:
        return Finding("dns", trouble, _RESOLVER)
    return Finding("dns", f"{host} has no address", "correct host in [smarthost]")


def _as_this_machine_knows(host: str) -> tuple[str, ...]:
    """Of /etc/nsswitch.conf, as the daemon asks when it sends; nothing when it knows none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(sorted({str(address[0]).partition("%")[0] for *_, address in found}))


async def _spf(resolver: Resolver, domain: str, smarthost: str, peers: tuple[str, ...]) -> Finding:
    about = f"spf {domain}"
    answer = await resolver.ask("TXT", domain)
    records = [text for text in answer.records if text.lower().split(" ")[0] == SPF]
    if answer.trouble:
        return Finding(about, answer.trouble, _RESOLVER)
    if not records:
        return Finding(about, "no record", f'publish TXT {domain} "{SPF} include:… -all" as its people say')
    if len(records) > 1:
        return Finding(about, f"{len(records)} records, which counts as an error", "make one of them (RFC 7208 4.5)")
    if not any(ip_address(peer).is_global for peer in peers):
        return Finding(about, f"{records[0]}; {smarthost} is in a network of our own: where it sends from is not known")
    results = {peer: await _result(resolver, domain, peer) for peer in peers}
    if Result.PASS in results.values():
        return Finding(about, f"lets {smarthost} send")
    told = ", ".join(f"{peer} {result}" for peer, result in results.items())
    return Finding(about, f"does not name {smarthost}: {told}", _INCLUDE)


async def _result(resolver: Resolver, domain: str, peer: str) -> Result:
    told: dict[str, tuple[tuple[str, ...], str]] = {}
    for _ in range(MOST_QUESTIONS):
        answers = Answers(told)
        try:
            return sender_policy.check(peer, f"postmaster@{domain}", domain, answers).result
        except Wanted:
            for wanted in answers.wanted:
                kind, _, name = wanted.partition(" ")
                answer: Answer = await resolver.ask(kind, name)
                told[wanted] = answer.records, answer.trouble
        except Later:
            return Result.TEMPERROR
    return Result.PERMERROR


async def _dmarc(resolver: Resolver, domain: str) -> Finding:
    about = f"dmarc {domain}"
    for place in dmarc.places(domain):
        answer = await resolver.ask("TXT", dmarc.record_name(place))
        if answer.trouble:
            return Finding(about, answer.trouble, _RESOLVER)
        if policy := dmarc.policy_of(domain, place, answer.records):
            return Finding(about, f"asks others for {policy.policy!r} of what neither SPF nor DKIM proves")
    return Finding(about, "no record", f'publish TXT _dmarc.{domain} "v=DMARC1; p=none", and later a stricter one')


_RESOLVER = "set [dns] servers, or mend /etc/resolv.conf: strangers cannot be proved without"
_INCLUDE = "ask its people what to include, unless it sends from other addresses: doctor --send-to shows it"
