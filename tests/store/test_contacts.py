"""A list of contacts kept elsewhere: what it would change is shown first, and nothing moves by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.desk.contacts.contact import Role
from mailflow.errors import Refused
from mailflow.store.contacts import contacts
from mailflow.store.contacts.contact_history import history
from mailflow.store.contacts.contacts import Difference, NewContact

DAY = timedelta(days=1)
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANNA = NewContact(
    account="4711",
    account_name="Kunde",
    domains=("kunde.example",),
    name="Anna Nowak",
    language="pl",
    roles=(Role.TECHNICAL,),
    addresses=("anna@kunde.example", "a.nowak@kunde.example"),
)
JAN = NewContact(account="4711", name="Jan Kos", addresses=("jan@kunde.example",))
OTHER = NewContact(account="0815", name="Otto", addresses=("otto@other.example",))


def planned(database: Any, *rows: NewContact) -> Difference:
    with database.connect() as connection:
        return contacts.plan(connection, rows)


def imported(database: Any, *rows: NewContact) -> None:
    with database.begin() as connection:
        contacts.carry_out(connection, contacts.plan(connection, rows), agent="ola", at=AT)


def listed(database: Any, account: str | None = None) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        found = contacts.list_(connection, account)
    return [(each["account"], each["name"], each["addresses"]) for each in found]


def test_a_first_list_is_all_new_and_the_second_time_nothing_changes(database: Any) -> None:
    difference = planned(database, ANNA, JAN, OTHER)
    assert [str(each) for each in difference.accounts] == [
        "account 4711: new, domains +kunde.example",
        "account 0815: new",
    ]
    assert [str(each) for each in difference.added] == [
        "Anna Nowak (4711): new, anna@kunde.example, a.nowak@kunde.example",
        "Jan Kos (4711): new, jan@kunde.example",
        "Otto (0815): new, otto@other.example",
    ]
    assert listed(database) == []  # a dry run
    imported(database, ANNA, JAN, OTHER)
    assert listed(database, "4711") == [
        ("4711", "Anna Nowak", list(ANNA.addresses)), ("4711", "Jan Kos", ["jan@kunde.example"])
    ]  # fmt: skip
    assert planned(database, ANNA, JAN, OTHER) == Difference(unchanged=3)


def test_a_changed_row_says_what_changes(database: Any) -> None:
    imported(database, ANNA)
    changed = replace(
        ANNA,
        account_name="Kunde AG",
        domains=("kunde.test",),
        name="Anna Kos",
        language="",
        roles=(Role.PRIMARY,),
        addresses=("a.nowak@kunde.example", "anna.kos@kunde.example"),
    )
    difference = planned(database, changed)
    assert [str(each) for each in difference.accounts] == [
        "account 4711: name Kunde -> Kunde AG, domains -kunde.example +kunde.test"
    ]
    assert [str(each) for each in difference.changed] == [
        "Anna Kos (4711): name Anna Nowak -> Anna Kos, language pl -> none, roles -technical +primary, "
        "addresses -anna@kunde.example +anna.kos@kunde.example"
    ]
    imported(database, changed)
    assert listed(database) == [("4711", "Anna Kos", list(changed.addresses))]
    assert planned(database, changed).unchanged == 1


def test_who_lost_all_addresses_is_known_by_name(database: Any) -> None:
    imported(database, JAN)
    imported(database, replace(JAN, addresses=("jan@new.example",)))
    assert listed(database) == [("4711", "Jan Kos", ["jan@new.example"])]


def test_contacts_that_no_row_names_stay(database: Any) -> None:
    imported(database, ANNA, JAN)
    imported(database, ANNA)
    assert len(listed(database)) == 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            replace(OTHER, addresses=("anna@kunde.example",)),
            "Otto (0815): anna@kunde.example belongs to Anna Nowak of account 4711",
        ),
        (replace(OTHER, domains=("kunde.example",)), "Otto (0815): the domain kunde.example belongs to account 4711"),
        (
            replace(JAN, addresses=("jan@kunde.example", "anna@kunde.example")),
            "Jan Kos (4711): anna@kunde.example belongs to Anna Nowak of account 4711",
        ),
    ],
)
def test_nothing_moves_to_another_owner(database: Any, row: NewContact, problem: str) -> None:
    imported(database, ANNA, JAN)
    before = listed(database)
    assert list(map(str, planned(database, row).problems)) == [problem]
    with pytest.raises(Refused) as refused:
        imported(database, row)
    assert str(refused.value) == problem
    assert listed(database) == before


def test_two_rows_cannot_both_be_right(database: Any) -> None:
    imported(database, ANNA)
    first, second = (replace(ANNA, name=name, addresses=ANNA.addresses[:1]) for name in ("Anna A", "Anna B"))
    (twice,) = planned(database, first, second).problems
    assert str(twice) == "Anna B (4711): two rows are about the same contact, Anna Nowak"
    claimed = planned(database, replace(JAN, domains=("same.example",)), replace(OTHER, domains=("same.example",)))
    assert [str(each) for each in claimed.problems] == ["Otto (0815): the domain same.example belongs to account 4711"]


def test_one_contact_is_added_and_found_by_any_spelling_of_its_address(database: Any) -> None:
    with database.begin() as connection:
        number = contacts.add(connection, ANNA, agent="ewa", at=AT)
        assert contacts.find(connection, "ANNA@Kunde.Example")["id"] == number  # type: ignore[index]
        assert contacts.find(connection, "nobody@kunde.example") is None
        assert contacts.addresses(connection, number) == list(ANNA.addresses)
        with pytest.raises(Refused, match="belongs to Anna Nowak of account 4711 already"):
            contacts.add(connection, ANNA, agent="ewa", at=AT)


# --- Contracts and regions of accounts


def served(database: Any, address: str = "anna@kunde.example") -> tuple[str, str]:
    with database.connect() as connection:
        contact = contacts.find(connection, address)
    assert contact
    return contact["contract"], contact["region"]


def test_an_account_has_a_contract_and_a_region(database: Any) -> None:
    gold = replace(ANNA, contract="gold", region="eu")
    assert [str(each) for each in planned(database, gold, JAN).accounts] == [
        "account 4711: new, contract gold, region eu, domains +kunde.example"
    ]
    imported(database, gold, JAN)
    assert served(database) == served(database, "jan@kunde.example") == ("gold", "eu")
    assert planned(database, ANNA) == Difference(unchanged=1)  # who says nothing of it changes nothing
    assert [str(each) for each in planned(database, replace(gold, contract="silver", region="")).accounts] == [
        "account 4711: contract gold -> silver, region eu -> none"
    ]
    imported(database, replace(gold, contract="silver", region=""))
    assert served(database) == ("silver", "")


def test_a_contract_of_an_account_is_history_of_its_contacts(database: Any) -> None:
    imported(database, replace(ANNA, contract="gold"), JAN, OTHER)
    imported(database, replace(ANNA, contract="silver", region="eu"))
    change = ("changed", "ola", "account 4711: contract gold -> silver, region none -> eu")
    (added, changed) = told(database, "jan@kunde.example")
    assert added[2] == "Jan Kos, account 4711, contract gold, no role, no language: jan@kunde.example"
    assert changed == change
    assert told(database, "anna@kunde.example")[-1] == change
    assert len(told(database, "otto@other.example")) == 1
    verified(database, "jan@kunde.example")
    assert told(database, "jan@kunde.example")[-1][2].startswith("Jan Kos, account 4711, contract silver, region eu, ")


# --- What became of them (R0.1, R0.3)


def verified(database: Any, address: str, at: datetime = AT) -> dict[str, Any]:
    with database.begin() as connection:
        return contacts.verify(connection, address, agent="ewa", at=at)


def told(database: Any, address: str) -> list[tuple[str, str, str]]:
    with database.connect() as connection:
        contact = contacts.find(connection, address)
        assert contact
        rows = history(connection, contact["id"])
    return [(each["kind"], each["agent"], each["text"]) for each in rows]


def test_each_change_is_kept_with_who_made_it(database: Any) -> None:
    imported(database, ANNA, JAN)
    imported(database, replace(ANNA, language="en"), JAN)
    verified(database, "A.Nowak@Kunde.example")
    added = "Anna Nowak, account 4711, technical, {}: anna@kunde.example, a.nowak@kunde.example"
    assert told(database, "anna@kunde.example") == [
        ("added", "ola", added.format("pl")),
        ("changed", "ola", "language pl -> en"),
        ("verified", "ewa", added.format("en")),
    ]
    assert told(database, "jan@kunde.example") == [
        ("added", "ola", "Jan Kos, account 4711, no role, no language: jan@kunde.example")
    ]


def test_a_contact_says_when_it_was_last_verified_and_by_whom(database: Any) -> None:
    imported(database, ANNA, JAN)
    verified(database, "anna@kunde.example")
    contact = verified(database, "anna@kunde.example", AT + DAY)
    with database.connect() as connection:
        found = {each["name"]: (each["verified"], each["verified_by"]) for each in contacts.list_(connection)}
        assert contacts.find(connection, "anna@kunde.example") == contact
    assert found == {"Anna Nowak": ("2026-11-03T09:00:00+00:00", "ewa"), "Jan Kos": (None, None)}
    imported(database, replace(ANNA, language="en"))  # what changes later does not undo it
    with database.connect() as connection:
        assert contacts.find(connection, "anna@kunde.example") == {**contact, "language": "en"}


@pytest.mark.parametrize(
    ("since", "names"),
    [
        (None, ["Otto", "Anna Nowak", "Jan Kos"]),
        (AT, ["Otto", "Jan Kos"]),
        (AT + DAY, ["Otto", "Anna Nowak", "Jan Kos"]),
        (AT - DAY, ["Otto"]),
    ],
)
def test_those_who_are_due_are_found(database: Any, since: datetime | None, names: list[str]) -> None:
    imported(database, ANNA, JAN, OTHER)
    verified(database, "jan@kunde.example", AT - DAY)
    verified(database, "anna@kunde.example", AT)
    with database.connect() as connection:
        assert [each["name"] for each in contacts.list_(connection, unverified_since=since)] == names


def test_nobody_is_not_verified(database: Any) -> None:
    imported(database, ANNA)
    with pytest.raises(Refused, match=r"jan@kunde\.example is nobody's here"):
        verified(database, "jan@kunde.example")
