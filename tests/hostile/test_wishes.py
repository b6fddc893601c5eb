"""What looks like a wish and has more to say is read by somebody."""

import pytest

from mailflow.store.tables import ENTRY, MESSAGE, TICKET
from tests.hostile.world import ANNA, SUPPORT, World, inline


@pytest.mark.parametrize(("subject", "text"), [("Lista", ""), ("Bestellung", "Lista")])
def test_a_list_on_a_photo_is_a_request(subject: str, text: str, world: World) -> None:
    tickets = len(world.rows(TICKET))
    world.receive(inline(ANNA, subject, text), mail_from=ANNA, trusted=True)
    assert len(world.rows(TICKET)) == tickets + 1
    assert world.rows(ENTRY)[-1].ticket == world.rows(TICKET)[-1].id


def test_thanks_with_a_photo_open_what_was_resolved(world: World) -> None:
    to = SUPPORT.replace("@", f"+{world.sign(4)}@")
    world.receive(inline(ANNA, "Re: Frage", "Danke!"), mail_from=ANNA, to=to, trusted=True)
    assert world.rows(MESSAGE)[-1].attachments
    assert world.rows(TICKET, id=4)[0].status == "open"
