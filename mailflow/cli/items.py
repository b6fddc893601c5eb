"""`mailflow ticket type` and `ticket set`: of which kind a request is, and what it needs, said by an agent; and what
`ticket show` says of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from mailflow.cli.deed import change
from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, TicketNumber
from mailflow.desk.actions import Action
from mailflow.desk.context import Said
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.naming import after, ask_rest, set_type
from mailflow.desk.intake.set_by_agent import set_item
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.store.tickets.splitting import conversation


def set_(
    number: TicketNumber,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Of its kind of request, see `ticket show`.")],
    words: Annotated[list[str], typer.Argument(metavar="VALUE…", help="What it is; '-' takes it back.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say what the request needs, where the customer's mail did not."""
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: set_item(deed.ticket, item, " ".join(words), deed.by, deed.policy, deed.at),
    )


def type_(
    number: TicketNumber,
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A file in filters/types/, or a word; '-' ends it.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say of which kind a request is: its mail is read for what that needs, and only the rest is asked for."""
    with office(config) as here, here.database.connect() as connection:
        said = conversation(connection, number)
    change(config, number, agent, as_json, lambda deed: _named(deed.ticket, name, said, deed.by, deed.policy, deed.at))


def _named(
    ticket: Ticket, name: str, said: Sequence[Said], agent: str, policy: Policy, at: datetime
) -> tuple[Action, ...]:
    actions = set_type(ticket, name, said, agent, policy, at)
    return *actions, *ask_rest(after(ticket, actions, at), policy, at)


def items(ticket: Ticket | None, kinds: Catalogue) -> Sequence[dict[str, Any]]:
    """Of its kind of request, in its order, with the evidence; what is missing has no value. Of a kind that is gone,
    what was given."""
    if ticket is None or not ticket.collects:
        return []
    kind = kinds.kinds.get(ticket.type)
    if kind is None:
        return [_shown(each.item, each) for each in {each.item: each for each in ticket.given}.values()]
    dossier = Dossier(kind, ticket.given)
    owed = (each.name for party in kind.shape.party for each in dossier.owed_by(party.name))
    wanted = {*(each.name for each in dossier.missing), *owed}
    return [_shown(name, dossier.latest.get(name)) for name in kind.items if name in dossier.latest or name in wanted]


def told(shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    """For people."""
    width = max((len(each["item"]) for each in shown), default=0)
    for each in shown:
        value = each["value"] or "missing"
        yield f"  {each['item']:{width}}  {value}" + (f"  ({each['evidence']})" if each["evidence"] else "")


def _shown(name: str, given: Given | None) -> dict[str, Any]:
    if given is None:
        return {"item": name, "value": None, "words": None, "by": None, "at": None, "entry": None, "evidence": None}
    return {
        "item": name,
        "value": given.value or None,
        "words": given.words,
        "by": given.by,
        "at": given.at.isoformat(),
        "entry": given.entry,
        "evidence": given.evidence,
    }
