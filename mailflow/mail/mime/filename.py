"""The name of a file, as words for people: cleaned after it is decoded, and nobody makes a path of it (threats 7).

What is cleaned is what a disk, a terminal or a reader could take for something else than a name: directories, devices
of Windows, streams, controls, letters that are not seen or turn the rest around.
"""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.charset import scrub_line
from mailflow.mail.charsets.encoded_words import decode_words

MAX_OCTETS = 255  # of UTF-8, what file systems take
MAX_READ = 4 << 10  # characters; what a name is made from
MAX_CLEANED = 1 << 10  # characters; to compose them is quadratic in combining marks
MAX_EXTENSION = 32  # octets

_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})  # bidi controls, zero width, private, unassigned
_FILLERS = dict.fromkeys(map(ord, "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe0e\ufe0f"))  # letters not seen
_SEPARATORS = re.compile(r"[/\\]")
_RESERVED = re.compile(r"[<>:\"|?*\u2044\u2215\u29f5\u29f8\ufe68\uff0f\uff3c]")  # and what is drawn as a slash
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)\s*+(?:\.|\Z)", re.IGNORECASE
)


def clean_filename(name: str, bounds: Bounds = USUAL, hints: Iterable[str] = ()) -> str:
    """The last path component that is a name, composed (NFC); '' when there is none."""
    if not name:  # as nearly every part
        return ""
    name = decode_words(name[:MAX_READ], bounds, hints)
    name = _within_quotes(scrub_line(name))[:MAX_CLEANED]
    name = normalize("NFC", scrub_line(name)).translate(_FILLERS)
    name = "".join(letter for letter in name if letter.isascii() or category(letter) not in _INVISIBLE)
    components = (_plain(component) for component in reversed(_SEPARATORS.split(name)))
    name = next(filter(None, components), "")
    return _short(f"_{name}" if _DEVICE.match(name) else name)


def _within_quotes(name: str) -> str:
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _plain(component: str) -> str:
    """Windows takes `a.exe. ` for `a.exe`, and a row of blanks pushes an extension out of sight."""
    return _RESERVED.sub("_", " ".join(component.split())).strip(" .")


def _short(name: str) -> str:
    """With its extension, if that is one."""
    if len(name.encode()) <= MAX_OCTETS:
        return name
    stem, dot, extension = name.rpartition(".")
    kept = dot + extension if stem and len(extension.encode()) <= MAX_EXTENSION else ""
    cut = name.encode()[: MAX_OCTETS - len(kept.encode())].decode(errors="ignore")
    return cut.rstrip(" .") + kept
