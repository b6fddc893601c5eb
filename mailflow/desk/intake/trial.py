"""The examples of kinds of request, tried: what is read in a mail, and where it is otherwise than they say.

As of a mail that opens a ticket, from somebody who is believed; in the year 1970 where it has no Date, so that an
example gives the same answer on any day.
"""

from collections.abc import Iterator

from mailflow.config.request import Example
from mailflow.desk.conversation.opening import collected_by
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.collecting import Collected
from mailflow.desk.parent import StandsAlone
from mailflow.desk.policy import Policy
from mailflow.desk.ruled import by_rules
from mailflow.desk.rules import trial
from mailflow.desk.rules.rulebook import Example as Mail
from mailflow.errors import Problem


def failures(policy: Policy) -> Iterator[Problem]:
    """Each example that is read otherwise than it says."""
    for kind in policy.kinds.kinds.values():
        for example, line in zip(kind.shape.example, kind.lines, strict=True):
            if wrong := "; ".join(_differences(kind, example, _collected(example, policy))):
                yield Problem(kind.file, line, "example", wrong)


def _collected(example: Example, policy: Policy) -> Collected | None:
    mail = Mail(mail=example.mail.lstrip("\n"), matches=True, line=0, given={})
    case = by_rules(trial.case_of(mail, policy))
    return collected_by(case, case.mailboxes or policy.config.mailbox[:1], StandsAlone())


def _differences(kind: Kind, example: Example, found: Collected | None) -> Iterator[str]:
    name = found.kind.name if found else ""
    if found is None or name != kind.name:
        if example.matches:
            yield f"it is of kind '{name}', for {found.why}" if found else "it is of no kind"
    elif not example.matches:
        yield f"it is of this kind: {found.why}"
    else:
        yield from _items(example, found)


def _items(example: Example, found: Collected) -> Iterator[str]:
    read = {each.item: each for each in found.readings}
    for name in found.kind.items if example.gives is not None else ():
        wanted, reading = (example.gives or {}).get(name, ""), read.get(name)
        if wanted != (reading.value if reading else ""):
            yield f"{name} is {reading.told if reading else 'not read'}, not {wanted or 'missing'}"
    missing = tuple(each.name for each in found.after.missing)
    if example.missing is not None and set(missing) != set(example.missing):
        yield f"missing is {', '.join(missing) or 'nothing'}, not {', '.join(example.missing) or 'nothing'}"
    if example.asks is not None and example.asks is not bool(found.asks_once):
        yield "its author is asked for more" if found.asks_once else f"its author is asked nothing: {found.spared}"
