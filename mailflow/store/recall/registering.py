"""Who asks to be registered: whether they did before, and which accounts they, or agents who decide, name."""

from collections.abc import Iterator

from sqlalchemy import bindparam, select

from mailflow.desk.clues import Clues
from mailflow.store.newcomers.applications import accounts_named, applied
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tables import ENTRY

_RECEIVED = select(ENTRY.c.id, ENTRY.c.received).where(ENTRY.c.id.in_(bindparam("entries", expanding=True)))


def applications(asked: Asked) -> list[Fields]:
    """Of who is no contact."""
    kinds = {kind for clues in asked.clues if clues.application for kind in clues.application.kinds}
    pairs = list(zip(asked.clues, asked.found, strict=True))
    strangers = {clues.author for clues, fields in pairs if clues.application and not fields.get("contact")}
    found = applied(asked.connection, {author for author in strangers if author}, kinds)
    entries = {clues.registration.entry for clues in asked.clues if clues.registration}
    rows = asked.connection.execute(_RECEIVED, {"entries": sorted(entries)}) if entries else ()
    received = {row.id: row.received for row in rows}
    return [
        {
            **({"applied": found.get(clues.author or "")} if clues.author in strangers else {}),
            **({"registering": received.get(clues.registration.entry)} if clues.registration else {}),
        }
        for clues in asked.clues
    ]


def accounts(asked: Asked) -> list[Fields]:
    """What is named in a message, in what was given before, and by an agent."""
    names = [set(_names(clues, fields)) for clues, fields in zip(asked.clues, asked.found, strict=True)]
    found = accounts_named(asked.connection, {name for each in names for name in each})
    return [
        {"named_accounts": {name: found[name] for name in each if name in found}} if _looks_up(clues) else {}
        for clues, each in zip(asked.clues, names, strict=True)
    ]


def _looks_up(clues: Clues) -> bool:
    return clues.application is not None or bool(clues.agent and clues.agent.instructions.admits)


def _names(clues: Clues, fields: Fields) -> Iterator[str]:
    tickets = fields["tickets"].values()
    if clues.application:
        yield from clues.application.names
        theirs = (each for each in tickets if each.type in clues.application.kinds)
        yield from (given.value for ticket in theirs for given in ticket.given)
    if clues.agent and clues.agent.instructions.admits:
        yield from clues.agent.instructions.admits
        yield from (ticket.requester for ticket in tickets)
