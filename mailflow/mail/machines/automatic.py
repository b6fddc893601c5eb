"""Who or what wrote a mail, as far as answering is concerned (RFC 3834, and what machines really write).

A list of questions, the most certain first; the first that knows gives the kind and a reason a customer could read.
The judgement says *robot*, never *unwanted*: it decides about answering, not about keeping. It errs on the side of a
person where only words speak, because a person who gets no answer is worse off than a robot that gets one too many;
ceilings elsewhere stop what this lets pass. Words are tables in `mail.languages`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from mailflow.mail.languages.phrases import Prose, fold
from mailflow.mail.machines.absence import asks, ends_away, is_reply, says_away, words_of_a_note
from mailflow.mail.machines.acknowledgement import LONGEST, acknowledges, challenges, opened, promises, says_of_itself
from mailflow.mail.machines.bulk import BULK_PRECEDENCE, bulk_field, is_newsletter
from mailflow.mail.machines.program import GENERATED_FIELDS, LOOP_FIELDS, PROGRAM_FIELDS, first_of, wants_no_answer
from mailflow.mail.machines.responder import answers, hand_program, responder, written_by_hand
from mailflow.mail.machines.return_day import away_until
from mailflow.mail.machines.role import DAEMONS, MONITORS, POSTMASTER, is_one_of, never_reads
from mailflow.mail.message import Automatic, AutomaticKind, Report
from mailflow.mail.mime.header import Header
from mailflow.mail.subject import Kind, kind_of

PERSONS = ("", "no", "auto-forwarded")
"""Auto-Submitted of people's mail: what a program passes on, a person may have written."""

FINAL_ACTIONS = ("failed",)
STILL_TRYING = ("delayed",)

REPORT_TYPES = {
    "disposition-notification": Automatic(kind=AutomaticKind.DISPOSITION, why="it says whether a mail was read"),
    "feedback-report": Automatic(kind=AutomaticKind.FEEDBACK, why="it passes on a complaint about a mail (RFC 5965)"),
}
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]{1,60})", re.IGNORECASE)
_METHOD_REPLY = re.compile(r";\s*method=\"?reply\b")
_COMMENT = re.compile(r"\([^()]*+\)")
_PROGRAMS = re.compile(
    r"(?:ana)?cron <\S{1,200}@\S{1,200}> |\*\* (?:problem|recovery|acknowledgement|flapping|downtime)\S{0,9} "
    r"(?:host|service|alert)\b"
)
"""How cron and Nagios begin their subjects."""
RECEIPTS = (
    "return receipt",
    "read:",
    "gelesen:",
    "lu :",
    "lu:",
    "leido:",
    "letto:",
    "lida:",
    "gelezen:",
    "przeczytano:",
)


@dataclass(frozen=True)
class _Looks:
    """What the questions look at; what several of them need is found once."""

    header: Header
    subject: str
    author: str | None
    report: Report | None
    own: str  # the new words, without what they quote
    quotes: bool

    @cached_property
    def answers(self) -> bool:
        return answers(self.header)

    @cached_property
    def bulk_field(self) -> str:
        return bulk_field(self.header)

    @cached_property
    def prose(self) -> Prose:
        return Prose(self.own[:LONGEST])


def automatic_of(
    header: Header,
    subject: str,
    author: str | None,
    report: Report | None,
    own: str,
    *,
    quotes: bool = False,
    language: str = "",
    sent: datetime | None = None,
) -> Automatic:
    """The kind of `header`'s mail: `author` is its one clean From address, `report` what `mail.reports` read in it,
    `own` its new words, `quotes` whether it quotes others. `language` and `sent` serve to read the date of a return."""
    looks = _Looks(header, subject, author, report, own, quotes)
    found = (question(looks) for question in QUESTIONS)
    automatic = next((automatic for automatic in found if automatic), Automatic())
    if automatic.kind is not AutomaticKind.AUTO_REPLY:
        return automatic
    return replace(automatic, until=away_until(subject, own, language, sent))


def _delivery_report(looks: _Looks) -> Automatic | None:
    if looks.report is None:
        return None
    if not looks.report.recipients and _report_type(looks) in REPORT_TYPES:
        return None  # it says which mail it is about, and of nobody that it did not arrive
    actions = {recipient.action for recipient in looks.report.recipients}
    if actions and actions.isdisjoint((*FINAL_ACTIONS, *STILL_TRYING)):
        return _generated("it is a delivery report, and the mail was delivered")
    if actions & {*STILL_TRYING} and not actions & {*FINAL_ACTIONS}:
        return Automatic(kind=AutomaticKind.DELAY, why="it is a delivery report: the mail is late, still being tried")
    return Automatic(kind=AutomaticKind.BOUNCE, why="it is a delivery report: a mail could not be delivered")


