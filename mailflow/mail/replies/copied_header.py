"""The header that mail programs copy above a quoted or forwarded mail, and the lines drawn or written over it.

    -----Original Message-----
    From: Anna Nowak <anna@firma.example>
    Sent: Tuesday, 3 May 2026 10:15
    Subject: Invoice

Known by the field names of `mail.languages`, else by its shape: a run of 'Name: value' lines of which one holds a date
with a time and one an address, confirmed by a line drawn above or by the subject of this very mail. A form that
somebody filled in has that shape too, hence the confirmation. No line that is asked about has blanks around it.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain, plain_words
from mailflow.mail.replies.introduction import LONGEST_LINE, is_dated, says_wrote

FIELDS = {kind: plain_words(every(f"header.{kind}")) for kind in ("from", "date", "to", "cc", "subject")}
ORIGINAL = frozenset(plain_words(every("reply.original")))
FORWARDED = frozenset(plain_words(every("reply.forwarded")))
ABOVE = Wordings(every("reply.above"))
"""'Write above this line', as helpdesks ask."""
_ALONE = frozenset(plain_words(every("reply.above")))

BLOCK = 10  # lines in which the fields of a copied header stand
GAP = 4  # lines between what is drawn and what is copied
LONGEST_ABOVE = max(map(len, _ALONE)) + 8  # characters
LONGEST_NAME = 30  # characters of a field's name in any language
ENOUGH = 3  # fields
SHORTEST_SUBJECT = 4  # characters; what is shorter stands in many lines

_FORWARDING = Wordings(FORWARDED)  # … from Anna, … by Anna
_FIELD_OF = {word: kind for kind, words in FIELDS.items() for word in words}
_DASHES = r"\u2010-\u2015\u2500"
_FRAME = " \t-_=*#~+>|\u2010\u2011\u2012\u2013\u2014\u2015\u2500"
_FRAMED = re.compile(rf"[-_=*{_DASHES}]{{2}}[-_=*{_DASHES} ]*+[^-_=*{_DASHES}].{{0,200}}?[-_=*{_DASHES}]{{2}}\Z")
_RULE = re.compile(rf"(?:-{{3,}}|_{{2,}}|[-{_DASHES}]{{4,}}|={{4,}}|\*{{4,}})\Z")


def is_original(lines: list[str], at: int) -> bool:
    """'-----Original Message-----' in a language of ours; in any other when a copied header follows it.

    Notes writes '-----Anna Nowak <anna@firma.example> wrote: -----'.
    """
    line = lines[at]
    framed = bool(_FRAMED.match(line))
    words = _unframed(line)
    if words in ORIGINAL:
        return framed or line[0] in _FRAME or line.endswith(":")
    return framed and ((says_wrote(words) and line.startswith("--")) or is_above_header(lines, at))


def is_forwarded(line: str) -> bool:
    """'---------- Forwarded message ---------', 'Begin forwarded message:'."""
    if not line or not is_framed(line):
        return False
    words = _unframed(line)
    by = line.startswith("--") and any(words[len(start) :][:1] == " " for start in _FORWARDING.openings(words))
    return words in FORWARDED or by


def is_marker(lines: list[str], at: int) -> bool:
    """'## Please type your reply above this line ##', as other helpdesks write it."""
    line = lines[at]
    framed = line[0] in _FRAME or (at > 0 and is_drawn(lines[at - 1]))
    if is_drawn(line) or (not framed and len(line) > LONGEST_ABOVE):
        return False
    words = plain(line[:LONGEST_LINE])
    return ABOVE.stand_in(words) if framed else words.strip(" .!:") in _ALONE


def is_framed(line: str) -> bool:
    """It may be one of these lines: it begins in a frame, or ends with a colon."""
    return line[0] in _FRAME or line.endswith((":", "\uff1a"))


def is_drawn(line: str) -> bool:
    """A line of dashes, as above a copied header."""
    return line[:1] in _FRAME and bool(_RULE.match(line[:LONGEST_LINE]))


def is_above_header(lines: list[str], at: int) -> bool:
    """The header follows at once, or after empty lines."""
    below = _below(lines, at)
    return below > 0 and is_header(lines, below, drawn=True)


def is_above_marker(lines: list[str], at: int) -> bool:
    below = _below(lines, at)
    return below > 0 and is_marker(lines, below)


def is_header(lines: list[str], at: int, subject: str = "", *, drawn: bool = False) -> bool:
    """From or a date first, a subject and one more among the fields that follow. `subject`: of the mail, plain."""
    line = lines[at]
    if ":" not in line and "\uff1a" not in line:
        return False
    first = field_of(line)
    shaped = drawn or (len(subject) >= SHORTEST_SUBJECT and "@" in line)
    if not first and not shaped:
        return False
    kinds, values = _run(lines, at)
    if not drawn and _is_form(lines, at, kinds, values):
        return False
    if first and len(kinds) >= ENOUGH and _is_known(kinds, first, line):
        return True
    return shaped and len(values) >= ENOUGH and _is_of_a_mail(values) and (drawn or _has(subject, values))


def field_of(line: str) -> str:
    """'from', 'date', 'to', 'cc', 'subject'; '' for none."""
    name, colon, _ = plain(line[:LONGEST_LINE]).partition(":")
    return _FIELD_OF.get(name.strip(_FRAME), "") if colon else ""


def _is_known(kinds: set[str], first: str, line: str) -> bool:
    if "from" not in kinds:
        return False
    if first in ("from", "date"):
        return "subject" in kinds or ({"date", "to"} <= kinds and "@" in line)
    return "date" in kinds and not kinds.isdisjoint(("subject", "to"))


def _is_form(lines: list[str], at: int, kinds: set[str], values: list[str]) -> bool:
    """Somebody's journey: without the address or the time that mail programs copy, and 'From: Warsaw' stands right
    above 'To: London', a sentence with a colon above it, or a field among them that no mail has ('Seats: 2')."""
    if any("@" in value or is_dated(value) for value in values):
        return False
    if field_of(lines[at]) == "from" and field_of(next(iter(lines[at + 1 : at + 2]), "")) == "to":
        return True
    above = next((line for line in reversed(lines[max(0, at - GAP) : at]) if line), "")
    within = at > 0 and bool(field_of(lines[at - 1]))  # it was judged where it began
    return within or above.endswith((":", "\uff1a")) or len(values) > len(kinds)


def _run(lines: list[str], at: int) -> tuple[set[str], list[str]]:
    """The kinds of the fields from here on that have a known name, and the values of all 'Name: value' lines."""
    kinds: set[str] = set()
    values: list[str] = []
    for line in lines[at : at + BLOCK]:
        if not line.strip(_FRAME) and (values or line):
            break
        name, colon, value = plain(line[:LONGEST_LINE]).partition(":")
        name = name.strip(_FRAME)
        if colon and 0 < len(name) <= LONGEST_NAME and not any(letter.isdigit() for letter in name):
            kinds.add(_FIELD_OF.get(name, ""))
            values.append(value.strip("* "))
    return kinds - {""}, values


def _is_of_a_mail(values: list[str]) -> bool:
    return any("@" in value for value in values) and any(is_dated(value) for value in values)


def _has(subject: str, values: list[str]) -> bool:
    return any(value.endswith(subject) and len(value) <= len(subject) + LONGEST_NAME for value in values)


def _unframed(line: str) -> str:
    return plain(line[:LONGEST_LINE]).strip(_FRAME).rstrip(": ")


def _below(lines: list[str], at: int) -> int:
    """Where the next words stand; 0: far away."""
    return next((n for n in range(at + 1, min(at + 1 + GAP, len(lines))) if lines[n]), 0)
