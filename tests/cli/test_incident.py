"""`mailflow incident`: opened, attached to by a rule and by hand, told of and closed, as agents do it."""

from typing import Any

import pytest

BEN = b"""\
From: Ben <ben@kunde.example>
To: support@firma.example
Subject: No shop opens
Message-ID: <ben@kunde.example>
Date: Mon, 2 Nov 2026 11:00:00 +0100

Since nine.
"""
RULE = '[[rule]]\nname = "shops"\nif.subject.contains = "shop"\nthen.incident = "shops"\n'
OPEN = ("incident", "open", "shops", "--title", "Web shops do not open", "--state", "A switch has failed.")


@pytest.fixture
def shops(company: Any) -> Any:
    """#1 came before, #2 is attached by a rule."""
    (company.folder / "filters/50-shops.toml").write_text(RULE)
    company.deliver()
    ran = company.run(*OPEN, "--state", "pl=Zepsuł się przełącznik.", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "incident shops is open; other tickets of it: mailflow incident attach N --to shops\n"
    company.deliver(BEN)
    return company


def outbox(company: Any) -> list[tuple[str, int]]:
    return [(each["kind"], each["ticket"]) for each in reversed(company.run("outbox", "list", "--json").lines)]


def test_from_the_first_word_to_the_last(shops: Any) -> None:
    ran = shops.run("incident", "attach", 1, "--to", "shops", "--tell", "--agent", "ewa")
    assert ran.out == "#1 attached, #1 on_hold, was open, told anna@kunde.example (outbox 3)\n"
    ran = shops.run("incident", "update", "shops", "--state", "Soon.", "--tell")
    assert ran.out == "incident shops has a new state; told 2 of those who wait, in 2 tickets\n"
    ran = shops.run("incident", "update", "shops", "--state", "Very soon.")
    assert ran.out == "incident shops has a new state; nobody is told\n"
    ran = shops.run("incident", "close", "shops")
    assert ran.out == "incident shops is over; told 2 of those who wait, in 2 tickets\n"
    assert outbox(shops) == [
        ("acknowledgement", 1),
        ("incident", 2),
        ("incident", 1),
        ("incident_update", 1),
        ("incident_update", 2),
        ("incident_over", 1),
        ("incident_over", 2),
    ]
    assert {each["status"] for each in shops.run("ticket", "list", "--json").lines} == {"resolved"}
    assert shops.run("audit").code == 0


def test_it_is_listed_and_shown(shops: Any) -> None:
    (row,) = shops.run("incident", "list", "--json").lines
    assert (row["name"], row["tickets"], row["waiting"], row["untold"]) == ("shops", 1, 1, 0)
    assert row["state"] == {"": "A switch has failed.", "pl": "Zepsuł się przełącznik."}
    assert "Web shops do not open" in shops.run("incident", "list").out
    shown = shops.run("incident", "show", "shops")
    assert "pl: Zepsuł się przełącznik." in shown.out
    assert "  ewa\n" in shown.out
    assert shops.run("incident", "show", "shops", "--json").json["states"][0]["agent"] == "ewa"
    status = shops.run("status")
    assert "shops: Web shops do not open, since " in status.out
    assert ", 1 wait for its end\n" in status.out
    assert [each["name"] for each in shops.run("status", "--json").json["incidents"]] == ["shops"]
    shops.run("incident", "close", "shops")
    assert shops.run("incident", "list").err == "no incident is open\n"
    assert [each["name"] for each in shops.run("incident", "list", "--all", "--json").lines] == ["shops"]
    assert "incident " not in shops.run("status").out


def test_its_tickets_are_found_and_out_of_the_queue(shops: Any) -> None:
    assert [each["number"] for each in shops.run("ticket", "list", "--incident", "shops", "--json").lines] == [2]
    assert [each["number"] for each in shops.run("ticket", "list", "--queue", "--json").lines] == [1]
    assert shops.run("ticket", "show", 2, "--json").json["incident"] == "shops"
    assert "\nattached to incident shops\n" in shops.run("ticket", "show", 2).out
    ran = shops.run("ticket", "list", "--incident", "never")
    assert (ran.code, ran.err) == (1, "mailflow: there is no incident never; see: mailflow incident list --all\n")
    assert shops.run("ticket", "list", "--incident", "shops", "--queue").code == 2


def test_a_ticket_is_taken_up_for_itself(shops: Any) -> None:
    ran = shops.run("incident", "detach", 2, "--agent", "ewa")
    assert ran.out == "#2 detached, #2 open, was on_hold\n"
    assert shops.run("incident", "close", "shops").out == (
        "incident shops is over; told 0 of those who wait, in 0 tickets\n"
    )


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (OPEN, "an incident shops is open already; to say how it stands: mailflow incident update shops"),
        (("incident", "update", "mail", "--state", "x"), "no incident mail is open; see: mailflow incident list"),
        (("incident", "close", "mail"), "no incident mail is open; see: mailflow incident list"),
        (("incident", "show", "mail"), "there is no incident mail; see: mailflow incident list --all"),
        (("incident", "attach", 1, "--to", "mail"), "no incident mail is open; see: mailflow incident list"),
        (("incident", "attach", 2, "--to", "shops"), "#2 is attached to shops already"),
        (("incident", "attach", 9, "--to", "shops"), "there is no ticket #9"),
        (("incident", "detach", 1), "#1 is attached to no incident"),
        (("incident", "update", "shops", "--state", "xx=x"), "there are no templates in 'xx'; known here: "),
        (("incident", "update", "shops", "--state", "pl=x"), "say it for everybody too, without a language: not all"),
        (
            ("incident", "open", "Mail", "--title", "x", "--state", "x"),
            "'Mail' is no name of an incident: write small letters, digits, '-' and '_', at most 40",
        ),
        (
            ("incident", "open", "mail", "--title", "x", "--state", "x", "--department", "suport"),
            "there is no department 'suport'; did you mean 'support'?",
        ),
    ],
)
def test_what_cannot_be_done_says_why(shops: Any, command: tuple[object, ...], why: str) -> None:
    ran = shops.run(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"mailflow: {why}")


def test_explain_says_whether_one_is_open(shops: Any) -> None:
    (shops.folder / "new.eml").write_bytes(BEN.replace(b"ben@", b"eve@"))
    explained = shops.run("explain", "new.eml").out
    assert "\nincident  shops " in explained
    assert "    A switch has failed.\n" in explained
    shops.run("incident", "close", "shops")
    assert "no incident shops is open\n" in shops.run("explain", "new.eml").out


def test_a_backtest_sees_what_was_open_then(shops: Any) -> None:
    """The same rules make no difference, though it is over by now."""
    shops.run("incident", "close", "shops")
    assert shops.run("backtest", "--since", "1d", "--json").json["differ"] == 0
    (shops.folder / "filters/50-shops.toml").unlink()
    (mail,) = shops.run("backtest", "--since", "1d", "--json").json["mails"]
    assert [(change["what"], change["before"], change["after"]) for change in mail["changes"]] == [
        ("incident", "shops", None)
    ]
