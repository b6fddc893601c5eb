"""`mailflow contact`: a table that is kept elsewhere is shown before it changes anything."""

from pathlib import Path
from typing import Any

import pytest

CSV = """\
account,account_name,domains,name,language,roles,addresses
4711,Kunde,kunde.example,Anna Nowak,pl,technical;billing,anna@kunde.example;a.nowak@kunde.example
4711,,,Ola Kot,,primary,ola@kunde.example
"""


@pytest.fixture
def table(company: Any) -> Path:
    path: Path = company.folder / "contacts.csv"
    path.write_text(CSV)
    return path


def names(company: Any) -> list[str]:
    return [row["name"] for row in company.run("contact", "list", "--json").lines]


def test_an_import_shows_the_difference_and_changes_nothing(company: Any, table: Path) -> None:
    ran = company.run("contact", "import", table)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "~ account 4711: new, domains +kunde.example",
        "+ Anna Nowak (4711): new, anna@kunde.example, a.nowak@kunde.example",
        "+ Ola Kot (4711): new, ola@kunde.example",
        "2 new, 0 changed, 0 as they were; nothing is changed yet: add --apply",
    ]
    assert names(company) == []


def test_apply_does_it_once(company: Any, table: Path) -> None:
    assert company.run("contact", "import", table, "--apply").out.endswith("2 new, 0 changed, 0 as they were\n")
    assert names(company) == ["Anna Nowak", "Ola Kot"]
    assert company.run("contact", "import", table).out.startswith("0 new, 0 changed, 2 as they were")


def test_a_changed_row_is_shown_as_a_change(company: Any, table: Path) -> None:
    company.run("contact", "import", table, "--apply")
    table.write_text(CSV.replace(",pl,", ",en,"))
    assert "~ Anna Nowak (4711): language pl -> en\n" in company.run("contact", "import", table).out


def test_an_address_of_somebody_else_is_refused(company: Any, table: Path) -> None:
    company.run("contact", "import", table, "--apply")
    table.write_text("account,name,addresses\n4712,Eve,eve@x.example;anna@kunde.example\n")
    ran = company.run("contact", "import", table, "--apply")
    assert ran.code == 1
    assert ran.err == f"mailflow: {table}:2: addresses: anna@kunde.example belongs to Anna Nowak of account 4711\n"
    assert names(company) == ["Anna Nowak", "Ola Kot"]


def test_mistakes_in_the_table_are_named_with_their_line(company: Any, table: Path) -> None:
    table.write_text(CSV + "4711,,,Eve,,boss,eve\n")
    ran = company.run("contact", "import", table)
    assert ran.code == 1
    assert f"{table}:4: roles: 'boss' is not one of primary, technical, operations, billing\n" in ran.err
    assert f"{table}:4: addresses: 'eve' is no e-mail address\n" in ran.err


def test_a_contact_is_added_and_found_by_any_address(company: Any) -> None:
    ran = company.run(
        "contact", "add", "--account", "1", "--name", "Anna", "--address", "Anna@Kunde.example", "--address",
        "a@kunde.example", "--role", "technical", "--language", "pl",
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, "Anna is registered for account 1\n")
    for address in ("anna@kunde.example", "A@KUNDE.example"):
        found = company.run("contact", "show", address, "--json").json
        assert (found["account"], found["name"], found["language"]) == ("1", "Anna", "pl")
        assert found["addresses"] == ["anna@kunde.example", "a@kunde.example"]
        assert found["roles"] == ["technical"]


def test_a_contact_with_mistakes_is_refused(company: Any) -> None:
    ran = company.run("contact", "add", "--account", "1", "--name", "Anna", "--address", "anna", "--language", "polish")
    assert ran.code == 1
    assert ran.err == (
        "language: 'polish' is no language code such as 'en' or 'pl'\naddresses: 'anna' is no e-mail address\n"
    )


def test_somebody_unknown_is_nobody(company: Any) -> None:
    ran = company.run("contact", "show", "anna@kunde.example")
    assert (ran.code, ran.err) == (1, "mailflow: anna@kunde.example is nobody's here\n")


def test_a_registered_contact_is_served_where_others_are_held(company: Any, table: Path) -> None:  # R2.1
    held = company.deliver(rcpt_to="billing@firma.example")
    assert company.run("journal", "show", held, "--json").json["disposition"] == "held"
    company.run("contact", "import", table, "--apply")
    served = company.deliver(
        b"From: Ola <ola@kunde.example>\nSubject: Invoice\nMessage-ID: <o@kunde.example>\n\nx\n",
        rcpt_to="billing@firma.example",
    )
    assert company.run("journal", "show", served, "--json").json["disposition"] == "filed"
    assert company.run("ticket", "show", 1, "--json").json["account"] == "4711"


def test_contacts_are_listed_for_people(company: Any, table: Path) -> None:
    company.run("contact", "import", table, "--apply")
    out = company.run("contact", "list", "--account", "4711").out
    assert "anna@kunde.example, a.nowak@kunde.example" in out
    assert company.run("contact", "list", "--account", "1").err == "no contacts\n"
