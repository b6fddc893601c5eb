"""An article drafted from what an agent answered: a person chooses its words, and says that it is true (R2.7)."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from textwrap import fill
from typing import Any

from mailflow.desk.knowledge.article import LONGEST_BODY, LONGEST_LINE, LONGEST_TITLE, Article
from mailflow.errors import Refused
from mailflow.mail.languages.wording import plain

LONGEST_NAME = 40
_WORD = re.compile("[a-z0-9]+")


def drafted(ticket: Mapping[str, Any], language: str) -> Article:
    """From the last words of an agent's to the customer of `ticket` (store.shown.ticket_views). Its subject is the
    title and the phrase by which it is found, until somebody writes better ones."""
    said = [each["reply"] for each in ticket["messages"] if each["direction"] == "out" and each["reply"].strip()]
    if not said:
        raise Refused(f"nobody has answered #{ticket['number']}: there is nothing to make an article of")
    subject = " ".join(str(ticket["subject"]).split())[:LONGEST_TITLE]
    return Article(
        name=name_of(subject),
        language=language,
        title=subject,
        words=(subject.replace(";", ","),),
        body="\n".join(_broken(line) for line in said[-1][:LONGEST_BODY].strip().split("\n")),
        department=ticket["department"],
    )


def name_of(title: str) -> str:
    return "-".join(_WORD.findall(plain(title)))[:LONGEST_NAME].strip("-") or "article"


def is_stale(article: Article, today: date, after: timedelta | None) -> bool:
    """Nobody has said for long that it is true; nobody ever said so: stale as well."""
    return after is not None and (article.confirmed is None or today - article.confirmed > after)


def _broken(line: str) -> str:
    return (
        line if len(line) <= LONGEST_LINE else fill(line, LONGEST_LINE, break_long_words=False, break_on_hyphens=False)
    )
