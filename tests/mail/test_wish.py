"""What a short mail wants that says nothing else, in the languages that have words for it."""

import pytest

from mailflow.mail.languages import by_language
from mailflow.mail.languages.wording import plain
from mailflow.mail.replies.wish import LONGEST, Wish, wish_in

ASKS = {
    "en": "Hi,\n\nany news on this?\n\nAnna",
    "fr": "Bonjour,\n\noù en est ma demande ? Toujours sans réponse de votre part.",
    "es": "Buenos días:\n\n¿hay novedades? Sigo esperando.",
    "pl": "Dzień dobry,\n\nczy są jakieś wieści w mojej sprawie?",
    "de": "Guten Tag,\n\ngibt es schon etwas Neues? Ich warte immer noch auf eine Antwort.",
    "it": "Buongiorno, ci sono novità?",
    "pt": "Bom dia, ainda não recebi resposta.",
    "nl": "Goedemorgen, is er al nieuws?",
    "sv": "Hej, hur går det med mitt ärende?",
    "da": "Hej, er der nyt?",
    "no": "Hei, er det noe nytt?",
    "fi": "Hei, missä vaiheessa asia on?",
    "cs": "Dobrý den, v jaké fázi je můj požadavek?",
    "ru": "Добрый день! Есть ли новости по моему вопросу?",
    "uk": "Добрий день! Чи є новини щодо мого запиту?",
    "tr": "Merhaba, bir gelişme var mı?",
    "ja": "お世話になっております。その後いかがでしょうか。",
    "zh": "您好，请问有什么进展？",
    "ko": "안녕하세요, 처리 상황이 궁금합니다.",
    "he": "שלום, האם יש עדכון?",
    "ar": "مرحبا، هل من جديد بخصوص طلبي؟",
}


def wish(reply: str, subject: str = "Re: [#1] Printer", author: str = "Anna Nowak") -> Wish:
    return wish_in(reply, subject, author)


@pytest.mark.parametrize("language", ASKS)
def test_who_asks_for_news_is_understood(language: str) -> None:
    assert wish(ASKS[language]) is Wish.NEWS


def test_every_language_that_has_words_for_it_is_asked() -> None:
    assert by_language("wish.news").keys() == ASKS.keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "My printer burns again.",
        "Der Stand im Lager ist leer, bitte liefern Sie Papier.",
        "Here is the log you asked for.",
        "Drukarka nadal nie działa.",
        "Thanks, that was it!",
        "Any news?" + " The log says that the fuser is too hot." * 20,
    ],
)
def test_who_says_something_does_not_only_ask(text: str) -> None:
    assert wish(text) is not Wish.NEWS


def test_the_longest_question_is_read_and_no_longer_one() -> None:
    assert wish("Any news?".ljust(LONGEST, ".")) is Wish.NEWS
    assert wish("Any news?".ljust(LONGEST + 1, ".")) is Wish.NONE


@pytest.mark.parametrize("language", by_language("wish.list"))
def test_who_wants_a_list_says_so_and_nothing_else(language: str) -> None:
    for word in by_language("wish.list")[language]:
        assert wish(f"{word.title()}.\n") is Wish.LIST
        assert wish("", subject=word) is Wish.LIST
        assert wish(f"Please send the {word} of prices") is Wish.NONE


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("Bonjour\n", "Mes demandes", Wish.LIST),
        ("Hola:\n\nMis solicitudes, por favor. Gracias.\n\nUn saludo\nAnna Nowak", "Ayuda", Wish.LIST),
        ("Hola:\n\nMis solicitudes y sus precios. Gracias.\n\nUn saludo\nAnna Nowak", "Ayuda", Wish.NONE),
        ("Thank you!\n\nAnna Nowak", "My requests", Wish.LIST),
        ("Thank you!", "Re: [#1] Your requests", Wish.THANKS),
        ("Hello,\n\nthe second one burns.\n\nAnna", "My requests", Wish.NONE),
    ],
)
def test_a_greeting_beside_it_says_nothing(text: str, subject: str, expected: Wish) -> None:
    assert wish(text, subject=subject) is expected


