"""`mailflow contact`: accounts and their registered contacts, one by one or as a table (`contactfile`)."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow import configfile
from mailflow.cli import changes, contactfile, erasure
from mailflow.cli.opening import now, reading, writing
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, every, named, one_of
from mailflow.cli.output import moment, print_json, print_values, say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.config import duration
from mailflow.desk.contacts.contact import Role
from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.desk.priority import contract_named
from mailflow.desk.timing.schedule import Schedule
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.mail.address import canonical
from mailflow.store.contacts import contact_history, contacts, corrections, undeliverable
from mailflow.store.contacts.contacts import ContactLine, Difference
from mailflow.store.database import Connection
from mailflow.store.newcomers import latecomers
from mailflow.store.newcomers.latecomers import Tied
from mailflow.store.timing import due

app = typer.Typer()
app.command()(erasure.erase)
app.add_typer(changes.app, name="changes", help="What contacts have corrected by mail.", no_args_is_help=True)

COLUMNS = (
    Column(key="account", most=12),
    Column(key="account_name", most=20, spare=2),
    Column(key="contract", most=10, spare=6),
    Column(key="region", most=10, spare=7),
    Column(key="name", most=24),
    Column(key="phone", most=20, spare=8),
    Column(key="language", spare=4),
    Column(key="roles", most=20, spare=3),
    Column(key="verified", shown=short_moment, spare=1),
    Column(key="undeliverable", most=24, spare=4),
    Column(key="addresses", text=True),
)
HISTORY = (
    Column(key="at", shown=moment),
    Column(key="kind", title="what"),
    Column(key="agent", most=12),
    Column(key="text", title="details", text=True),
)
LOST = (
    Column(key="address", most=40),
    Column(key="name", title="contact", most=24, spare=1),
    Column(key="since", shown=short_moment, spare=2),
    Column(key="until", shown=short_moment),
    Column(key="status", spare=3),
    Column(key="ticket", title="#", right=True),
    Column(key="diagnostic", text=True),
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="One of the contact's addresses.")]


@app.command("list")
def list_(
    account: Annotated[str | None, typer.Option("--account", help="Only this account's.")] = None,
    unverified_since: Annotated[
        str | None, typer.Option("--unverified-since", metavar="AGE", help="Not verified for so long: 180d, 26w.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List contacts by account."""
    since = _ago(unverified_since) if unverified_since is not None else None
    with reading(config) as connection:
        rows = _with_lost(connection, contacts.list_(connection, account, since))
    print_list(rows, COLUMNS, as_json=as_json, nothing="no contacts")


def _ago(age: str) -> datetime:
    try:
        return now() - duration(age)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(escape(str(error)), param_hint="--unverified-since") from None


