"""Who or what wrote a mail, as far as answering is concerned (RFC 3834, and what machines really write).

A list of questions, the most certain first; the first that knows gives the kind and a reason a customer could read.
The judgement says *robot*, never *unwanted*: it decides about answering, not about keeping. It errs on the side of a
person where only words speak, because a person who gets no answer is worse off than a robot that gets one too many;
ceilings elsewhere stop what this lets pass. Words are tables in `mail.languages`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mailflow.mail.machines import header_questions, report_questions, word_questions
from mailflow.mail.machines.looks import Looks
from mailflow.mail.machines.return_day import away_until
from mailflow.mail.message import Automatic, AutomaticKind, Report
from mailflow.mail.mime.header import Header

QUESTIONS: tuple[Callable[[Looks], Automatic | None], ...] = (
    report_questions.delivery_report,
    report_questions.other_report,
    header_questions.says_so,
    header_questions.by_responder,
    word_questions.away_subject,
    word_questions.robot_on_list,
    header_questions.null_answer,
    header_questions.procmail,
    header_questions.calendar_answer,
    header_questions.by_program,
    header_questions.to_many,
    word_questions.own_words,
    word_questions.challenge,
    header_questions.asks_for_silence,
    header_questions.loop_mark,
    header_questions.null_sender,
    header_questions.low_precedence,
    header_questions.by_daemon,
    word_questions.program_subject,
)
"""In order of certainty. An absence note keeps the list fields of what it answers, so it is asked before the list."""


_BY_WORDS = frozenset(
    {
        word_questions.away_subject,
        word_questions.own_words,
        word_questions.challenge,
        word_questions.program_subject,
    }
)


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
    looks = Looks(header, subject, author, report, own, quotes)
    found = ((question, automatic) for question in QUESTIONS if (automatic := question(looks)))
    question, automatic = next(found, (None, Automatic()))
    if question in _BY_WORDS:
        automatic = replace(automatic, by_words=True)
    if automatic.kind is not AutomaticKind.AUTO_REPLY:
        return automatic
    return replace(automatic, until=away_until(subject, own, language, sent))
