"""The new words of a reply, apart from what it quotes.

Line by line, once through. Three things are set apart: lines quoted with '>' together with the sentence that
introduces them; everything from a separator, a copied header block or our own marker on; the signature. Answers between
quoted lines are kept. Nothing is lost by a wrong guess: the whole text is kept elsewhere, and when nothing would be
left the whole text is the reply. Languages are tables in `mail.languages`: a translator adds words, no code.
"""

import re
from dataclasses import dataclass

from mailflow.mail.languages import every

MARKER = "##-"
"""A line of ours that begins so says 'write above this line'; templates may use it."""

ON = every("reply.on")
"""How a sentence begins that says when something was written."""
WROTE = every("reply.wrote")
"""What it says was done. The sentence ends with one of these, or names the writer after it, and then a colon."""
FIELDS = {kind: every(f"header.{kind}") for kind in ("from", "date", "to", "cc", "subject")}
"""The copied header block of Outlook and its like."""
SEPARATORS = frozenset((*every("reply.original"), *every("reply.forwarded")))
DEVICES = every("signature.device")
"""With '-- ' (RFC 3676 4.3), and '--' as it is mostly written, the signatures that we know."""
LONGEST_DEVICE = 8  # words; a device has a short name, a sentence goes on

READ = 512 << 10  # characters; in more than a person writes or answers, the new words have no end to look for
WINDOW = 4  # lines over which a mail program folds its introduction
BLOCK = 8  # lines in which the fields of a copied header stand
LONGEST_LINE = 400  # characters; nothing a mail program introduces a quotation with is longer
_DATED = re.compile(r"@|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_FRAME = " \t-_=*#>|\u2014\u2013"
_FIELD_OF = {word: kind for kind, words in FIELDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Split:
    reply: str
    quoted: str


def split(text: str) -> Split:
    """`text` is the readable body; every line of it goes to one side or the other."""
    head = text.find("\n", READ) if len(text) > READ else -1
    lines = [line.rstrip("\r") for line in (text if head < 0 else text[:head]).split("\n")]
    reply: list[str] = []
    quoted: list[str] = []
    at, said = 0, False
    while at < len(lines):
        introduced = _introduction(lines, at)
        before_quotes = introduced and _is_quoted(_next_words(lines, at + introduced))
        if said and (_ends_the_reply(lines, at) or (introduced and not before_quotes)):
            break  # with nothing said above, a copied header is a mail that was passed on: that is what it says
        if before_quotes or _is_quoted(lines[at]):
            quoted.extend(lines[at : at + (introduced or 1)])
        else:
            reply.extend(lines[at : at + (introduced or 1)])
            said = said or bool(lines[at].strip())
        at += introduced or 1
    if head >= 0:
        (reply if at >= len(lines) else lines).append(text[head + 1 :])
    quoted.extend(lines[at:])
    words = _trimmed(reply)
    return Split(words, _trimmed(quoted)) if words.strip() else Split(text, "")


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _next_words(lines: list[str], at: int) -> str:
    return next((line for line in lines[at : at + WINDOW] if line.strip()), "")


def _ends_the_reply(lines: list[str], at: int) -> bool:
    line = lines[at].strip()
    if not line or len(line) > LONGEST_LINE:
        return False
    framed = line[0] in _FRAME
    return (
        (framed and (line.startswith(MARKER) or line in ("--", "\u2014") or _is_rule_before_more(lines, at)))
        or ((framed or line.endswith(":")) and _is_separator(line))
        or (":" in line and _is_header_block(lines, at))
        or _is_advertisement(line)
    )


def _is_advertisement(line: str) -> bool:
    """A telephone that names its maker."""
    folded = line.casefold()
    return (
        folded.startswith(DEVICES)
        and len(folded.split()) <= LONGEST_DEVICE
        and not any(mark in folded for mark in ",;?!")
    )


def _is_separator(line: str) -> bool:
    """'-----Original Message-----' and 'Begin forwarded message:'."""
    words = line.strip(_FRAME).rstrip(": ").casefold().replace("\u2019", "'")
    return words in SEPARATORS or (words.startswith("forwarded by ") and line.startswith("--"))


def _is_rule_before_more(lines: list[str], at: int) -> bool:
    """A drawn line above a copied header block, or above the footer of a mailing list."""
    line = lines[at].strip()
    if len(line) < 2 or set(line) not in ({"_"}, {"-"}):
        return False
    below = next((number for number in range(at + 1, min(at + WINDOW, len(lines))) if lines[number].strip()), None)
    if below is None:
        return False
    return _is_header_block(lines, below) or (line[0] == "_" and _is_list_footer(lines[below : below + WINDOW]))


def _is_list_footer(lines: list[str]) -> bool:
    return "mailing list" in lines[0].casefold() and any("://" in line for line in lines)


def _is_header_block(lines: list[str], at: int) -> bool:
    """From or a date first, a subject and one more among the fields that follow: no form that a person filled in."""
    if _field(lines[at]) not in ("from", "date"):
        return False
    kinds: set[str] = set()
    for line in lines[at : at + BLOCK]:
        if not line.strip() and len(kinds) > 1:
            break
        kinds.add(_field(line))
    addressed = {"date", "to"} <= kinds and "@" in lines[at]
    return len(kinds - {""}) >= 3 and "from" in kinds and ("subject" in kinds or addressed)


def _field(line: str) -> str:
    name, colon, _ = line[:LONGEST_LINE].partition(":")
    return _FIELD_OF.get(name.strip(" \t*_>").casefold(), "") if colon else ""


def _introduction(lines: list[str], at: int) -> int:
    """How many lines from here on are 'On 3 May 2026 Anna wrote:'; 0: none."""
    first = lines[at].strip()
    if not first or len(first) > LONGEST_LINE or _is_quoted(first) or not _may_introduce(first):
        return 0
    words = ""
    for count, line in enumerate(lines[at : at + WINDOW], start=1):
        line = line.strip()
        if not line or len(line) > LONGEST_LINE or (count > 1 and (_is_quoted(line) or _starts_dated(line))):
            return 0
        words = f"{words} {line}".strip()
        if _introduces(words, followed=_next_words(lines, at + count)):
            return count
        if line.endswith((".", "!", "?")):
            return 0
    return 0


def _may_introduce(first: str) -> bool:
    return _starts_dated(first) or (first.endswith((":", "\uff1a")) and bool(_DATED.search(first)))


def _starts_dated(line: str) -> bool:
    """It begins with a date, or with 'On' and has a digit near."""
    folded = line.casefold()
    return folded[:1].isdigit() or (folded.startswith(ON) and any(letter.isdigit() for letter in folded[:60]))


def _introduces(words: str, followed: str) -> bool:
    folded = words.casefold().rstrip()
    ends = folded.endswith((":", "\uff1a"))
    if not ends and not (_is_quoted(followed) and "@" in folded):
        return False
    says = any(word in folded for word in WROTE)
    if _is_quoted(followed):
        return says or ("@" in folded and bool(_DATED.search(folded)))
    return bool(_DATED.search(folded)) and (says or ("@" in folded and folded.endswith((">:", ">\uff1a"))))


def _trimmed(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
