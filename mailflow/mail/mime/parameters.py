"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 5.1, RFC 2231).

Read from the undecoded field, tolerantly: unquoted blanks, missing semicolons and half of RFC 2231 are common.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.charset import decode

_PARAMETER = re.compile(
    r"""(?<![;\s])[;\s]++([^\s=;"]++)\s*+=
        (?: \s*+"((?:[^"\\]|\\.)*+)"?
          | \s*+((?:[^;\s]|\s++(?!;|\Z))++)
          | )""",
    re.DOTALL | re.VERBOSE,
)
MAX_VALUE = 4 << 10  # characters of what is encoded by octets
_EMPTY = re.compile(r"[;\s]{3,}+")  # parameters without a name, which cost as much as others
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_EXTENDED = re.compile(r"([^']*)'[^']*'(.*)", re.DOTALL)
_VALUE = re.compile(r"([^;,\s]*+),?")


def read_parameters(field: str, bounds: Bounds = USUAL) -> tuple[str, Mapping[str, str]]:
    """`text/plain; charset=utf-8` -> ('text/plain', {'charset': 'utf-8'}). Names and value in lower case."""
    if field.count(";") > bounds.parameters:
        field = _EMPTY.sub("; ", field)
    value, start = (match[1], match.end()) if (match := _VALUE.match(field)) else ("", 0)
    pairs = [
        (match[1].lower(), _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3] or "")
        for match, _ in zip(_PARAMETER.finditer(field, start), range(bounds.parameters), strict=False)
    ]
    return value.lower(), _joined(pairs)


def _joined(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Parameters with their RFC 2231 sections put together. The first of two equal ones counts, and of a plain and an
    extended one the extended: the other is for programs that do not know RFC 2231."""
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pairs:
        section = _SECTION.fullmatch(name)
        if section is None or not (section[2] or section[3]):
            plain.setdefault(name, value)
        elif section[2] is None:
            extended.setdefault(section[1], _assembled({0: (value, True)}))
        else:
            sections.setdefault(section[1], {}).setdefault(int(section[2]), (value, bool(section[3])))
    return plain | {name: _assembled(parts) for name, parts in sections.items()} | extended


def _assembled(sections: Mapping[int, tuple[str, bool]]) -> str:
    """In the order of their numbers, whatever is missing."""
    charset, written = "", ""
    for number in sorted(sections):
        value, extended = sections[number]
        value = value[:MAX_VALUE]
        if extended and not written and (declared := _EXTENDED.fullmatch(value)):
            charset, value = declared.groups()
        written += value if extended else quote(value)
    return decode(unquote_to_bytes(written), charset)
