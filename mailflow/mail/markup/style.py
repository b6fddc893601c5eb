"""What the style and the class of an element mean for a reader of text. Styles of a sheet are not looked at: mail
programs strip them, so what must hold is written at the element.
"""

import re
from collections.abc import Mapping

Attributes = Mapping[str, str | None]

LONGEST_NUMBER = 10  # digits

_NOTHING = r"0(?:\.0{1,4})?+(?:px|pt|em|in|cm|%)?+"
_ZERO = rf"{_NOTHING}\s*+(?:;|!|\Z)"
_HIDDEN = re.compile(
    rf"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden|(?:max-height|opacity)\s*+:\s*+{_ZERO})", re.IGNORECASE
)
_FONT_SIZE = re.compile(r"font-size\s*+:\s*+([^;!]{1,40})", re.IGNORECASE)
_VERBATIM = re.compile(r"white-space\s*+:\s*+(?:pre|break-spaces)", re.IGNORECASE)
_COLLAPSED = re.compile(rf"(?<![a-z-])height\s*+:\s*+{_ZERO}", re.IGNORECASE)
_MARGIN = re.compile(r"margin(-top|-bottom)?+\s*+:\s*+([^;!]{1,80})", re.IGNORECASE)
_NO_WIDTH = re.compile(r"0?(?:\.0{1,4}1?)?+(?:px|pt|em|in|cm|%)?+", re.IGNORECASE)  # .0001pt is Word's nothing
_TIGHT = re.compile(r"(?:\A|\s)(?:x_?)*+(?:mso[a-z]|p\d\b)")  # of Word, copied by others; of Cocoa
_WORD_LEVEL = re.compile(r"mso-list\s*+:[^;]{0,40}?\blevel(\d)", re.IGNORECASE)
_WORD_MARKER = re.compile(r"mso-list\s*+:\s*+ignore", re.IGNORECASE)
_BLUE_BAR = re.compile(r"border-left\s*+:\s*+solid\s++(?:blue|#[0-9a-f]{6}+)\s", re.IGNORECASE)
_INDENTED = re.compile(r"border\s*+:\s*+(?:none|medium none|0px?)", re.IGNORECASE)


def _style(attributes: Attributes) -> str:
    return attributes.get("style") or ""


def _classes(attributes: Attributes) -> str:
    return (attributes.get("class") or "").lower()


def is_hidden(attributes: Attributes) -> bool:
    """Nobody sees it. `mso-hide` alone hides from Outlook what all others see: the half of a button for them."""
    written = _style(attributes)
    if "hidden" in attributes or _HIDDEN.search(written):
        return True
    return "overflow" in written and bool(_COLLAPSED.search(written))


def is_tiny(attributes: Attributes, inherited: bool) -> bool:
    """Letters of no size: newsletters so hide a text, or the blanks between elements that set a size again."""
    size = _FONT_SIZE.search(_style(attributes))
    return size[1].strip().lower() in ("0", "0px", "0pt", "0em", "0%") if size else inherited


def is_verbatim(attributes: Attributes) -> bool:
    return bool(_VERBATIM.search(_style(attributes)))


def is_tight(attributes: Attributes) -> bool:
    """A <p> without an empty line after it, as Word writes every line."""
    if _TIGHT.search(_classes(attributes)):
        return True
    margins = {"-top": "1em", "-bottom": "1em"}
    for side, written in _MARGIN.findall(_style(attributes)):
        widths = written.split() or ["0"]
        below = widths[2] if len(widths) > 2 else widths[0]
        margins |= {side.lower(): widths[0]} if side else {"-top": widths[0], "-bottom": below}
    return all(_NO_WIDTH.fullmatch(width) for width in margins.values())


def list_level(attributes: Attributes) -> int:
    """Of a list item of Word, which is a <p>; 0: none."""
    level = _WORD_LEVEL.search(_style(attributes))
    return int(level[1]) if level else 0


def is_list_marker(attributes: Attributes) -> bool:
    return bool(_WORD_MARKER.search(_style(attributes)))


def first_number(attributes: Attributes) -> int:
    """Of a numbered list."""
    start = attributes.get("start") or ""
    return int(start) if start.isdecimal() and len(start) < LONGEST_NUMBER else 1


def is_symbol(attributes: Attributes) -> bool:
    """Letters of a font of pictures, in which J is a smile."""
    return "wingdings" in _style(attributes).lower() or (attributes.get("face") or "").lower() == "wingdings"


def is_quotation(name: str | None, attributes: Attributes) -> bool:
    """A block that repeats another mail. A <blockquote> without a border is only moved to the right."""
    classes = _classes(attributes)
    if name == "blockquote":
        if attributes.get("type") == "cite" or "quote" in classes.replace("blockquote", ""):
            return True
        return "webkit-indent" not in classes and not _INDENTED.search(_style(attributes))
    return name == "div" and ("yahoo_quoted" in classes or bool(_BLUE_BAR.search(_style(attributes))))
