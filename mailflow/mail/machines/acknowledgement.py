"""Acknowledgements: what ticket systems, shops and offices answer by machine; how a mail says that one wrote it.

What languages say: the tables [automatic] of `mail.languages`.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import JOINED, Found, Phrases, Prose
from mailflow.mail.languages.wording import Wordings, fold
from mailflow.mail.machines.told import is_told, sentence_of

SENTENCE = 90  # characters between a mail's naming itself and what it says of itself
NOT_BY_CHANCE = 8  # letters of the words that may stand alone
NOTES = "auto: "
"""How Notes begins the subject of its answers in every language. A car, too: no evidence by itself."""

_OPENED = Phrases(every("automatic.received"))
"""'A ticket has been created'. That something 'has been received' people write too."""
_THANKS = Phrases(every("automatic.subject"))
_PROMISE = Phrases(every("automatic.promise"))
_WE_ANSWER = Phrases(every("automatic.we_answer"))
_OFFICE_HOURS = Phrases(every("automatic.office_hours"))
_ELSEWHERE = Phrases(every("automatic.elsewhere"))
_CHALLENGE = Phrases(every("automatic.challenge"))
_FORWARDED = Phrases(every("reply.forwarded"))
_ALONE = {
    fold(words): words for words in every("absence.subject") if len(words) >= NOT_BY_CHANCE or not words.isascii()
}
"""'Automatic reply' and nothing else in a sentence or line."""
_PERHAPS_ALONE = Phrases(_ALONE.values())
_SAID = Phrases(every("automatic.said"))
_MAIL = frozenset(fold(word) for word in every("automatic.mail"))
_THIS = Phrases(every("automatic.this"))
_SENT = Phrases(every("automatic.sent"))
_TITLES = {fold(words): words for words in every("automatic.subject")}
_TITLING = Wordings(_TITLES)

_SENTENCE_END = re.compile(r"[.!?\u3002]")
_PIECE = re.compile(r"[^.!?\u3002\n()\[\]{}<>*=_|#\u2014\u2013\u3010\u3011]++")
_TAGS = re.compile(r"(?:\[[^\]]{1,60}\]|[^\W\d_]{1,6}:|[ (])*+")


def acknowledges(subject: str) -> str:
    """The words by which a subject is that of an acknowledgement, else ''. For mail that no person wrote: people begin
    with 'Thank you for your message' as well."""
    subject = fold(subject)
    tags = _TAGS.match(subject)
    starts = (1 if subject.startswith("[") else 0, tags.end() if tags else 0)
    found = (_TITLES[words] for at in starts for words in _TITLING.openings(subject[at:]))
    return NOTES.strip() if subject.startswith(NOTES) else next(found, "")


def says_of_itself(own: str, prose: Prose, *, asked: bool = False) -> str:
    """'This is an automated message', 'This e-mail … was sent automatically', 'Automatic reply.': the words, else ''.
    Not when quoted, told, below what is passed on, or, when it `asked`, below a question. `prose` is that of `own`."""
    said = prose.find(_SAID)
    if said is None or not _is_of_mail(prose, said):
        said = _in_two_pieces(prose)
    if said is None:
        return "" if asked or prose.find(_PERHAPS_ALONE) is None else _alone(own)
    forwarded = prose.find(_FORWARDED)
    below = forwarded is not None and forwarded.start < said.start
    doubts = below or is_told(prose, said) or (asked and "?" in prose.text[: said.start])
    return "" if doubts else said.phrase


def _is_of_mail(prose: Prose, said: Found) -> bool:
    """'This is an automat…' may go on with a door."""
    if said.phrase >= JOINED:
        return True
    sentence = sentence_of(prose, said)
    return any(word in sentence for word in _MAIL)


def _in_two_pieces(prose: Prose) -> Found | None:
    this = prose.find(_THIS)
    if this is None:
        return None
    sentence = _SENTENCE_END.split(prose.text[this.end : this.end + SENTENCE], maxsplit=1)[0]
    sent = Prose(sentence).find(_SENT)
    return Found(f"{this.phrase} \u2026 {sent.phrase}", this.start, this.end + sent.end) if sent else None


def _alone(own: str) -> str:
    pieces = (piece.strip(" -:,\u00b7~") for piece in _PIECE.findall(fold(own)))
    return next((_ALONE[piece] for piece in pieces if piece in _ALONE), "")


def opened(prose: Prose) -> str:
    """'A ticket has been created': the words, else ''. Not when it was with somebody else, or somebody tells of it."""
    found = prose.find(_OPENED)
    if found is None or is_told(prose, found):
        return ""
    return "" if Prose(sentence_of(prose, found)).find(_ELSEWHERE) else found.phrase


def promises(prose: Prose) -> str:
    """'Thank you for your message. Due to the high volume …': the words of an office that answers everybody, else ''.
    Thanks alone people write too."""
    thanks, promise = prose.find(_THANKS), prose.find(_PROMISE) or _in_office_hours(prose)
    if thanks is None or promise is None or thanks.start > SENTENCE or promise.start < thanks.start:
        return ""
    return f"{thanks.phrase} \u2026 {promise.phrase}"


def _in_office_hours(prose: Prose) -> Found | None:
    """'We … answer within our office hours'. People offer those for a visit or a call."""
    hours = prose.find(_OFFICE_HOURS)
    return hours if hours and Prose(sentence_of(prose, hours)).find(_WE_ANSWER) else None


def challenges(prose: Prose) -> str:
    """'Click below to have your mail delivered': the words, else ''."""
    found = prose.find(_CHALLENGE)
    return "" if found is None or is_told(prose, found) or "?" in prose.text[: found.start] else found.phrase
