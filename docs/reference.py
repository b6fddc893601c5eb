"""Writes what docs/ says of keys, and the units of packaging/, from the code: `python docs/reference.py`.

Tests say when they are old.
"""

import ast
import inspect
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mailflow import config
from mailflow.cli.units import Machine, units
from mailflow.desk.rules.effectfile import EFFECTS
from mailflow.desk.rules.fact import COMPARISONS_OF
from mailflow.desk.rules.facts import FACTS
from mailflow.mail import sandbox
from mailflow.mail.values import ANSWERS, FOOTER, FOOTERS, FRAME, MARKER, VALUES, values_of

PAGE = Path(__file__).parent / "configuration.md"
FILTERS = Path(__file__).parent / "filters.md"
PACKAGING = Path(__file__).parent.parent / "packaging"
TEMPLATES = Path(__file__).parent / "templates.md"

INTRODUCTION = """\
# Configuration

Everything is in `config.toml`; this page is made from `mailflow/config/` (`python docs/reference.py`). The shipped
file runs as it is. `mailflow check` names every mistake as `file:line: key: why` and exits 78; `systemctl reload
mailflow` (or `kill -HUP`) takes over changed files, and a mistake in one of them never replaces what is in use.
`hostname`, `state`, `node`, `database`, `listen`, `dns`, `imap`, `smarthost`, `monitor`, and all of
`limits` but `received_hops`, `tickets_per_hour`, `tickets_per_day`, `automatic_per_minute`, `automatic_per_address`,
`automatic_per_ticket`, `participants_per_ticket`, `to_agents_per_ticket`, `enclosures`, `undeliverable_for` and
`parse_attempts` are taken over by a restart only; the log line `reloaded` names those that have changed:
`restart_needed=listen,imap`.

* Unknown keys are refused, with the name that was probably meant.
* Relative paths count from the folder of `config.toml`.
* It and every file that it names are UTF-8, with or without the byte order mark that Windows puts before a text.
* Durations are a number and one of `s`, `m`, `h`, `d`, `w`: `"30m"`, `"4h"`, `"2d"`. Sizes are octets or a number and
  one of `K`, `M`, `G`: `"25M"`.
* Secrets are never in this file. A `*_file` is looked for in systemd's credentials (`LoadCredential=`) first, then
  beside `config.toml`.
* `[name]` is a table that is there once, `[[name]]` one that may be repeated.

Refused besides wrong values: a mailbox whose department does not exist, a calendar that does not exist, an `[[imap]]`
whose mailbox does not exist, a `[[channel]]` by which nothing can come, names and addresses that are there twice, an
escalation without `escalate_to`, levels of escalation out of order, without anything to count by or with an agent or an
`[[on_call]]` that there is not, an escalation, a digest or a page to a mailbox of ours, an agent with such an address
or with another agent's, `done_folder` without `when_done = "move"`, the same IMAP folder twice, a smarthost user
without a password, a folder of `filters` or `templates` that is not there.

Warned of: an `[[imap]]` that is neither `trusted` nor has an `authserv_id`, for a mailbox that is `registered_only`
(what its author's domain has not signed would be held), a trusted network that is everybody, a password in clear text
over the network, a `*_file` or a program of an `[[on_call]]` that is not there (what needs it waits), a `[[channel]]`
of a system that is not in the `users_file`, no way in at all, no folder of filters where none is named.
"""

WORDS = {
    "Duration": "duration",
    "DurationOrNever": 'duration or `"never"`',
    "WorkingTime": "duration",
    "WorkingTimeOrNever": 'duration or `"never"`',
    "Mapping[Weekdays, Hours]": "`hours.DAYS`: hours, or a list of them",
    "Mapping[Day, Hours]": '`open."DAY"`: hours, or a list of them',
    "ClosedDay": "day",
    "Annotated[tuple[Place, ...], BeforeValidator(_places)]": "place, or a list of them",
    "Size": "size",
    "Network": 'address, network or `"unix"`',
    "Address": "e-mail address",
    "Nameserver": "address, or address:port",
    "ServerName": "domain name",
    "Language": "language code",
    "Path": "path",
    "Folders": "path, or a list of them",
    "str": "text",
    "Command": "list of text",
    "WebhookUrl": "URL",
    "SubjectTag": "text",
    "int": "number",
    "StrictBool": "`true` or `false`",
    "Door": "text",
    "Unverified": "`hold`, `challenge`, `open`, `append`, `reopen`",
    "TimeOfDay": 'time of day or `"never"`',
    "TimeZone": "time zone",
    "Priority": '`"low"`, `"normal"`, `"high"`, `"urgent"`',
    "Share": "percent",
    "Told": '`"assignee"`, `"department"` or e-mail address',
    "Role": "`primary`, `technical`, `operations`, `billing`",
}


def page() -> str:
    return "\n".join([INTRODUCTION, *sections(config.Config, "At the top of the file")])


