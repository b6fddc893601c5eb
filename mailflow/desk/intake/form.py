"""How we ask for what is missing: a list that says what and why, and a form to fill in by replying.

A form line is a label with nothing behind it. What was not understood stands in quotation marks on a line that no
label begins, so that a reply which quotes it does not say it again.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from mailflow.config.request import REQUESTER, Item, ItemKind
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.dossier import Dossier, shown
from mailflow.desk.intake.reading import Reading
from mailflow.mail.compose import one_line

LONGEST_QUOTED = 80
"""Characters of what was not understood."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the mail that asks may say, in one language."""

    missing: str
    unclear: str
    known: str
    form: str

    @property
    def values(self) -> Mapping[str, str]:
        return {"missing": self.missing, "unclear": self.unclear, "known": self.known, "form": self.form}


def asking(dossier: Dossier, unclear: Sequence[Reading], language: str) -> Asking:
    puzzling = {each.item: each for each in unclear}
    items = dossier.missing
    return Asking(
        missing="\n".join(wanted(each, language) for each in items if each.name not in puzzling),
        unclear="\n".join(
            _not_understood(dossier.kind.items[name], each.words, language) for name, each in puzzling.items()
        ),
        known=known(dossier, language),
        form="\n".join(f"{label(each, language)}:" for each in items if each.kind is not ItemKind.ATTACHMENT),
    )


def known(dossier: Dossier, language: str) -> str:
    """To whose request it is: not what is private to another."""
    parties = {each.name for each in dossier.kind.shape.party if each.address != REQUESTER}
    return lines(dossier, {name for name, item in dossier.kind.items.items() if item.party not in parties}, language)


def lines(dossier: Dossier, names: Container[str], language: str) -> str:
    """Those of these items that were given, in the order of the kind."""
    return "\n".join(
        f"    {label(item, language)}: {shown(item, dossier.latest[name], language)}"
        for name, item in dossier.kind.items.items()
        if name in dossier.latest and name in names
    )


def label(item: Item, language: str) -> str:
    return words_in(item.label, language)[0]


def wanted(item: Item, language: str) -> str:
    """A line of a list of what is asked for."""
    hint = next(iter(words_in(item.hint, language)), "") or _choices(item, language)
    return f"- {label(item, language)}" + (f" ({hint})" if hint else "")


def _choices(item: Item, language: str) -> str:
    return ", ".join(said[0] for words in item.choice.values() if (said := words_in(words, language)))


def _not_understood(item: Item, words: str, language: str) -> str:
    said = (*words_in(item.wrong, language), *words_in(item.hint, language), _choices(item, language))
    why = next(iter(said))
    quoted = one_line(words, LONGEST_QUOTED)
    return f"- {label(item, language)}" + (f" ({why})" if why else "") + f"\n  «{quoted}»"
