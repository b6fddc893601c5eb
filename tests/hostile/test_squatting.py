"""Who takes a Message-ID before its owner uses it gains nothing: the owner's mail is kept and filed (T3)."""

from itertools import product

import pytest

from mailflow.desk.decision import Disposition
from mailflow.store.tables import ENTRY, MESSAGE
from tests.hostile.world import ANNA, BOB, DORA, SUPPORT, World, mail

SALES = "sales@firma.example"
ID = "taken@kunde.example"
SQUATTERS = {
    "stranger": (BOB, False, SALES),
    "proven-stranger": (BOB, True, SUPPORT),
    "other-account": (DORA, True, SUPPORT),
    "forged-contact": (ANNA, False, SUPPORT),
    "forged-contact-at-sales": (ANNA, False, SALES),
}
WAYS = {
    "same-id": (ID, "Anders"),
    "same-id-and-subject": (ID, "Drukarka"),
    "id-in-other-case": (ID.upper(), "Drukarka"),
    "id-of-our-answer": ("", "Drukarka"),
}


@pytest.mark.parametrize(("way", "who"), list(product(WAYS, SQUATTERS)), ids=lambda each: each)
def test_t3_the_owners_mail_is_filed_and_leads_to_the_owners_ticket(way: str, who: str, world: World) -> None:
    id_, subject = WAYS[way]
    author, trusted, to = SQUATTERS[who]
    squatted = mail(author, subject, id_=id_ or f"{world.sign(1)}.aaaaaaaaaaaaaaaa@mail.firma.example", text="Meins.")
    world.receive(squatted, mail_from=author, to=to, trusted=trusted)
    theirs = world.rows(ENTRY)[-1]
    assert theirs.disposition in (Disposition.FILED, Disposition.HELD, Disposition.DROPPED)
    assert (theirs.disposition == Disposition.DROPPED) == (way == "id-of-our-answer")

    world.receive(mail(ANNA, "Drukarka", id_=ID, text="Nie działa."), mail_from=ANNA, trusted=True)
    kept = world.rows(ENTRY)[-1]
    assert (kept.disposition, kept.author) == (Disposition.FILED, ANNA)
    assert kept.ticket != theirs.ticket
    (message,) = world.rows(MESSAGE, entry=kept.id)
    assert message.reply == "Nie działa."

    world.receive(mail(ANNA, f"Re: [#{kept.ticket}] Drukarka", f"In-Reply-To: <{ID}>"), mail_from=ANNA, trusted=True)
    assert world.rows(ENTRY)[-1].ticket == kept.ticket
