"""A yes or a no by mail: every word is known, in the languages of who was asked, or a person reads it."""

import pytest

from mailflow.mail.languages import by_language
from mailflow.mail.replies.assent import Assent, assent_in

YES, NO, UNCLEAR = Assent.YES, Assent.NO, Assent.UNCLEAR


def said(text: str, *languages: str, author: str = "Karl Maj") -> Assent:
    return assent_in(text, author, languages or ("en",))


@pytest.mark.parametrize(
    ("language", "text", "means"),
    [
        ("en", "Yes", YES),
        ("en", "Dear team,\n\nyes, I agree.\n\nKind regards\nKarl Maj", YES),
        ("en", "I don’t agree.", NO),
        ("en", "#no", NO),
        ("de", "Ja, einverstanden.\n\nViele Grüße\nKarl", YES),
        ("de", "Nein.\n\nMit freundlichen Grüßen\nKarl Maj", NO),
        ("de", "Ich stimme nicht zu", NO),
        ("fr", "Oui, je suis d'accord. Merci", YES),
        ("fr", "Je ne suis pas d’accord.", NO),
        ("es", "Sí, estoy de acuerdo", YES),
        ("es", "NO ACEPTO", NO),
        ("pl", "Tak, zgadzam się.\nPozdrawiam", YES),
        ("pl", "nie wyrazam zgody", NO),
        ("it", "Sì, acconsento. Cordiali saluti", YES),
        ("nl", "Nee, ik ga niet akkoord", NO),
        ("pt", "Sim, concordo. Obrigado", YES),
        ("cs", "Dobrý den,\n\nano, souhlasím.\n\nS pozdravem", YES),
        ("cs", "Nesouhlasím.", NO),
        ("pl", "Tak, oczywiście.", YES),
        ("pl", "Oczywiście, że nie.", NO),
        ("de", "Ja, natürlich!", YES),
        ("de", "Natürlich nicht.", NO),
        ("fr", "Oui, bien sûr.", YES),
        ("fr", "Bien sûr que non.", NO),
        ("es", "Claro que sí", YES),
        ("es", "Por supuesto que no", NO),
        ("en", "Yes, of course.", YES),
        ("en", "Of course not.", NO),
        ("en", "Of course, if he agrees.", UNCLEAR),
    ],
)
def test_a_clear_word(language: str, text: str, means: Assent) -> None:
    assert said(text, language) is means


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Karl Maj",
        "Thank you, Karl",
        "Yes?",
        "yes and no",
        "Yes, but not before March",
        "I agree that this is wrong",
        "Please call me",
        "Yes. " * 200,
    ],
)
def test_anything_else_is_for_a_person(text: str) -> None:
    assert said(text) is UNCLEAR


def test_words_of_another_language_are_not_known() -> None:
    """Danish "tak" is thanks."""
    assert said("Tak", "da") is UNCLEAR
    assert said("Tak", "pl") is YES
    assert said("Ja", "en") is UNCLEAR
    assert said("Yes", "pl") is UNCLEAR


@pytest.mark.parametrize("key", ["yes", "no"])
@pytest.mark.parametrize("language", sorted(by_language("consent.yes")))
def test_each_word_of_a_table_says_what_it_stands_for(language: str, key: str) -> None:
    for words in by_language(f"consent.{key}")[language]:
        assert said(words, language) == key, words
