"""How we ask for what is missing: a list that says what and why, and a form to fill in by replying.

A form line is a label with nothing behind it. What was not understood stands in quotation marks on a line that no
label begins, so that a reply which quotes it does not say it again.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from mailflow.config.request import REQUESTER, Item, ItemKind
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.dossier import Dossier, shown
from mailflow.desk.intake.reading import Reading
from mailflow.desk.intake.value import Unfit
from mailflow.mail.compose import one_line

LONGEST_QUOTED = 80
"""Characters of what was not understood."""
BY_TIME = (Unfit.OVER, Unfit.AHEAD)
"""What was understood, and does not fit all the same."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the mail that asks may say, in one language."""

    missing: str
    unclear: str
    over: str  # days that are, and may not be
    ahead: str  # days that are, and may not be
    known: str
    form: str

    @property
    def values(self) -> Mapping[str, str]:
        return asdict(self)


def asking(dossier: Dossier, unclear: Sequence[Reading], language: str) -> Asking:
    puzzling = {each.item: each for each in unclear if dossier.needs(each.item)}
    items = dossier.missing
    return Asking(
        missing="\n".join(wanted(each, language) for each in items if each.name not in puzzling),
        unclear=_told((each for each in puzzling.values() if each.unfit not in BY_TIME), dossier, language),
        over=_told((each for each in puzzling.values() if each.unfit is Unfit.OVER), dossier, language),
        ahead=_told((each for each in puzzling.values() if each.unfit is Unfit.AHEAD), dossier, language),
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


def _told(unfit: Iterable[Reading], dossier: Dossier, language: str) -> str:
    return "\n".join(_not_understood(dossier.kind.items[each.item], each.words, language) for each in unfit)


def _not_understood(item: Item, words: str, language: str) -> str:
    said = (*words_in(item.wrong, language), *words_in(item.hint, language), _choices(item, language))
    why = next(iter(said))
    quoted = one_line(words, LONGEST_QUOTED)
    return f"- {label(item, language)}" + (f" ({why})" if why else "") + f"\n  «{quoted}»"
