"""Why a mail did not arrive, concluded from what a mail system wrote (RFC 3463).

A code that is written is believed. Without one, the words give the class of trouble: a full mailbox is x.2.2 in every
language. Whether it is final is not in these words: that is said elsewhere, or by the reply code.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain, plain_words, says

SENTENCES = Wordings(every("report.sentence"))
"""That a mail failed at all."""

PERMANENT, TEMPORARY = "5", "4"

REASONS = tuple(
    (plain_words(every(f"failure.{reason}")), detail)
    for reason, detail in (
        ("unknown_host", "1.2"),
        ("mailbox_full", "2.2"),
        ("too_big", "3.4"),
        ("disabled", "2.1"),
        ("unknown_user", "1.1"),
        ("refused", "7.1"),
        ("no_answer", "4.1"),
    )
)
"""In this order: 'the domain does not exist' holds the words of 'does not exist'."""

_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.]*\d)")
_REPLY_CODE = re.compile(r"(?<![\d.\w-])([45])[0-7]\d(?![\d.])(?=[ -]|$)")


def status_of(diagnostic: str, around: str, *, late: bool) -> str:
    """`diagnostic`: the words about one recipient; `around`: all words of the report, asked when those say nothing."""
    asked = (diagnostic, around)
    code = next((code.group(1) for words in asked if (code := _CODE.search(words))), "")
    if code:
        return code
    reply = next((reply.group(1) for words in asked if (reply := _REPLY_CODE.search(words))), "")
    detail = next((detail for words in asked if (detail := _detail(plain(words)))), "0.0")
    return f"{reply or (TEMPORARY if late else PERMANENT)}.{detail}"


def _detail(words: str) -> str:
    return next((detail for said, detail in REASONS if says(words, said)), "")
