"""Who asks to be registered, on both databases: what names an account, two nodes that decide, and what is erased."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.contacts.contact import Role
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.newcomers import admission
from mailflow.desk.policy import Policy
from mailflow.errors import Refused
from mailflow.mail.token import OF_A_REGISTRATION
from mailflow.store import apply
from mailflow.store.contacts.contacts import NewContact, add, find
from mailflow.store.database import Database
from mailflow.store.forgetting import erasure
from mailflow.store.forgetting.person import person_of
from mailflow.store.forgetting.redaction import Redaction
from mailflow.store.health.audit import audit
from mailflow.store.newcomers import applications
from mailflow.store.tables import ENTRY, OUTBOX, TICKET
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION
from tests.hostile.world import SUPPORT, World, mail

LUC, OLA = "luc@neu.example", "ola@kunde.example"
KIND = {
    "title": {"en": ["Registration"]},
    "item": [{"name": "domain", "kind": "domain", "label": {"en": ["Domain"]}}],
}


@pytest.fixture
def policy(policy: Policy) -> Policy:
    support, *others = ORGANISATION["mailbox"]  # type: ignore[misc]  # a list
    mailboxes = [{**support, "registration": "register"}, *others]  # type: ignore[dict-item]
    config = Config.model_validate({**ORGANISATION, "mailbox": mailboxes})
    return replace(policy, config=config, kinds=Catalogue.of({"register": RequestType.model_validate(KIND)}))


@pytest.fixture
def asked(database: Database, policy: Policy) -> Database:
    """Luc wrote twice, and asks for it in #1."""
    with database.begin() as connection:
        world = World(connection, policy)
        new = NewContact(
            account="K-4711", name="Ola Kot", addresses=(OLA,), roles=(Role.PRIMARY,), domains=("kunde.example",)
        )
        add(connection, new, agent="ewa", at=world.now)
        for subject in ("Help", "Mail"):
            world.receive(mail(f"Luc Martin <{LUC}>", subject), mail_from=LUC, trusted=True)
        to = SUPPORT.replace("@", f"+{policy.keyring.sign(OF_A_REGISTRATION, 1, LUC, world.now)}@")
        world.receive(mail(f"Luc Martin <{LUC}>", text="Domain: kunde.example"), mail_from=LUC, to=to, trusted=True)
        assert [row.id for row in world.rows(TICKET, type="register")] == [1]
    return database


def registers(database: Database, policy: Policy) -> None:
    with database.begin() as connection:
        world, ticket = World(connection, policy), tickets.load(connection, 1, lock=True)
        assert ticket
        accounts = applications.accounts_named(connection, ["k-4711", LUC])
        actions = admission.register(ticket, "k-4711", (), "ewa", policy, world.now, accounts)
        apply.carry_out(connection, 1, actions, policy, world.now)


NAMES = {
    "K-4711": "K-4711", "k-4711": "K-4711", "kunde.example": "K-4711", "shop.kunde.example": "K-4711",
    "ola@KUNDE.example": "K-4711", "example": "", "kundx.example": "", "": "", "%": "",
    "x@kunde.example": "", "'; DROP TABLE account; --": "",
}  # fmt: skip


def test_an_account_is_named_by_its_code_a_domain_and_an_address(asked: Database) -> None:
    with asked.connect() as connection:
        found = applications.accounts_named(connection, NAMES)
    assert {name: found[name].code if name in found else "" for name in NAMES} == NAMES
    assert str(found["kunde.example"]) == "account K-4711"
    assert [str(each) for each in found["kunde.example"].primaries] == [f"Ola Kot <{OLA}>"]


def test_what_is_held_is_his_and_proved(asked: Database, policy: Policy) -> None:
    with asked.begin() as connection:
        world = World(connection, policy)
        world.receive(mail(LUC, "Forged"), mail_from=LUC)
        world.receive(mail("eve@neu.example", "Of another"), mail_from="eve@neu.example", trusted=True)
        assert applications.held_of(connection, [LUC]) == [1, 2]


def test_who_decides_second_hears_that_it_was_decided(asked: Database, policy: Policy) -> None:
    registers(asked, policy)
    with pytest.raises(Refused, match="is registered already: Luc Martin"):
        registers(asked, policy)
    with asked.begin() as connection:
        contact, world = find(connection, LUC), World(connection, policy)
        assert contact
        assert (contact["name"], contact["account"], contact["roles"]) == ("Luc Martin", "K-4711", ["technical"])
        assert [row.disposition for row in world.rows(ENTRY)] == ["received", "received", "filed"]
        assert [row.contact for row in world.rows(TICKET)] == [contact["id"]]
        assert audit(connection, world.now).problems == ()


def test_whoever_is_erased_is_told_of_nowhere(asked: Database, policy: Policy) -> None:
    registers(asked, policy)
    with asked.connect() as connection:
        person = person_of(connection, [LUC])
        now = World(connection, policy).now
    redaction = Redaction(asked, person)
    erasure.erase(asked.begin, person, now)
    redaction.carry_out()
    with asked.begin() as connection:
        erasure.erase_contact(connection, person)
        left: list[Any] = [row.octets for row in World(connection, policy).rows(OUTBOX)]
        assert audit(connection, now).problems == ()
    assert redaction.found() == {}
    assert not [octets for octets in left if LUC.encode() in octets or b"Luc Martin" in octets]
