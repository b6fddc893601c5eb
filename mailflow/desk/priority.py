"""How much a new ticket matters, by one formula (R2.3, R2.4).

It is the greatest of what config.toml gives to its mailbox, to the way it came and to the contract of its author's
account; `normal` where none of them is given any. What a rule sets is in the place of all that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.config import Config, Contract, Mailbox
from mailflow.desk.case import Case
from mailflow.desk.rules.rulebook import Ruling
from mailflow.desk.ticket import Priority
from mailflow.desk.timing.schedule import plain

ORDER = tuple(reversed(Priority))
"""Of the queue: what matters most comes first."""


@dataclass(frozen=True, slots=True)
class Given:
    """One word on it: 'contract gold', high."""

    by: str
    value: Priority


@dataclass(frozen=True, slots=True)
class Weighed:
    value: Priority
    why: str = ""  # 'contract gold (mailbox: normal)'; '' when nobody gave any


def weighed(given: Sequence[Given], by_rule: Given | None) -> Weighed:
    """The formula. Of equals the first is named as the one that decides."""
    decides = by_rule or min(given, key=lambda each: ORDER.index(each.value), default=None)
    if decides is None:
        return Weighed(Priority.NORMAL)
    others = ", ".join(f"{each.by}: {each.value}" for each in given if each is not decides)
    return Weighed(decides.value, decides.by + (f" ({others})" if others else ""))


def priority_of(case: Case, mailboxes: Sequence[Mailbox]) -> Weighed:
    """Of the ticket that opens in `mailboxes`; a contract counts where its author is believed (R2.1)."""
    config = case.policy.config
    given = (
        *_by_contract(config, case.contract),
        *_by_channel(config, case.entry.envelope.source),
        *_by_mailboxes(mailboxes),
    )
    return weighed(given, _by_rule(case.ruling))


def contract_named(name: str, config: Config) -> Contract | None:
    return next((each for each in config.contract if plain(each.name) == plain(name)), None)


def _by_contract(config: Config, contract: str) -> Iterator[Given]:
    if found := contract_named(contract, config):
        yield Given(f"contract {found.name}", Priority(found.priority))


def _by_channel(config: Config, source: str) -> Iterator[Given]:
    """Of one mailbox that is fetched, or one system that logs in, before that of all of them."""
    known = {each.source: each for each in config.channel}
    found = known.get(source) or known.get(source.partition(":")[0])
    if found:
        yield Given(f"channel {found.source}", Priority(found.priority))


def _by_mailboxes(mailboxes: Sequence[Mailbox]) -> Iterator[Given]:
    for each in mailboxes:
        if each.priority:
            yield Given("mailbox" if len(mailboxes) == 1 else f"mailbox {each.address}", Priority(each.priority))


def _by_rule(ruling: Ruling) -> Given | None:
    """The last that sets any."""
    set_by = ((match.rule.name, match.effects.priority) for match in reversed(ruling.matches))
    return next((Given(f"rule {name}", priority) for name, priority in set_by if priority), None)
