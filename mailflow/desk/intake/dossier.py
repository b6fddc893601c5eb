"""What has been given of a request so far: the latest value of each item, and what is missing (R1.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.config.request import Item, ItemKind
from mailflow.desk.intake.catalogue import Kind, words_in
from mailflow.desk.intake.given import Given
from mailflow.mail.address import canonical
from mailflow.mail.day import said_in
from mailflow.mail.languages.wording import plain


@dataclass(frozen=True, slots=True)
class Dossier:
    """Of one request."""

    kind: Kind
    given: Sequence[Given] = ()  # the oldest first

    @property
    def latest(self) -> Mapping[str, Given]:
        """By item, those that have a value. What a party gives counts as long as it is the same party: another must
        neither have it counted nor see it."""
        last = {each.item: each for each in self.given}
        found = {name: last[name] for name in self.kind.items if name in last and last[name].value}
        return {name: each for name, each in found.items() if self._is_of_its_party(each, found)}

    @property
    def missing(self) -> tuple[Item, ...]:
        """In the order of the kind. () when enough was given."""
        enough, known = self.kind.shape.enough, self.latest
        return () if enough and len(known) >= enough else self.unsaid

    @property
    def unsaid(self) -> tuple[Item, ...]:
        """What could be given yet, in the order of the kind."""
        known = self.latest
        return tuple(
            item
            for name, item in self.kind.items.items()
            if name not in known and not item.optional and not item.by_party and self._applies(item, known)
        )

    def owed_by(self, party: str) -> tuple[Item, ...]:
        """What this party has still to give itself."""
        known = self.latest
        return tuple(
            item
            for name, item in self.kind.of_party(party).items.items()
            if name not in known and not item.optional and self._applies(item, known)
        )

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def needs(self, item: str) -> bool:
        """By its `when`: what nobody needs is nobody's mistake."""
        return self._applies(self.kind.items[item], self.latest)

    def said_by(self, author: str) -> "Dossier":
        """What counts now, of this author's only."""
        return Dossier(self.kind, tuple(each for each in self.latest.values() if each.by == author))

    def with_(self, more: Sequence[Given]) -> "Dossier":
        return Dossier(self.kind, (*self.given, *more))

    def _is_of_its_party(self, given: Given, found: Mapping[str, Given]) -> bool:
        """From its address, or an agent has it from there since it is that."""
        item = self.kind.items[given.item]
        party = next((each for each in self.kind.shape.party if each.name == item.party), None)
        address = found.get(party.address) if party else None
        if not item.by_party or address is None:
            return not item.by_party
        is_agents = "@" not in given.by
        return given.at >= address.at if is_agents else given.by == canonical(address.value)

    def _applies(self, item: Item, known: Mapping[str, Given]) -> bool:
        return all(
            name in known and plain(known[name].value) in map(plain, values) for name, values in item.when.items()
        )


def shown(item: Item, given: Given, language: str) -> str:
    """A value as its customer reads it: of a choice our words for it, a day as the language names it."""
    if item.kind is ItemKind.DATE:
        return said_in(language, given.value)
    words = item.choice.get(given.value) if item.kind is ItemKind.CHOICE else None
    return words_in(words, language)[0] if words else given.value
