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
        "+ account 4711: new, domains +kunde.example",
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


def test_tickets_of_before_are_theirs(company: Any) -> None:
    assert company.deliver() == 1
    anna = ("--account", "4711", "--name", "Anna", "--address", "anna@kunde.example")
    ran = company.run("contact", "add", *anna, "--agent", "ewa")
    assert ran.out == "Anna is registered for account 4711; of before: #1\n"
    shown = company.run("ticket", "show", 1).out
    assert "account 4711" in shown
    assert "contact: ewa registered Anna for account 4711" in shown


def test_an_import_says_which_tickets_of_before_are_theirs(company: Any, table: Path) -> None:
    company.deliver()
    assert "of before" not in company.run("contact", "import", table).out
    assert company.run("ticket", "show", 1, "--json").json["account"] is None
    assert company.run("contact", "import", table, "--apply").out.endswith("as they were; of before: #1\n")
    assert company.run("ticket", "show", 1, "--json").json["account"] == "4711"


@pytest.mark.parametrize("account", ["4711", "4712"])
def test_an_address_that_is_somebody_elses_already_is_refused_by_name(registered: Any, account: str) -> None:
    ran = registered.run("contact", "add", "--account", account, "--name", "Eve", "--address", "ola@kunde.example")
    assert (ran.code, ran.err) == (1, "mailflow: ola@kunde.example belongs to Ola Kot of account 4711 already\n")
    assert names(registered) == ["Anna Nowak", "Ola Kot"]


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


@pytest.fixture
def registered(company: Any, table: Path) -> Any:
    assert company.run("contact", "import", table, "--apply", "--agent", "ola").code == 0
    return company


