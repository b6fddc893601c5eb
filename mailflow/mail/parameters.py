"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 5.1, RFC 2231), and the name of a file.

Read from the undecoded field, tolerantly: unquoted blanks, encoded-words in quotes and half of RFC 2231 are common.
A file name is words for people. It is cleaned after it is decoded, and nobody makes a path of it (threats 7).
"""

import re
from collections.abc import Iterable, Mapping
from unicodedata import category, normalize
from urllib.parse import unquote_to_bytes

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charset import decode, scrub_line
from mailflow.mail.encoded_words import decode_words

MAX_FILENAME = 200

_PARAMETER = re.compile(r""";[\s;]*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))""", re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_EXTENDED = re.compile(r"([^']*)'[^']*'(.*)", re.DOTALL)
_FORMAT = "CfCcCsCoCn"  # bidi overrides and zero-width characters disguise a name


def read_parameters(field: str, bounds: Bounds = USUAL) -> tuple[str, Mapping[str, str]]:
    """`text/plain; charset=utf-8` -> ('text/plain', {'charset': 'utf-8'}). Names and value in lower case."""
    value, _, _ = field.partition(";")
    pairs = [
        (match[1].lower(), _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip())
        for match, _ in zip(_PARAMETER.finditer(field, len(value)), range(bounds.parameters), strict=False)
    ]
    return value.strip().lower(), _joined(pairs)


def clean_filename(name: str, bounds: Bounds = USUAL) -> str:
    """The last path component, composed (NFC), without controls or invisible letters, short."""
    name = normalize("NFC", scrub_line(decode_words(name, bounds)))
    name = "".join(letter for letter in name if letter.isascii() or category(letter) not in _FORMAT)
    name = re.split(r"[/\\]", name)[-1].strip(" .")
    if len(name) <= MAX_FILENAME:
        return name
    stem, dot, extension = name.rpartition(".")
    kept = dot + extension if stem and len(extension) <= 16 else ""
    return name[: MAX_FILENAME - len(kept)] + kept


def _joined(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Parameters with their RFC 2231 sections put together. The first of two equal ones counts."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pairs:
        section = _SECTION.fullmatch(name)
        if section is None or not (section[2] or section[3]):
            plain.setdefault(name, value)
        else:
            sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (value, bool(section[3])))
    return plain | {name: _assembled(parts) for name, parts in sections.items()}


def _assembled(sections: Mapping[int, tuple[str, bool]]) -> str:
    charset, octets = "", b""
    for number in sorted(sections):
        value, extended = sections[number]
        if extended and number == 0 and (declared := _EXTENDED.fullmatch(value)):
            charset, value = declared.groups()
        octets += unquote_to_bytes(value) if extended else value.encode()
    return decode(octets, charset)
