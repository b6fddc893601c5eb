"""config.toml from file to value, or every mistake in it at once as `file:line: key: why`.

The shapes are `mailflow.config`; what concerns more than one key is `mailflow.crosschecks`. Relative paths come out
absolute, counted from the folder of the file; secrets are looked for in systemd's credentials first.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mailflow import tomllines, tomltext
from mailflow.config import Config, Limits, Section, Store
from mailflow.configdoubts import doubts
from mailflow.crosschecks import mistakes
from mailflow.errors import ConfigurationError, Problem
from mailflow.namedfiles import PATHS, SECRETS, missing
from mailflow.ownership import unreadable
from mailflow.tomlshape import Finding, dotted, shaped

SQLITE = "sqlite:///"
S = TypeVar("S", bound=Section)
_TABLE = re.compile(r"^(?=\[)", re.MULTILINE)

FORMS: Mapping[str, str] = {
    "listen.address": "write host:port, [ipv6]:port or unix:PATH",
    "monitor.address": "write host:port, [ipv6]:port or unix:PATH",
    "imap.name": "use letters, digits, '.', '_' and '-' only",
    "agent.name": "use small letters, digits, '.', '_' and '-' only, at most 40",
    "calendar.name": "use small letters, digits, '_' and '-' only",
    "department.name": "use small letters, digits, '_' and '-' only",
    "on_call.name": "use small letters, digits, '_' and '-' only",
    "calendar.hours": "write for which days: hours.mon-fri = '08:00-18:00'",
    "calendar.open": "write for which day: open.'2026-12-19' = '10:00-14:00'",
    "channel.source": "write smtp, lmtp, inject, imap, imap:NAME, submission or submission:USER",
    "mailbox.language": "write a language code such as 'en' or 'pl'",
}
"""What a key with a pattern, or with names of its own, wants in words."""


@dataclass(frozen=True, slots=True)
class Read:
    """A usable config.toml, and what in it is probably not meant."""

    config: Config
    warnings: tuple[Problem, ...]
    missing: tuple[Problem, ...] = ()
    """Files that are named and not there. No mistake: systemd shows its credentials to the service only, and what needs
    them waits."""


def load(path: Path) -> Config:
    """The configuration in `path`, or ConfigurationError with every problem."""
    return read(path).config


def read(path: Path) -> Read:
    text = _text_of(path)
    table = tomltext.table_of(text, str(path))
    lines = tomllines.lines_of(text)

    def problem(finding: Finding) -> Problem:
        line = tomllines.line_of(lines, finding.path)
        return Problem(str(path), line, dotted(finding.path) or "config", finding.why)

    across = mistakes(table)
    config, within = shaped(Config, table, FORMS)
    if config is None or across:
        told = {finding.path for finding in within}
        across = [finding for finding in across if finding.path not in told]
        raise ConfigurationError(sorted(problem(finding) for finding in (*within, *across)))
    config = _resolved(config, path.absolute().parent, lambda *where: problem(Finding(*where)))
    absent = tuple(problem(finding) for finding in missing(config))
    return Read(config, tuple(map(problem, doubts(table))), absent)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a daemon keeps what it knows, and its name there: enough to ask how it is. `limits` are the usual ones
    where a file with mistakes does not tell them."""

    url: str
    node: str
    limits: Limits


def home(path: Path) -> Home:
    """As far as a file with mistakes in it tells; ConfigurationError with every mistake when it does not."""
    try:
        config = load(path)
    except ConfigurationError as error:
        if found := _home_in(path):
            return found
        raise error from None
    return Home(config.database.url, config.node, config.limits)


def _home_in(path: Path) -> Home | None:
    """What stands before the first table, and the table of the database, are read apart: a mistake may be elsewhere."""
    try:
        top, *tables = _TABLE.split(_text_of(path))
        database = next((each for each in tables if each.startswith("[database]")), "")
        found = tomltext.table_of(top + database, str(path))
        store, _ = shaped(Store, found["database"], FORMS)
        if store is None:
            return None
        bare = Config.model_construct(database=store, node=str(found.get("node", "main")))
        home = _resolved(bare, path.absolute().parent, lambda key, why: Problem(str(path), 0, dotted(key), why))
    except (ConfigurationError, KeyError):
        return None
    return Home(home.database.url, home.node, Limits())


@dataclass(frozen=True, slots=True)
class Remains:
    """What other files need of a configuration with mistakes in it, as far as it tells; None: it does not."""

    filters: Path | None = None
    names_filters: bool = False  # the file does, it is not the default
    templates: tuple[Path, ...] = ()
    departments: frozenset[str] | None = None  # their names
    mailboxes: frozenset[str] | None = None  # their addresses
    on_call: frozenset[str] | None = None  # their names


