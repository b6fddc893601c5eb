"""What a party gives itself, in the answer by which it agrees (R1.7): its own items, from its own address.

Read are lines with a label, also of the form that our question carried; what is left of its words says whether it
agrees. Its consent rests on what it has said itself, too, so that it is asked anew when an agent changes that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailflow.config.request import Gate
from mailflow.desk.actions import ChangeConsent, Give
from mailflow.desk.case import Case
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.consent import Consent
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import asking
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.reading import Reading, readings
from mailflow.desk.intake.value import Said
from mailflow.desk.ticket import Ticket


@dataclass(frozen=True, slots=True)
class OfParty:
    """What one answer brings."""

    given: tuple[Given, ...]
    unclear: tuple[Reading, ...]
    words: str  # what it says besides

    def told(self, ticket: Ticket, progress: Progress, consent: Consent) -> tuple[Ticket, Progress, Consent]:
        """All three with what it gives."""
        after = replace(progress, dossier=progress.dossier.with_(self.given))
        asked = after.named(consent.name)
        rests = replace(consent, seen=dict(after.facts_of(asked)) if asked else consent.seen)
        known = replace(ticket, given=(*ticket.given, *self.given))
        return replace(known, consents=tuple(_as(rests, each) for each in ticket.consents)), after.with_(rests), rests

    def actions(self, ticket: Ticket, rests: Consent) -> tuple[Give | ChangeConsent, ...]:
        """That it is kept, and that the question rests on it."""
        if not self.given:
            return ()
        kept = Give(ticket=ticket.number, given=self.given, complete=ticket.complete_at is not None)
        return kept, ChangeConsent(ticket=ticket.number, consent=rests)


def read_of_party(case: Case, progress: Progress, consent: Consent) -> OfParty:
    """Of a gate nothing is read."""
    asked = progress.named(consent.name)
    own = None if asked is None or isinstance(asked, Gate) else progress.dossier.kind.of_party(consent.name)
    if own is None or not own.items:
        return OfParty((), (), case.message.reply)
    said = Said(language=case.message.language or consent.language, at=case.message.date or case.entry.received)
    owed = {each.name for each in progress.dossier.owed_by(consent.name)}
    found = readings(own, case.message, said, owed)
    latest = progress.dossier.latest
    new = (each for each in found if each.value and (each.item not in latest or latest[each.item].value != each.value))
    given = tuple(
        Given(
            item=each.item,
            value=each.value,
            words=each.words,
            by=consent.address,
            at=case.now,
            entry=case.entry.number or None,
            line=each.line,
        )
        for each in new
    )
    unclear = tuple(each for each in found if each.unfit)
    return OfParty(given, unclear, "\n".join(_besides(own, case.message.reply)))


def form_of_party(progress: Progress, name: str, unclear: tuple[Reading, ...], language: str) -> dict[str, str]:
    """What its mail asks it for."""
    owed = progress.dossier.owed_by(name)
    kind = progress.dossier.kind.of_party(name)
    items = tuple(each.model_copy(update={"by_party": False, "when": {}}) for each in owed)
    shape = kind.shape.model_copy(update={"item": items, "enough": 0})
    puzzling = tuple(each for each in unclear if each.item in {item.name for item in owed})
    asked = asking(Dossier(replace(kind, shape=shape)), puzzling, language)
    unfit = "\n".join(filter(None, (asked.unclear, asked.over, asked.ahead)))
    return {"missing": asked.missing, "unclear": unfit, "form": asked.form}


def _besides(own: Kind, reply: str) -> Iterator[str]:
    """Its lines but those with a label, and the value that stands below one."""
    values = {each.line for each in own.labels.found_in(reply) if each.sure}
    for number, line in enumerate(reply.split("\n"), 1):
        if number not in values and not own.labels.alone_in(line):
            yield line


def _as(rests: Consent, each: Consent) -> Consent:
    return rests if each.number == rests.number else each
