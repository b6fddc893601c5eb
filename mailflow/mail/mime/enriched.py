"""text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 7.1.3) as plain text."""

import re

_COMMAND = re.compile(r"<(<|/?[A-Za-z0-9-]{1,60}>)")
_UNSEEN = re.compile(r"<(?:param|comment)>[^<]*+(?:</(?:param|comment)>)?", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n+")
_RICHTEXT = {"<nl>": "\n", "<lt>": "<", "<np>": "\n\n", "</paragraph>": "\n\n"}


def plain(text: str, content_type: str) -> str:
    """One line end is a blank, more of them are one less; richtext says where a line ends."""
    text = _UNSEEN.sub("", text)
    if content_type == "text/richtext":
        text = text.replace("\n", " ")
        return _COMMAND.sub(lambda command: _RICHTEXT.get(command[0].lower(), ""), text).strip()
    text = _LINE_ENDS.sub(lambda ends: " " if len(ends[0]) == 1 else ends[0][1:], text)
    return _COMMAND.sub(lambda command: "<" if command[1] == "<" else "", text).strip()
