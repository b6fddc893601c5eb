"""The language files: complete where others rely on it, and free of words that would match anything."""

import pytest

from mailflow.mail.languages import LANGUAGES, SHOWN, TABLES, by_language, every, words

ASKED = ("en fr es pl de it pt nl sv da no fi cs ru uk tr ja zh ko he ar").split()
KEYS = sorted(f"{table}.{key}" for table, keys in TABLES.items() for key in keys)


@pytest.mark.parametrize("language", ASKED)
def test_mail_in_these_languages_is_split(language: str) -> None:
    for key in ("reply.wrote", "reply.original", "reply.forwarded", "header.from", "header.subject", "absence.subject"):
        assert words(key, language), f"{language} has no {key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_trimmed_and_folded(language: str) -> None:
    for key, found in LANGUAGES[language].items():
        for word in found:
            is_shown = key == "name" or key.startswith(f"{SHOWN}.")
            folded = word if is_shown else word.casefold()
            assert word == " ".join(folded.split()), f"{language}.toml: {key}: {word!r}"
            assert word, f"{language}.toml: {key} has an empty word"


@pytest.mark.parametrize("language", by_language("dates.months"))
def test_a_year_has_twelve_months(language: str) -> None:
    assert len(words("dates.months", language)) == 12


@pytest.mark.parametrize("key", ["absence.text", "report.sentence", "report.subject"])
def test_what_is_looked_for_in_the_middle_of_a_text_is_long(key: str) -> None:
    assert [word for word in every(key) if len(word) < 4 and word.isascii()] == []


def test_every_key_of_the_tables_is_used() -> None:
    assert [key for key in KEYS if not every(key)] == []


@pytest.mark.parametrize("key", ["name", "phone", "addresses", "language", "languages", "region", "confirm", "object"])
def test_details_are_called_something_where_our_mail_is_written(key: str) -> None:
    assert [language for language in ("en", "fr", "es", "pl", "de") if not words(f"details.{key}", language)] == []
