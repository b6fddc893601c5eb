"""The language of a mail, as far as it is clear."""

import tomllib
from pathlib import Path

import pytest

from mailflow.mail.languages.language import language_of
from mailflow.mail.mime.header import Header

NOTHING = Header.of(b"\n")

TEXTS = {
    "en": "Hello, I cannot print the invoice that you sent me. What is the reason for this?",
    "fr": "Bonjour, je ne peux pas imprimer la facture que vous avez envoyée. Merci de votre aide.",
    "es": "Hola, no puedo imprimir la factura que me enviaron ayer. Gracias por su ayuda.",
    "pl": "Dzień dobry, nie mogę wydrukować faktury, która do mnie przyszła. Proszę o pomoc.",
    "de": "Guten Tag, ich kann die Rechnung nicht drucken. Bitte sagen Sie mir, was ich tun kann.",
    "it": "Buongiorno, non riesco a stampare la fattura che mi avete inviato. Grazie per il vostro aiuto.",
    "pt": "Olá, não consigo imprimir a fatura que você enviou. Obrigado pela sua ajuda, é para uma reunião.",
    "nl": "Goedendag, ik kan de factuur niet afdrukken. Kunt u mij vertellen wat er aan de hand is?",
    "sv": "Hej, jag kan inte skriva ut fakturan som ni har skickat till mig. Det är viktigt för oss.",
    "da": "Hej, jeg kan ikke udskrive den faktura, som I har sendt til mig. Det er vigtigt for os.",
    "cs": "Dobrý den, nemůžu vytisknout fakturu, kterou jste mi poslali. Prosím, když je to možné, pomozte.",
    "ru": "Здравствуйте, я не могу напечатать счёт.",
    "ja": "請求書を印刷できません。よろしくお願いします。",
    "ko": "청구서를 인쇄할 수 없습니다.",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=TEXTS)
def test_a_mail_of_two_sentences_has_a_language(language: str, text: str) -> None:
    assert language_of(NOTHING, text) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "4711", "https://firma.example/de/der/die/das", "Lorem ipsum dolor", "X-42 A3 B7"]
)
def test_too_little_to_tell(text: str) -> None:
    assert language_of(NOTHING, text) == ""


def test_two_languages_close_together_are_not_clear() -> None:
    assert language_of(NOTHING, "Das ist nicht gut und auch nicht schön. That is not good and it is not nice.") == ""


@pytest.mark.parametrize("text", ["Faktura 4711", "ok"])
def test_the_header_alone_is_no_evidence(text: str) -> None:
    assert language_of(Header.of(b"Content-Language: pl\n\n"), text) == ""


def test_the_header_tips_the_scale_for_a_short_mail() -> None:
    text = "Proszę o fakturę."

    assert language_of(Header.of(b"Content-Language: pl-PL\n\n"), text) == "pl"


def test_a_program_with_english_menus_does_not_make_a_mail_english() -> None:
    assert language_of(Header.of(b"Content-Language: en-US\n\n"), TEXTS["pl"]) == "pl"


def test_an_english_word_that_is_small_in_another_language_is_english() -> None:
    assert language_of(NOTHING, "Backup job: Nightly / Success 12 Warning 0 Error 0 Size 1.9 TB") == "en"


STRANGERS = {
    "Basque": "Kaixo, ezin dut faktura inprimatu. Lagundu al didazue mesedez gaur?",
    "Swahili": "Habari, siwezi kuchapisha ankara mliyonitumia jana. Tafadhali nisaidieni.",
    "Icelandic": "Góðan daginn, ég get ekki prentað reikninginn sem þið senduð mér.",
    "Welsh": "Bore da, ni allaf argraffu\u2019r anfoneb a anfonoch ataf ddoe. Diolch am eich cymorth.",
    "Albanian": "Përshëndetje, nuk mund ta printoj faturën që më dërguat dje. Faleminderit.",
    "Persian": "سلام، نمی‌توانم فاکتور را چاپ کنم. لطفاً کمک کنید.",
    "Hindi": "नमस्ते, मैं चालान प्रिंट नहीं कर पा रहा हूँ।",
}


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS)
def test_a_language_we_have_no_words_for_is_not_taken_for_another(text: str) -> None:
    assert language_of(NOTHING, text) == ""


MAILS = tomllib.loads((Path(__file__).parent / "language_mails.toml").read_text(encoding="utf-8"))
LENGTHS = ("a few words", "a sentence", "a mail")
"""Twelve mails a language, four of each length."""
KNOWN = {"a few words": 0.85, "a sentence": 0.85, "a mail": 0.95}
"""The part that has to be known; the rest is unknown, not wrong."""


@pytest.mark.parametrize("language", MAILS)
def test_twelve_mails_of_a_language_are_never_taken_for_another(language: str) -> None:
    assert len(MAILS[language]) == 12
    assert {language_of(NOTHING, text) for text in MAILS[language]} <= {language, ""}


@pytest.mark.parametrize("length", LENGTHS)
def test_most_mails_have_a_language_the_longer_the_more(length: str) -> None:
    at = 4 * LENGTHS.index(length)
    found = [language_of(NOTHING, text) == language for language, texts in MAILS.items() for text in texts[at : at + 4]]

    assert sum(found) >= KNOWN[length] * len(found), f"{sum(found)} of {len(found)}"


def test_of_a_long_mail_only_the_beginning_is_read() -> None:
    assert language_of(NOTHING, "the and of is " * 100_000) == "en"
