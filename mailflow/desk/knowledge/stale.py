"""Articles that nobody has confirmed for long, as a department is told of them: once a week (R2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailflow.desk.digests.pile import Pile
from mailflow.desk.knowledge.article import Article
from mailflow.desk.knowledge.proposal import is_stale

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """One article, in all its languages."""

    name: str
    title: str
    languages: tuple[str, ...]
    confirmed: date | None  # the oldest of them; None: nobody ever did


def stale_of(articles: Sequence[Article], departments: frozenset[str], today: date, after: timedelta) -> Pile[Stale]:
    """Those of `departments` ('' is everybody's), the oldest first."""
    by_name: dict[str, list[Article]] = {}
    for each in articles:
        if each.department in departments and is_stale(each, today, after):
            by_name.setdefault(each.name, []).append(each)
    found = sorted(map(_of, by_name.values()), key=lambda each: (each.confirmed or date.min, each.name))
    return Pile(len(found), found[:SHOWN])


def _of(written: Sequence[Article]) -> Stale:
    days = [each.confirmed for each in written if each.confirmed]
    return Stale(
        name=written[0].name,
        title=written[0].title,
        languages=tuple(each.language for each in written),
        confirmed=min(days) if len(days) == len(written) else None,
    )
