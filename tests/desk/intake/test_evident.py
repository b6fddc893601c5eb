"""What running words show without a label (R3.3)."""

import pytest

from mailflow.desk.intake.evident import error_in, link_in, sentence_with


@pytest.mark.parametrize(
    "text",
    [
        "Error 404 on the start page",
        "Es erscheint „Der Steuersatz fehlt“.",
        "Wyskakuje komunikat „Nieprawidłowy numer”",
        "erreur n° 1207",
        "Error: cannot open socket",
        'It says:\n"Out of paper"',
        "NET::ERR_CERT_DATE_INVALID",
        "java.lang.NullPointerException",
        "0x80070005",
        "550 5.7.1 rejected",
    ],
)
def test_an_error_message_is_seen(text: str) -> None:
    assert error_in(f"Hello,\n\n{text}\n\nAnna")


@pytest.mark.parametrize(
    "text",
    [
        "I get an error.",
        'There is an error in your article "Help".',
        'I call it "the big one"',
        "FAQ and PDF",
        "It says yes",
    ],
)
def test_words_about_errors_are_none(text: str) -> None:
    assert error_in(text) == ""


def test_a_link_ends_before_the_punctuation() -> None:
    assert link_in("see (https://app.firma.example/a?b=1).") == "https://app.firma.example/a?b=1"
    assert link_in("see www.firma.example") == ""


def test_a_phrase_stands_in_one_sentence() -> None:
    said = "Hello. When I then\nclick on Save, it stops. I saw https://x.example/when/i/click."
    assert sentence_with(["when I click"], said) == "When I then\nclick on Save, it stops."
    assert sentence_with(["próbuję"], "problem jest") == ""


def test_what_somebody_writes_to_cost_us_time() -> None:
    for text in ("http://" * 20_000, '"error ' * 20_000, "«" * 100_000, "error: " * 20_000, "A_" * 50_000):
        error_in(text), link_in(text), sentence_with(["when I click"], text)
