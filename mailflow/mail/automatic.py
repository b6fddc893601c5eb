"""Who or what wrote a mail, as far as answering is concerned (RFC 3834, and what machines really write).

A list of questions, the most certain first; the first that knows gives the kind and a reason a customer could read.
The judgement says *robot*, never *unwanted*: it decides about answering, not about keeping. It errs on the side of a
person where only words speak, because a person who gets no answer is worse off than a robot that gets one too many;
ceilings elsewhere stop what this lets pass. Words are tables in `mail.languages`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailflow.mail.header import Header
from mailflow.mail.languages import every
from mailflow.mail.message import Automatic, AutomaticKind, Report

RESPONSE_FIELDS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Auto-Respond")
"""Fields that only a responder writes, whatever their value."""

RESPONSE_VALUES = {
    "Precedence": ("auto_reply", "auto-reply", "autoreply"),
    "X-Precedence": ("auto_reply", "auto-reply", "autoreply"),
    "X-POST-MessageClass": ("9; autoresponder",),
    "Delivered-To": ("autoresponder",),
}

LIST_FIELDS = ("List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Archive", "List-Owner", "Mailing-List")
"""RFC 2919, RFC 2369. List-Unsubscribe alone is written by shops too: bulk all the same."""
BULK_FIELDS = ("List-Unsubscribe", "X-Mailing-List", "X-Mailman-Version", "X-BeenThere", "Feedback-ID", "X-Campaign-Id")
BULK_PRECEDENCE = ("bulk", "list", "junk")

GENERATED_FIELDS = ("X-Cron-Env", "X-GitHub-Reason", "X-JIRA-FingerPrint", "X-Bugzilla-Type", "X-Nagios-Notification")
NO_ANSWER_WISHES = ("all", "oof", "autoreply")
"""X-Auto-Response-Suppress, MS-OXCMAIL 2.2.3.2.14: 'DR', 'NDR', 'RN', 'NRN' alone concern reports, not answers."""

DAEMONS = ("mailer-daemon", "mail-daemon", "maildaemon", "postmaster", "nobody", "bounce", "bounces", "autoresponder")
"""Local parts that programs write from, whole or before '+', '-' and '.'. A postmaster may be a person, but one who
writes from another address if it matters."""

NEVER_READ = (
    *DAEMONS, "no-reply", "noreply", "no_reply", "do-not-reply", "donotreply", "do_not_reply", "auto-reply",
    "autoreply", "nie-odpowiadaj", "nieodpowiadaj", "ne-pas-repondre", "nepasrepondre", "no-responder", "noresponder",
    "nicht-antworten", "non-rispondere", "nao-responda", "niet-beantwoorden",
)  # fmt: skip
"""Local parts that nobody reads. What comes from them may still be a person's words: a form on a web page."""

AWAY_SUBJECTS = every("absence.subject")
"""How the subject of an absence note begins. Only the beginning counts: 'Re: Automatic reply to our invoices?' is a
person's question."""
AWAY_ENDINGS = every("absence.subject_end")
"""How the subject ends that some systems make of a name."""
AWAY_TEXT = every("absence.text")
"""How the text of an absence note begins; believed only together with an answer's subject (see `_away_text`)."""
BEGINNING = 300  # characters of text in which such a sentence must stand

FINAL_ACTIONS = ("failed",)
STILL_TRYING = ("delayed",)

REPORT_TYPES = {
    "disposition-notification": Automatic(kind=AutomaticKind.DISPOSITION, why="it says whether a mail was read"),
    "feedback-report": Automatic(kind=AutomaticKind.FEEDBACK, why="it passes on a complaint about a mail (RFC 5965)"),
}
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]{1,60})", re.IGNORECASE)
_REPLY_PREFIX = re.compile(r"^(?:re|aw|odp|sv|antw|ref|rif)\s*:\s*", re.IGNORECASE)
_LIST_TAG = re.compile(r"^\[[^\]]{1,60}\]")
_BRACKETS = " \t[(*\u3010\u300c\uff08"


@dataclass(frozen=True, slots=True)
class _Looks:
    """What the questions look at."""

    header: Header
    subject: str
    author: str | None
    report: Report | None
    text: str


