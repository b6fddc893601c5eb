"""A `[[rule.example]]`, read: a mail as text, whether the rule matches it, and what no mail tells of itself.

[[rule.example]]
matches = false
contact = "registered"
time = "23:30"
mail = '''
From: anna@kunde.example
Subject: Faktura 12

W załączniku.
'''
"""

import re
from collections.abc import Collection
from typing import Any

from mailflow.desk.rules.conditionfile import amount_in
from mailflow.desk.rules.fact import Kind
from mailflow.desk.rules.facts import FACTS
from mailflow.desk.rules.mistakes import Mistakes, no_such, texts
from mailflow.desk.rules.rulebook import Example
from mailflow.tomllines import Path

IN_THE_MAIL = frozenset(
    {
        *("from", "from_name", "to", "cc", "reply_to", "subject", "text", "new_words", "header"),
        *("attachments", "attachment_name", "attachment_type", "language", "automatic"),
    }
)
BY_RCPT_TO = frozenset({"mailbox", "plus", "department"})
GIVEN = tuple(name for name in FACTS if name not in IN_THE_MAIL | BY_RCPT_TO)
"""Facts that a mail in a file cannot have, or not well: an example may state them."""
KEYS = ("matches", "mail", *GIVEN)
OF_THE_CLOCK = ("time", "weekday")
"""They have no usual value: an example that depends on when it is run would be none."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def example_in(
    table: dict[str, Any], path: Path, line: int, asked: Collection[str], mistakes: Mistakes
) -> Example | None:
    """`asked`: the facts that the rule asks for. None when there is no mail in it."""
    for key in table:
        if key not in KEYS:
            mistakes.unknown((*path, key), "key of an example", KEYS)
    mail, matches = table.get("mail"), table.get("matches", True)
    if not isinstance(mail, str) or not mail.strip():
        mistakes.add(path, 'an example needs a mail = "…" with its header, a blank line and its text')
        return None
    if not isinstance(matches, bool):
        mistakes.add((*path, "matches"), "write true or false")
        return None
    given = {key: _values(key, table[key], (*path, key), mistakes) for key in GIVEN if key in table}
    for fact in OF_THE_CLOCK:
        if fact in asked and fact not in given:
            said = '"23:30"' if FACTS[fact].kind is Kind.TIME else f'"{FACTS[fact].choices[0]}"'
            mistakes.add(path, f"the rule asks for the {fact}: write {fact} = {said} in the example, too")
    return Example(mail=mail.lstrip("\n"), matches=matches, line=line, given=given)


def _values(fact: str, value: object, path: Path, mistakes: Mistakes) -> tuple[str, ...]:
    if FACTS[fact].choices == ("yes", "no") and isinstance(value, bool):
        return ("yes" if value else "no",)
    if FACTS[fact].kind is Kind.NUMBER:
        amount = amount_in(value, path, mistakes)
        return () if amount is None else (str(amount),)
    if value == "":
        return ()  # there is none: the null sender, no account
    words = texts(value, path, mistakes)
    for word in words:
        if FACTS[fact].choices and word not in FACTS[fact].choices:
            mistakes.add(path, no_such(fact, word, FACTS[fact].choices))
        if FACTS[fact].kind is Kind.TIME and not _TIME.fullmatch(word):
            mistakes.add(path, f'"{word}" is no time of day; write "23:30"')
    return words
