"""Domains that look like others: letters of alphabets that share their shapes, in one label (UTS 39 section 5)."""

from contextlib import suppress
from unicodedata import category, name

ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"})
"""Alphabets whose letters are taken for one another. Japanese and Korean mix scripts that are not."""
_A_LABEL = "xn--"


def mixes_scripts(domain: str) -> bool:
    """Whether a label of a domain, canonical or as it is shown, has letters of several of them."""
    if domain.isascii() and _A_LABEL not in domain:  # the common case, and cheap
        return False
    return any(len(_scripts(_shown(label)) & ALIKE) > 1 for label in domain.split("."))


def _shown(label: str) -> str:
    """RFC 3492; what is no Punycode stands for itself."""
    if label.startswith(_A_LABEL):
        with suppress(UnicodeError):
            return label.removeprefix(_A_LABEL).encode().decode("punycode")
    return label


def _scripts(label: str) -> set[str]:
    """The first word of a letter's name is its script."""
    return {name(letter, "").partition(" ")[0] for letter in label if category(letter)[0] == "L"}
