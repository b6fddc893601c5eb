"""How two outcomes of one message differ: what became of it, each effect, and the rule that makes it so."""

import pytest

from mailflow.desk.decision import Disposition
from mailflow.desk.outcome import Change, Outcome, changes
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.ticket import Priority


def filed(*effects: Effects, file: str = "a") -> Outcome:
    applied = tuple(Applied(f"{file}{n}", f"{file}.toml:{n}", each) for n, each in enumerate(effects, 1))
    return Outcome(disposition=Disposition.FILED, applied=applied)


def ended(end: End, because: str = "", disposition: Disposition = Disposition.DROPPED) -> Outcome:
    applied = (Applied("end", "e.toml:1", Effects(end=end, because=because)),)
    return Outcome(disposition=disposition, rule="end", applied=applied)


BLOCKED = Outcome(disposition=Disposition.DROPPED, rule="blocked-domain", reason="qq.com is blocked")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (filed(), filed(), ()),
        (filed(Effects(tags=("x",))), filed(Effects(tags=("x",)), file="b"), ()),  # another rule, the same effect
        (filed(Effects(stop=True)), filed(), ()),  # ends the rules, and is nothing to see
        (
            filed(Effects(tags=("x",)), Effects(tags=("y",))),
            filed(Effects(tags=("y",)), Effects(priority=Priority.LOW)),
            (Change("priority", "", "low", "a2 (a.toml:2)"), Change("tag", "x, y", "y", "a1 (a.toml:1)")),
        ),
        (
            filed(Effects(cc=("a@x.example",))),
            filed(Effects(cc=("b@x.example",)), Effects(cc=("a@x.example",))),
            (Change("cc", "a@x.example", "b@x.example, a@x.example", "a2 (a.toml:2)"),),
        ),
        (filed(Effects(acknowledge=False)), filed(), (Change("acknowledge", "no", "", "a1 (a.toml:1)"),)),
        (filed(), ended(End.REJECT), (Change("became", "filed", "rejected", "end (e.toml:1)"),)),
        (ended(End.DROP), ended(End.REJECT), (Change("became", "dropped", "rejected", "end (e.toml:1)"),)),
        (ended(End.DROP, "a"), ended(End.DROP, "b"), (Change("because", "a", "b", "end (e.toml:1)"),)),
        (BLOCKED, filed(), (Change("became", "dropped", "filed", "blocked-domain (qq.com is blocked)"),)),
        # a person rejected what a rule had held: for the rule it is held as before
        (ended(End.HOLD), ended(End.HOLD, disposition=Disposition.HELD), ()),
    ],
)
def test_what_differs(before: Outcome, after: Outcome, expected: tuple[Change, ...]) -> None:
    assert changes(before, after) == expected
