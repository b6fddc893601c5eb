"""HTML of a stranger: as text to read, and as HTML that can be shown. The only importer of selectolax and nh3.

Neither library sees what `mail.html_guard` refuses; then, and on a second attempt, the text comes from stripping tags.
The shown HTML has no style, no script, no form and nothing remote; images only from the message's own parts.
"""

import re
from collections.abc import Collection
from html import unescape

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charset import scrub
from mailflow.mail.html_guard import objection

MAX_UNPARSED = 4 << 20  # characters
MAX_INDENT = 20  # characters: '> ' of ten quotations

_TAGS = frozenset(
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font h1 "
    "h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th "
    "thead tr tt u ul var".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"alt", "height", "width"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan", "valign"},
    "th": {"align", "colspan", "rowspan", "valign"},
}
_WITH_IMAGES = _ATTRIBUTES | {"img": _ATTRIBUTES["img"] | {"src"}}
_UNSEEN = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math", "textarea", "select"}

_SKIPPED = frozenset({"head", "-comment", "!doctype", *_UNSEEN})
_BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "html li main nav ol p pre section table tr ul".split()
)
_PARAGRAPHS = frozenset("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre ul".split())
_BLANKS = re.compile(r"[ \t\n\xa0\u200b\u200c\ufeff]+")
_ANY_TAG = re.compile(r"<(/?[a-zA-Z!][a-zA-Z0-9]*+)[^<>]*+>")
_LINE_TAGS = frozenset({"br", *_BLOCKS})


def sanitised(html: str, content_ids: Collection[str] = (), bounds: Bounds = USUAL) -> str | None:
    """The HTML that may be shown, None when no library may see it."""
    if objection(html, bounds):
        return None
    own = {f"cid:{content_id}" for content_id in content_ids}

    def only_own_images(tag: str, attribute: str, value: str) -> str | None:
        return None if (tag, attribute) == ("img", "src") and value not in own else value

    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=_UNSEEN,
        attributes=_WITH_IMAGES if own else _ATTRIBUTES,
        attribute_filter=only_own_images if own else None,
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def text_of(html: str, bounds: Bounds = USUAL) -> str:
    """What a person reads: paragraphs, lists, links, rows of tables, quotations marked with '>'."""
    if objection(html, bounds):
        return stripped(html)
    root = LexborHTMLParser(html).root
    return scrub(_Page().read(root)) if root else ""


def stripped(html: str) -> str:
    """The text without any parser: tags taken out, breaks where blocks begin and end."""
    shown: list[str] = []
    at, unseen = 0, ""
    for tag in _ANY_TAG.finditer(html, 0, MAX_UNPARSED):
        name = tag[1].lower()
        if not unseen:
            shown.append(html[at : tag.start()])
            shown.append("\n" if name.lstrip("/") in _LINE_TAGS else " ")
            unseen = name if name in _UNSEEN else ""
        elif name == f"/{unseen}":
            unseen = ""
        at = tag.end()
    if not unseen:
        shown.append(html[at:MAX_UNPARSED])
    lines = (" ".join(line.split()) for line in unescape("".join(shown)).split("\n"))
    return scrub(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


class _Page:
    """Text being written line by line while the tree is read."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._prefix = ""  # of quotations and list items
        self._marker = ""  # '- ' or '1. ', due at the next word
        self._gap = False  # an empty line is due before the next word
        self._verbatim = 0  # inside <pre>
        self._counters: list[int] = []  # of the open lists; 0: bullets

    def read(self, root: LexborNode) -> str:
        stack: list[tuple[LexborNode, bool]] = [(root, True)]  # node, not yet opened
        while stack:
            node, opening = stack.pop()
            if not opening:
                self._end(node)
                continue
            name = node.tag
            if name == "-text":
                self._say(node.text_content or "")
            elif name not in _SKIPPED:
                self._begin(name, node)
                stack.append((node, False))
                stack += [(child, True) for child in reversed(list(node.iter(include_text=True)))]
        self._break()
        return "\n".join(self._lines)

    def _begin(self, name: str | None, node: LexborNode) -> None:
        if name == "br":
            self._break(forced=True)
        elif name in ("td", "th") and self._line.strip():
            self._line = f"{self._line.rstrip()}\t"
        elif name in _BLOCKS:
            self._break()
            self._gap |= name in _PARAGRAPHS and not self._counters
            if name == "blockquote":
                self._gap = False  # who wrote it stands right above
                self._prefix += "> "
            elif name in ("ul", "ol"):
                self._counters.append(1 if name == "ol" else 0)
                self._prefix += "  " if len(self._counters) > 1 else ""
            elif name == "li":
                self._marker = self._next_marker()
            elif name == "pre":
                self._verbatim += 1

    def _end(self, node: LexborNode) -> None:
        name = node.tag
        if name == "a":
            self._link(node)
        elif name in _BLOCKS:
            self._break()
            self._gap |= name in _PARAGRAPHS and not self._counters[:-1]
            if name == "blockquote":
                self._prefix = self._prefix.removesuffix("> ")
            elif name in ("ul", "ol") and self._counters:
                self._prefix = self._prefix.removesuffix("  ") if len(self._counters) > 1 else self._prefix
                self._counters.pop()
            elif name == "pre":
                self._verbatim -= 1

    def _next_marker(self) -> str:
        if not (self._counters and self._counters[-1]):
            return "- "
        self._counters[-1] += 1
        return f"{self._counters[-1] - 1}. "

    def _say(self, text: str) -> None:
        if self._verbatim:
            for number, line in enumerate(text.replace("\xa0", " ").split("\n")):
                if number:
                    self._break(forced=True)
                self._line += line
            return
        words = _BLANKS.sub(" ", text)
        self._line += words.lstrip(" ") if not self._line or self._line[-1] in " \t" else words

    def _link(self, node: LexborNode) -> None:
        target = (node.attributes.get("href") or "").strip()
        address = target.removeprefix("mailto:")
        plain = address.partition("://")[2].rstrip("/") or address
        if target.lower().startswith(("http://", "https://", "mailto:")) and plain not in self._line:
            self._line = f"{self._line.rstrip()} <{address}>"

    def _break(self, *, forced: bool = False) -> None:
        """End the line. Only <br> ends an empty one."""
        line = self._line.rstrip()
        if line or forced:
            if self._gap and self._lines and self._lines[-1].strip("> "):
                self._lines.append(self._prefix[:MAX_INDENT].rstrip())
            self._gap = False
            if line or not self._lines or self._lines[-1].strip("> ") or self._verbatim:
                self._lines.append((self._prefix[:MAX_INDENT] + self._marker + line).rstrip())
            self._marker = "" if line else self._marker
        self._line = ""
