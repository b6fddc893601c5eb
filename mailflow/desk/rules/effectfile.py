"""The `then` of a rule, read: a table of effects.

then.department = "billing"
then.priority = "high"
then.tag = ["invoice", "order-${1}"]
then.acknowledge = false
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mailflow.desk.copied import unfit
from mailflow.desk.incidents.incident import NAME_IS, is_name
from mailflow.desk.rules.effects import FILLED, INSTEAD, Effects, End, captures_used
from mailflow.desk.rules.mistakes import Mistakes, no_such, texts
from mailflow.desk.rules.names import Names
from mailflow.desk.ticket import Priority
from mailflow.mail.address import canonical
from mailflow.tomllines import Path

Change = dict[str, Any]


LONGEST_WORD = 80
"""Characters of a tag."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One key of `then`."""

    read: Callable[[object, Path, Names, Mistakes], Change]
    meaning: str  # for docs/filters.md


def _end(end: End) -> Callable[[object, Path, Names, Mistakes], Change]:
    def read(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
        if value is True and end is not End.REJECT:
            return {"end": end}
        if isinstance(value, str) and value.strip() and value.isprintable():
            return {"end": end, "because": value}
        wanted = "write the words, on one line" + ("" if end is End.REJECT else ", or true")
        mistakes.add(path, wanted)
        return {}

    return read


def _text(key: str) -> Callable[[object, Path, Names, Mistakes], Change]:
    def read(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
        return {key: word} if (word := _one(value, path, mistakes)) else {}

    return read


def _words(key: str) -> Callable[[object, Path, Names, Mistakes], Change]:
    def read(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
        words = texts(value, path, mistakes)
        for word in words:
            if not word.isprintable() or len(word) > LONGEST_WORD:
                mistakes.add(path, f"write words of one line, at most {LONGEST_WORD} characters each")
        return {key: words}

    return read


def _one(value: object, path: Path, mistakes: Mistakes) -> str:
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    mistakes.add(path, "write one text in quotes, on one line")
    return ""


def _addresses(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
    """Fixed ones: who is written to is an admin's choice, and never that of who wrote the mail."""
    written = texts(value, path, mistakes)
    for text in written:
        if "${" in text:
            mistakes.add(path, f"'{text}': no mail may choose who is written to; write a fixed address")
        elif why := unfit(text, names.mailboxes, names.staff):
            mistakes.add(path, f"'{text}' {why}")
    return {"cc": tuple(dict.fromkeys(map(canonical, written)))}


def _named(
    key: str, what: str, known: Callable[[Names], frozenset[str]], *, any_if_none: bool = False
) -> Callable[..., Change]:
    """A text that must be one of those that exist; what captures put together is looked at when it is known."""

    def read(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
        word = _one(value, path, mistakes)
        put_together = key in FILLED and captures_used(word)
        is_known = word in known(names) or (any_if_none and not known(names))
        if word and not put_together and not is_known:
            mistakes.add(path, no_such(what, word, sorted(known(names))))
        return {key: word} if word else {}

    return read


def _pages(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
    wanted = texts(value, path, mistakes)
    for name in wanted:
        if name not in names.on_call:
            mistakes.add(path, no_such("[[on_call]]", name, sorted(names.on_call)))
    return {"pages": wanted}


def _incident(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
    """Incidents come and go: whether there is one of this name is asked when mail comes."""
    word = _one(value, path, mistakes)
    if word and not is_name(word):
        mistakes.add(path, f"'{word}' is no name of an incident: write {NAME_IS}")
    return {"incident": word} if word else {}


def _priority(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
    if value in tuple(Priority):
        return {"priority": Priority(str(value))}
    mistakes.add(path, no_such("priority", str(value), tuple(Priority)))
    return {}


def _switch(key: str) -> Callable[[object, Path, Names, Mistakes], Change]:
    def read(value: object, path: Path, names: Names, mistakes: Mistakes) -> Change:
        if isinstance(value, bool):
            return {key: value}
        mistakes.add(path, "write true or false")
        return {}

    return read


EFFECTS: Mapping[str, Effect] = {
    "reject": Effect(
        _end(End.REJECT),
        "refuse it with these words, at the SMTP door where only the sender is told; dropped and recorded elsewhere",
    ),
    "drop": Effect(
        _end(End.DROP), "keep it as a row of the journal and do nothing else; `true`, or words that say why"
    ),
    "hold": Effect(_end(End.HOLD), "keep it until an agent releases it; `true`, or words that say why"),
    "department": Effect(
        _named("department", "[[department]]", lambda names: names.departments), "route its ticket there"
    ),
    "priority": Effect(_priority, "of its ticket: `low`, `normal`, `high`, `urgent`"),
    "tag": Effect(_words("tags"), "words on its ticket, to find it by"),
    "type": Effect(_text("type"), "the kind of request"),
    "language": Effect(
        _named("language", "language with templates", lambda names: names.languages), "write to its author in this"
    ),
    "assign": Effect(
        _named("assign", "[[agent]]", lambda names: names.agents, any_if_none=True),
        "to this agent: of those of config.toml, if there are any",
    ),
    "cc": Effect(_addresses, "these addresses take part: they are sent what agents answer, and may answer themselves"),
    "acknowledge": Effect(_switch("acknowledge"), "`false`: no acknowledgement"),
    "answer": Effect(
        _named("answer", "answer", lambda names: names.answers),
        "of a new ticket: with `templates/<language>/answers/NAME.txt` in the place of the acknowledgement",
    ),
    "ask": Effect(
        _named("ask", "answer", lambda names: names.answers),
        "of a new ticket: the same with a question, and the ticket awaits the customer, with reminders",
    ),
    "page": Effect(_pages, "whoever is on call: one or several `[[on_call]]` of config.toml, until somebody takes it"),
    "incident": Effect(
        _incident,
        "attach a new ticket to the open incident of this name; while none is open: nothing"
        " ([incidents](operations.md#known-incidents))",
    ),
    "stop": Effect(_switch("stop"), "`true`: no rule after this one"),
}


def effects_in(table: object, path: Path, names: Names, mistakes: Mistakes) -> Effects:
    if not isinstance(table, dict) or not table:
        mistakes.add(path, f'a rule does something: write then.department = "…", or one of {", ".join(EFFECTS)}')
        return Effects()
    changes: Change = {}
    for key, value in table.items():
        place = (*path, key)
        if key in EFFECTS:
            changes |= EFFECTS[key].read(value, place, names, mistakes)
        else:
            mistakes.unknown(place, "effect", EFFECTS)
    if ends := [key for key in table if key in tuple(End)][1:]:
        mistakes.add((*path, ends[0]), "a message ends once: one of reject, drop, hold")
    if instead := [key for key in table if key in INSTEAD][1:]:
        mistakes.add((*path, instead[0]), "stands in the place of the acknowledgement: one of answer, ask")
    return Effects(**changes)
