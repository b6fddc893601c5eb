"""Who only asks where a request stands, in the languages that have words for it."""

import pytest

from mailflow.mail.languages import by_language
from mailflow.mail.replies.news import LONGEST, asks_for_news

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


@pytest.mark.parametrize("language", ASKS)
def test_who_asks_for_news_is_understood(language: str) -> None:
    assert asks_for_news(ASKS[language])


def test_every_language_that_has_words_for_it_is_asked() -> None:
    assert by_language("chaser.asks").keys() == ASKS.keys()


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
    assert not asks_for_news(text)


def test_the_longest_question_is_read_and_no_longer_one() -> None:
    assert asks_for_news("Any news?".ljust(LONGEST, "."))
    assert not asks_for_news("Any news?".ljust(LONGEST + 1, "."))
