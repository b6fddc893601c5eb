"""The HTML of a mail of ours: our text as `written` has it, in the frame of the organisation, and the proof that it
says what the text says.

A frame is HTML without anything that is fetched or run: no picture, no script, no sheet, no form. What a reader is
shown is read back by the code that reads strangers' HTML; where that differs from the text in a word, or a link does
not lead where it says, there is no HTML.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape

from mailflow.mail.marks import is_marker
from mailflow.mail.markup import style
from mailflow.mail.markup.guard import objection
from mailflow.mail.markup.html import elements, text_of
from mailflow.mail.markup.written import BODY, RIGHT_TO_LEFT, Frame, html_of

LONGEST = 256 << 10
"""Characters of a text that gets HTML: nobody reads more than that, and a reader's mail program would be slow."""

_TAGS = frozenset(
    "html head meta body div p br hr span b strong i em small h1 h2 h3 ul ol li blockquote pre a "
    "table tbody tr td th".split()
)
_ATTRIBUTES = frozenset(
    "lang dir style href start type title align valign width cellpadding cellspacing border colspan charset".split()
)
_SCHEMES = ("https://", "http://", "mailto:")
_FETCHED = re.compile(r"url|import|expression|behavior|\\|/\*", re.IGNORECASE)
_MARKS = re.compile(r"^[> ]+", re.MULTILINE)
_UNSEEN = re.compile(r"[\s\u200b-\u200d\u2060\ufeff\xad\u034f]+")
"""Blanks, and what has no width: our reader leaves it out."""
_NO_CHARACTERS = re.compile(
    f"[\ufdd0-\ufdef{''.join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))}]"
)
"""For which readers of HTML show U+FFFD."""


def page_of(text: str, language: str, frame: Frame) -> str:
    """The whole HTML; '' when the text is too long for it."""
    if len(text) > LONGEST:
        return ""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    asked, words = _parted(text)
    marker = html_of(asked, language) if asked else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction}">\n<head><meta charset="utf-8"></head>\n'
        f"<body>\n{marker}{frame.above}{html_of(words, language)}{frame.below}</body>\n</html>\n"
    )
    return "" if objection(page) else page


def says(page: str, text: str, frame: Frame) -> bool:
    """Read as a stranger's HTML: the words of the text in the frame, and links that lead where they say."""
    if objection(page) or next(_foreign(page), ""):
        return False
    above, hidden, below = _read(frame)
    asked, words = map(_words, _parted(text))
    return _words(text_of(page)) == asked + above + words + below and _misleading(page) <= hidden


def mistakes_in(html: str) -> Iterator[str]:
    """Of a frame, with BODY in it where the text comes."""
    if why := objection(html):
        yield f"is too much: {why}"
        return
    yield from dict.fromkeys(_foreign(html))
    if html.count(BODY) != 1 or text_of(html).count(BODY) != 1:
        yield "must show {{ body }} once"


def _parted(text: str) -> tuple[str, str]:
    """The line above which answers are written, and what stands below it: the frame does, too, or its words would be
    the customer's when they answer."""
    line, _, below = text.partition("\n")
    return (line, below) if is_marker(line) else ("", text)


def _foreign(html: str) -> Iterator[str]:
    """What is fetched, run, or not known to be neither."""
    for name, attributes, _ in elements(html):
        if name not in _TAGS:
            yield f"<{name}> is not available; there are: {', '.join(sorted(_TAGS - {'html', 'head', 'meta', 'body'}))}"
        if style.is_hidden(attributes) or style.is_tiny(attributes, inherited=False):
            yield f"<{name}> must not hide what is in it"
        for attribute, value in attributes.items():
            if attribute not in _ATTRIBUTES:
                yield f"'{attribute}' of <{name}> is not available; there are: {', '.join(sorted(_ATTRIBUTES))}"
            elif attribute == "style" and _FETCHED.search(value or ""):
                yield f"the style of <{name}> must not fetch anything"
            elif attribute == "href" and not (value or "").lower().startswith(_SCHEMES):
                yield f"the link {value!r} must begin with one of: {', '.join(_SCHEMES)}"


@lru_cache(64)
def _read(frame: Frame) -> tuple[str, frozenset[tuple[str, str]], str]:
    """The words above and below, and the links that show something else than where they lead."""
    html = frame.above + BODY + frame.below
    above, _, below = _words(text_of(html)).partition(BODY)
    return above, _misleading(html), below


def _misleading(html: str) -> frozenset[tuple[str, str]]:
    links = ((attributes.get("href") or "", shown) for name, attributes, shown in elements(html) if name == "a")
    return frozenset((target, shown) for target, shown in links if target != shown)


def _words(text: str) -> str:
    """Without blanks and the marks of quotations, which are a matter of layout."""
    return _NO_CHARACTERS.sub("\ufffd", _UNSEEN.sub("", _MARKS.sub("", text)))
