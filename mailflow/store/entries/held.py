"""What is held or failed, for those who are to look at it (desk.digests.pile), and its end for good, by them or when
nobody did."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from json import loads
from typing import Any

from sqlalchemy import Connection, String, bindparam, case, cast, func, literal, or_, select, update

from mailflow.desk.context import Named
from mailflow.desk.decision import Disposition
from mailflow.desk.digests.commands import Command
from mailflow.desk.digests.pile import NOTHING, SHOWN, Addressed, Kept, Pile, shares
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.policy import Policy
from mailflow.desk.timing.span import undecided
from mailflow.mail.address import canonical, domain_of
from mailflow.store.instants import aware
from mailflow.store.journal import move
from mailflow.store.tables import ACCOUNT_DOMAIN, CONTACT_ADDRESS, ENTRY

WAS_HELD, HAD_FAILED = "; it was held: ", "; it had failed: "
"""Between the reason of an end and that of the hold, or of the failure."""
AT_ONE_TIME = 1_000
"""Entries that expire in one transaction: others wait for it."""

_WRITTEN = cast(ENTRY.c.rcpt_tos, String)
_LIES_THERE = (ENTRY.c.disposition == bindparam("lies"), ENTRY.c.settled <= bindparam("moment"))
_ADDRESSED = (
    select(_WRITTEN.label("written"), func.count().label("how_many"), func.max(ENTRY.c.id).label("newest"))
    .where(*_LIES_THERE)
    .group_by(_WRITTEN)
)
_NEWEST = (
    select(ENTRY.c.id, ENTRY.c.received, ENTRY.c.rcpt_tos, ENTRY.c.author, ENTRY.c.subject, ENTRY.c.reason)
    .where(*_LIES_THERE, _WRITTEN.in_(bindparam("among", expanding=True)))
    .order_by(ENTRY.c.id.desc())
    .limit(SHOWN)
)

_NAMED = select(
    ENTRY.c.id,
    ENTRY.c.rcpt_tos,
    ENTRY.c.disposition,
    ENTRY.c.settled,
    ENTRY.c.rule,
    ENTRY.c.ticket,
    ENTRY.c.reason,
    ENTRY.c.author,
).where(ENTRY.c.id.in_(bindparam("numbers", expanding=True)))
_REGISTERED = select(CONTACT_ADDRESS.c.address).where(
    CONTACT_ADDRESS.c.address.in_(bindparam("addresses", expanding=True))
)


def pile(
    connection: Connection, department: str, moment: datetime, policy: Policy, lies: Disposition = Disposition.HELD
) -> Pile[Kept]:
    """What of a department's is held, or has failed, since `moment` or longer. However much that is, a few of it are
    read."""
    asked = {"moment": aware(moment), "lies": lies.value}
    groups = [
        Addressed(rcpt_tos=tuple(loads(row.written)), written=row.written, count=row.how_many, newest=row.newest)
        for row in connection.execute(_ADDRESSED, asked)
    ]
    share = shares(groups, policy).get(department)
    if share is None:
        return NOTHING
    rows = connection.execute(_NEWEST, {**asked, "among": share.among})
    return Pile(share.count, [_kept(row) for row in rows])


def _kept(row: Any) -> Kept:
    return Kept(
        number=row.id,
        received=row.received,
        rcpt_tos=tuple(row.rcpt_tos),
        author=row.author,
        subject=row.subject,
        reason=row.reason,
    )


def named_entries(connection: Connection, commands: Collection[Command]) -> dict[int, Named]:
    """The entries that `commands` are about, as far as there are any."""
    if not commands:
        return {}
    rows = connection.execute(_NAMED, {"numbers": sorted({each.entry for each in commands})}).all()
    wholly = {each.entry for each in commands if each.domain}
    known = _registered(connection, {canonical(row.author) for row in rows})
    domains = {domain_of(canonical(row.author)) for row in rows if row.id in wholly and "@" in row.author}
    theirs = {domain for domain in domains if _has_contacts(connection, domain)}
    return {
        row.id: replace(
            _named(row),
            contact=canonical(row.author) in known,
            account=domain_of(canonical(row.author)) in theirs,
        )
        for row in rows
    }


def reject(connection: Connection, number: int, by: str, why: str, now: datetime) -> None:
    """An agent ends a held or failed entry for good. Its raw mail is kept."""
    told = f"rejected by {by}" + (f": {why}" if why else "")
    move(connection, number, {Disposition.HELD, Disposition.FAILED}, _dropped(OwnRule.REJECTED, told, now), "reject")


def expire(connection: Connection, keep: timedelta, now: datetime) -> list[int]:
    """End what was held for longer than `keep`, AT_ONE_TIME at most; which they were."""
    old = select(ENTRY.c.id).where(ENTRY.c.disposition == Disposition.HELD.value, ENTRY.c.settled < aware(now) - keep)
    values = _dropped(OwnRule.EXPIRED, undecided(keep), now)
    which = (ENTRY.c.id.in_(old.limit(AT_ONE_TIME)), ENTRY.c.disposition == Disposition.HELD.value)
    ended = update(ENTRY).where(*which).values(values).returning(ENTRY.c.id)
    return sorted(connection.execute(ended).scalars())


def is_registered(connection: Connection, key: str) -> bool:
    """Does a contact have this address, or one in this domain? `key` is that of an entry in a list."""
    return bool(_registered(connection, {key})) if "@" in key else _has_contacts(connection, key)


def _registered(connection: Connection, addresses: Collection[str]) -> set[str]:
    return set(connection.execute(_REGISTERED, {"addresses": sorted(addresses)}).scalars())


def _has_contacts(connection: Connection, domain: str) -> bool:
    """Is it, or a domain below it, an account's, or has a contact an address in it?"""
    owned, used = ACCOUNT_DOMAIN.c.domain, CONTACT_ADDRESS.c.address
    account = select(owned).where(or_(owned == domain, owned.endswith(f".{domain}", autoescape=True))).limit(1)
    within = (used.endswith(f"{mark}{domain}", autoescape=True) for mark in "@.")
    address = select(used).where(or_(*within))
    return bool(connection.execute(account).first() or connection.execute(address.limit(1)).first())


def _named(row: Any) -> Named:
    is_held = row.disposition == Disposition.HELD.value
    where = f" in #{row.ticket}" if row.ticket else ""
    why = (
        f", {row.reason.partition(WAS_HELD)[0].partition(HAD_FAILED)[0]}"
        if row.disposition == Disposition.DROPPED.value
        else ""
    )
    return Named(
        number=row.id,
        rcpt_tos=tuple(row.rcpt_tos),
        held_since=row.settled if is_held else None,
        header_only=row.rule == OwnRule.HEADER_ONLY,
        author=row.author,
        became="" if is_held else f"{row.disposition}{where}{why}",
    )


def _dropped(rule: OwnRule, reason: str, now: datetime) -> dict[str, Any]:
    """What it was held for, or failed by, stays in the reason."""
    failed = ENTRY.c.disposition == Disposition.FAILED.value
    return {
        "disposition": Disposition.DROPPED.value, "rule": rule.value, "settled": aware(now),
        "reason": case((failed, literal(reason + HAD_FAILED)), else_=literal(reason + WAS_HELD)) + ENTRY.c.reason,
    }  # fmt: skip
