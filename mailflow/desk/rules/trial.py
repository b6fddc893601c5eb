"""The examples of the rules, tried: a mail that a rule must match, or must not, and why it is otherwise.

An example gives the same answer on any day: entries of lists count also when they have expired, and the time is what
the example says. Its mail is what an admin wrote, and is read without a child process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailflow.desk.case import Case
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.desk.rules.condition import Finding
from mailflow.desk.rules.fact import Facts, Value
from mailflow.desk.rules.facts import FactsOf
from mailflow.desk.rules.rulebook import Example, Rule, Ruling
from mailflow.errors import Problem
from mailflow.mail.envelope import Envelope
from mailflow.mail.message import Message
from mailflow.mail.parse import parse

NEVER_EXPIRED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Stated:
    """Facts of an example, implements `Facts`: what it states, else what its mail has."""

    example: Example
    mail: Facts

    @property
    def now(self) -> datetime:
        return self.mail.now

    def values(self, fact: str, field: str = "") -> tuple[Value, ...]:
        stated = self.example.given.get(fact)
        return self.mail.values(fact, field) if stated is None else tuple(map(Value.of, stated))


def failures(policy: Policy) -> Iterator[Problem]:
    """Each example that its rule judges otherwise than it says, with what decided."""
    for rule in policy.rules.rules:
        for example in rule.examples:
            finding = rule.condition.judge(_facts(example, policy))
            if finding.holds is not example.matches:
                yield Problem(rule.file, example.line, "rule.example", _why(rule, finding))


def ruling_of(example: Example, policy: Policy) -> Ruling:
    """What all rules of `policy` say of its mail."""
    return policy.rules.judge(_facts(example, policy))


def _why(rule: Rule, finding: Finding) -> str:
    decided = "; ".join(f"{test.said}: {test.found}" for test in finding.deciding()) or "it has no conditions"
    return f"'{rule.name}' {'matches' if finding.holds else 'does not match'} it: {decided}"


def _facts(example: Example, policy: Policy) -> Facts:
    return _Stated(example, FactsOf(case_of(example, policy)))


def case_of(example: Example, policy: Policy) -> Case:
    """Of its mail, as one that opens a ticket, from somebody who is believed and not registered."""
    octets = example.mail.replace("\n", "\r\n").encode()
    message = parse(octets)
    entry = Entry(
        number=0, envelope=_envelope(example, message, policy), received=NEVER_EXPIRED, size=len(octets), octets=octets
    )
    return Case.of(message, entry, NOTHING_KNOWN, policy, NEVER_EXPIRED)


def _envelope(example: Example, message: Message, policy: Policy) -> Envelope:
    """As of a mail that comes from one who is believed, to those of To and Cc that are ours, else to the first."""
    named = (each.address for each in (*message.to, *message.cc) if each.address)
    ours = tuple(address for address in named if mailbox_of(address, policy))
    return Envelope(
        source=_first(example.given.get("source", ("smtp",))),
        mail_from=_first(example.given.get("mail_from", (message.author or "",))),
        rcpt_tos=example.given.get("rcpt_to", ours or (policy.config.mailbox[0].address,)),
        peer=_first(example.given.get("peer", ())),
        trusted=True,
    )


def _first(values: tuple[str, ...]) -> str:
    return values[0] if values else ""