def sections(section: type[BaseModel], title: str, path: str = "") -> list[str]:
    """A table for `section`, which stands at `path`, then the tables inside it."""
    meanings = docstrings(section)
    inner = {name: found for name, field in section.model_fields.items() if (found := section_in(field.annotation))}
    keys = [name for name in section.model_fields if name not in inner]
    lines = [f"## {title}", ""]
    if title.startswith("`"):
        lines += [meaning(section), ""]
    lines += ["| key | value | default | |", "|---|---|---|---|"]
    for name in keys:
        field = section.model_fields[name]
        lines.append(f"| `{name}` | {word(section, name)} | {default(name, field)} | {meanings.get(name, '')} |")
    for name, found in inner.items():
        required = "required" if section.model_fields[name].is_required() else ""
        lines.append(f"| `{name}` | {heading(section, path + name)} | {required} | {meaning(found)} |")
    lines.append("")
    for name, found in inner.items():
        lines += sections(found, heading(section, path + name), f"{path}{name}.")
    return lines


def heading(section: type[BaseModel], path: str) -> str:
    repeated = get_origin(section.model_fields[path.rpartition(".")[2]].annotation) is tuple
    return f"`[[{path}]]`" if repeated else f"`[{path}]`"


def meaning(section: type[BaseModel]) -> str:
    """Its docstring without the name in brackets."""
    return " ".join((section.__doc__ or "").partition("] ")[2].split())


def section_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := section_in(each))), None)


def docstrings(section: type[BaseModel]) -> dict[str, str]:
    """The text below each field."""
    found = {}
    lines = source(section)
    for field, text in pairwise(lines):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[ast.unparse(field.target)] = " ".join(str(text.value.value).split()).replace("|", "\\|")
    return found


def source(section: type[BaseModel]) -> list[ast.stmt]:
    """The lines of the class."""
    return [line for each in ast.parse(inspect.getsource(section)).body for line in getattr(each, "body", ())]


def word(section: type[BaseModel], name: str) -> str:
    """The type of a field, as it is written in the code, in words."""
    fields = (each for each in source(section) if isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == name)
    written = ast.unparse(next(fields).annotation).removesuffix(" | None")
    if written.startswith("tuple["):
        return "list of " + WORDS[written.removeprefix("tuple[").removesuffix(", ...]")]
    annotation = section.model_fields[name].annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f'`"{each}"`' for each in get_args(annotation))
    return WORDS[written]


def default(name: str, field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ((), "", {}):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(written(each) for each in value)}]`"
    return f"`{written(value, is_size=name in SIZES)}`"


SIZES = [
    name
    for section in (config.Limits, config.Parser)
    for name, field in section.model_fields.items()
    if "_size" in repr(field.metadata)
]


def written(value: Any, *, is_size: bool = False) -> str:
    """A value as it stands in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        units = ("d", "h", "m", "s") if seconds else ("s",)
        unit = next(unit for unit in units if seconds % config.UNITS[unit] == 0)
        return f'"{seconds // config.UNITS[unit]}{unit}"'
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if is_size:
        unit = next((unit for unit in ("G", "M", "K") if value % config.SIZES[unit] == 0), "")
        return f'"{value // config.SIZES[unit]}{unit}"' if unit else str(value)
    return str(value) if isinstance(value, int) else f'"{value}"'


def filters_page() -> str:
    return with_tables(FILTERS, facts=facts_table(), effects=effects_table())


def templates_page() -> str:
    return with_tables(TEMPLATES, values=values_table())


def with_tables(page: Path, **tables: str) -> str:
    """The page with its tables made anew."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        start = f"<!-- {name}: made by docs/reference.py -->\n"
        before, _, rest = text.partition(start)
        text = before + start + table + "<!-- end -->" + rest.partition("<!-- end -->")[2]
    return text


def facts_table() -> str:
    lines = ["| fact | | compared by | at the door |", "|---|---|---|---|"]
    for name, fact in FACTS.items():
        choices = f": {', '.join(f'`{choice}`' for choice in fact.choices)}" if fact.choices else ""
        compared = ", ".join(COMPARISONS_OF[fact.kind])
        lines.append(f"| `{name}` | {fact.meaning}{choices} | {compared} | {'yes' if fact.at_the_door else ''} |")
    return "\n".join(lines) + "\n"


def effects_table() -> str:
    lines = ["| effect | |", "|---|---|"]
    lines += [f"| `{name}` | {effect.meaning} |" for name, effect in EFFECTS.items()]
    return "\n".join(lines) + "\n"


def values_table() -> str:
    """What each kind of mail may say, and each fragment."""
    always = values_of(FOOTER)
    listed = ", ".join(f"`{name}`" for name in always)
    lines = [f"| template | may say, besides {listed} |", "|---|---|"]
    lines += [
        f"| `{kind}` | {', '.join(f'`{name}`' for name in values_of(kind) if name not in always)} |"
        for kind in (*VALUES, f"{ANSWERS}NAME", MARKER, f"{FOOTER}`, `{FOOTERS}NAME")
    ]
    lines.append(f"| `{FRAME}` | {', '.join(f'`{name}`' for name in values_of(FRAME))} alone |")
    filters = ", ".join(f"`{name}`" for name in sandbox.FILTERS)
    return "\n".join(lines) + f"\n\nFilters: {filters}.\n"


def units_written() -> dict[Path, str]:
    """The units of packaging/, for where docs/operations.md puts everything."""
    return {PACKAGING / name: text for name, text in units(Machine()).items()}


if __name__ == "__main__":
    for unit, text in units_written().items():
        unit.write_text(text, encoding="utf-8")
    TEMPLATES.write_text(templates_page(), encoding="utf-8")
    FILTERS.write_text(filters_page(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
