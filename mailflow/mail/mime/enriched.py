"""text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 7.1.3) as plain text.

Each step is one replacement in the whole text, and none looks at a match; line ends are not even looked for by an
expression, which would make a piece of each: what is all commands or all line ends costs hardly more than words.
"""

import re
from collections.abc import Mapping

_KEPT = "\0"  # stands for what is kept while others of its kind are taken out; no text has it
_COMMAND = re.compile(r"</?[A-Za-z0-9-]{1,60}>")
_UNSEEN = re.compile(r"<(?:param|comment)>[^<]*+(?:</(?:param|comment)>)?", re.IGNORECASE)
_LINE_ENDS = (
    ("\n\n", "\n" + _KEPT), (_KEPT + "\n", _KEPT + _KEPT),  # all but the first of several
    ("\n" + _KEPT, _KEPT), ("\n", " "), (_KEPT, "\n"),
)  # fmt: skip
"""One after the other."""
_RICHTEXT: Mapping[re.Pattern[str], str] = {
    re.compile(command, re.IGNORECASE): meant
    for command, meant in {"<nl>": "\n", "<lt>": _KEPT, "<np>|</paragraph>": "\n\n"}.items()
}


def plain(text: str, content_type: str) -> str:
    """One line end is a blank, more of them are one less; richtext says where a line ends."""
    text = _UNSEEN.sub("", text)
    if content_type == "text/richtext":
        text = text.replace("\n", " ")
        for command, meant in _RICHTEXT.items():
            text = command.sub(meant, text)
    else:
        for written, meant in _LINE_ENDS:
            text = text.replace(written, meant)
        text = text.replace("<<", _KEPT)
    return _COMMAND.sub("", text).replace(_KEPT, "<").strip()
