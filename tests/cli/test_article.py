"""`mailflow article`: list, show, confirm, and propose one from an answer (R2.7)."""

from typing import Any

import pytest

RESET = "Title: Reset your password\nWords: forgot password\n\nOpen https://firma.example/reset.\n"


@pytest.fixture
def library(company: Any) -> Any:
    (company.folder / "templates/en/articles").mkdir()
    (company.folder / "templates/en/articles/reset.md").write_text(RESET)
    return company


def test_they_are_listed_and_confirmed(library: Any) -> None:
    (row,) = library.run("article", "list", "--json").lines
    assert (row["name"], row["language"], row["stale"], row["confirmed"]) == ("reset", "en", True, None)
    assert "confirmed 2" in library.run("article", "confirm", "reset").out
    (row,) = library.run("article", "list", "--json").lines
    assert (row["stale"], len(row["confirmed"])) == (False, 10)
    assert library.run("article", "list", "--stale").err == "every article was confirmed of late\n"


def test_one_is_shown(library: Any) -> None:
    assert "Title: Reset your password" in library.run("article", "show", "reset").out
    ran = library.run("article", "show", "rest")
    assert (ran.code, ran.err) == (1, "mailflow: there is no article 'rest'; did you mean 'reset'?\n")


def test_an_answer_becomes_one(library: Any) -> None:
    library.deliver()
    ran = library.run("article", "propose", 1)
    assert (ran.code, ran.err) == (1, "mailflow: nobody has answered #1: there is nothing to make an article of\n")
    library.run("ticket", "reply", 1, "--text", "Use water.", "--agent", "ewa")
    assert "Title: The printer burns" in library.run("article", "propose", 1).out
    assert library.run("article", "propose", 1, "--write").code == 0
    assert (library.folder / "templates/en/articles/the-printer-burns.md").read_text().endswith("\n\nUse water.\n")
    assert "is there already" in library.run("article", "propose", 1, "--write").err
    assert library.run("check").code == 0


def test_it_is_offered_in_the_acknowledgement_and_told_in_the_history(library: Any, anna: bytes) -> None:
    library.deliver(anna.replace(b"it burns.", b"I forgot my password."))
    ticket = library.run("ticket", "show", 1, "--json").json
    assert "article reset, for it says 'forgot password'" in [each["text"] for each in ticket["events"]]
    mail = library.run("outbox", "show", 1, "--raw").octets.decode()
    assert "Reset your password" in mail
    assert "Open https://firma.example/reset." in mail


def test_a_mistake_in_one_is_found_and_keeps_no_agent_from_answering(library: Any) -> None:
    library.deliver()
    (library.folder / "templates/en/articles/reset.md").write_text("Title: x\n")
    ran = library.run("check")
    assert (ran.code, ran.err.count("templates/en/articles/reset.md")) == (78, 2)
    assert library.run("ticket", "reply", 1, "--text", "Use water.", "--agent", "ewa").code == 0
