"""`mailflow ticket cc`: who takes part besides the requester. Who may is judged in `desk.conversation.participants`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from mailflow.cli.deed import change
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, named, number_in, one_of
from mailflow.desk.actions import Action
from mailflow.desk.conversation import participants
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket


class Deed(StrEnum):
    ADD = "add"
    REMOVE = "remove"


def cc(
    number: Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The ticket's number.")],
    deed: Annotated[Deed, typer.Argument(parser=one_of(Deed), metavar="add|remove", help="From now on, or no longer.")],
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="Whose addresses.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let others take part: they are sent what agents answer from now on, and their answers belong to the ticket."""
    change(config, number, as_json, lambda ticket, policy, at: _judged(deed, ticket, addresses, agent, policy), agent)


def _judged(deed: Deed, ticket: Ticket, addresses: Sequence[str], agent: str, policy: Policy) -> tuple[Action, ...]:
    by = named(agent, policy.config)
    if deed is Deed.ADD:
        return participants.add(ticket, addresses, by, policy)
    return participants.remove(ticket, addresses, by)
