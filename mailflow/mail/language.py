"""In which language a mail is written, as far as it is clear.

Counts the small words that every sentence needs and the letters that only some languages have; what the header says is
a hint worth a few words, because mail programs name the language of their own menus. Too few words, or two languages
close together, give '': the mailbox's own language is then the better guess. A language is one line in each table.
"""

import re
from collections import Counter

from mailflow.mail.header import Header

WORDS = {
    "en": "the and to of is in you for that it have not with this are was my we be on i your please can but "
          "from has do a by at as if an there me hello hi thanks thank regards would could when no so any they "
          "he she which will am",
    "fr": "le la les de des et est je vous nous pas ne pour dans que qui une un sur avec mon votre ce bonjour "
          "merci au mais plus du être ai avez cordialement salut cette ces mes vos sont suis fait bien si ou "
          "où par à",
    "es": "el la los las de que y en no es por para con una un mi su se lo me hola gracias pero como este está "
          "ha del al muy más usted saludos buenos días tengo puede hacer favor estoy sin sobre cuando",
    "pl": "i w nie na do się że z to jest jak o po co za od ale dla czy już mam proszę dzień dobry mnie ten "
          "tym być przez są witam dziękuję pozdrawiam cześć pan pani nam moje mój jeśli ta tego jestem masz "
          "będzie tylko oraz został",
    "de": "der die das und ist nicht ich sie mit ein eine zu für auf den es wir von im dem bitte auch sich "
          "haben aber kann wie meine ihre an hallo guten tag viele grüße grüssen freundlichen mfg danke sind "
          "bei wenn noch nur vom zum zur keine habe wird werden",
    "it": "il la di che e è non per un una sono con mi lo gli del della ho ma si da come questo grazie "
          "buongiorno le nel più alla vostro saluti ciao cordiali dei delle nella sul posso vorrei",
    "pt": "o a de que e não em para um uma com do da os as no na por se mais meu está mas foi você obrigado "
          "olá ao são minha seu bom dia cumprimentos pode ser nos pela pelo isso",
    "nl": "de het een en van ik is niet dat op te zijn met voor er maar om aan heb bij naar wij kan deze dit "
          "mijn uw graag ook wordt hallo groet groeten vriendelijke bedankt geen onze nog hebben worden",
    "sv": "och att det är jag inte en på för som med har till vi av den om men kan ni hej min ett detta från "
          "var hälsningar tack inget så hälsning",
    "da": "og at det er jeg ikke en på for som med har til vi af den om men kan de hej min et dette fra var "
          "hilsen tak mvh venlig så være",
    "cs": "a se na je to že v s z do o ale jsem není pro jak by si dobrý den prosím děkuji také když už jsme "
          "ahoj pozdravem děkujeme bude mám nám",
}  # fmt: skip
LETTERS = {
    "fr": "çœêùû",
    "es": "ñ¿¡",
    "pl": "ąęłśżźćń",
    "de": "ßäöü",
    "pt": "ãõ",
    "it": "òì",
    "sv": "å",
    "da": "æø",
    "cs": "řůěčšž",
}
SCRIPTS = {"ru": "\u0400-\u04ff", "el": "\u0370-\u03ff", "ja": "\u3040-\u30ff", "ko": "\uac00-\ud7af",
           "he": "\u0590-\u05ff", "ar": "\u0600-\u06ff"}  # fmt: skip
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