def _other_report(looks: _Looks) -> Automatic | None:
    content_type = looks.header.text("Content-Type")
    if not content_type.lower().startswith("multipart/report"):
        return None
    known = REPORT_TYPES.get(_report_type(looks))
    return known or _generated("it is a report that a machine wrote (multipart/report)")


def _report_type(looks: _Looks) -> str:
    content_type = looks.header.text("Content-Type")
    named = _REPORT_TYPE.search(content_type) if content_type.lower().startswith("multipart/report") else None
    return named.group(1).lower() if named else ""


def _says_so(looks: _Looks) -> Automatic | None:
    """RFC 3834 section 5, the field made for this."""
    said = auto_submitted(looks.header)
    if said in PERSONS:
        return None
    why = f"it says Auto-Submitted: {said[:60]} (RFC 3834)"
    if said.startswith("auto-replied"):
        return _replied(why)
    hint = _answer_of_a_machine(looks)
    if hint:
        return _replied(f"{why}, and {hint}")
    return _forum(looks) or _generated(why)


def _forum(looks: _Looks) -> Automatic | None:
    """A forum writes what people say to each other, as answers through a list, and calls it generated."""
    listed = looks.header.has("List-Id") and looks.header.text("Precedence").strip().lower() == "list"
    return _list(looks) if listed and looks.answers else None


def auto_submitted(header: Header) -> str:
    """The keyword of Auto-Submitted without comments and parameters; of several fields the first that names a machine,
    so that none of them hides it."""
    said = [_keyword(value) for value in header.texts("Auto-Submitted")]
    return next((word for word in said if word not in PERSONS), next(iter(said), ""))


def _keyword(value: str) -> str:
    return _COMMENT.sub(" ", value).partition(";")[0].strip(' \t"').lower()


def _answer_of_a_machine(looks: _Looks) -> str:
    """What makes an answer of a mail that no person wrote; '' when nothing does. Exchange, Notes and ticket systems
    call their answers auto-generated."""
    by_header = responder(looks.header)
    if by_header:
        return by_header
    titled = says_away(looks.subject, answers=True, asks=False) or acknowledges(looks.subject)
    if titled:
        return f"its subject says \u201c{titled}\u201d"
    words = ""
    if looks.answers:
        words = opened(looks.prose) or words_of_a_note(looks.own, looks.prose, quotes=False)
    return f"its text says \u201c{words}\u201d" if words else ""


def _responder(looks: _Looks) -> Automatic | None:
    why = responder(looks.header)
    return _replied(why) if why else None


def _away_subject(looks: _Looks) -> Automatic | None:
    """A newsletter may be titled 'Out of office: five beaches'; to a list of people, notes are sent with its fields."""
    if is_newsletter(looks.header):
        return None
    words = says_away(looks.subject, answers=looks.answers and not looks.bulk_field, asks=asks(looks.own))
    if not words and (ending := ends_away(looks.subject)):
        words = words_of_a_note(looks.own, looks.prose, quotes=looks.quotes) and ending
    return _replied(f"its subject says \u201c{words}\u201d") if words else None


def _robot_on_list(looks: _Looks) -> Automatic | None:
    """'This is a vacation message': said of itself, in an answer, it is more than a list's fields."""
    if not looks.bulk_field or not looks.answers or len(looks.own) > LONGEST or written_by_hand(looks.header):
        return None
    words = says_of_itself(looks.own, looks.prose, asked=asks(looks.own))
    return _replied(f"its text says \u201c{words}\u201d") if words else None


def _null_answer(looks: _Looks) -> Automatic | None:
    """RFC 3834 3.1.1: who answers by machine does it with the null reverse-path."""
    if not _is_null(looks.header) or looks.bulk_field or _is_persons(looks):
        return None
    if looks.answers or kind_of(looks.subject) is Kind.ANSWER:
        return _replied("it answers a mail from the null address <>")
    return None


def _is_persons(looks: _Looks) -> bool:
    """Words from a program in which people write: the null address is then a fault on the way."""
    return bool(looks.own.strip()) and hand_program(looks.header)


def _procmail(looks: _Looks) -> Automatic | None:
    """The recipe of procmailex(5) for a vacation: Precedence: junk, and X-Loop with the writer's own address."""
    loop = looks.header.text("X-Loop").strip().casefold()
    low = looks.header.text("Precedence").strip().lower() in ("junk", "bulk")
    if low and loop and loop == (looks.author or "").casefold():
        return _replied(
            "it carries its writer's address in X-Loop and a low Precedence, as an answering rule writes it"
        )
    return None


