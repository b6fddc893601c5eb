"""R1.2: what the words of a customer mean, and why they are no value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow.config.request import Item
from mailflow.desk.intake.value import Said, Unfit, read

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CHOICES = {
    "monthly": {"pl": ["miesięcznie", "co miesiąc"], "en": ["monthly", "every month"]},
    "yearly": {"pl": ["rocznie"], "en": ["yearly"]},
    "half": {"en": ["half yearly"]},
}


def value(kind: str, words: str, language: str = "en", **more: Any) -> str:
    item = Item(name="it", kind=kind, label={"en": "It"}, **more)  # type: ignore[arg-type]
    return read(item, words, Said(language=language, at=AT))


@pytest.mark.parametrize("words", ["", " ", "-", "?", "…", "n/a", "N/A", "TBD"])
def test_nothing_is_no_value(words: str) -> None:
    assert value("text", words) is Unfit.EMPTY


def test_a_text_is_what_it_is() -> None:
    assert value("text", "ABC sp. z o.o.") == "ABC sp. z o.o."
    assert value("text", "x" * 501) is Unfit.TOO_LONG


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("monthly", "monthly"),
        ("Every month, please", "monthly"),
        ("MIESIECZNIE", "monthly"),
        ("half-yearly", "half"),
        ("yearly", "yearly"),
        ("weekly", Unfit.NO_CHOICE),
        ("monthly or yearly", Unfit.SEVERAL),
    ],
)
def test_a_choice_in_any_language(words: str, means: str) -> None:
    assert value("choice", words, choice=CHOICES) is means or value("choice", words, choice=CHOICES) == means


@pytest.mark.parametrize(
    ("words", "language", "means"),
    [
        ("3 December 2026", "en", "2026-12-03"),
        ("2026-12-03", "pl", "2026-12-03"),
        ("3 grudnia", "pl", "2026-12-03"),
        ("3.12.2026 r.", "pl", "2026-12-03"),
        ("le 3 décembre", "fr", "2026-12-03"),
        ("31 lutego", "pl", Unfit.NO_DATE),
        ("as soon as possible", "en", Unfit.NO_DATE),
        ("3 or 4 December 2026", "en", "2026-12-04"),
        ("3 December 2026 or 5 December 2026", "en", Unfit.SEVERAL),
        ("3 November 2026", "en", Unfit.OVER),
    ],
)
def test_a_day(words: str, language: str, means: str) -> None:
    assert value("date", words, language) == means


def test_a_day_may_be_over_where_it_may() -> None:
    assert value("date", "3 November 2026", past=True) == "2026-11-03"
    assert value("date", "3 December 2026", past=True) == "2026-12-03"
    assert value("date", "3 December 2026", past="only") is Unfit.AHEAD
    assert value("date", "3 November 2026", past="only") == "2026-11-03"


@pytest.mark.parametrize("past", [True, "only"])
@pytest.mark.parametrize(
    ("words", "language", "means"),
    [
        ("28 December", "en", "2025-12-28"),
        ("3 de mayo", "es", "2026-05-03"),
        ("19.11.", "de", "2026-11-19"),
        ("28 December 2024", "en", "2024-12-28"),
    ],
)
def test_a_day_that_is_over_is_the_last_of_its_name(words: str, language: str, means: str, past: Any) -> None:
    assert value("date", words, language, past=past) == means


def test_past_is_true_false_or_only() -> None:
    with pytest.raises(ValueError, match="write true, false or 'only'"):
        value("date", "3 November", past="never")


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("Admin@ABC.example", "admin@abc.example"),
        ("<admin@abc.example>", "admin@abc.example"),
        ("Anna <admin@abc.example> (me)", "admin@abc.example"),
        ("admin(at)abc.example", Unfit.NO_ADDRESS),
        ("a@abc.example, b@abc.example", Unfit.SEVERAL),
    ],
)
def test_an_address(words: str, means: str) -> None:
    assert value("address", words) == means


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("abc.example", "abc.example"),
        ("https://www.ABC.example/shop?x=1", "abc.example"),
        ("our site is abc.example.", "abc.example"),
        ("żółw.example", "xn--w-uga1v8h.example"),
        ("no idea", Unfit.NO_DOMAIN),
        ("a.example and b.example", Unfit.SEVERAL),
    ],
)
def test_a_domain(words: str, means: str) -> None:
    assert value("domain", words) == means


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("12", "12"),
        ("1 234,50 zł", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234", "1234"),
        ("-3", "-3"),
        ("a dozen", Unfit.NO_NUMBER),
        ("3 or 4", Unfit.SEVERAL),
    ],
)
def test_a_number(words: str, means: str) -> None:
    assert value("number", words) == means


@pytest.mark.parametrize(
    ("words", "means"),
    [("SUB-12345", "SUB-12345"), ("it is SUB-12345.", "SUB-12345"), ("SUB-123456", Unfit.NO_FIT)],
)
def test_a_pattern_fits_a_whole_word(words: str, means: str) -> None:
    assert value("pattern", words, pattern="SUB-[0-9]{5}") == means


def test_words_are_no_file() -> None:
    assert value("attachment", "see attached") is Unfit.EMPTY


def test_a_long_number_keeps_all_its_digits() -> None:
    assert value("number", "1" * 40) == "1" * 40


def test_a_value_is_one_line() -> None:
    assert value("text", "ABC\n\nKind regards\u2028Firma") == "ABC Kind regards Firma"
    assert value("pattern", "SUB\n1", pattern=r"SUB\s1") == "SUB 1"
