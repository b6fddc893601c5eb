"""By which hours a ticket's time is counted, and what it was promised: the part of config.toml that is about time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mailflow.config import Config, Contract, Department, Due, Lapse, zone_named
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.hours import ALWAYS, Hours


@dataclass(frozen=True)
class Schedule:
    config: Config

    @cached_property
    def calendars(self) -> Mapping[str, Hours]:
        zone = self.config.time_zone
        return {
            each.name: Hours(each.name, zone_named(each.time_zone or zone), each.week, each.other_days, each.days_off)
            for each in self.config.calendar
        }

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """By their names as `plain` writes them."""
        return {plain(contract.name): contract for contract in self.config.contract}

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        return {department.name: department for department in self.config.department}

    def hours_of(self, department: str, contract: str = "") -> Hours:
        """The working time that counts for a ticket: its contract's, else its department's, else all of it."""
        agreed, team = self.contracts.get(plain(contract)), self.departments.get(department)
        name = (agreed.calendar if agreed else None) or (team.calendar if team else None)
        return self.calendars[name] if name else ALWAYS

    @cached_property
    def regions(self) -> Mapping[str, Hours]:
        return {plain(region.name): self.calendars[region.calendar] for region in self.config.region}

    def hours_of_customer(self, ticket: Ticket) -> Hours:
        """By which its requester is given time: that of their region, where it is known, else ours."""
        return self.hours_in(ticket.region, ticket.department, ticket.contract)

    def hours_in(self, region: str, department: str, contract: str = "") -> Hours:
        """The same of a ticket that is being opened."""
        return self.regions.get(plain(region)) or self.hours_of(department, contract)

    def promised(self, ticket: Ticket, what: str) -> tuple[Due, Lapse] | None:
        """The first [[due]] that fits the ticket and says anything of it, with what it says."""
        rows = ((row, getattr(row, what)) for row in self.config.due if _fits(row, ticket))
        return next(((row, lapse) for row, lapse in rows if lapse), None)


def _fits(row: Due, ticket: Ticket) -> bool:
    return (
        row.priority in (None, ticket.priority.value)
        and row.department in (None, ticket.department)
        and row.type in (None, ticket.type)
        and (row.contract is None or plain(row.contract) == plain(ticket.contract))
    )


def plain(name: str) -> str:
    """A name as people write it: letters without case, any run of blanks is one."""
    return " ".join(name.casefold().split())
