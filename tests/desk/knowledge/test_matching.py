"""R2.7: which articles a mail is offered. `asked.toml` has the labelled mails."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailflow.desk.knowledge.article import Article
from mailflow.desk.knowledge.matching import MOST, matches

ASKED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("asked.toml").read_text("utf-8"))
ARTICLES = {
    language: [
        Article(name=name, language=language, title=name, words=tuple(words), body="Do this.")
        for name, words in articles.items()
    ]
    for language, articles in ASKED["words"].items()
}


def offered(subject: str, text: str, language: str = "en") -> list[str]:
    return [match.article.name for match in matches(subject, text, ARTICLES[language])]


def test_what_is_offered_is_what_is_asked_for() -> None:
    """Precision before recall: a wrong article is worse than none."""
    wrong, missed, wanted = [], [], 0
    for mail in ASKED["mail"]:
        found = offered(mail["subject"], mail["text"], mail["language"])
        wanted += bool(mail["wants"])
        wrong += [(mail["text"], name) for name in found if name != mail["wants"]]
        missed += [mail["text"]] if mail["wants"] and mail["wants"] not in found else []
    assert wrong == []
    assert len(missed) <= wanted // 10, missed


@pytest.mark.parametrize(
    "text",
    [
        "I forgot the password.",
        "The password that I once knew I forgot.",
        "I FORGOT my PASSWORDS",
        "I forgot\nmy password",
    ],
)
def test_in_any_order_and_form(text: str) -> None:
    assert offered("Hello", text) == ["password"]


@pytest.mark.parametrize(
    "text",
    [
        "I forgot to say thanks. The password works.",
        "I forgot that you told me yesterday on the telephone, when we met in your office, about the password.",
        "Forgot.\n\nPassword.",
    ],
)
def test_not_across_sentences_or_far_apart(text: str) -> None:
    assert offered("Hello", text) == []


def test_two_at_most_and_only_what_comes_near_the_best() -> None:
    text = "I forgot my password, need an invoice, and the mailbox is full."
    assert len(offered("Hello", text)) == MOST
    assert offered("Hello", "Where is my invoice? The nameservers are fine.") == ["invoice"]


def test_the_longest_mail_costs_little() -> None:
    assert offered("forgot " * 10_000, "password " * 1_000_000) == []  # no sentence has both
    words = " ".join(f"forgot{number}" for number in range(10_000))
    many = [Article(name=f"a{n}", language="en", title="", words=(f"forgot{n} x",), body="") for n in range(1_000)]
    assert matches("", words, many) == ()
