"""What a party gives itself with its consent (R1.7): nobody else gives it, and nobody but gates and agents sees it."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.policy import Policy
from mailflow.mail.token import OF_A_CONSENT
from mailflow.store.tables import CONSENT, EVENT, GIVEN, OUTBOX, TICKET
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, KARL, SUPPORT, World, mail

OLGA, EWA, HUGO = "olga@inhaber.example", "ewa@staff.example", "hugo@kaufer.example"
IBAN = "PL61 1090 1014 0000"
NUMBER = 8
TRANSFER = {
    "title": {"en": ["Change of reseller"]},
    "item": [
        {"name": "owner", "kind": "address", "label": {"en": ["Owner"]}},
        {"name": "buyer", "kind": "address", "label": {"en": ["Buyer"]}},
        {"name": "iban", "kind": "text", "label": {"en": ["Account"]}, "party": "owner", "by_party": True},
        {"name": "day", "kind": "date", "label": {"en": ["Day"]}, "party": "owner", "by_party": True},
    ],
    "party": [
        {"name": "owner", "title": {"en": ["the owner"]}, "address": "owner"},
        {"name": "buyer", "title": {"en": ["the buyer"]}, "address": "buyer", "sees": ["owner"]},
    ],
}
AGENTS = [{"name": "ewa", "addresses": [EWA], "departments": ["support"]}]
ALL = f"Yes\r\n\r\nAccount: {IBAN}\r\nDay: 3 December 2099"


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    kinds = Catalogue.of({"transfer": RequestType.model_validate(TRANSFER)})
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}), kinds=kinds)


@pytest.fixture
def asked(world: World) -> World:
    """#8 is Anna's; she tries to give what is Olga's to give. Karl takes no part."""
    text = f"Owner: {OLGA}\r\nBuyer: {HUGO}\r\nAccount: ANNAS OWN\r\nDay: 4 May 2099"
    world.receive(mail(ANNA, "Change of reseller", text=text, id_="t@kunde.example"), mail_from=ANNA, trusted=True)
    return world


def to(world: World, address: str = OLGA, number: int = 1) -> str:
    return SUPPORT.replace("@", f"+{world.policy.keyring.sign(OF_A_CONSENT, number, address, world.now)}@")


def says(world: World, text: str, author: str = OLGA, address: str = OLGA, number: int = 1, **more: Any) -> None:
    octets = mail(author, "Re: Do you agree?", text=text)
    world.receive(octets, mail_from=author, to=to(world, address, number), **{"trusted": True, **more})


def items(world: World) -> dict[str, str]:
    return {row.item: row.value for row in world.rows(GIVEN)}


def states(world: World) -> dict[str, str]:
    return {row.name: row.state for row in world.rows(CONSENT)}


def words_to(world: World, address: str) -> str:
    return "\n".join(row.octets.decode() for row in world.rows(OUTBOX, rcpt_to=address)).replace("\r", "")


def test_its_mail_asks_for_them_and_nobody_elses_does(asked: World) -> None:
    assert items(asked) == {"owner": OLGA, "buyer": HUGO}
    said = words_to(asked, OLGA)
    assert "- Account\n- Day\n\nAccount:\nDay:\n" in said
    for other in (ANNA, HUGO):
        assert "Account" not in words_to(asked, other), other
    assert "ANNAS OWN" not in said


def test_it_gives_them_with_its_consent_and_nobody_sees_them(asked: World) -> None:
    says(asked, ALL)
    assert states(asked) == {"owner": "given", "buyer": "asked"}
    assert items(asked) | {} == {"owner": OLGA, "buyer": HUGO, "iban": IBAN, "day": "2099-12-03"}
    says(asked, "Yes", HUGO, HUGO, 2)
    assert asked.rows(TICKET, id=NUMBER)[0].complete_at
    asked.reply(NUMBER, "Done.")
    for other in (ANNA, HUGO, KARL):
        for word in (IBAN, "2099", "Account"):
            assert word not in words_to(asked, other), (other, word)
    assert [row.by for row in asked.rows(GIVEN, item="iban")] == [OLGA]