@app.command()
def show(address: Address, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show what is on file of the contact who has an address."""
    with reading(config) as connection:
        contact = contacts.owner_of(connection, address)
        (contact,) = _with_lost(connection, [contact])
        contact["corrections"] = corrections.list_(connection, contact=contact["id"])
    if as_json:
        print_json(contact)
    else:
        lost = [each["why"] for each in contact["undeliverable"]]
        wanted = [f"{each['id']}: {each['state']}, {changes.said(each['wanted'])}" for each in contact["corrections"]]
        print_values({**contact, "undeliverable": lost, "corrections": wanted})


def _with_lost(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With those of their addresses that mail does not reach."""
    lost = undeliverable.standing(connection, [address for row in rows for address in row["addresses"]], now())
    theirs = ([lost[address] for address in row["addresses"] if address in lost] for row in rows)
    return [
        {**row, "undeliverable": [_shown_lost(each) for each in found]} for row, found in zip(rows, theirs, strict=True)
    ]


def _shown_lost(lost: Undeliverable) -> dict[str, Any]:
    times = {"since": lost.since.isoformat(), "until": lost.until.isoformat()}
    return {**asdict(lost), **times, "why": str(lost)}


@app.command("undeliverable")
def undeliverable_(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the addresses that mail does not reach, a contact's or not."""
    with reading(config) as connection:
        names = {address: row["name"] for row in contacts.list_(connection) for address in row["addresses"]}
        rows = [
            {**_shown_lost(each), "name": names.get(each.address)} for each in undeliverable.every(connection, now())
        ]
    print_list(rows, LOST, as_json=as_json, nothing="no address is marked")


@app.command()
def deliverable(address: Address, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Write to an address again that mail did not reach; also when it is no contact's."""
    with writing(config) as connection:
        if not undeliverable.clear(connection, {canonical(address)}):
            raise Refused(f"{address} is not marked as undeliverable")
    say(f"mail is written to {escape(address)} again")


@app.command()
def history(address: Address, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List what became of a contact's details, oldest first: added, changed, verified, asked, corrected, objected."""
    with reading(config) as connection:
        contact = contacts.owner_of(connection, address)
        rows = contact_history.history(connection, contact["id"])
    print_list(rows, HISTORY, as_json=as_json, nothing="nothing is known of before there was a history")


@app.command()
def verify(address: Address, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Confirm that what is on file of a contact is true: the contact has said so. It is printed, and kept."""
    with writing(config) as connection:
        contact = contacts.verify(connection, address, agent=named(agent), at=now())
    if as_json:
        print_json(contact)
    else:
        print_values(contact)


@app.command()
def add(
    account: Annotated[str, typer.Option("--account", help="The account's code; it is made if there is none.")],
    name: Annotated[str, typer.Option("--name", help="The contact's name.")],
    address: Annotated[list[str], typer.Option("--address", help="May be repeated; mail goes to the first.")],
    account_name: Annotated[str, typer.Option("--account-name", help="What the account is called.")] = "",
    contract: Annotated[str | None, typer.Option("--contract", help="The account's; '' ends it.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Where the account is served.")] = None,
    domain: Annotated[
        list[str] | None, typer.Option("--domain", help="The account's domains; may be repeated.")
    ] = None,
    role: Annotated[
        list[Role] | None,
        typer.Option("--role", parser=one_of(Role), metavar="ROLE", help=f"{every(Role)}; may be repeated."),
    ] = None,
    phone: Annotated[str, typer.Option("--phone", help="The contact's.")] = "",
    language: Annotated[str, typer.Option("--language", help="The language code of mail to the contact.")] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Register one contact."""
    fields = {
        "account": account,
        "account_name": account_name,
        "domains": ";".join(domain or ()),
        "name": name,
        "phone": phone,
        "language": language,
        "roles": ";".join(role or ()),
        "addresses": ";".join(address),
        **({} if contract is None else {"contract": contract.strip()}),
        **({} if region is None else {"region": region.strip()}),
    }
    contact = contactfile.checked(fields)
    with writing(config) as connection:
        contacts.add(connection, contact, agent=named(agent), at=now())
        tied = latecomers.tie(connection, agent=named(agent), at=now())
        due.of_accounts(connection, [account], Schedule(configfile.load(config)), now())
    _warn_of_contracts([contact], config)
    say(f"{escape(name)} is registered for account {escape(account)}{_told(tied)}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help=f"Columns: {', '.join(contactfile.COLUMNS)}.")],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Show what a table of contacts would change; --apply does it. Contacts that it does not name stay."""
    rows, tied = contactfile.read(file), list[Tied]()
    with (writing if apply else reading)(config) as connection:
        difference = contacts.plan(connection, rows)
        for line in _shown(difference):
            say(escape(line))
        if difference.problems:
            raise Refused("\n".join(contactfile.placed(file, difference.problems)))
        if apply:
            contacts.carry_out(connection, difference, agent=named(agent), at=now())
            tied = latecomers.tie(connection, agent=named(agent), at=now())
            accounts = {each.account for each in tied} | {each.code for each in difference.accounts if not each.is_new}
            due.of_accounts(connection, accounts, Schedule(configfile.load(config)), now())
    _warn_of_contracts(rows, config)
    say(_summary(difference) + (_told(tied) if apply else "; nothing is changed yet: add --apply"))


def _told(tied: Sequence[Tied]) -> str:
    """Which tickets of before are theirs."""
    return f"; of before: {', '.join(f'#{each.ticket}' for each in tied)}" if tied else ""


def _warn_of_contracts(lines: Iterable[ContactLine], config_file: Path) -> None:
    """A contract that config.toml does not name gives no priority: probably it is misspelt, or forgotten there."""
    config = configfile.load(config_file)
    known = [each.name for each in config.contract]
    names = sorted({line.contract for line in lines if line.contract and contract_named(line.contract, config) is None})
    if names and not known:
        _warn(f"there is no [[contract]] in {config_file}, so {', '.join(names)} gives no priority")
        return
    for name in names:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else f", which knows {', '.join(known)}"
        _warn(f"there is no [[contract]] '{name}' in {config_file}{hint}")


def _warn(why: str) -> None:
    print(escape(f"mailflow: {why}"), file=sys.stderr)


def _shown(difference: Difference) -> Iterator[str]:
    yield from (f"{'+' if account.is_new else '~'} {account}" for account in difference.accounts)
    yield from (f"+ {change}" for change in difference.added)
    yield from (f"~ {change}" for change in difference.changed)


def _summary(difference: Difference) -> str:
    return f"{len(difference.added)} new, {len(difference.changed)} changed, {difference.unchanged} as they were"
