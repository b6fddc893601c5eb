"""`mailflow ticket register`, `recover` and `refuse`: who asks to be registered, as an agent decides; and what `ticket
show` says of the accounts that are named. What may be decided is judged in `desk.newcomers.admission`."""

from typing import Annotated

import typer

from mailflow.cli.deed import Deed, change
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, TicketNumber, every, one_of
from mailflow.config import Config
from mailflow.desk.contacts.contact import Role
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.newcomers import admission
from mailflow.desk.newcomers.admission import Accounts
from mailflow.desk.newcomers.applicant import facts, is_applicant
from mailflow.desk.policy import registrations_in
from mailflow.desk.ticket import Ticket
from mailflow.store.database import Connection
from mailflow.store.newcomers import applications


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
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: admission.register(
            deed.ticket, account, role or (), deed.by, deed.policy, deed.at, _accounts(deed, account), name
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
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: admission.recover(
            deed.ticket,
            address,
            deed.by,
            deed.policy,
            deed.at,
            _accounts(deed, address),
            entry=applications.last_entry(deed.connection, number),
            keep=keep,
        ),
    )


def refuse(
    number: TicketNumber, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Tell who asks to be registered that it cannot be, without a reason. What is held stays so."""
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: admission.refuse(deed.ticket, deed.by, deed.policy, deed.at, _accounts(deed)),
    )


def named_accounts(connection: Connection, ticket: Ticket | None, config: Config, kinds: Catalogue) -> list[str]:
    """What `ticket show` says, for agents."""
    if ticket is None or not is_applicant(ticket, registrations_in(config, kinds)):
        return []
    found = applications.accounts_named(connection, (each.value for each in ticket.given))
    held = len(applications.held_of(connection, [ticket.requester]))
    return [*facts(ticket, kinds, found), f"held of {ticket.requester}: {held}"]


def _accounts(deed: Deed, *names: str) -> Accounts:
    """What is decided about."""
    return applications.accounts_named(deed.connection, (*names, deed.ticket.requester))
