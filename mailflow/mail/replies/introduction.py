"""The sentence that introduces a quotation: 'On 3 May 2026 at 10:15, Anna Nowak <anna@firma.example> wrote:'.

Recognised first by its shape, so that languages without a table work too: it names when and who, ends with a colon
or in a frame, and stands above quoted lines. The words of `mail.languages` confirm it where the shape alone may be
a person's own sentence. Mail programs fold it over lines anywhere.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain

ON = Wordings(every("reply.on"))
"""How a sentence begins that says when something was written."""
WROTE = Wordings(every("reply.wrote"))
"""What it says was done. The sentence ends with one of these, or names the writer after it, and then a colon."""

FOLDED_OVER = 4  # lines
EARLY = 16  # characters at its beginning in which the date begins, behind a day of the week
NEAR = 60  # the same, of a line that is only looked at
SHORTEST = 6  # characters; of the first of its lines
NAMED = 8  # words of 'Anna Nowak wrote:' without a date
GAP = 4  # lines below it, empty but for the first that is quoted
LONGEST_LINE = 400  # characters; nothing a mail program introduces a quotation with is longer

_DATE = re.compile(
    r"\b(?:19|20)\d\d(?!\d)|\b25[5-9]\d(?!\d)|(?<!\d)\d{1,2}(?:[./-]|\. )\d{1,2}(?:[./-]|\. )\d{2}|\d\d?월|\d\d?月"
)
_TIME = re.compile(r"(?<![\d.])\d{1,2} ?[:.h時时시] ?\d{2}(?!\d|[./-]\d)|\b\d{1,2} ?(?:[ap]\.?m\b|時|时|點|点|시)")
_DIGIT = re.compile(r"\d")
_NUMBER_OR_ADDRESS = re.compile(r"[\d@]")
_COLON = ":"
_FRAME_AFTER = re.compile(r"(?:-{2,}|>{3}|_{4,})\Z")
_GROUPWISE = re.compile(r">>> (?!>)[^>]{1,200}(?:>[^>]{1,100})?>>>\Z")


def is_quoted(line: str) -> bool:
    """GroupWise introduces with '>>> Anna Nowak <anna@firma.example> 05/03/2026 10:15 AM >>>' and marks nothing."""
    return line.startswith(">") and not _is_groupwise(line)


def introduction(lines: list[str], at: int) -> int:
    """How many lines from `at` on introduce a quotation; 0: none. No line has blanks around it."""
    first = lines[at]
    if not first or len(first) > LONGEST_LINE or not _may_begin(first, opens=at == 0 or not _is_own(lines[at - 1])):
        return 0
    words = later = ""
    for count, line in enumerate(lines[at : at + FOLDED_OVER], start=1):
        if not line or len(line) > LONGEST_LINE or (count > 1 and is_quoted(line)):
            return 0
        words = f"{words} {line}".strip()
        later = f"{later} {line}".strip() if count > 1 else ""
        if _introduces(words, above_quoted=above_quoted(lines, at + count), lines=count):
            return 0 if _is_complete(later) else count
        if line.endswith(("!", "?")) or (line.endswith(".") and "@" not in words):  # no month of 'jún.'
            return 0
    return 0


def above_quoted(lines: list[str], at: int) -> bool:
    """Only empty lines stand between here and a quoted one."""
    return is_quoted(next((line for line in lines[at : at + GAP] if line), ""))


def is_dated(words: str) -> bool:
    """It names a day and a time of the day; `words` are plain."""
    return bool(_DATE.search(words) and _TIME.search(words))


def says_wrote(words: str) -> bool:
    return WROTE.stand_in(words)


def _is_own(line: str) -> bool:
    return bool(line) and not is_quoted(line)


def _is_groupwise(line: str) -> bool:
    return line.startswith(">>> ") and len(line) <= LONGEST_LINE and bool(_GROUPWISE.match(line) and _DATE.search(line))


def _may_begin(first: str, *, opens: bool) -> bool:
    """A cheap look. Unless it begins a paragraph (`opens`), the line must begin as such sentences do or be one."""
    if _is_groupwise(first):
        return True
    if len(first) < SHORTEST or first[0] == ">" or not (_ends(first) or _NUMBER_OR_ADDRESS.search(first)):
        return False
    words = plain(first)
    if _ends(first) and (opens or _when_or_who(words)):
        return True
    starts = words[:1].isdigit() or (ON.begin(words) and bool(_DIGIT.search(words, 0, NEAR)))
    return starts or (opens and _when_or_who(words))


def _when_or_who(words: str) -> bool:
    return "@" in words or bool(_DATE.search(words) or _TIME.search(words))


def _ends(words: str) -> bool:
    return words.endswith((_COLON, "\uff1a", "--"))


def _introduces(line: str, *, above_quoted: bool, lines: int) -> bool:
    if _is_groupwise(line):
        return True
    words = plain(line).rstrip("*_ ")
    ends, who = words.endswith(_COLON), "@" in words
    if above_quoted:
        return _above_quoted(words, who=who, ends=ends, lines=lines)
    says = says_wrote(words)
    if _FRAME_AFTER.search(words):  # '---- On Fri, 04 Aug 2023 08:49:41 +0100 Anna <anna@firma.example> wrote ----'
        return says and words.startswith("--") and (who or is_dated(words))
    if not (ends and (says or who) and _is_of_a_program(line, words)):
        return False
    return is_dated(words) or (says and who and _when_or_who(words.replace("@", "")))


def _is_of_a_program(line: str, words: str) -> bool:
    """Above lines without marks a person's own sentence is near: 'On 3 May at 10:15 Anna wrote me that it works:'."""
    begins = ON.begin(words) or bool(_DIGIT.search(words, 0, EARLY))
    last = line.rstrip(" :\uff1a*_").rpartition(" ")[2]
    named = WROTE.end(words.rstrip(": ")) or last.endswith((">", ")")) or not last[:1].islower()
    return (begins or "<" in words) and named


def _above_quoted(words: str, *, who: bool, ends: bool, lines: int) -> bool:
    if words.endswith(">:") and lines == 1:  # 'Zitat von Anna Nowak <anna@firma.example>:'
        return True
    dated = bool(_DATE.search(words) or _TIME.search(words))
    if ends and says_wrote(words) and (who or dated or len(words.split()) <= NAMED):
        return True
    return (who and dated) or (ends and lines == 1 and is_dated(words))


def _is_complete(later: str) -> bool:
    """What follows the first line introduces the quotation by itself, so the first line is somebody's own words."""
    words = plain(later)
    if not ("@" in words or says_wrote(words)):
        return False
    return is_dated(words) or (ON.begin(words) and _when_or_who(words.replace("@", "")))
