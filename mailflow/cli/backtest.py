"""`mailflow backtest`: what other rules would have made of the mail of the last weeks. Nothing is written or sent.

Only the filters of the folder that is tried are read from there; all else is as config.toml says.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import cell, moment, print_json, say
from mailflow.cli.progress import progress
from mailflow.cli.table import Column, print_list
from mailflow.config import duration
from mailflow.desk.outcome import Outcome
from mailflow.desk.policy import Policy
from mailflow.edge.parser import Parser
from mailflow.flow.backtest import BATCH, Backtest, Compared, Unread
from mailflow.logline import escape
from mailflow.standing import allowance, read_policy
from mailflow.store.entries import past
from mailflow.store.entries.past import Kept, Span

EXAMPLES = 5
"""Entries named for each rule."""
MOST_CHILDREN = 4
"""The daemon beside us wants to go on."""

UNSET = "unset"
RULES = (
    Column(key="rule", text=True),
    Column(key="place", spare=1),
    Column(key="before", right=True),
    Column(key="after", right=True),
    Column(key="gained", title="matches now", spare=2),
    Column(key="lost", title="no longer", spare=2),
)


def backtest(
    since: Annotated[str, typer.Option("--since", metavar="AGE|DATE", help="From when on: 30d, 2026-11-01.")] = "30d",
    until: Annotated[str, typer.Option("--until", metavar="AGE|DATE", help="Up to when; else up to now.")] = "0s",
    filters: Annotated[
        Path | None,
        typer.Option(
            "--filters",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Compare the rules in use with those in DIR; else what happened with the rules as they stand.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Show at most so many mails.")] = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show what the rules as they stand, or those of another folder, would have made of past mail."""
    at = now()
    with office(config) as here:
        tried = _tried(here, filters)
        in_use = here.policy if filters else None
        with here.database.connect() as connection:
            span = past.span(connection, _moment(since, at, "--since"), _moment(until, at, "--until"))
        found = Found(tried, limit)
        asyncio.run(_run(here, span, tried, in_use, found))
        told = {"filters": str(filters or here.folder / here.config.filters), "against": _against(here, filters)}
    if as_json:
        print_json({"since": span.since.isoformat(), "until": span.until.isoformat(), **told, **found.as_json(span)})
    else:
        _show(found, span, told)


@dataclass(slots=True)
class RuleCount:
    """How often a rule matched, and the first entries where that is otherwise."""

    place: str
    before: int = 0
    after: int = 0
    gained: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)


class Found:
    """The sums, and the first `limit` mails that would differ."""

    def __init__(self, tried: Policy, limit: int) -> None:
        self.differ = 0
        self.shown: list[Compared] = []
        self.unread: list[Unread] = []
        self.rules = {rule.name: RuleCount(rule.place) for rule in tried.rules.rules}
        self._limit = limit

    def add(self, one: Compared | Unread) -> None:
        if isinstance(one, Unread):
            self.unread.append(one)
            return
        self._count(one.kept.entry.number, one.before, one.after)
        if one.changes:
            self.differ += 1
            if len(self.shown) < self._limit:
                self.shown.append(one)

    def _count(self, number: int, before: Outcome, after: Outcome) -> None:
        was, matches = ({each.rule: each.place for each in outcome.applied} for outcome in (before, after))
        for name in {**was, **matches}:
            count = self.rules.setdefault(name, RuleCount(was.get(name, "")))
            count.before += name in was
            count.after += name in matches
            if (name in was) != (name in matches):
                examples = count.gained if name in matches else count.lost
                if len(examples) < EXAMPLES:
                    examples.append(number)

    def rows(self) -> list[dict[str, Any]]:
        """Of the table of rules."""
        return [
            {
                "rule": name,
                "place": count.place,
                "before": count.before,
                "after": count.after,
                "gained": count.gained,
                "lost": count.lost,
            }
            for name, count in self.rules.items()
        ]

    def as_json(self, span: Span) -> dict[str, Any]:
        return {
            "judged": span.judged - len(self.unread),
            "not_judged": span.others,
            "unreadable": [{"entry": each.kept.entry.number, "why": each.why} for each in self.unread],
            "differ": self.differ,
            "rules": self.rows(),
            "mails": [_mail(each) for each in self.shown],
        }


