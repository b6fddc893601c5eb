"""What an agent decided about who asked to be registered (desk.newcomers.admission) becomes rows, in one transaction
with it: the contact or the correction, its evidence in the history, and what was held of theirs is judged again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.policy import Policy
from mailflow.errors import Refused
from mailflow.store.contacts import contacts, corrections
from mailflow.store.contacts.contact_history import Happened, record
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.newcomers import applications, latecomers
from mailflow.store.timing import due


def carry_out(connection: Connection, decided: Sequence[Register | Recover], policy: Policy, now: datetime) -> None:
    for each in decided:
        if isinstance(each, Register):
            _register(connection, each, policy, now)
        else:
            _recover(connection, each, now)


def admit(connection: Connection, addresses: Iterable[str], by: str, policy: Policy, now: datetime) -> None:
    """These are a contact's by now: so are their tickets, and their mail that is held is judged again."""
    tied = latecomers.tie(connection, agent=by, at=now)
    due.of_accounts(connection, {each.account for each in tied}, policy.schedule, now)
    applications.judge_again(connection, addresses)


def _register(connection: Connection, new: Register, policy: Policy, now: datetime) -> None:
    contact = NewContact(
        account=new.account, name=new.name, language=new.language, roles=new.roles, addresses=(new.address,)
    )
    number = contacts.add(connection, contact, agent=new.by, at=now)
    record(connection, number, Happened.PROVED, new.evidence, agent=new.by, at=now)
    admit(connection, [new.address], new.by, policy, now)


def _recover(connection: Connection, change: Recover, now: datetime) -> None:
    has_one = corrections.of_entry(connection, change.entry)
    if has_one or not corrections.begin(connection, change, by=change.address, at=now):
        raise Refused(f"the contact is gone, or #{change.ticket} has its correction: mailflow contact changes list")
    record(connection, change.contact, Happened.PROVED, change.evidence, agent=change.by, at=now)
