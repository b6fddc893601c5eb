"""Questions to header fields: what do they say of who wrote? Which fields those are: `responder`, `program`, `bulk`."""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, fold
from mailflow.mail.machines.bulk import bulk_precedence
from mailflow.mail.machines.keyword import PERSONS, auto_submitted, keywords
from mailflow.mail.machines.looks import Looks, generated, replied
from mailflow.mail.machines.program import any_program_field, program_field, resent, wants_silence
from mailflow.mail.machines.responder import hand_program, responder, written_by_hand
from mailflow.mail.machines.role import DAEMONS, MONITORS, POSTMASTER, is_one_of
from mailflow.mail.machines.word_questions import answer_of_a_machine
from mailflow.mail.message import Automatic, AutomaticKind
from mailflow.mail.subject import Kind, kind_of

_METHOD_REPLY = re.compile(r";\s*method=\"?reply\b")
_RECEIPTS = Wordings(every("report.receipt"))


def says_so(looks: Looks) -> Automatic | None:
    """RFC 3834 section 5, the field made for this."""
    said = auto_submitted(looks.header)
    if said in PERSONS:
        return None
    why = f"it says Auto-Submitted: {said[:60]} (RFC 3834)"
    if said.startswith("auto-replied"):
        return replied(why)
    hint = answer_of_a_machine(looks)
    if hint:
        return replied(f"{why}, and {hint}")
    return _forum(looks) or generated(why)


def _forum(looks: Looks) -> Automatic | None:
    """A forum writes what people say to each other, as answers through a list, and calls it generated."""
    listed = looks.header.has("List-Id") and "list" in keywords(looks.header, "Precedence")
    return to_many(looks) if listed and looks.answers else None


def by_responder(looks: Looks) -> Automatic | None:
    why = responder(looks.header)
    return replied(why) if why else None


def null_answer(looks: Looks) -> Automatic | None:
    """RFC 3834 3.1.1: who answers by machine does it with the null reverse-path."""
    if not looks.is_null or looks.bulk_field or looks.is_persons:
        return None
    if looks.answers or kind_of(looks.subject) is Kind.ANSWER:
        return replied("it answers a mail from the null address <>")
    return None


def procmail(looks: Looks) -> Automatic | None:
    """The recipe of procmailex(5) for a vacation: Precedence: junk, and X-Loop with the writer's own address."""
    loop = looks.header.text("X-Loop").strip().casefold()
    low = not {"junk", "bulk"}.isdisjoint(keywords(looks.header, "Precedence"))
    if low and loop and loop == (looks.author or "").casefold():
        return replied("it carries its writer's address in X-Loop and a low Precedence, as an answering rule writes it")
    return None


def calendar_answer(looks: Looks) -> Automatic | None:
    """RFC 5546 3.2.3: the answer to an invitation, without a part in which a person could have said something."""
    content_type = looks.header.text("Content-Type").lower()
    if content_type.startswith("text/calendar") and _METHOD_REPLY.search(content_type):
        return generated("it answers an invitation, and says nothing else (text/calendar, method=REPLY)")
    return None


def to_many(looks: Looks) -> Automatic | None:
    name = looks.bulk_field
    return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it carries the field {name}") if name else None


def low_precedence(looks: Looks) -> Automatic | None:
    """Weak: vacation(1) writes it on its answers, and programs on what they generate (RFC 3834 3.1.8)."""
    said = bulk_precedence(looks.header)
    if said:
        return Automatic(kind=AutomaticKind.LIST, why=f"it went to many: it says Precedence: {said}")
    return None


def asks_for_silence(looks: Looks) -> Automatic | None:
    """Company gateways and calendars write the wish on what people send, too: all that is not asked for by 'All', or
    stands in a conversation, may be theirs."""
    header = looks.header
    if not wants_silence(header) or looks.answers or resent(header) or written_by_hand(header):
        return None
    return generated("it asks for no answer at all (X-Auto-Response-Suppress: All)")


def by_program(looks: Looks) -> Automatic | None:
    name = program_field(looks.header)
    return generated(f"it carries the field {name}, which programs write") if name and not looks.answers else None


def loop_mark(looks: Looks) -> Automatic | None:
    """X-Loop is also left by rules that pass on what people write, and by people who keep their own address in it."""
    header = looks.header
    name = any_program_field(header)
    loop = header.text("X-Loop").strip().casefold()
    passed_on = resent(header) or written_by_hand(header)
    if not name and loop and loop != (looks.author or "").casefold() and not passed_on:
        name = "X-Loop"
    return generated(f"it carries the field {name}, which programs write") if name else None


def null_sender(looks: Looks) -> Automatic | None:
    """Delivered with the null reverse-path: whoever sent it wants no answer (RFC 5321 4.5.5)."""
    if not looks.is_null or looks.is_persons:
        return None
    return _receipt(looks) or generated("it was sent from the null address <>")


def _receipt(looks: Looks) -> Automatic | None:
    """Notes and old programs say that a mail was read without a report (RFC 8098)."""
    if _RECEIPTS.begin(fold(looks.subject)):
        return Automatic(kind=AutomaticKind.DISPOSITION, why="its subject says that a mail was read")
    return None


def by_daemon(looks: Looks) -> Automatic | None:
    author = looks.author or ""
    if is_one_of(author, POSTMASTER) and looks.answers and hand_program(looks.header):
        return None
    if is_one_of(author, DAEMONS) or (not looks.answers and is_one_of(author, MONITORS)):
        return generated(f"a program writes from {author}")
    return None
