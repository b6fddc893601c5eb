"""`mailflow reparse`: what conversations show is read from raw mail again. Shows what would change; --apply does it."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from mailflow.cli.opening import Office, office
from mailflow.cli.options import DEFAULT_CONFIG, LARGEST, AsJson, ConfigFile
from mailflow.cli.output import print_json, say
from mailflow.cli.progress import progress
from mailflow.edge.parser import Answer, Parser
from mailflow.mail.message import Message
from mailflow.standing import allowance
from mailflow.store.entries import reparse as store
from mailflow.store.entries.reparse import Difference, Kept

BATCH = 64
BATCH_OCTETS = 16 << 20


def reparse(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    after: Annotated[
        int, typer.Option("--after", min=0, max=LARGEST, metavar="ENTRY", help="Go on behind this entry.")
    ] = 0,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Show at most so many mails.")] = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Read the kept mail of all conversations again, as this version understands it."""
    with office(config) as here:
        found = Found(limit, as_json=as_json)
        try:
            asyncio.run(_run(here, after, found, apply=apply))
        finally:
            found.tell(apply=apply)


class Found:
    """What was read, and what of it differs."""

    def __init__(self, limit: int, *, as_json: bool) -> None:
        self.read = self.unread = self.differ = self.last = 0
        self.columns: Counter[str] = Counter()
        self._limit, self._as_json = limit, as_json

    def add(self, difference: Difference) -> None:
        self.differ += 1
        self.columns.update(difference.values.keys())
        if self.differ > self._limit:
            return
        kept, names = difference.kept, sorted(difference.values)
        if self._as_json:
            print_json({"entry": kept.entry, "ticket": kept.ticket, "differs": names})
        else:
            say(f"entry {kept.entry} in #{kept.ticket}: {', '.join(names)}")

    def tell(self, *, apply: bool) -> None:
        counts = {"read": self.read, "unread": self.unread, "differ": self.differ, "last": self.last}
        if self._as_json:
            print_json({**counts, "columns": dict(self.columns), "applied": apply})
            return
        which = ", ".join(f"{name} {count:,}" for name, count in sorted(self.columns.items()))
        done = "written anew" if apply else "nothing is changed yet: add --apply"
        say(f"{self.read:,} read, {self.differ:,} differ" + (f" ({which}); {done}" if self.differ else ""))
        if self.unread:
            say(f"{self.unread:,} could not be read, and stay as they are")
        if self.last:
            say(f"up to entry {self.last}; interrupted, it goes on with: --after {self.last}")


async def _run(here: Office, after: int, found: Found, *, apply: bool) -> None:
    with here.database.connect() as connection:
        total = store.count(connection, after)
    parser = Parser(allowance(here.config.limits))
    found.last = after
    try:
        with progress("reading", total, is_long=total > BATCH) as advance:
            while batch := _batch(here, found.last):
                answers = await parser.parse_many([(each.octets, 1 + each.failures) for each in batch])
                _compare(here, batch, answers, found, apply=apply)
                advance(len(batch))
    finally:
        await parser.close()


def _batch(here: Office, after: int) -> list[Kept]:
    with here.database.connect() as connection:
        return store.batch(connection, after, BATCH, BATCH_OCTETS)


def _compare(here: Office, batch: list[Kept], answers: list[Answer], found: Found, *, apply: bool) -> None:
    read = [(kept, answer) for kept, answer in zip(batch, answers, strict=True) if isinstance(answer, Message)]
    differences = [each for kept, message in read if (each := store.difference(kept, message))]
    if apply and differences:
        with here.database.begin() as connection:
            store.write(connection, differences)
    for each in differences:
        found.add(each)
    found.read += len(read)
    found.unread += len(batch) - len(read)
    found.last = batch[-1].entry
