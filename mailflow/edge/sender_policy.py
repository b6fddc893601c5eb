"""SPF (RFC 7208) of the peer that stood at our own edge: the one importer of pyspf, in the proving child.

Its limits are the RFC's: ten look-ups that cost something, two that find nothing.
"""

from collections.abc import Iterator
from typing import Any

import spf

from mailflow.edge.answers import Answers, Later
from mailflow.mail.address import domain_of
from mailflow.mail.identity.evidence import Result, Spf


class _Query(spf.query):  # type: ignore[misc]  # untyped
    def get_explanation(self, spec: str) -> None:
        """What a stranger would like to say about a fail is not asked for."""


def check(peer: str, mail_from: str, helo: str, answers: Answers) -> Spf:
    """Whether `peer`, an IP address, may send for the domain of MAIL FROM, of HELO when that is null. Raises Wanted."""
    domain = domain_of(mail_from) if mail_from else helo.lower()
    if not domain:
        return Spf(result=Result.NONE, domain="", peer=peer, why="there is no domain to ask about")
    spf.DNSLookup = _lookup_in(answers)
    result, _, why = _Query(i=peer, s=mail_from, h=helo or "unknown").check()
    return Spf(result=Result.of(result), domain=domain, peer=peer, why=why)


def _lookup_in(answers: Answers) -> Any:
    def look_up(name: str, kind: str, *_: object) -> list[tuple[tuple[str, str], Any]]:
        try:
            return [((name, kind), each) for each in _records(kind, answers.of(kind, name))]
        except Later as error:
            raise spf.TempError(str(error)) from None

    return look_up


def _records(kind: str, found: Any) -> Iterator[Any]:
    for record in found:
        match kind:
            case "TXT":
                yield (record.encode("latin-1"),)
            case "MX":
                preference, _, host = record.partition(" ")
                yield int(preference), host
            case _:
                yield record
