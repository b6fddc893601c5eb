"""Questions to subject and text: do they say what only a machine says? Which words those are: `absence` and
`acknowledgement`."""

import re

from mailflow.mail.machines.absence import ends_away, says_away, wants, words_of_a_note
from mailflow.mail.machines.acknowledgement import acknowledges, challenges, opened, promises, says_of_itself
from mailflow.mail.machines.bulk import is_newsletter
from mailflow.mail.machines.looks import Looks, generated, replied
from mailflow.mail.machines.responder import hand_program, responder, written_by_hand
from mailflow.mail.machines.role import never_reads
from mailflow.mail.machines.told import asks
from mailflow.mail.message import Automatic
from mailflow.mail.subject import Kind, kind_of

_PROGRAMS = re.compile(
    r"(?:ana)?cron <\S{1,200}@\S{1,200}> |\*\* (?:problem|recovery|acknowledgement|flapping|downtime)\S{0,9} "
    r"(?:host|service|alert)\b"
)
"""How cron and Nagios begin their subjects."""


def answer_of_a_machine(looks: Looks) -> str:
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
        words = opened(looks.prose) or _note(looks, quotes=False)
    return f"its text says \u201c{words}\u201d" if words else ""


def _note(looks: Looks, *, quotes: bool) -> str:
    return "" if looks.is_long else words_of_a_note(looks.own, looks.prose, quotes=quotes)


def away_subject(looks: Looks) -> Automatic | None:
    """A newsletter may be titled 'Out of office: five beaches', and people announce an absence in a mail of their own;
    to a list of people, notes are sent with its fields."""
    if is_newsletter(looks.header):
        return None
    answers = looks.answers and not looks.bulk_field
    words = says_away(looks.subject, answers=answers, asks=False)
    if words and (wants(looks.own, looks.prose) or _announces(looks)):
        words = says_away(looks.subject, answers=answers, asks=True)
    if not words and (ending := ends_away(looks.subject)):
        words = _note(looks, quotes=looks.quotes) and ending
    return replied(f"its subject says \u201c{words}\u201d") if words else None


def _announces(looks: Looks) -> bool:
    """A mail of its own from a program in which people write, that does not say of itself that a machine wrote it."""
    if looks.answers or not hand_program(looks.header):
        return False
    return not says_of_itself(looks.own, looks.prose)


def robot_on_list(looks: Looks) -> Automatic | None:
    """'This is a vacation message': said of itself, in an answer, it is more than a list's fields."""
    if not looks.bulk_field or not looks.answers or looks.is_long or written_by_hand(looks.header):
        return None
    words = says_of_itself(looks.own, looks.prose, asked=asks(looks.own))
    return replied(f"its text says \u201c{words}\u201d") if words else None


def own_words(looks: Looks) -> Automatic | None:
    """Words of the text alone are weak: people quote them. They count in an answer that names what it answers."""
    own = looks.own
    if looks.is_long or kind_of(looks.subject) is Kind.FORWARD:
        return None
    if not looks.has_answer_shape:
        return _titled(looks)
    prose, asked = looks.prose, asks(own)
    words = says_of_itself(own, prose, asked=asked and not never_reads(looks.author or ""))
    if not words and not asked and not written_by_hand(looks.header):
        words = opened(prose) or promises(prose)
    words = words or _note(looks, quotes=looks.quotes)
    return replied(f"its text says \u201c{words}\u201d") if words else None


def _titled(looks: Looks) -> Automatic | None:
    """'We have received your request', says the subject, and the text that it is automatic, or what an office writes to
    everybody. None of them counts alone."""
    title = acknowledges(looks.subject)
    if not title or looks.quotes or hand_program(looks.header):
        return None
    asked = asks(looks.own)
    words = says_of_itself(looks.own, looks.prose, asked=asked) or ("" if asked else promises(looks.prose))
    return replied(f"its subject says \u201c{title}\u201d, and its text \u201c{words}\u201d") if words else None


def challenge(looks: Looks) -> Automatic | None:
    """'Click below so that I receive your mail'. It may only be known as one by its low Precedence."""
    shaped = looks.header.has("Precedence") or looks.is_null or looks.has_answer_shape
    if not shaped or looks.quotes or looks.is_long or written_by_hand(looks.header):
        return None
    words = challenges(looks.prose)
    return generated(f"its text says \u201c{words}\u201d") if words else None


def program_subject(looks: Looks) -> Automatic | None:
    if not looks.answers and _PROGRAMS.match(looks.subject.casefold()):
        return generated("its subject is that of a program which watches machines")
    return None
