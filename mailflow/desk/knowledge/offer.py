"""What an acknowledgement offers of the articles: at most two that really match, in the language it is written in, of
the ticket's department or of everybody's (R2.7)."""

from collections.abc import Sequence

from mailflow.desk.actions import Note, Send
from mailflow.desk.case import Case
from mailflow.desk.knowledge.matching import Match, matches
from mailflow.desk.writing.kind import Kind

RULE = "-" * 8


def offered(case: Case, language: str, department: str) -> tuple[Match, ...]:
    """Not to what was there before we were, nor to a machine."""
    articles = [
        each for each in case.policy.articles if each.language == language and each.department in ("", department)
    ]
    return matches(case.message.subject, case.message.reply, articles) if articles else ()


def notes(found: Sequence[Match], sent: Sequence[Send]) -> tuple[Note, ...]:
    """For the ticket's history, if it was offered."""
    if not any(send.kind is Kind.ACKNOWLEDGEMENT and not send.template for send in sent):
        return ()
    return tuple(
        Note(ticket=None, kind="offered", text=f"article {each.article.name}, for it says '{each.phrase}'")
        for each in found
    )


def in_words(found: Sequence[Match]) -> str:
    """For the mail: each with its title above."""
    return "\n\n".join(f"{each.article.title}\n{RULE}\n{each.article.body}" for each in found)
