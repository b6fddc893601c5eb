"""`mailflow template`: every mail of ours can be seen before anybody gets it."""

import json
from typing import Any

import pytest

from mailflow.mail.template import VALUES


def test_the_list_says_which_languages_there_are(company: Any) -> None:
    words = company.folder / "templates/en/answers/password.txt"
    words.parent.mkdir()
    words.write_text("Subject: A new password\n\nPress the key, {{ name }}.\n")
    rows = [json.loads(line) for line in company.run("template", "list", "--json").out.splitlines()]
    assert {row["template"] for row in rows} == {*VALUES, "answers/password"}
    assert {"template": "acknowledgement", "languages": ["de", "en", "es", "fr", "pl"]} in rows
    shown = company.run("template", "show", "answers/password").out
    assert "Subject: [#42] A new password" in shown
    assert "Press the key, Anna Nowak." in shown


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_each_is_shown_with_samples(kind: str, company: Any) -> None:
    ran = company.run("template", "show", kind, "--language", "pl")
    assert (ran.code, ran.err) == (0, "")
    assert "Subject: " in ran.out
    assert ("[#42]" in ran.out) is ("number" in VALUES[kind])


def test_a_ticket_says_whose_mail_it_would_be(company: Any) -> None:
    company.deliver()
    shown = company.run("template", "show", "ack", "--ticket", "1").out
    assert "Subject: [#1] We have received your request: The printer burns" in shown
    assert "To: anna@kunde.example" in shown
    assert company.run("audit").code == 0


def test_what_is_not_there_is_told(company: Any) -> None:
    assert "there is no it/reminder.txt" in company.run("template", "show", "reminder", "--language", "it").out
    ran = company.run("template", "show", "re")
    assert ran.code == 1
    assert "there are: registration, reminder, reopened, reply, resolved" in ran.err
    assert "there is no ticket #9" in company.run("template", "show", "ack", "--ticket", "9").err
