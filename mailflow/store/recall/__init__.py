"""What the store knows of the clues of a message, and nothing more: `Clues` in, `Context` out.

Asked for many messages at once, because most of what a look-up costs is the statement. Three statements for first mails
of registered contacts; the rest only where somebody is not known, or a message points at something.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailflow.desk.clues import Clues
from mailflow.desk.context import Context
from mailflow.store.recall.answers import (
    about_challenges,
    about_consents,
    about_corrections,
    about_held,
    about_pages,
    about_reaches,
    conversations,
    corrections,
    of_agents,
)
from mailflow.store.recall.asked import Asked, Fields, LookUp
from mailflow.store.recall.author import copied, mailed, on_file, operations, people
from mailflow.store.recall.mail import earlier, named, reported
from mailflow.store.recall.registering import accounts, applications
from mailflow.store.recall.tickets import incidents, tickets
from mailflow.store.recall.wishes import requests, standing, waiting

LOOK_UPS: Sequence[LookUp] = (
    earlier,
    mailed,
    people,
    operations,
    copied,
    named,
    reported,
    about_challenges,
    about_pages,
    about_consents,
    about_reaches,
    about_corrections,
    on_file,
    about_held,
    of_agents,
    waiting,
    requests,
    applications,
    tickets,
    corrections,
    accounts,
    conversations,
    standing,
    incidents,
)
"""In this order: each uses what those before it found."""


def recall(connection: Connection, clues: Clues, now: datetime) -> Context:
    (context,) = recall_all(connection, [clues], now)
    return context


def recall_all(
    connection: Connection, all_clues: Sequence[Clues], now: datetime, *, lock: bool = False
) -> list[Context]:
    """For each what is known of it before any of them is filed. As many statements as for one. `lock`: and stays true
    until this transaction ends, as far as corrections, tickets and open incidents are concerned: an agent or the clock
    may be at work on them."""
    found: list[Fields] = [{} for _ in all_clues]
    asked = Asked(connection=connection, clues=all_clues, now=now, found=found, lock=lock)
    for look_up in LOOK_UPS:
        for fields, more in zip(found, look_up(asked), strict=True):
            fields |= more
    return [Context(**fields) for fields in found]