SAID = {
    "en": ("Hello,\n\nit works again, thank you very much!\n\nBest regards\nAnna Nowak", "Thanks for your help."),
    "de": (
        "Guten Tag,\n\ndas Problem ist gelöst. Vielen Dank!\n\nMfG\nA. Nowak",
        "Vielen Dank für die schnelle Hilfe!",
    ),
    "fr": ("Bonjour,\n\nle problème est réglé, merci.\n\nCordialement", "Merci beaucoup pour votre aide !"),
    "es": ("Buenos días:\n\nYa funciona, muchas gracias.\n\nUn saludo", "¡Gracias por su ayuda!"),
    "pl": ("Dzień dobry,\n\nwszystko działa, dziękuję.\n\nPozdrawiam\nAnna", "Dziękuję za szybką pomoc!"),
    "it": ("Buongiorno, ora funziona. Grazie mille", "Grazie per l'aiuto"),
    "pt": ("Bom dia, já está resolvido, obrigada.", "Muito obrigado pela ajuda"),
    "nl": ("Goedemorgen, het werkt weer. Bedankt!", "Hartelijk dank voor uw hulp"),
    "cs": ("Dobrý den, už to funguje, děkuji.", "Děkuji za rychlou pomoc"),
}


@pytest.mark.parametrize("text", ["thanks, it works", "It works.\n\nThank you!", "Yes, it works. Thanks"])
def test_that_it_works_is_enough(text: str) -> None:
    assert wish(text) is Wish.SETTLED


@pytest.mark.parametrize(
    "text",
    [
        "Hi Aoife,\n\nIt works now, thank you very much!\n\nKind regards,\nAnna",
        "Good morning Aoife Byrne\n\nAll sorted, thanks.",
        "Bonjour Ewa,\n\nça marche à nouveau, merci beaucoup !",
        "Estimada señora Gómez:\n\nYa funciona. Gracias.",
        "Dzień dobry, Pani Ewo!\n\nWszystko już działa, dziękuję.",
        "Sehr geehrte Frau Maj,\n\njetzt geht es wieder. Vielen Dank!",
    ],
)
def test_who_is_greeted_by_name_is_no_reason_to_go_on(text: str) -> None:
    assert wish(text) is Wish.SETTLED


@pytest.mark.parametrize(
    "text", ["Hi all it burns,\nthanks", "Hallo, Drucker Papier Toner\nDanke", "Hi Bob it burns\nok"]
)
def test_what_follows_a_greeting_is_a_name_or_nothing(text: str) -> None:
    assert wish(text) is Wish.NONE


@pytest.mark.parametrize("language", SAID)
def test_who_says_that_it_is_settled_or_thanks(language: str) -> None:
    settled, thanks = SAID[language]
    assert (wish(settled), wish(thanks)) == (Wish.SETTLED, Wish.THANKS)


def test_every_language_that_has_words_for_that_is_heard() -> None:
    for key in ("settled", "thanks", "filler", "list"):
        assert by_language(f"wish.{key}").keys() == SAID.keys()


@pytest.mark.parametrize(
    "text",
    [
        "It is not resolved.",
        "Solved?",
        "Is it fixed?",
        "It works on one of them",
        "Thanks, now the other printer burns.",
        "Danke, jetzt brennt der andere.",
        "Vielen Dank, aber es funktioniert immer noch nicht",
        "Nadal nie działa, dziękuję",
        "Merci, mais le problème est toujours là",
        "No está resuelto",
        "Thank you Bob",
        "12",
        "!",
    ],
)
def test_a_word_that_is_not_known_may_be_all_that_matters(text: str) -> None:
    assert wish(text) in (Wish.NONE, Wish.NEWS)


@pytest.mark.parametrize("key", ["settled", "thanks", "filler"])
def test_no_table_has_a_word_that_denies(key: str) -> None:
    denying = {*"not no nicht nein kein keine nie ne pas non aber ale mais pero no ma mas maar ale niet ainda".split()}
    for phrases in by_language(f"wish.{key}").values():
        assert not [phrase for phrase in phrases if denying & {*plain(phrase).split()}]
