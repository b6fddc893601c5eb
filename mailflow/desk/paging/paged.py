"""Whom rules page (`then.page`), and what `explain` says of it."""

from collections.abc import Iterator, Sequence

from mailflow.desk.actions import Action, PageOnCall
from mailflow.desk.case import Case
from mailflow.desk.decision import Reason
from mailflow.desk.paging.oncall import ladder_of
from mailflow.desk.rules.applied import Applied


def paged_by(case: Case, number: int | None, rules: Sequence[Applied]) -> Iterator[Action]:
    """Nobody is woken by what was there before we were. `number` None: the ticket that is opened."""
    for each in () if case.entry.backlog else rules:
        for name in each.effects.pages:
            yield PageOnCall(ticket=number, on_call=name, cause=f"rule {each.rule} ({each.place})")


def who_is_paged(case: Case, names: Sequence[str]) -> Iterator[Reason]:
    if names and case.entry.backlog:
        yield Reason("page", "nobody", "it was there before we were")
        return
    for name in names:
        on_call = case.policy.on_call.get(name)
        yield Reason("page", name, ladder_of(on_call) if on_call else "there is no such [[on_call]]")
