"""Secrets that are never told, whoever says them back to us: a server may repeat a password in its refusal.

What was read as a secret is taken out of every line of the log and of every answer that is kept or shown. Also as
base64, which is how SMTP and IMAP say it. What is shorter than LEAST is left alone: it may be any word.
"""

from base64 import b64encode
from collections import OrderedDict

LEAST = 8
MOST = 200
"""Tokens change with every connection; those of before have ended."""
STARS = "***"
_known: OrderedDict[str, tuple[str, ...]] = OrderedDict()


def conceal(secret: str) -> str:
    """`secret` itself, which is never told from now on."""
    if len(secret) >= LEAST:
        _known[secret] = _forms(secret)
        _known.move_to_end(secret)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return secret


def concealed(text: str) -> str:
    for forms in tuple(_known.values()):
        for form in forms:
            if form in text:
                text = text.replace(form, STARS)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and within base64: what comes before it shifts it by none, one or two octets, and the letters that
    depend on its neighbours are left out."""
    octets = secret.encode()
    within = []
    for shift in range(3):
        whole = b64encode(b"\0" * shift + octets).decode().rstrip("=")
        first = -(-8 * shift // 6)
        last = (shift + len(octets)) * 8 // 6
        within.append(whole[first:last])
    return (secret, *within)
