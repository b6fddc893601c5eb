"""`mailflow ticket register`, `recover` and `refuse`: who asks to be registered, as an agent decides; and what `ticket
show` says of the accounts that are named. What may be decided is judged in `desk.newcomers.admission`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.deed import carry_out, locked
from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, TicketNumber, every, named, one_of
from mailflow.config import Config
from mailflow.desk.actions import Action
from mailflow.desk.agents.merge import stands
from mailflow.desk.contacts.contact import Role
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.newcomers import admission
from mailflow.desk.newcomers.admission import Accounts
from mailflow.desk.newcomers.applicant import facts, is_applicant
from mailflow.desk.policy import Policy, registrations_in
from mailflow.desk.ticket import Ticket
from mailflow.store.database import Connection
from mailflow.store.newcomers import applications

Judgement = Callable[[Connection, Ticket, str, Policy, datetime, Accounts], tuple[Action, ...]]


def register(
    number: TicketNumber,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's code.")],
    role: Annotated[
        list[Role] | None,
        typer.Option("--role", parser=one_of(Role), metavar="ROLE", help=f"{every(Role)}; may be repeated."),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The contact's, where the request says another.")] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Make who asks to be registered a contact of an account, technical if no role is named. The account's primary
    contacts are told, and what was held is filed."""
    _decide(
        config,
        number,
        as_json,
        (account,),
        agent,
        lambda connection, ticket, by, policy, at, accounts: admission.register(
            ticket, account, role or (), by, policy, at, accounts, name
        ),
    )


def recover(
    number: TicketNumber,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The one to which the contact lost access.")],
    keep: Annotated[bool, typer.Option("--add", help="It stays; the new one is added, and written to.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give a contact who lost access the address that asks for it, after the delay of corrections. Each address on
    file, and the account's primary contacts, are told at once, and may object."""
    _decide(
        config,
        number,
        as_json,
        (address,),
        agent,
        lambda connection, ticket, by, policy, at, accounts: admission.recover(
            ticket,
            address,
            by,
            policy,
            at,
            accounts,
            entry=applications.last_entry(connection, ticket.number),
            keep=keep,
        ),
    )


def refuse(
    number: TicketNumber, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Tell who asks to be registered that it cannot be, without a reason. What is held stays so."""
    _decide(
        config,
        number,
        as_json,
        (),
        agent,
        lambda connection, ticket, by, policy, at, accounts: admission.refuse(ticket, by, policy, at, accounts),
    )


def named_accounts(connection: Connection, ticket: Ticket | None, config: Config, kinds: Catalogue) -> list[str]:
    """What `ticket show` says, for agents."""
    if ticket is None or not is_applicant(ticket, registrations_in(config, kinds)):
        return []
    found = applications.accounts_named(connection, (each.value for each in ticket.given))
    held = len(applications.held_of(connection, [ticket.requester]))
    return [*facts(ticket, kinds, found), f"held of {ticket.requester}: {held}"]


def _decide(config: Path, number: int, as_json: bool, names: Iterable[str], agent: str, judged: Judgement) -> None:
    with office(config) as here:
        policy, at = here.signing_policy, now()
        by = named(agent, policy.config)
        with here.database.begin() as connection:
            ticket = locked(connection, number)
            stands(ticket)
            accounts = applications.accounts_named(connection, (*names, ticket.requester))
            actions = judged(connection, ticket, by, policy, at, accounts)
            done = carry_out(connection, ticket, actions, policy, at, by)
    done.tell(as_json=as_json)
