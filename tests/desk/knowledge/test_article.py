"""R2.7: an article as its file says it, and what is wrong with one."""

from datetime import date, timedelta
from typing import Any

import pytest

from mailflow.desk.knowledge.article import Article, article_in, written
from mailflow.desk.knowledge.proposal import drafted, is_stale, name_of
from mailflow.errors import ConfigurationError, Refused

FILE = "templates/en/articles/reset-password.md"
TEXT = """\
Title: Reset your password
Words: forgot password; cannot log in
Department: support
Confirmed: 2026-10-01

Open https://firma.example/reset.
"""


def read(text: str, file: str = FILE) -> Article:
    return article_in(text, file, frozenset({"support", "billing"}))


def test_it_is_what_its_file_says() -> None:
    article = read(TEXT)
    assert (article.name, article.language, article.title) == ("reset-password", "en", "Reset your password")
    assert article.words == ("forgot password", "cannot log in")
    assert (article.department, article.confirmed) == ("support", date(2026, 10, 1))
    assert article.body == "Open https://firma.example/reset."
    assert written(article) == TEXT


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (TEXT.replace("Title: Reset your password\n", ""), f"{FILE}:1: Title: is missing"),
        (TEXT.replace("Words", "Phrases"), f"{FILE}:2: Phrases: expected one of: Title: …, Words: …"),
        (TEXT.replace("support", "suport"), f"{FILE}:3: Department: there is no [[department]] 'suport'; did you mean"),
        (TEXT.replace("2026-10-01", "October"), f"{FILE}:4: Confirmed: 'October' is no day; write 2026-10-01"),
        (TEXT.partition("\n\n")[0], f"{FILE}: body: is missing"),
        (TEXT + "x " * 50, f"{FILE}:7: body: the line is longer than 78 characters"),
        (TEXT + "x\n" * 2_001, f"{FILE}: body: is longer than 4,000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, mistake: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert [str(each) for each in caught.value.problems if str(each).startswith(mistake)]


def test_a_name_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="small letters"):
        read(TEXT, "templates/en/articles/Reset.md")


def test_what_nobody_confirmed_of_late_is_stale() -> None:
    article, year = read(TEXT), timedelta(days=365)
    assert not is_stale(article, date(2027, 10, 1), year)
    assert is_stale(article, date(2027, 10, 2), year)
    assert is_stale(read(TEXT.replace("Confirmed: 2026-10-01\n", "")), date(2026, 10, 1), year)
    assert not is_stale(article, date(2099, 1, 1), None)


def message(direction: str, reply: str) -> dict[str, str]:
    return {"direction": direction, "reply": reply}


def test_a_draft_has_the_last_answer_of_an_agent() -> None:
    said = [message("in", "How?"), message("out", "So."), message("note", "Hm."), message("out", "Like " * 30)]
    ticket: dict[str, Any] = {"number": 3, "subject": "Où est le mot de passe ?", "department": "support"}
    draft = drafted({**ticket, "messages": said}, "fr")
    assert (draft.name, draft.language, draft.title) == ("ou-est-le-mot-de-passe", "fr", ticket["subject"])
    assert max(map(len, draft.body.split("\n"))) <= 78
    assert article_in(written(draft), "templates/fr/articles/x.md", frozenset({"support"})).title == ticket["subject"]
    with pytest.raises(Refused, match="nobody has answered #3"):
        drafted({**ticket, "messages": said[:1]}, "fr")


def test_a_title_without_letters_has_a_name() -> None:
    assert name_of("???") == "article"
