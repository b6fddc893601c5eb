"""text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 7.1.3) as plain text.

Each step is one replacement in the whole text, and none looks at a match: what is all commands or all line ends costs
hardly more than words.
"""

import re
from collections.abc import Mapping

_LESS_THAN = "\0"  # stands for one that begins no command, while commands are taken out; no text has it
_COMMAND = re.compile(r"</?[A-Za-z0-9-]{1,60}>")
_UNSEEN = re.compile(r"<(?:param|comment)>[^<]*+(?:</(?:param|comment)>)?", re.IGNORECASE)
_SINGLE_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_LAST_LINE_END = re.compile(r"\n(?!\n)")
_RICHTEXT: Mapping[re.Pattern[str], str] = {
    re.compile(command, re.IGNORECASE): meant
    for command, meant in {"<nl>": "\n", "<lt>": _LESS_THAN, "<np>|</paragraph>": "\n\n"}.items()
}


def plain(text: str, content_type: str) -> str:
    """One line end is a blank, more of them are one less; richtext says where a line ends."""
    text = _UNSEEN.sub("", text)
    if content_type == "text/richtext":
        text = text.replace("\n", " ")
        for command, meant in _RICHTEXT.items():
            text = command.sub(meant, text)
    else:
        text = _LAST_LINE_END.sub("", _SINGLE_LINE_END.sub(" ", text)).replace("<<", _LESS_THAN)
    return _COMMAND.sub("", text).replace(_LESS_THAN, "<").strip()
