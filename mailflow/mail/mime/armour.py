"""OpenPGP inside a text (RFC 9580 6.2, 7): what was signed in the clear is read without its armour, not verified."""

import re

ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"

_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_OPENING = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*+\n(?:[A-Za-z-]{1,30}: ?[^\n]{0,200}\n){0,10}+\n?", re.MULTILINE
)
_DASH = re.compile(r"^- ", re.MULTILINE)  # 7.2: any line may be escaped


def is_signed(text: str) -> bool:
    """A quoted one is somebody else's."""
    return text.startswith(SIGNED) or f"\n{SIGNED}" in text


def unarmoured(text: str) -> str:
    """What people wrote: without the lines around a signed text, the signature and the escapes of its dashes."""
    shown: list[str] = []
    at = 0
    while opening := _OPENING.search(text, at):
        shown.append(text[at : opening.start()])
        end = text.find(f"\n{_SIGNATURE}", opening.end() - 1)
        if end < 0:
            end = len(text)
        shown.append(_DASH.sub("", text[opening.end() : end]))
        closing = text.find(_END, end)
        at = len(text) if closing < 0 else closing + len(_END)
    return "".join([*shown, text[at:]]).strip("\n")
