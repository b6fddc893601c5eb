"""How far a request is: its items first, then the consents of its parties, then the gates (R1.4, R1.5).

A consent holds as long as the party is the same and what it was shown is what has been given: `Consent.seen` is
compared with it, so no path of a changed item can be forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mailflow.config.request import REQUESTER, Gate, Party
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.dossier import Dossier
from mailflow.mail.address import canonical

Asked = Party | Gate


@dataclass(frozen=True)
class Progress:
    """Of one request."""

    dossier: Dossier
    consents: Sequence[Consent]  # the oldest first
    requester: str

    @cached_property
    def standing(self) -> Mapping[str, Consent]:
        """By party or gate, the last that was asked and rests on what is true."""
        return {name: each for name, each in self._last.items() if self._holds(each)}

    @property
    def overtaken(self) -> tuple[Consent, ...]:
        """What they rested on has changed."""
        ended = (each for name, each in self._last.items() if name not in self.standing)
        return tuple(each for each in ended if each.state is not ConsentState.VOID)

    @cached_property
    def stage(self) -> tuple[Asked, ...]:
        """Who must agree next: () while items are missing, and when all have agreed."""
        if not self.dossier.is_complete:
            return ()
        shape = self.dossier.kind.shape
        parties = tuple(each for each in shape.party if each.consent and self.address_of(each))
        return next((stage for stage in (parties, shape.gate) if not all(map(self._agreed, stage))), ())

    @property
    def to_ask(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.stage if each.name not in self.standing)

    @property
    def awaited(self) -> tuple[Asked, ...]:
        """Who has still to agree, asked or not."""
        return tuple(each for each in self.stage if not self._agreed(each))

    @property
    def refused(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.awaited if self._state(each) is ConsentState.REFUSED)

    @property
    def is_ready(self) -> bool:
        """Work may begin."""
        return not self.dossier.kind.shape.blocks or (self.dossier.is_complete and not self.stage)

    def named(self, name: str) -> Asked | None:
        shape = self.dossier.kind.shape
        asked: tuple[Asked, ...] = (*shape.party, *shape.gate)
        return next((each for each in asked if each.name == name), None)

    def address_of(self, asked: Asked) -> str:
        """Canonical; '' where the request has no such party, or it is a gate."""
        if isinstance(asked, Gate):
            return ""
        given = self.dossier.latest.get(asked.address)
        return canonical(self.requester) if asked.address == REQUESTER else canonical(given.value) if given else ""

    def facts_of(self, asked: Asked) -> Mapping[str, str]:
        """What it is shown, or rests on: a party's own items and those it sees; for a gate, unless it says, all."""
        latest, items = self.dossier.latest, self.dossier.kind.items
        all_of_it = isinstance(asked, Gate) and not asked.sees
        return {
            name: latest[name].value
            for name, item in items.items()
            if name in latest and (all_of_it or name in asked.sees or item.party == asked.name)
        }

    def with_(self, changed: Consent) -> "Progress":
        """`changed` has number 0: it was never asked, and an agent has the answer from elsewhere."""
        others = (changed if each.number == changed.number else each for each in self.consents)
        return replace(self, consents=(*others, *((changed,) if not changed.number else ())))

    @cached_property
    def _last(self) -> Mapping[str, Consent]:
        return {each.name: each for each in self.consents}

    def _holds(self, consent: Consent) -> bool:
        asked = self.named(consent.name)
        return (
            asked is not None
            and consent.state is not ConsentState.VOID
            and consent.is_gate is isinstance(asked, Gate)
            and consent.address == self.address_of(asked)
            and dict(consent.seen) == dict(self.facts_of(asked))
        )

    def _state(self, asked: Asked) -> ConsentState | None:
        return self.standing[asked.name].state if asked.name in self.standing else None

    def _agreed(self, asked: Asked) -> bool:
        owes = () if isinstance(asked, Gate) else self.dossier.owed_by(asked.name)
        return self._state(asked) is ConsentState.GIVEN and not owes