def automatic_of(header: Header, subject: str, author: str | None, report: Report | None, text: str) -> Automatic:
    """The kind of `header`'s mail; `author` is its one clean From address, `report` what `mail.report` read in it."""
    looks = _Looks(header, subject, author, report, text)
    found = (question(looks) for question in QUESTIONS)
    return next((automatic for automatic in found if automatic), Automatic())


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
    said = looks.header.text("Auto-Submitted").partition(";")[0].strip().lower()
    if said in ("", "no", "auto-forwarded"):  # what a program passes on, a person may have written
        return None
    why = f"it says Auto-Submitted: {said[:60]} (RFC 3834)"
    if not said.startswith("auto-replied"):
        return _generated(why)
    return _replied(why)


def _responder(looks: _Looks) -> Automatic | None:
    for name in RESPONSE_FIELDS:
        if looks.header.has(name) and looks.header.text(name).strip().lower() not in ("no", "false", "none"):
            return _replied(f"it carries the field {name}, which only a responder writes")
    for name, values in RESPONSE_VALUES.items():
        for said in looks.header.texts(name):
            if said.strip().lower() in values:
                return _replied(f"it says {name}: {said.strip()}")
    return None


def _away_subject(looks: _Looks) -> Automatic | None:
    subject = looks.subject.casefold().rstrip(".! ")
    starts = tuple(start.lstrip(_BRACKETS) for start in (subject, _LIST_TAG.sub("", subject)))
    begins = next((words for start in starts for words in AWAY_SUBJECTS if start.startswith(words)), "")
    ends = (
        "" if _REPLY_PREFIX.match(subject) else next((end for end in AWAY_ENDINGS if subject.endswith(f" {end}")), "")
    )
    return _replied(f"its subject says “{begins or ends}”") if begins or ends else None


def _away_text(looks: _Looks) -> Automatic | None:
    """Words of the text alone are weak: people quote them. They count in an answer that names what it answers."""
    if not _REPLY_PREFIX.match(looks.subject) or not looks.header.has("In-Reply-To"):
        return None
    beginning = looks.text[:BEGINNING].casefold()
    words = next((words for words in AWAY_TEXT if words in beginning), "")
    return _replied(f"its text begins with “{words}”") if words else None


def _list(looks: _Looks) -> Automatic | None:
    name = next((name for name in (*LIST_FIELDS, *BULK_FIELDS) if looks.header.has(name)), "")
    if name:
        return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it carries the field {name}")
    said = looks.header.text("Precedence").strip().lower()
    if said in BULK_PRECEDENCE:
        return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it says Precedence: {said}")
    return None


def _asks_for_silence(looks: _Looks) -> Automatic | None:
    said = looks.header.text("X-Auto-Response-Suppress").lower()
    wishes = {wish.strip() for wish in said.replace(";", ",").split(",")}
    if not wishes.isdisjoint(NO_ANSWER_WISHES):
        return _generated(f"it asks for no automatic answer (X-Auto-Response-Suppress: {said[:60]})")
    return None


def _loop_mark(looks: _Looks) -> Automatic | None:
    names = ("X-Loop", "X-Mailflow-Loop", *GENERATED_FIELDS)
    name = next((name for name in names if looks.header.has(name)), "")
    return _generated(f"it carries the field {name}, which programs write") if name else None


def _null_sender(looks: _Looks) -> Automatic | None:
    """Delivered with the null reverse-path: whoever sent it wants no answer (RFC 5321 4.5.5)."""
    if any(path.strip() == "<>" for path in looks.header.raw("Return-Path")):
        return _generated("it was sent from the null address <>")
    return None


def _daemon(looks: _Looks) -> Automatic | None:
    author = looks.author or ""
    return _generated(f"a program writes from {author}") if _is_one_of(author, DAEMONS) else None


def never_reads(address: str) -> bool:
    """Whether nobody would read an answer to this address (threats section 10). For whoever is about to answer."""
    return _is_one_of(address, NEVER_READ)


def _is_one_of(address: str, names: tuple[str, ...]) -> bool:
    local = address.rpartition("@")[0].casefold()
    return any(local == name or local.startswith((f"{name}+", f"{name}-", f"{name}.")) for name in names)


QUESTIONS: tuple[Callable[[_Looks], Automatic | None], ...] = (
    _delivery_report,
    _other_report,
    _says_so,
    _responder,
    _away_subject,
    _list,
    _away_text,
    _asks_for_silence,
    _loop_mark,
    _null_sender,
    _daemon,
)
"""In order of certainty. An absence note keeps the list fields of what it answers, so it is asked before the list."""


def _generated(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_GENERATED, why=why)


def _replied(why: str) -> Automatic:
    return Automatic(kind=AutomaticKind.AUTO_REPLY, why=why)
