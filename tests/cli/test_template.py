"""`mailflow template`: every mail of ours can be seen before anybody gets it."""

import json
from typing import Any

import pytest

from mailflow.mail.values import VALUES


def test_the_list_says_which_languages_there_are(company: Any) -> None:
    words = company.folder / "templates/en/answers/password.txt"
    words.parent.mkdir()
    words.write_text("Subject: A new password\n\nPress the key, {{ name }}.\n")
    rows = [json.loads(line) for line in company.run("template", "list", "--json").out.splitlines()]
    assert {row["template"] for row in rows} == {*VALUES, "answers/password", "marker"}
    five = ["de", "en", "es", "fr", "pl"]
    assert {"template": "acknowledgement", "languages": five, "missing": []} in rows
    assert {"template": "answers/password", "languages": ["en"], "missing": ["de", "es", "fr", "pl"]} in rows
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
    ran = company.run("template", "show", "rec")
    assert ran.code == 1
    assert "there are: recap, recovery\n" in ran.err
    assert "there is no ticket #9" in company.run("template", "show", "ack", "--ticket", "9").err


def test_the_html_is_shown_also_where_it_is_not_sent(company: Any) -> None:
    frame = company.folder / "templates/frame.html"
    frame.write_text("<h1>{{ organisation }} &amp; friends</h1>\n{{ body }}\n<p>{{ language }}</p>\n")
    shown = company.run("template", "show", "acknowledgement", "--html", "--language", "pl").out
    assert "&amp; friends</h1>" in shown
    assert '<div lang="pl" dir="ltr">' in shown
    assert "<p>pl</p>" in shown
    assert "<pre" in shown
    assert "Subject: [#42]" in company.run("template", "show", "acknowledgement").out
    ran = company.run("template", "show", "digest", "--html")
    assert (ran.code, "it is text alone" in ran.err) == (1, True)


def test_check_tries_the_html_of_all_words(company: Any) -> None:
    config = company.folder / "config.toml"
    config.write_text(config.read_text() + "\n[mail]\nhtml = true\n")
    assert company.run("check").code == 0
    frame = company.folder / "templates/frame.html"
    frame.write_text("{% if organisation == 'Nobody' %}{{ body }}{% else %}{{ body }}{% endif %}<b>")
    assert company.run("check").code == 0
    frame.write_text("<script src='https://firma.example/x.js'></script><img src='x'>{{ bdoy }}")
    assert "templates/frame.html:1: frame: 'bdoy' is undefined; did you mean 'body'?" in company.run("check").err
    frame.write_text("<script src='https://firma.example/x.js'></script><img src='x'>{{ body }}")
    ran = company.run("check")
    assert ran.code == 78
    for word in ("<script> is not available", "<img> is not available"):
        assert f"templates/frame.html: frame: {word}; there are: " in ran.err
    (company.folder / "templates/en/reply.txt").write_text("Subject: x\n\n{{ text }} {{ body }}\n")
    assert "'body' is undefined" in company.run("check").err
