"""`mailflow ticket cc`: who takes part besides the requester. Who may is judged in `desk.conversation.participants`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from mailflow.cli.deed import Deed, change
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, number_in, one_of
from mailflow.desk.actions import Action
from mailflow.desk.conversation import participants


class Change(StrEnum):
    ADD = "add"
    REMOVE = "remove"


def cc(
    number: Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The ticket's number.")],
    what: Annotated[
        Change, typer.Argument(parser=one_of(Change), metavar="add|remove", help="From now on, or no longer.")
    ],
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="Whose addresses.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let others take part: they are sent what agents answer from now on, and their answers belong to the ticket."""
    change(config, number, agent, as_json, lambda deed: _judged(what, addresses, deed))


def _judged(what: Change, addresses: Sequence[str], deed: Deed) -> tuple[Action, ...]:
    if what is Change.ADD:
        return participants.add(deed.ticket, addresses, deed.by, deed.policy)
    return participants.remove(deed.ticket, addresses, deed.by)
