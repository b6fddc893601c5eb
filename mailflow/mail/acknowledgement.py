"""Acknowledgements: what ticket systems, shops and offices answer by machine; how a mail says that one wrote it.

What languages say: the tables [automatic] of `mail.languages`.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.phrases import Phrases, Prose, fold

LONGEST = 1_500  # characters of new words; who writes more has something to say
SENTENCE = 90  # characters between a mail's naming itself and what it says of itself
NOTES = "auto: "
"""How Notes begins the subject of its answers in every language. A car, too: no evidence by itself."""

OPENED = Phrases(every("automatic.received"))
"""'A ticket has been created'. That something 'has been received' people write too."""
_SAID = Phrases(every("automatic.said"))
_THIS = Phrases(every("automatic.this"))
_SENT = Phrases(every("automatic.sent"))
_TITLES = {fold(words): words for words in every("automatic.subject")}

_SENTENCE_END = re.compile(r"[.!?\u3002]")
_QUOTE_MARKS = ("'", '"', "\u201c", "\u201e", "\u00ab", "\u300c")
_TAGS = re.compile(r"(?:\[[^\]]{1,60}\]|[^\W\d_]{1,6}:|[ (])*+")


def acknowledges(subject: str) -> str:
    """The words by which a subject is that of an acknowledgement, else ''. For mail that no person wrote: people begin
    with 'Thank you for your message' as well."""
    subject = fold(subject)
    tags = _TAGS.match(subject)
    starts = (1 if subject.startswith("[") else 0, tags.end() if tags else 0)
    found = (written for at in starts for words, written in _TITLES.items() if subject.startswith(words, at))
    return NOTES.strip() if subject.startswith(NOTES) else next(found, "")


def says_of_itself(prose: Prose) -> str:
    """'This is an automated message', 'This e-mail … was sent automatically': the words, else ''. Not when quoted."""
    said = prose.find(_SAID)
    if said and not prose.text[: said.start].rstrip().endswith(_QUOTE_MARKS):
        return said.phrase
    this = prose.find(_THIS)
    if this is None or prose.text[: this.start].rstrip().endswith(_QUOTE_MARKS):
        return ""
    sentence = _SENTENCE_END.split(prose.text[this.end : this.end + SENTENCE], maxsplit=1)[0]
    sent = Prose(sentence).find(_SENT)
    return f"{this.phrase} \u2026 {sent.phrase}" if sent else ""
