"""In which language a mail is written, as far as it is clear.

Counts the small words that every sentence needs, each worth the less the more languages have it, and the letters that
only some languages have; what the header says is a hint worth a word, because mail programs name the language of their
own menus. Too few words, or two languages close together, give '': the mailbox's own language is then the better guess.
Words and letters: `mail.languages`. Measured in tests/mail/test_language.py.

A library was weighed: py3langid 0.4 is a wheel of 4.6 MB upon numpy's 17, takes a second and 130 MB in every process
that imports it and three to four times as long a mail (0.32 ms to 0.08), and never says that it does not know: of the
420 short mails of the tests it names 12 wrongly, where this names none wrongly and 12 not at all.
"""

import re
from collections import Counter
from operator import itemgetter

from mailflow.mail.languages import by_language
from mailflow.mail.mime.header import Header

WORDS = {language: small for language, (small,) in by_language("words.small").items()}
LETTERS = {language: letters for language, (letters,) in by_language("words.letters").items()}
SCRIPTS = {language: letters for language, (letters,) in by_language("words.script").items()}
HINTS = ("Content-Language", "X-Language", "X-Accept-Language", "Accept-Language")

READ = 1_000  # characters; the answer does not change after some sentences
HINT = 0.7  # words that a hint is worth
LETTER = 0.5  # words that a letter of only this language is worth
FOREIGN = 0.15  # words that a letter which a language has not speaks against it
ENOUGH = 1.0  # words in favour that no other language has, less is no evidence
SHARE = 0.05  # of all words: a text in a language that is no line here has a few by chance
AHEAD = 1.3  # times as many as the next language
APART = 0.6  # words more than the next language
KANA = 10  # Chinese characters to one kana; Japanese has more of these

_WORD = re.compile(r"\w++")
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in WORDS.items():
    for _small in dict.fromkeys(_words.split()):
        _LANGUAGES_OF.setdefault(_small, []).append(_language)
_WORTH = {small: 1 / len(languages) for small, languages in _LANGUAGES_OF.items()}
_LETTERS_OF: dict[str, list[str]] = {}
for _language, _letters in LETTERS.items():
    for _letter in _letters:
        _LETTERS_OF.setdefault(_letter, []).append(_language)
_WORTH_OF = {
    letter: {language: LETTER / len(having) if language in having else -FOREIGN for language in WORDS}
    for letter, having in _LETTERS_OF.items()
}
_SCRIPTS = {language: re.compile(f"[{letters}]") for language, letters in SCRIPTS.items()}
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06af\u06a9\u06cc\u0679\u06d2]")
"""Letters that Arabic has not: the text is Persian, Urdu or another."""


def language_of(header: Header, text: str) -> str:
    """'en', 'pl' \u2026; '' when it is not clear."""
    text = text[:READ].casefold()
    if "@" in text or "://" in text:
        text = " ".join(word for word in text.split() if "@" not in word and "://" not in word)
    if not text.isascii() and (language := _by_script(text)):
        return "" if language == "ar" and _PERSIAN.search(text) else language
    words = [word for word in _WORD.findall(text) if word.isalpha()]
    votes = _votes(words, text)
    hint = _hint(header)
    if hint:
        votes[hint] = votes.get(hint, 0.0) + HINT
    return _winner(votes, len(words)) if words else ""


def _by_script(text: str) -> str:
    """Languages with letters of their own need no words."""
    found = {language: len(letter.findall(text)) for language, letter in _SCRIPTS.items()}
    if found["ja"] * KANA > found["zh"]:
        found["ja"] += found["zh"]
    language = max(found, key=lambda language: found[language])
    return language if found[language] > sum(map(str.isalpha, text)) / 3 else ""


def _votes(words: list[str], text: str) -> dict[str, float]:
    votes: dict[str, float] = {}
    for word, count in Counter(words).items():
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] = votes.get(language, 0.0) + count * _WORTH[word]
    if not text.isascii():
        _count_letters(votes, text)
    return votes


def _count_letters(votes: dict[str, float], text: str) -> None:
    """A letter speaks for the languages that have it, and against the others; never more than their words do."""
    letters = [(count, _WORTH_OF[letter]) for letter, count in Counter(text).items() if letter in _WORTH_OF]
    for language, said in votes.items():
        if said:
            weight = sum(count * worth[language] for count, worth in letters)
            votes[language] += min(weight, said + 1)


def _winner(votes: dict[str, float], words: int) -> str:
    ranked = sorted([*votes.items(), ("", 0.0), ("", 0.0)], key=itemgetter(1), reverse=True)
    (language, most), (_, next_most) = ranked[:2]
    clear = most >= ENOUGH and most >= SHARE * words and most >= AHEAD * next_most and most - next_most >= APART
    return language if clear else ""


def _hint(header: Header) -> str:
    for name in HINTS:
        language = header.text(name).strip()[:2].lower()
        if language in WORDS:
            return language
    return ""