def test_its_own_words_do_not_overtake_its_consent(asked: World) -> None:
    says(asked, ALL)
    assert len(asked.rows(CONSENT)) == 2  # neither void nor asked anew


@pytest.mark.parametrize(
    ("text", "given", "asks"),
    [
        (f"Yes\r\nAccount: {IBAN}", {"iban"}, "- Day\n"),
        (f"Yes\r\nAccount: {IBAN}\r\nDay: 31 February", {"iban"}, "31 February"),
        ("Yes", set(), "- Account\n- Day\n"),
    ],
)
def test_a_yes_without_all_of_it_is_asked_for_the_rest(text: str, given: set[str], asks: str, asked: World) -> None:
    mails = len(asked.rows(OUTBOX))
    says(asked, text)
    assert states(asked)["owner"] == "asked"
    assert set(items(asked)) - {"owner", "buyer"} == given
    (again,) = [row for row in asked.rows(OUTBOX)[mails:] if row.rcpt_to == OLGA]
    assert asks in again.octets.decode().replace("\r", "")
    says(asked, "I agree.\r\nDay:\r\n3 December 2099\r\nAccount: " + IBAN)
    assert states(asked)["owner"] == "given"


def test_a_no_gives_nothing(asked: World) -> None:
    says(asked, f"No.\r\nAccount: {IBAN}")
    assert (states(asked)["owner"], set(items(asked))) == ("refused", {"owner", "buyer"})


def test_what_is_neither_is_for_an_agent_with_what_it_gives(asked: World) -> None:
    says(asked, f"Account: {IBAN}\r\nBut only if you pay first.")
    assert (states(asked)["owner"], items(asked)["iban"]) == ("asked", IBAN)
    assert asked.rows(TICKET, id=NUMBER)[0].status == "open"
    assert asked.rows(OUTBOX)[-1].rcpt_to == EWA


@pytest.mark.parametrize(
    ("who", "address", "trusted"),
    [
        (BOB, OLGA, True),
        (OLGA, OLGA, False),
        (ANNA, OLGA, True),
        (HUGO, OLGA, True),
        (HUGO, HUGO, True),
        (BOB, BOB, True),
    ],
)
def test_t1_nobody_else_gives_them(who: str, address: str, trusted: bool, asked: World) -> None:
    number = 2 if address == HUGO else 1
    says(asked, ALL, who, address, number, trusted=trusted)
    assert set(items(asked)) == {"owner", "buyer"}
    assert states(asked)["owner"] == "asked"


@pytest.mark.parametrize("text", [f"Account: {IBAN}", f"> Account: {IBAN}\r\n\r\nDay: 3 May 2099"])
def test_its_requester_does_not(text: str, asked: World) -> None:
    octets = mail(ANNA, "Re: [#8] Change of reseller", text=text)
    asked.receive(octets, mail_from=ANNA, to=SUPPORT.replace("@", f"+{asked.sign(NUMBER)}@"), trusted=True)
    assert set(items(asked)) == {"owner", "buyer"}


def test_what_another_address_is_asked_begins_without_them(asked: World) -> None:
    """The requester names another owner: what the first one gave is neither shown to nor counted for the second."""
    says(asked, ALL)
    octets = mail(ANNA, "Re: [#8] Change of reseller", text=f"Owner: {KARL}")
    asked.receive(octets, mail_from=ANNA, to=SUPPORT.replace("@", f"+{asked.sign(NUMBER)}@"), trusted=True)
    said = words_to(asked, KARL)
    assert "Do you agree" in said
    assert IBAN not in said
    assert "- Account\n" in said
    assert [row.text for row in asked.rows(EVENT, ticket=NUMBER, kind="complete")] == []
