"""May an HTML library see this? One linear pass that refuses what makes selectolax and nh3 hang.

Both are quadratic in nesting, in unclosed <b>, <font>, <a> (rebuilt inside every block), in '&' and in <option>; some
forty octets repeated cost them seconds and gigabytes. Counting closing tags without tokenising is no guard: closers in
comments, in attribute values, in <style> or of elements that are not open lower a count and not the tree. So this reads
tags as the HTML tokeniser does and keeps the list of open elements. The guarantee stays the limits of the child.
"""

import re
from functools import lru_cache

from mailflow.mail.bounds import USUAL, Bounds, beyond

MAX_FORMATTING = 64  # formatting elements open at once
MAX_REBUILT = 300_000  # sum over all tags of the formatting elements open there
MAX_BARE_AMPERSANDS = 20_000
MAX_OPTIONS = 1_000
MAX_FIXED_BLANKS = 50_000  # U+00A0, each of which is written as an entity

# Start or end tag as the tokeniser sees it: a quote quotes only after '='. Possessive, hence linear.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^ \t\n\f\r/>]*+)
    (?:[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
       (?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+)*+
    [ \t\n\f\r/]*+(?:>|\Z)""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(r"--!?>")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
_CLOSED_BY_OTHERS = frozenset(
    "html head body p li dd dt tr td th tbody thead tfoot colgroup option "
    "area base br col embed hr img input link meta param source track wbr".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_BARRIERS = frozenset("table td th caption object applet marquee template button select".split())
_RAW_TEXT = frozenset("title textarea style script xmp iframe noembed noframes plaintext".split())
_OTHER_RULES = frozenset(["svg", "math"])  # <tr> nests there, <br> is not empty; mail does not need them


@lru_cache(maxsize=2)  # the text and the shown HTML ask about the same octets
def objection(html: str, bounds: Bounds = USUAL) -> str:
    """Why the text is to be taken without a parser and no HTML shown; '' when a library may see it."""
    if len(html) > bounds.html:
        return beyond(f"it has more than {bounds.html:,} characters", "html")
    if _bare_ampersands(html) > MAX_BARE_AMPERSANDS:
        return f"it has more than {MAX_BARE_AMPERSANDS:,} bare ampersands"
    if html.count("\xa0") > MAX_FIXED_BLANKS:
        return f"it has more than {MAX_FIXED_BLANKS:,} non-breaking blanks"
    tree, comments = _Tree(bounds), 0
    at = html.find("<")
    while at >= 0:
        if not tree.raw_text and html.startswith(("<!", "<?"), at):
            comments += 1
            at = _end_of_comment(html, at)
        elif tag := _TAG.match(html, at):
            if tag.end() - at > bounds.html_tag:
                return beyond(f"a tag has more than {bounds.html_tag:,} characters", "html_tag")
            at = tree.take(bool(tag[1]), tag[2].lower(), tag)
        else:
            at += 1
        if tree.objection:
            return tree.objection
        if comments > bounds.html_comments:
            return beyond(f"it has more than {bounds.html_comments:,} comments", "html_comments")
        at = html.find("<", at)
    return ""


class _Tree:
    """The elements that a parser surely has open."""

    def __init__(self, bounds: Bounds) -> None:
        self.open: list[tuple[str, int]] = []  # name, barriers seen when it opened
        self.raw_text = ""  # inside <style> and its like, where closers of others count for nothing
        self.objection = ""
        self._bounds = bounds
        self._formatting = self._rebuilt = self._tags = self._barriers = self._options = 0

    def take(self, closing: bool, name: str, tag: re.Match[str]) -> int:
        """Follow one tag; where to read on."""
        at = tag.end()
        if self.raw_text:
            if closing and name == self.raw_text:
                self.raw_text = ""
            else:
                at = tag.start() + 1  # a quote in there hides nothing
                if closing:
                    return at
        if closing:
            self._close(name)
        else:
            self._start(name)
        return at

    def _start(self, name: str) -> None:
        self._tags += 1
        self._barriers += name in _BARRIERS
        self._options += name == "option"
        if name not in _CLOSED_BY_OTHERS:
            self.open.append((name, self._barriers))
            self._formatting += name in _FORMATTING
        self._rebuilt += self._formatting
        if not self.raw_text and name in _RAW_TEXT:
            self.raw_text = name
        if (
            name in _OTHER_RULES
            or self._tags > self._bounds.html_tags
            or len(self.open) > self._bounds.html_depth
            or self._formatting > MAX_FORMATTING
            or self._rebuilt > MAX_REBUILT
            or self._options > MAX_OPTIONS
        ):
            self.objection = self._why(name)

    def _why(self, name: str) -> str:
        if self._tags > self._bounds.html_tags:
            return beyond(f"it has more than {self._bounds.html_tags:,} tags", "html_tags")
        if len(self.open) > self._bounds.html_depth:
            return beyond(f"it is nested deeper than {self._bounds.html_depth} elements", "html_depth")
        if self._options > MAX_OPTIONS:
            return f"it has more than {MAX_OPTIONS:,} options"
        return f"it has <{name}>" if name in _OTHER_RULES else "too many of its formatting elements are not closed"

    def _close(self, name: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            open_name, barriers = self.open[place]
            if open_name == name:
                if name not in _FORMATTING:
                    del self.open[place]
                elif barriers == self._barriers:  # else a table cell lies between: the parser may keep it for later
                    del self.open[place]
                    self._formatting -= 1
                return
            if open_name not in _FORMATTING:
                return


def _bare_ampersands(html: str) -> int:
    if html.count("&") <= MAX_BARE_AMPERSANDS:
        return 0
    return sum(1 for _ in _BARE_AMPERSAND.finditer(html))


def _end_of_comment(html: str, at: int) -> int:
    if not html.startswith("<!--", at):  # <!doctype>, <![if …]>, <?xml>
        return html.find(">", at) + 1 or len(html)
    for short in ("<!-->", "<!--->"):
        if html.startswith(short, at):
            return at + len(short)
    end = _COMMENT_END.search(html, at + 4)
    return end.end() if end else len(html)
