"""In which language a mail is written, as far as it is clear.

Counts the small words that every sentence needs and the letters that only some languages have; what the header says is
a hint worth a few words, because mail programs name the language of their own menus. Too few words, or two languages
close together, give '': the mailbox's own language is then the better guess. Words and letters: `mail.languages`.
"""

import re
from collections import Counter

from mailflow.mail.header import Header
from mailflow.mail.languages import by_language

WORDS = {language: small for language, (small,) in by_language("words.small").items()}
LETTERS = {language: letters for language, (letters,) in by_language("words.letters").items()}
SCRIPTS = {language: letters for language, (letters,) in by_language("words.script").items()}
HINTS = ("Content-Language", "X-Language", "X-Accept-Language", "Accept-Language")

READ = 3_000  # characters; the answer does not change after a page
HINT = 2.0  # words that a hint is worth
LETTER = 0.7  # words that a letter of only this language is worth
ENOUGH = 3.0  # words in favour, less is no evidence
SHARE = 0.08  # of all words: a text in a language that is no line here has a few by chance
AHEAD = 1.25  # times as many as the next language

_WORD = re.compile(r"(?<!\w)[^\W\d_]{1,30}(?!\w)")
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in WORDS.items():
    for _small in _words.split():
        _LANGUAGES_OF.setdefault(_small, []).append(_language)
_SCRIPTS = {language: re.compile(f"[{letters}]") for language, letters in SCRIPTS.items()}


def language_of(header: Header, text: str) -> str:
    """'en', 'pl' …; '' when it is not clear."""
    prose = (word for word in text[:READ].split() if "@" not in word and "://" not in word)
    text = " ".join(prose).casefold()
    other = "" if text.isascii() else _by_script(text)
    if other:
        return other
    words = _WORD.findall(text)
    votes = _votes(words, text)
    hint = _hint(header)
    if hint:
        votes[hint] += HINT
    return _winner(votes, len(words)) if words else ""


def _by_script(text: str) -> str:
    """Languages with letters of their own need no words."""
    for language, letter in _SCRIPTS.items():
        found = len(letter.findall(text))
        if found and found > sum(map(str.isalpha, text)) / 3:
            return language
    return ""


def _votes(words: list[str], text: str) -> dict[str, float]:
    votes = dict.fromkeys(WORDS, 0.0)
    for word, count in Counter(words).items():
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] += count
    for language, letters in LETTERS.items() if not text.isascii() else ():
        weight = LETTER * sum(text.count(letter) for letter in letters)
        votes[language] += min(weight, votes[language] + 1)  # other languages have these letters too, but not the words
    return votes


def _winner(votes: dict[str, float], words: int) -> str:
    next_most, most = sorted(votes.values())[-2:]
    clear = most >= ENOUGH and most >= SHARE * words and most >= AHEAD * next_most
    return max(votes, key=lambda language: votes[language]) if clear else ""


def _hint(header: Header) -> str:
    for name in HINTS:
        language = header.text(name).strip()[:2].lower()
        if language in WORDS:
            return language
    return ""
