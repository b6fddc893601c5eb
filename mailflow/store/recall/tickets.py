"""The tickets that a message points at, and the incidents that rules may attach it to."""

from collections.abc import Iterator, Mapping, Set

from mailflow.desk.clues import Clues
from mailflow.desk.ticket import Ticket
from mailflow.store.incidents import incidents as declared
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tickets.tickets import load_all


def tickets(asked: Asked) -> list[Fields]:
    """All of them at once, or two nodes block each other; with `lock` those of copies too, which are written to."""
    pointers = [_pointers(clues, fields) for clues, fields in zip(asked.clues, asked.found, strict=True)]
    wanted = {number for numbers in pointers for number in numbers}
    if asked.lock:
        wanted |= {fields["earlier"].ticket for fields in asked.found if fields["earlier"] and fields["earlier"].ticket}
    found = load_all(asked.connection, wanted, lock=asked.lock)
    return [{"tickets": dict(_read(numbers, found))} for numbers in pointers]


def incidents(asked: Asked) -> list[Fields]:
    """Those that are open, and what each author has heard of them."""
    names = {name for clues in asked.clues for name in clues.incidents}
    found = declared.find(asked.connection, names, keep=asked.lock)
    told_of = declared.told_of(asked.connection, found, asked.authors)
    return [
        {"incidents": tuple(found), "told_of": frozenset(told_of.get(clues.author or "", ()))} for clues in asked.clues
    ]


def _pointers(clues: Clues, fields: Fields) -> set[int]:
    """Numbers of the tickets that a token, an id or the subject names, or a wish is about."""
    challenged, paged, correction, applied = (
        fields.get(name) for name in ("challenged", "paged", "correction", "applied")
    )
    numbers = {
        *(token.ticket for token in clues.tokens),
        *fields["by_message_id"].values(),
        *(clues.agent.named if clues.agent else ()),
        *fields["waiting"],
        *((clues.newcomer.ticket,) if clues.newcomer else ()),
        *(
            clues.tag,
            fields.get("consent_of"),
            fields["reported"],
            challenged and challenged.ticket,
            paged and paged.ticket,
            applied and applied.ticket,
        ),
        correction and correction.ticket,
        fields.get("reach_of"),
    }
    return {number for number in numbers if number}


def _read(numbers: Set[int], tickets: Mapping[int, Ticket]) -> Iterator[tuple[int, Ticket]]:
    """Those of `numbers` that exist, and where they are read if they were merged."""
    for number in numbers & tickets.keys():
        into = tickets.get(tickets[number].merged_into or 0)
        yield number, tickets[number]
        if into:
            yield into.number, into
