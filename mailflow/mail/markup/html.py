"""HTML of a stranger: as text to read, and as HTML that can be shown. The only importer of selectolax and nh3.

Neither library sees what `guard` refuses; then, and on a second attempt, the text comes from stripping tags.
The shown HTML has no style, no script, no form and nothing remote; images only from the message's own parts.
"""

import re
from collections.abc import Callable, Collection, Iterator
from html import unescape
from urllib.parse import unquote

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.charset import scrub
from mailflow.mail.markup import style
from mailflow.mail.markup.guard import objection
from mailflow.mail.markup.page import BLOCKS, Page
from mailflow.mail.markup.style import Attributes

MAX_UNPARSED = 2 << 20  # characters

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
_ANY_TAG = re.compile(r"<(/?[a-zA-Z!][a-zA-Z0-9]*+)[^<>]*+>")
_END_TAG = re.compile(rf"</({'|'.join(sorted(_UNSEEN))})\b", re.IGNORECASE)
_UNSEEN_TO_THE_END = frozenset({"script", "style"})  # others that are never closed hide nothing
_LINE_TAGS = frozenset({"br", *BLOCKS})


def sanitised(html: str, content_ids: Collection[str] = (), bounds: Bounds = USUAL) -> str | None:
    """The HTML that may be shown, None when no library may see it."""
    if objection(html, bounds):
        return None
    own = {f"cid:{content_id}" for content_id in content_ids}

    def only_own_images(tag: str, attribute: str, value: str) -> str | None:
        is_foreign = (tag, attribute) == ("img", "src") and unquote(value) not in own  # RFC 2392: as a URL has it
        return None if is_foreign else value

    shown = nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=_UNSEEN,
        attributes=_WITH_IMAGES if own else _ATTRIBUTES,
        attribute_filter=only_own_images if own else None,
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel="noopener noreferrer nofollow",
        url_relative="deny",  # it would lead into the page that shows it
    )
    return scrub(shown)  # a control may be written as &#27;


def text_of(html: str, bounds: Bounds = USUAL) -> str:
    """What a person reads, as a plain mail: `html_page` says how. A page that hides everything is read all the same."""
    if objection(html, bounds):
        return stripped(html)
    root = LexborHTMLParser(html).root
    return scrub(_read(root)) if root else ""


def elements(html: str) -> Iterator[tuple[str, Attributes, str]]:
    """Every element as a browser sees it: its name, its attributes, and of a link what is shown of it."""
    root = LexborHTMLParser(html).root
    for node in root.traverse() if root else ():
        name = node.tag or ""
        if name[:1] != "-":  # no text and no comment
            yield name, node.attributes, node.text(deep=True) if name == "a" else ""


def stripped(html: str) -> str:
    """The text without any parser: tags taken out, breaks where blocks begin and end."""
    shown: list[str] = []
    at, unseen = 0, ""
    closed = {tag[1].lower(): tag.start() for tag in _END_TAG.finditer(html, 0, MAX_UNPARSED)}  # where last
    for tag in _ANY_TAG.finditer(html, 0, MAX_UNPARSED):
        name = tag[1].lower()
        if not unseen:
            shown.append(html[at : tag.start()])
            shown.append("\n" if name.lstrip("/") in _LINE_TAGS else " ")
            if name in _UNSEEN_TO_THE_END or closed.get(name, -1) >= tag.end():
                unseen = name
        elif name == f"/{unseen}":
            unseen = ""
        at = tag.end()
    if not unseen:
        shown.append(html[at:MAX_UNPARSED])
    lines = (" ".join(line.split()) for line in unescape("".join(shown)).split("\n"))
    return scrub(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


def _read(root: LexborNode, *, hidden_too: bool = False) -> str:
    """The page without recursion: a stack of elements to begin, and of what to call at the end of one."""
    page, hides = Page(), False
    stack: list[tuple[LexborNode | None, Callable[[], None] | None, bool]] = [(root, None, False)]
    while stack:
        node, end, tiny = stack.pop()
        if node is None:
            if end:
                end()
            continue
        name = node.tag
        if name == "-text":
            if not tiny:
                page.say(node.text_content or "")
            continue
        if name in _SKIPPED:
            continue
        attributes = node.attributes
        if attributes and not hidden_too:
            if style.is_hidden(attributes):
                hides = True
                continue
            tiny = style.is_tiny(attributes, tiny)
        if ending := page.begin(name, attributes):
            stack.append((None, ending, False))
        stack += [(child, None, tiny) for child in reversed(list(node.iter(include_text=True)))]
    return page.text() or (_read(root, hidden_too=True) if hides else "")
