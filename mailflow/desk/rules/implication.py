"""Does one condition hold wherever another does? Answers yes only when that is sure from how they are written."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network

from mailflow.desk.rules.comparison import Amount, Between, Contains, Exists, InList, Is, Matches, Within
from mailflow.desk.rules.condition import AllOf, AnyOf, Condition, Not, Test

Network = IPv4Network | IPv6Network


def implies(narrow: Condition, wide: Condition) -> bool:
    """No message fits `narrow` that does not fit `wide`."""
    match narrow, wide:
        case Test(), Test():
            return narrow.fact == wide.fact and narrow.field == wide.field and _narrower(narrow, wide)
        case _, AllOf(conditions):
            return all(implies(narrow, each) for each in conditions)
        case AnyOf(conditions), _:
            return all(implies(each, wide) for each in conditions)
        case _, AnyOf(conditions) if any(implies(narrow, each) for each in conditions):
            return True
        case AllOf(conditions), _:
            return any(implies(each, wide) for each in conditions)
        case Not(inner), Not(outer):
            return implies(outer, inner)
        case _:
            return False


def _narrower(narrow: Test, wide: Test) -> bool:
    """Each value that fits the comparison of `narrow` fits that of `wide`."""
    if isinstance(wide.comparison, Exists) and not isinstance(narrow.comparison, Exists):
        return wide.comparison.wanted  # what fits is there
    covers = COVERS.get((type(narrow.comparison), type(wide.comparison)))
    return covers is not None and covers(narrow.comparison, wide.comparison)


def _words(narrow: Is | Contains, wide: Contains) -> bool:
    return all(any(other in form for other in wide.forms) for form in narrow.forms)


def _patterns(narrow: Matches, wide: Matches) -> bool:
    known = {pattern.written for pattern in wide.patterns}
    return narrow.word == wide.word and all(pattern.written in known for pattern in narrow.patterns)


def _networks(narrow: Within, wide: Within) -> bool:
    return all(any(_inside(network, other) for other in wide.networks) for network in narrow.networks)


def _inside(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def _amounts(narrow: Amount, wide: Amount) -> bool:
    match narrow.word, wide.word:
        case "over", "over":
            return narrow.limit >= wide.limit
        case "under", "under":
            return narrow.limit <= wide.limit
        case "is", _:
            return wide.holds(narrow.limit, wide.limit)
        case _:
            return False


COVERS: Mapping[tuple[type, type], Callable[..., bool]] = {
    (Is, Is): lambda narrow, wide: narrow.forms <= wide.forms,
    (Is, Contains): _words,
    (Contains, Contains): _words,
    (Matches, Matches): _patterns,
    (Exists, Exists): lambda narrow, wide: narrow.wanted is wide.wanted,
    (InList, InList): lambda narrow, wide: narrow.lists.keys() <= wide.lists.keys(),
    (Within, Within): _networks,
    (Amount, Amount): _amounts,
    (Between, Between): lambda narrow, wide: set(narrow.spans) <= set(wide.spans),
}
"""Pairs of comparisons of which one may be sure to hold where the other does; of no other pair anything is said."""