async def _run(here: Office, span: Span, tried: Policy, in_use: Policy | None, found: Found) -> None:
    """As many children read as there are processors, if there is work for them."""
    children = min(len(os.sched_getaffinity(0)), MOST_CHILDREN, -(-span.judged // BATCH) or 1)
    parser = Parser(allowance(here.config.limits), children=children)
    test = Backtest(database=here.database, parser=parser, after=tried, before=in_use)
    try:
        with progress("reading", span.judged, is_long=span.judged > BATCH) as advance:
            async with aclosing(test.run(span)) as batches:
                async for batch in batches:
                    for one in batch:
                        found.add(one)
                    advance(len(batch))
    finally:
        await parser.close()


def _tried(here: Office, filters: Path | None) -> Policy:
    config = here.config.model_copy(update={"filters": filters.absolute()}) if filters else here.config
    return read_policy(config, here.folder, with_examples=True)


def _against(here: Office, filters: Path | None) -> str:
    return str(here.folder / here.config.filters) if filters else "journal"


def _moment(written: str, at: datetime, option: str) -> datetime:
    try:
        return at - duration(written)
    except (ValueError, OverflowError):
        pass
    try:
        day = date.fromisoformat(written)
    except ValueError:
        why = f"{escape(written)!r} is neither an age such as 30d nor a date such as 2026-11-01"
        raise typer.BadParameter(why, param_hint=option) from None
    return datetime(day.year, day.month, day.day).astimezone()


def _head(kept: Kept) -> dict[str, Any]:
    entry = kept.entry
    return {
        "entry": entry.number,
        "received": entry.received.isoformat(),
        "from": kept.author,
        "subject": kept.subject,
    }


def _mail(one: Compared) -> dict[str, Any]:
    changes = [
        {"what": each.what, "before": each.before or None, "after": each.after or None, "rule": each.by}
        for each in one.changes
    ]
    return {**_head(one.kept), "changes": changes, "before": _outcome(one.before), "after": _outcome(one.after)}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"became": outcome.became, "rules": [each.as_json() for each in outcome.applied]}


def _lines(one: Compared) -> Iterator[str]:
    """The mail, and below it what is otherwise."""
    number = f"{one.kept.entry.number:>6}"
    yield f"{number}  {moment(one.kept.entry.received)}  {cell(one.kept.author)}  {cell(one.kept.subject)}"
    shown = [(each.what, f"{each.before or UNSET} -> {each.after or UNSET}", cell(each.by)) for each in one.changes]
    whats, changes = (max(len(line[column]) for line in shown) for column in (0, 1))
    for what, change, by in shown:
        yield f"{'':{len(number)}}  {what:<{whats}}  {escape(f'{change:<{changes}}')}  {by}"


def _show(found: Found, span: Span, told: dict[str, str]) -> None:
    against = "what happened" if told["against"] == "journal" else told["against"]
    since, until = moment(span.since), moment(span.until)
    say(escape(f"{span.judged:,} mails of {since} to {until}, by {told['filters']}, compared with {against}"))
    say("")
    print_list(found.rows(), RULES, as_json=False, nothing="no rules")
    if found.shown:
        say("")
        for line in (line for one in found.shown for line in _lines(one)):
            say(line)
    hidden = found.differ - len(found.shown)
    say(f"\n{found.differ:,} would differ" + (f", {hidden:,} of them not shown (--limit)" if hidden else ""))
    if found.unread:
        numbers = ", ".join(str(each.kept.entry.number) for each in found.unread[:EXAMPLES])
        say(escape(f"{len(found.unread):,} cannot be read: {numbers}; the first: {found.unread[0].why}"))
    if span.others > span.emptied:
        say(f"{span.others - span.emptied:,} not judged: they wait, failed, or only their header was kept")
    if span.emptied:
        say(f"{span.emptied:,} not judged: their raw mail is gone ([retention], or erased)")
