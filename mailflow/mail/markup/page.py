"""The text of an HTML page, written line by line while its elements begin and end.

The text is what a plain mail would look like: an empty line between paragraphs, '- ' and '1. ' before list items, a tab
between the cells of a row, the address behind a link that does not name it. Every line of a quotation begins with '> '
for each level (`html_style.is_quotation` says what is one); the line that introduces it stands right above.
"""

import re
from collections.abc import Callable

from mailflow.mail.markup import style
from mailflow.mail.markup.style import Attributes

MAX_INDENT = 20  # characters: '> ' of ten quotations
RULE = "_" * 32  # as Outlook writes <hr>

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr html li main nav ol option p pre section table tr ul".split()
)
_PARAGRAPHS = frozenset("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre ul".split())
_BLANKS = re.compile(r"[ \t\n\r\f\xa0]+")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\xad\u034f]+|(?<![^\\s\xa0])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\s\xa0])")
_MARKED = re.compile("[\u200b-\u200d\u2060\ufeff\xad\u034f]")
_SYMBOLS = str.maketrans({"J": "☺", "K": "😐", "L": "☹", "à": "→", "ß": "←", "ó": "↔", "ü": "✓", "è": "➔"})

_End = Callable[[], None]


class Page:
    """Text being written. `begin` returns what is to be called at the end of that element, None when nothing is."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []  # in pieces, none of them empty: a line may be as long as the page
        self._prefix = ""  # of quotations and nested lists
        self._marker = ""  # '- ' or '1. ', due at the next word
        self._gap = False  # an empty line is due before the next word
        self._top = 0  # the line that begins a cell or a quotation: no empty line before it
        self._spaced = False  # a &nbsp; stood where no word was: an empty line that is seen
        self._verbatim = self._symbols = 0  # elements open
        self._lists: list[int] = []  # the next number of each open one; 0: bullets
        self._level = 0  # of the list item of Word

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines).strip("\n")

    def begin(self, name: str | None, attributes: Attributes) -> _End | None:
        if name in BLOCKS:
            return self._block(name, attributes)
        if begin := _INLINE.get(name or ""):
            return begin(self, attributes)
        if attributes.get("style"):
            return self._styled(attributes)
        return None

    def say(self, text: str) -> None:
        if _MARKED.search(text):
            text = _INVISIBLE.sub("", text)
        if self._symbols:
            text = text.translate(_SYMBOLS)
        if self._verbatim:
            for number, line in enumerate(text.replace("\xa0", " ").split("\n")):
                if number:
                    self._break(forced=True)
                self._add(line)
            return
        words = _BLANKS.sub(" ", text)
        self._spaced |= "\xa0" in text
        self._add(words.lstrip(" ") if not self._line or self._line[-1][-1] in " \t" else words)

    def _add(self, words: str) -> None:
        if words:
            self._line.append(words)

    # blocks

    def _block(self, name: str, attributes: Attributes) -> _End:
        self._break()
        tight = name == "p" and style.is_tight(attributes)
        gap = name in _PARAGRAPHS and not tight
        self._gap |= gap and not self._lists
        self._spaced = False
        inside = self._inside(name, attributes)

        def end() -> None:
            self._break(forced=self._spaced and not "".join(self._line).strip())
            if inside:
                inside()
            self._gap |= gap and not self._lists

        return end

    def _inside(self, name: str, attributes: Attributes) -> _End | None:
        """What this block does beside beginning and ending lines."""
        if style.is_quotation(name, attributes):
            return self._quotation(gap=name != "blockquote")
        if name in ("ul", "ol"):
            return self._list(style.first_number(attributes) if name == "ol" else 0)
        if name == "li":
            self._marker = self._next_marker()
        elif name == "hr":
            self.say(RULE)
        elif name == "pre" or style.is_verbatim(attributes):
            return self._verbatim_until_end()
        elif name == "p":
            self._level = style.list_level(attributes)
        return None

    def _quotation(self, *, gap: bool) -> _End:
        if not gap:  # who wrote it stands right above
            self._gap, self._top = False, len(self._lines)
        prefix, lists = self._prefix, self._lists
        self._prefix, self._lists = f"{prefix}{'  ' if lists else ''}> ", []

        def end() -> None:
            self._prefix, self._lists = prefix, lists

        return end

    def _list(self, start: int) -> _End:
        prefix = self._prefix
        self._prefix += "  " if self._lists else ""
        self._lists.append(start)

        def end() -> None:
            self._lists.pop()
            self._prefix = prefix
            self._marker = ""

        return end

    def _next_marker(self) -> str:
        if not (self._lists and self._lists[-1]):
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1] - 1}. "

    def _verbatim_until_end(self) -> _End:
        self._verbatim += 1

        def end() -> None:
            self._verbatim -= 1

        return end

    # what stands in lines

    def _br(self, _: Attributes) -> None:
        self._break(forced=True)

    def _cell(self, _: Attributes) -> _End:
        """A cell of one line is joined to the row; one of more lines stands alone, as in a page made of tables."""
        row, gap, top, at = self._line, self._gap, self._top, len(self._lines)
        self._line, self._gap, self._spaced, self._top = [], False, False, at

        def end() -> None:
            self._break()
            cell = self._lines[at:]
            del self._lines[at:]
            if len(cell) < 2 and (not cell or cell[0].startswith(self._prefix[:MAX_INDENT])):
                words = cell[0][len(self._prefix[:MAX_INDENT]) :] if cell else ""
                self._line, self._gap, self._top = row, gap, top
                self._add(f"\t{words}" if row and words else words)
                return
            self._gap, self._line, self._top = gap, row, top
            self._break()
            self._gap = True
            self._due(cell)
            self._lines += cell
            self._gap = True

        return end

    def _link(self, attributes: Attributes) -> _End:
        target = (attributes.get("href") or "").strip()
        at, begun = len(self._lines), len(self._line)

        def end() -> None:
            if not target.lower().startswith(("http://", "https://", "mailto:")):
                return
            above = self._lines[at:]
            said = "\n".join(above) + "".join(self._line[0 if above else begun :])
            address = target.removeprefix("mailto:").partition("?subject=")[0]
            plain = address.partition("://")[2].removeprefix("www.").rstrip("/") or address
            if plain and plain not in said:
                self.say(f" <{address}>")

        return end

    def _image(self, attributes: Attributes) -> None:
        words = " ".join((attributes.get("alt") or "").split())
        if words:  # a picture of one letter is an emoji
            self.say(words if len(words) < 3 and not words.isascii() else f"[{words}]")

    def _styled(self, attributes: Attributes) -> _End | None:
        if style.is_list_marker(attributes):
            return self._marker_of_word()
        if style.is_symbol(attributes):
            return self._symbols_until_end()
        return self._verbatim_until_end() if style.is_verbatim(attributes) else None

    def _font(self, attributes: Attributes) -> _End | None:
        return self._symbols_until_end() if style.is_symbol(attributes) else None

    def _symbols_until_end(self) -> _End:
        self._symbols += 1

        def end() -> None:
            self._symbols -= 1

        return end

    def _marker_of_word(self) -> _End:
        before, self._line = self._line, []

        def end() -> None:
            written = "".join(self._line).strip()
            counted = len(written) < 12 and written[:-1].isalnum() and written[-1:] in ".)"
            self._marker = "  " * (self._level - 1) + (f"{written} " if counted else "- ")
            self._line = before

        return end

    def _break(self, *, forced: bool = False) -> None:
        """End the line. Only <br>, and a &nbsp; of its own, end an empty one."""
        line = "".join(self._line).rstrip()
        if line or forced:
            written = f"{self._prefix[:MAX_INDENT]}{self._marker or ('  ' if self._lists else '')}{line}".rstrip()
            self._due([written])
            if line or not self._lines or self._lines[-1].strip("> ") or self._verbatim:
                self._lines.append(written)
            self._marker = "" if line else self._marker
            self._spaced = False
        self._line = []

    def _due(self, following: list[str]) -> None:
        """The empty line before `following`, if one is due."""
        if following and self._gap and len(self._lines) > self._top and self._lines[-1].strip("> "):
            self._lines.append(self._prefix[:MAX_INDENT].rstrip())
        self._gap = False if following else self._gap


_INLINE: dict[str, Callable[[Page, Attributes], _End | None]] = {
    "br": Page._br,
    "td": Page._cell,
    "th": Page._cell,
    "a": Page._link,
    "img": Page._image,
    "font": Page._font,
}