def _own_words(looks: _Looks) -> Automatic | None:
    """Words of the text alone are weak: people quote them. They count in an answer that names what it answers."""
    own = looks.own
    if len(own) > LONGEST or kind_of(looks.subject) is Kind.FORWARD or not _has_answer_shape(looks):
        return None
    prose, asked = looks.prose, asks(own)
    words = says_of_itself(own, prose, asked=asked and not never_reads(looks.author or ""))
    if not words and not asked and not written_by_hand(looks.header):
        words = opened(prose) or promises(prose)
    words = words or words_of_a_note(own, prose, quotes=looks.quotes)
    return _replied(f"its text says \u201c{words}\u201d") if words else None


def _has_answer_shape(looks: _Looks) -> bool:
    return looks.answers or is_reply(looks.subject)


def _challenge(looks: _Looks) -> Automatic | None:
    """'Click below so that I receive your mail'. It may only be known as one by its low Precedence."""
    shaped = looks.header.has("Precedence") or _is_null(looks.header) or _has_answer_shape(looks)
    if not shaped or looks.quotes or len(looks.own) > LONGEST or written_by_hand(looks.header):
        return None
    words = challenges(looks.prose)
    return _generated(f"its text says \u201c{words}\u201d") if words else None


def _calendar_answer(looks: _Looks) -> Automatic | None:
    """RFC 5546 3.2.3: the answer to an invitation, without a part in which a person could have said something."""
    content_type = looks.header.text("Content-Type").lower()
    if content_type.startswith("text/calendar") and _METHOD_REPLY.search(content_type):
        return _generated("it answers an invitation, and says nothing else (text/calendar, method=REPLY)")
    return None


def _list(looks: _Looks) -> Automatic | None:
    name = looks.bulk_field
    return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it carries the field {name}") if name else None


def _precedence(looks: _Looks) -> Automatic | None:
    """Weak: vacation(1) writes it on its answers, and programs on what they generate (RFC 3834 3.1.8)."""
    said = next(filter(BULK_PRECEDENCE.__contains__, map(_keyword, looks.header.texts("Precedence"))), "")
    if said:
        return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it says Precedence: {said}")
    return None


def _asks_for_silence(looks: _Looks) -> Automatic | None:
    if wants_no_answer(looks.header) and not written_by_hand(looks.header):
        said = looks.header.text("X-Auto-Response-Suppress").lower()
        return _generated(f"it asks for no automatic answer (X-Auto-Response-Suppress: {said[:60]})")
    return None


def _program(looks: _Looks) -> Automatic | None:
    name = first_of(PROGRAM_FIELDS, looks.header)
    return _generated(f"it carries the field {name}, which programs write") if name and not looks.answers else None


def _loop_mark(looks: _Looks) -> Automatic | None:
    """X-Loop is also left by rules that pass on what people write, and by people who keep their own address in it."""
    name = first_of((*LOOP_FIELDS, *GENERATED_FIELDS, *PROGRAM_FIELDS), looks.header)
    loop = looks.header.text("X-Loop").strip().casefold()
    if not name and loop and loop != (looks.author or "").casefold() and not written_by_hand(looks.header):
        name = "X-Loop"
    return _generated(f"it carries the field {name}, which programs write") if name else None


def _is_null(header: Header) -> bool:
    return any(path.strip() == "<>" for path in header.raw("Return-Path"))


def _null_sender(looks: _Looks) -> Automatic | None:
    """Delivered with the null reverse-path: whoever sent it wants no answer (RFC 5321 4.5.5)."""
    if not _is_null(looks.header) or _is_persons(looks):
        return None
    return _receipt(looks) or _generated("it was sent from the null address <>")


def _receipt(looks: _Looks) -> Automatic | None:
    """Notes and old programs say that a mail was read without a report (RFC 8098)."""
    if fold(looks.subject).startswith(RECEIPTS):
        return Automatic(kind=AutomaticKind.DISPOSITION, why="its subject says that a mail was read")
    return None


def _daemon(looks: _Looks) -> Automatic | None:
    author = looks.author or ""
    if is_one_of(author, POSTMASTER) and looks.answers and hand_program(looks.header):
        return None
    if is_one_of(author, DAEMONS) or (not looks.answers and is_one_of(author, MONITORS)):
        return _generated(f"a program writes from {author}")
    return None


def _program_subject(looks: _Looks) -> Automatic | None:
    if not looks.answers and _PROGRAMS.match(looks.subject.casefold()):
        return _generated("its subject is that of a program which watches machines")
    return None


QUESTIONS: tuple[Callable[[_Looks], Automatic | None], ...] = (
    _delivery_report,
    _other_report,
    _says_so,
    _responder,
    _away_subject,
    _robot_on_list,
    _null_answer,
    _procmail,
    _calendar_answer,
    _program,
    _list,
    _own_words,
    _challenge,
    _asks_for_silence,
    _loop_mark,
    _null_sender,
    _precedence,
    _daemon,
    _program_subject,
)
"""In order of certainty. An absence note keeps the list fields of what it answers, so it is asked before the list."""


def _generated(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_GENERATED, why=why)


def _replied(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_REPLY, why=why)