def test_an_accounts_contract_is_told_typed_and_shown(registered: Any) -> None:
    ran = registered.run(
        "contact", "add", "--account", "4711", "--name", "Jan", "--address", "j@kunde.example", "--contract", "gold",
        "--region", "eu", "--agent", "jan",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = registered.run("contact", "show", "ola@kunde.example", "--json").json
    assert (found["contract"], found["region"]) == ("gold", "eu")
    (_, changed) = registered.run("contact", "history", "ola@kunde.example", "--json").lines
    assert (changed["agent"], changed["text"]) == (
        "jan",
        "account 4711: contract none -> gold, region none -> eu",
    )
    assert "gold" in registered.run("contact", "list").out
    registered.run("contact", "add", "--account", "4711", "--name", "Eva", "--address", "e@kunde.example")
    assert registered.run("contact", "show", "j@kunde.example", "--json").json["contract"] == "gold"


def test_a_contract_that_the_configuration_does_not_know_is_told(company: Any, table: Path) -> None:
    table.write_text("account,contract,name,addresses\n1,glod,Anna,a@x.example\n2,Gold,Ola,o@x.example\n")
    why = "mailflow: there is no [[contract]] in config.toml, so Gold, glod gives no priority\n"
    assert company.run("contact", "import", table).err == why
    company.config.write_text(company.config.read_text() + '[[contract]]\nname = "gold"\npriority = "high"\n')
    ran = company.run("contact", "import", table, "--apply")
    told = "mailflow: there is no [[contract]] 'glod' in config.toml; did you mean 'gold'?\n"
    assert (ran.code, ran.err) == (0, told)
    ran = company.run(
        "contact", "add", "--account", "3", "--name", "Jan", "--address", "j@x.example", "--contract", "x"
    )
    assert (ran.code, ran.err) == (0, "mailflow: there is no [[contract]] 'x' in config.toml, which knows gold\n")


def test_what_is_on_file_is_verified_and_shown(registered: Any) -> None:  # R0.1
    before = registered.run("contact", "show", "anna@kunde.example", "--json").json
    assert (before["verified"], before["verified_by"]) == (None, None)
    ran = registered.run("contact", "verify", "Anna@kunde.example", "--agent", "ewa")
    assert ran.code == 0
    assert "addresses      anna@kunde.example, a.nowak@kunde.example\n" in ran.out
    assert "verified by    ewa\n" in ran.out
    (anna, ola) = registered.run("contact", "list", "--json").lines
    assert (anna["verified_by"], ola["verified"]) == ("ewa", None)
    assert anna["verified"].endswith("+00:00")
    assert "verified" in registered.run("contact", "list").out.splitlines()[0]
    assert (
        registered.run("contact", "verify", "ola@kunde.example", "--agent", "jan", "--json").json["verified_by"]
        == "jan"
    )


def test_those_who_are_due_are_listed(registered: Any) -> None:
    registered.run("contact", "verify", "anna@kunde.example")
    due = registered.run("contact", "list", "--unverified-since", "180d", "--json").lines
    assert [each["name"] for each in due] == ["Ola Kot"]
    assert len(registered.run("contact", "list", "--unverified-since", "0s", "--json").lines) == 2


@pytest.mark.parametrize("age", ["soon", "180", "", "9999999999999w", "99999999w", "\x1b[31m"])
def test_an_age_that_is_none_is_the_callers_mistake(company: Any, age: str) -> None:
    ran = company.run("contact", "list", "--unverified-since", age)
    assert (ran.code, ran.out) == (2, "")
    assert "--unverified-since" in ran.err
    assert "\x1b" not in ran.err


def test_a_contact_has_a_history(registered: Any) -> None:
    registered.run("contact", "verify", "anna@kunde.example", "--agent", "ewa")
    rows = registered.run("contact", "history", "anna@kunde.example", "--json").lines
    assert [(row["kind"], row["agent"]) for row in rows] == [("added", "ola"), ("verified", "ewa")]
    out = registered.run("contact", "history", "anna@kunde.example").out
    assert "Anna Nowak, account 4711, technical, billing, pl: anna@kunde.example, a.nowak@kunde.example" in out


@pytest.mark.parametrize("command", ["show", "history", "verify"])
def test_nobody_has_nothing_on_file(company: Any, command: str) -> None:
    ran = company.run("contact", command, "anna@kunde.example")
    assert (ran.code, ran.out, ran.err) == (1, "", "mailflow: anna@kunde.example is nobody's here\n")


def test_who_adds_a_contact_is_kept(company: Any) -> None:
    company.run("contact", "add", "--account", "1", "--name", "A", "--address", "a@x.example", "--agent", "ewa")
    (row,) = company.run("contact", "history", "a@x.example", "--json").lines
    assert (row["kind"], row["agent"], row["text"]) == (
        "added",
        "ewa",
        "A, account 1, no role, no language: a@x.example",
    )


def lost(company: Any) -> None:
    """Anna's mailbox is gone, says the mail system about our answer."""
    company.run("contact", "import", company.folder / "contacts.csv", "--apply")
    company.deliver()
    company.run("ticket", "reply", 1, "--text", "Use water.")
    (answer,) = (row for row in company.run("outbox", "list", "--json").lines if row["kind"] == "reply")
    company.deliver(
        b"From: mailer-daemon@kunde.example\nSubject: failure notice\nContent-Type: multipart/report; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; anna@kunde.example\n"
        b"Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n\n--b--\n"
        % answer["message_id"].strip("<>").encode(),
        mail_from="",
    )


def test_an_address_that_mail_does_not_reach_is_shown_until_it_is_cleared(company: Any, table: Path) -> None:
    lost(company)
    anna, ola = company.run("contact", "list", "--json").lines
    assert [(each["address"], each["status"], each["ticket"]) for each in anna["undeliverable"]] == [
        ("anna@kunde.example", "5.1.1", 1)
    ]
    assert ola["undeliverable"] == []
    assert "did not arrive" in company.run("contact", "show", "anna@kunde.example").out
    ran = company.run("contact", "deliverable", "Anna@kunde.example")
    assert (ran.code, ran.out) == (0, "mail is written to Anna@kunde.example again\n")
    assert company.run("contact", "show", "anna@kunde.example", "--json").json["undeliverable"] == []
    assert company.run("contact", "deliverable", "anna@kunde.example").code == 1


@pytest.mark.parametrize(("is_contact", "name"), [(True, "Anna Nowak"), (False, None)])
def test_every_address_that_mail_does_not_reach_is_listed(
    company: Any, table: Path, is_contact: bool, name: str | None
) -> None:
    assert company.run("contact", "undeliverable").err == "no address is marked\n"
    if not is_contact:
        table.write_text(CSV.splitlines()[0] + "\n4711,,kunde.example,Ola Kot,,primary,ola@kunde.example\n")
    lost(company)
    (row,) = company.run("contact", "undeliverable", "--json").lines
    assert (row["address"], row["name"], row["status"], row["ticket"]) == ("anna@kunde.example", name, "5.1.1", 1)
    assert "anna@kunde.example" in company.run("contact", "undeliverable").out
    company.run("contact", "deliverable", "anna@kunde.example")
    assert company.run("contact", "undeliverable", "--json").lines == []


def test_an_agent_is_warned_and_answers_all_the_same(company: Any, table: Path) -> None:
    lost(company)
    ran = company.run("ticket", "reply", 1, "--text", "Water!")
    assert ran.code == 0
    assert "answer queued for anna@kunde.example" in ran.out
    assert ran.err.startswith("mailflow: the answer is sent all the same: mail to anna@kunde.example did not arrive on")
