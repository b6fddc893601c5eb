"""`mailflow ticket register`, `recover`, `refuse`: an agent decides about who asks to be registered."""

from typing import Any

import pytest

TYPE = """\
title.en = "Registration"
words.en = "register my address"

[[item]]
name = "domain"
kind = "domain"
label.en = "Domain"
"""
LUC = b"""\
From: Luc Martin <luc@neu.example>
To: billing@firma.example
Subject: Please register my address
Message-ID: <1@neu.example>
Date: Mon, 2 Nov 2026 10:00:00 +0100

Domain: shop.kunde.example
"""


@pytest.fixture
def asked(company: Any) -> Any:
    """Luc wrote, is held, and asks for it in #1."""
    billing = 'address = "billing@firma.example"\n'
    company.config.write_text(company.config.read_text().replace(billing, billing + 'registration = "register"\n'))
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/register.toml").write_text(TYPE)
    added = ("contact", "add", "--account", "4711", "--name", "Ola Kot", "--domain", "kunde.example")
    assert company.run(*added, "--role", "primary", "--address", "ola@kunde.example").code == 0
    first = LUC.replace(b"Please register my address", b"Help").replace(b"1@neu", b"0@neu")
    for octets in (first, LUC):
        company.deliver(octets, "billing@firma.example")
    return company


def test_the_ticket_shows_what_is_named_and_held(asked: Any) -> None:
    shown = asked.run("ticket", "show", 1).out
    assert "  shop.kunde.example: account 4711; primary contact Ola Kot <ola@kunde.example>\n" in shown
    assert "  held of luc@neu.example: 1\n" in shown


def test_it_is_registered_once(asked: Any) -> None:
    ran = asked.run("ticket", "register", 1, "4711", "--role", "billing", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("#1 resolved, was open, told luc@neu.example")
    (contact,) = [each for each in asked.run("contact", "list", "--json").lines if each["name"] == "Luc Martin"]
    assert (contact["roles"], contact["addresses"]) == (["billing"], ["luc@neu.example"])
    history = asked.run("contact", "history", "luc@neu.example").out
    assert "domain = shop.kunde.example (entry 2, line 1: «shop.kunde.example»)" in history
    ran = asked.run("ticket", "register", 1, "4711")
    assert (ran.code, "is registered already" in ran.err) == (1, True)
    assert asked.run("ticket", "show", 1, "--json").json["named_accounts"] == []


def test_an_account_that_is_not_there_is_named(asked: Any) -> None:
    ran = asked.run("ticket", "register", 1, "4712")
    assert (ran.code, ran.err.startswith("mailflow: there is no account '4712'")) == (1, True)


def test_it_is_recovered_once(asked: Any) -> None:
    ran = asked.run("ticket", "recover", 1, "ola@kunde.example", "--add")
    assert (ran.code, ran.out.startswith("#1 closed, was open, told luc@neu.example")) == (0, True), ran.err
    (change,) = asked.run("contact", "changes", "list", "--json").lines
    assert change["wanted"] == {"addresses": "luc@neu.example, ola@kunde.example"}
    assert "is to be Ola Kot <ola@kunde.example>'s: it was decided" in asked.run("ticket", "refuse", 1).err


def test_it_is_refused_once(asked: Any) -> None:
    assert asked.run("ticket", "refuse", 1).out.startswith("#1 closed, was open, told luc@neu.example")
    assert "is closed: it was decided" in asked.run("ticket", "recover", 1, "ola@kunde.example").err


@pytest.mark.parametrize(
    ("type_", "why"),
    [
        (None, "type: is not there"),
        (TYPE + '[[party]]\nname = "x"\ntitle.en = "x"\naddress = "requester"\n', "party: is not for a stranger"),
    ],
)
def test_a_kind_that_is_none_for_strangers_is_named(type_: str | None, why: str, asked: Any) -> None:
    file = asked.folder / "filters/types/register.toml"
    if type_:
        file.write_text(type_)
    else:
        file.unlink()
    ran = asked.run("check")
    assert ran.code != 0
    assert why in ran.out + ran.err
    assert "[[mailbox]] billing@firma.example has registration = 'register'" in ran.out + ran.err