def remains(path: Path) -> Remains:
    try:
        table = tomltext.table_of(_text_of(path), str(path))
    except ConfigurationError:
        return Remains()

    def folders(name: str) -> tuple[Path, ...]:
        written = table.get(name, name)
        named = written if isinstance(written, list) else [written]
        return tuple(
            path.absolute().parent / Path(each.strip()).expanduser() for each in named if isinstance(each, str)
        )

    def names(section: str, key: str) -> frozenset[str] | None:
        entries = table.get(section, [])
        found = [each.get(key) for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        words = frozenset(name for name in found if isinstance(name, str))
        return words if len(words) == len(found) else None

    return Remains(
        filters=next(iter(folders("filters")), None),
        names_filters="filters" in table,
        templates=folders("templates"),
        departments=names("department", "name"),
        mailboxes=names("mailbox", "address"),
        on_call=names("on_call", "name"),
    )


def credentials(path: Path) -> Mapping[str, Path]:
    """The files that are looked for among systemd's credentials first, by their name there: secrets that config.toml
    names by a relative path. ConfigurationError when two have one name: a service could be given only one of them."""
    table = Config.model_validate(tomltext.table_of(_text_of(path), str(path)))
    found: dict[str, Path] = {}
    for file in _secrets(table):
        here = path.absolute().parent / file
        if found.setdefault(file.name, here) != here:
            why = f"{found[file.name]} and {here} have one name; a service's credentials need two"
            raise ConfigurationError([Problem(str(path), 0, "credentials", why)])
    return found


def _secrets(section: Section) -> Iterator[Path]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Section):
                yield from _secrets(each)
            elif name in SECRETS and isinstance(each, Path) and not each.expanduser().is_absolute():
                yield each


def line_of(path: Path, key: tomllines.Path) -> int:
    """Where in the file a key stands, for who finds out later that its value does not work."""
    return tomllines.line_of(tomllines.lines_of(_text_of(path)), key)


@contextmanager
def told_where_named(path: Path) -> Iterator[None]:
    """ConfigurationError about the whole of a file or folder names the line of config.toml by which it is looked for
    there, if there is one."""
    try:
        yield
    except ConfigurationError as error:
        named = _named_in(path)
        raise ConfigurationError([each if each.line else named(each) for each in error.problems]) from None


def _named_in(path: Path) -> Callable[[Problem], Problem]:
    try:
        text = _text_of(path)
        leaves = list(_leaves(tomltext.table_of(text, str(path))))
    except ConfigurationError:
        return lambda problem: problem
    lines, found = tomllines.lines_of(text), {}
    for key, value in leaves:
        name = next(each for each in reversed(key) if isinstance(each, str))
        found[str(_counted(name, Path(value), path.absolute().parent))] = key

    def told(problem: Problem) -> Problem:
        key = found.get(problem.file)
        why = f"{problem.file}: {problem.why}"
        return Problem(str(path), tomllines.line_of(lines, key), dotted(key), why) if key else problem

    return told


def _leaves(value: object, above: tomllines.Path = ()) -> Iterator[tuple[tomllines.Path, str]]:
    """Each path of a file or folder, with its key."""
    if isinstance(value, str) and any(key in PATHS for key in above):
        yield above, value.strip()
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from _leaves(each, (*above, key))


# From octets to a table


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = unreadable(path, error)
        if isinstance(error, FileNotFoundError):
            why = "there is no such file; name another with --config FILE"
        raise ConfigurationError([Problem(str(path), 0, "file", why)]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([Problem(str(path), line, "file", "is not UTF-8 here")]) from None


# Relative paths


def _resolved(config: Config, folder: Path, problem: Callable[[tomllines.Path, str], Problem]) -> Config:
    """`config` with every path absolute and the database's URL complete."""
    config = _absolute(config, folder)
    store = _with_url(config.database, problem)
    if why := _unusable(store.url):
        raise ConfigurationError([problem(("database", "url_file" if store.url_file else "url"), why)])
    if store.url.startswith(SQLITE):
        file = folder / Path(store.url.removeprefix(SQLITE)).expanduser()
        store = store.model_copy(update={"url": f"{SQLITE}{file}"})
    return config.model_copy(update={"database": store})


def _absolute(section: S, folder: Path) -> S:
    """With every path in it, and in the sections within it, counted from `folder`. What is set in it stays so, and
    nothing else."""
    values = {name: _counted(name, value, folder) for name, value in section}
    return section.model_construct(set(section.model_fields_set), **values)


def _counted(name: str, value: Any, folder: Path) -> Any:
    if isinstance(value, Section):
        return _absolute(value, folder)
    if type(value) is tuple:
        return tuple(_counted(name, each, folder) for each in value)
    if isinstance(value, Path):
        return _given(name, value) or folder / value.expanduser()
    if name == "address" and str(value).startswith("unix:"):
        return f"unix:{folder / Path(value[5:]).expanduser()}"
    return value


def _given(name: str, path: Path) -> Path | None:
    """The file in the place of a secret that systemd gives us."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if not credentials or name not in SECRETS or path.is_absolute():
        return None
    given = Path(credentials) / path.name
    return given if given.is_file() else None


def _with_url(store: Store, problem: Callable[[tomllines.Path, str], Problem]) -> Store:
    file = store.url_file
    if file is None:
        return store
    where: tomllines.Path = ("database", "url_file")
    try:
        url = file.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError([problem(where, f"{file} cannot be read: {why}")]) from None
    if not url.startswith((SQLITE, "postgresql://")):
        raise ConfigurationError([problem(where, f"{file} does not begin with {SQLITE} or postgresql://")])
    return store.model_copy(update={"url": url})


def _unusable(url: str) -> str:
    """Why it opens no database, whatever the server says; '' when it may."""
    if url.startswith(SQLITE):
        return "mail is kept in a file; write sqlite:///FILE" if url == f"{SQLITE}:memory:" else ""
    try:
        urlsplit(url).port  # noqa: B018  # it is read when it is asked for
    except ValueError:
        return "is no URL; write postgresql://user@host:5432/name"
    missing = find_spec("psycopg") is None
    return "PostgreSQL needs one more package: pip install 'mailflowd[postgres]'" if missing else ""
