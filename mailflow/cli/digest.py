"""`mailflow digest`: what a department would be told in the morning, now; writes nothing."""

from dataclasses import fields
from typing import Annotated

import typer

from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import print_json, say
from mailflow.desk.digests import digest as desk
from mailflow.desk.explain import letter_text
from mailflow.desk.writing.letter import write
from mailflow.errors import Refused
from mailflow.nearest import hint
from mailflow.store.shown.morning import morning


def digest(
    department: Annotated[str, typer.Argument(metavar="DEPARTMENT", help="By its name in config.toml.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show what a department's digest would say now: due today, overdue, held, failed."""
    with office(config) as here:
        policy, at = here.policy, now()
        team = policy.departments.get(department)
        if team is None:
            raise Refused(f"there is no [[department]] named '{department}'; {hint(department, policy.departments)}")
        day = desk.so_far(team, policy, at)
        with here.database.connect() as connection:
            found = morning(connection, day, policy, at)
    if as_json:
        counts = {part.name: getattr(found, part.name).count for part in fields(found)}
        print_json({"department": department, "at": at.isoformat(), **counts})
    elif found.has_any:
        mailbox = desk.mailbox_of(day, policy)
        reader = next(iter(desk.readers(team)), mailbox.address)
        send = desk.digest(desk.Due(day, mailbox, reader), found, policy, at)
        say(letter_text(write(send, None, policy, at)).rstrip("\n"))
    else:
        say(f"nothing to tell: {department} would get no digest")
