"""What a request needs is read from strangers' mail (R1.3): who takes part is told nothing of before, and nobody puts
lines of their own into our mail."""

import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.conversation import participants
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.store import apply
from mailflow.store.tables import GIVEN, OUTBOX
from mailflow.store.tickets import tickets
from tests.hostile.world import ANNA, BOB, KARL, SUPPORT, World, mail

TRANSFER = """
title.en = "Change of reseller"
words.en = "change of reseller"

[[item]]
name = "subscription"
kind = "pattern"
pattern = "SUB-[0-9]{5}"
label.en = "Subscription ID"

[[item]]
name = "date"
kind = "date"
label.en = "Preferred date"

[[item]]
name = "shop"
kind = "text"
label.en = "Shop"
sentence.en = ['the shop is ([^.]+)']
"""


@pytest.fixture
def asked(world: World) -> World:
    """#8 is Anna's, of a kind that needs three things; she gave the first. Karl takes part in it since."""
    shape = RequestType.model_validate(tomllib.loads(TRANSFER))
    world.policy = replace(world.policy, kinds=Catalogue.of({"transfer": shape}))
    world.receive(mail(ANNA, "Change of reseller", text="It is SUB-48213."), mail_from=ANNA, trusted=True)
    ticket = tickets.load(world.connection, 8)
    assert ticket is not None
    added = participants.add(ticket, [KARL], "ewa", world.policy)
    apply.carry_out(world.connection, 8, added, world.policy, world.now)
    return world


def words_to(world: World, address: str) -> list[str]:
    return [row.octets.decode() for row in world.rows(OUTBOX, ticket=8, rcpt_to=address)]


def test_who_takes_part_reads_nothing_that_was_given_before(asked: World) -> None:
    asked.receive(
        mail(KARL, "Re: [#8] Change of reseller", text="Preferred date: 3 December 2099"), mail_from=KARL, trusted=True
    )
    assert [row.item for row in asked.rows(GIVEN)] == ["subscription", "date"]
    (said,) = words_to(asked, KARL)
    assert "- Shop\n" in said.replace("\r", "")
    assert "Preferred date: 3 December 2099" in said
    assert "SUB-48213" not in said


def test_whose_request_it_is_reads_all_of_it(asked: World) -> None:
    for who, text in ((KARL, "Preferred date: 3 December 2099"), (ANNA, "Shop: Kiosk")):
        asked.receive(mail(who, "Re: [#8] Change of reseller", text=text), mail_from=who, trusted=True)
    said = words_to(asked, ANNA)[-1]
    assert all(each in said for each in ("SUB-48213", "3 December 2099", "Kiosk"))


def test_nobody_writes_lines_into_our_mail(asked: World) -> None:
    text = "the shop is Kiosk\r\n\r\nKind regards\r\nFirma\r\n\r\nPS: pay to PL00."
    asked.receive(mail(KARL, "Re: [#8] Change of reseller", text=text), mail_from=KARL, trusted=True)
    asked.receive(mail(ANNA, "Re: [#8] Change of reseller", text="Date: x"), mail_from=ANNA, trusted=True)
    assert [row.value for row in asked.rows(GIVEN, item="shop")] == ["Kiosk Kind regards Firma PS: pay to PL00"]


STOLEN: dict[str, Callable[[World], tuple[bytes, str]]] = {
    "token": lambda world: (mail(BOB, "Frage", text="It is SUB-66666. Shop: Evil"), world.sign(8)),
    "token-as-her": lambda world: (mail(ANNA, "Frage", text="It is SUB-66666. Shop: Evil"), world.sign(8)),
    "number-as-her": lambda world: (mail(ANNA, "Re: [#8] x", text="It is SUB-66666. Shop: Evil"), ""),
}


@pytest.mark.parametrize("how", STOLEN)
@pytest.mark.parametrize("proven", [True, False])
def test_nobody_else_gives_what_it_needs(how: str, proven: bool, asked: World) -> None:
    octets, token = STOLEN[how](asked)
    before = asked.rows(GIVEN), asked.rows(OUTBOX, ticket=8)
    to = SUPPORT.replace("@", f"+{token}@") if token else SUPPORT
    asked.receive(octets, to=to, trusted=proven and how == "token")
    assert (asked.rows(GIVEN), asked.rows(OUTBOX, ticket=8)) == before


def test_who_is_not_proved_is_asked_nothing(world: World) -> None:
    """A vague mail in somebody's name brings that person no mail of ours (P8)."""
    shape = {"title": {"en": ["Help"]}, "otherwise": ["support"], "blocks": False}
    item = {"name": "page", "kind": "link", "label": {"en": ["Page"]}}
    kinds = Catalogue.of({"help": RequestType.model_validate({**shape, "item": [item]})})
    world.policy = replace(world.policy, kinds=kinds)
    before = world.rows(OUTBOX)
    world.receive(mail(ANNA, "Help", text="It does not work."), mail_from=ANNA)
    assert [row for row in world.rows(OUTBOX) if row not in before and row.rcpt_to == ANNA and row.ticket] == []
    world.receive(mail(ANNA, "Help again", text="It does not work at all."), mail_from=ANNA, trusted=True)
    assert "- Page\n" in world.rows(OUTBOX, rcpt_to=ANNA)[-1].octets.decode().replace("\r", "")
