"""What stands while the daemon runs, read from the files an admin edits: the policy, and secrets when they are needed.

Everything is read and understood before anything is used (DESIGN rule 9). Nothing is written, but for the key that
signs tokens, and that only for those who send mail. Used by daemon and by the commands.
"""

import errno
import secrets
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from mailflow import articlefiles, configfile, keyfile, rulefiles, templatefiles, typefiles
from mailflow.concealed import conceal
from mailflow.config import Config, Imap, Limits
from mailflow.desk.copied import staff_of
from mailflow.desk.intake.catalogue import NO_KINDS
from mailflow.desk.knowledge.article import Article
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import NO_RULES
from mailflow.edge.parser_child import Allowance
from mailflow.errors import ConfigurationError, Problem, Trouble, or_else
from mailflow.mail.address import canonical
from mailflow.mail.bounds import Bounds
from mailflow.mail.template import Templates
from mailflow.mail.token import Key, Keyring
from mailflow.ownership import Strays, no_access
from mailflow.textfile import files_of, text_of

BLOCKED = "blocked-domains.txt"
KEY_FILE = "token.key"
NO_ARTICLES: tuple[Article, ...] = ()
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
GONE = (
    "is gone, but there are tickets whose mail was signed with it. Bring it back from the backup, or from the other "
    "daemon on this database. To begin anew, so that answers to mail of before no longer prove their ticket: "
    '(umask 077; echo "$(shuf -i 0-255 -n 1) $(openssl rand -hex 32)" > {file})'
)
PATIENCE = 30  # seconds for a token command


def read_policy(
    config: Config,
    folder: Path = Path(),
    *,
    make_key: bool = False,
    with_examples: bool = False,
    with_filters: bool = True,
) -> Policy:
    """The policy that `config` names, or ConfigurationError with every mistake in every file. `folder` is that of
    config.toml, from which relative paths count. Where there is no key yet, it has one that nobody will know again,
    unless `make_key`: for whoever only looks may be another user than the one that must be able to read it. Where there
    are tickets a missing key is a mistake: their mail was signed with it. Trouble when the database cannot tell, and
    with `make_key` when files of another user are in the way.
    `with_examples`: an example that its rule judges otherwise is a mistake, too. Without filters it is enough to write
    mail, and a mistake in them stops no agent."""
    if make_key:
        _refuse_strays({folder / config.state, *_folder_of_database(config)})
    problems: list[Problem] = []
    not_for_agents = problems if with_filters else []
    filters, words = folder / config.filters, [folder / each for each in config.templates]
    if with_filters and "filters" in config.model_fields_set:  # or there may be none
        problems += rulefiles.missing(filters)
    lists = rulefiles.lists_of(filters, problems) if with_filters else {}
    lists_are_right = not problems
    templates = _templates(words, config, problems)
    keyring = or_else(Keyring(()), problems, lambda: _keyring(folder / config.state / KEY_FILE, config, make_key))
    names = names_in(config, templates, lists)
    closed: list[Problem] = []  # folders in which there may be what rules name
    if not templates.letters:
        names = _as_files_are_named(names, words, closed)
    judges = with_filters and not closed
    rules = or_else(NO_RULES, problems, lambda: rulefiles.read(filters, names)) if judges else NO_RULES
    kinds = or_else(NO_KINDS, not_for_agents, lambda: typefiles.read(filters, names.departments, config.mailbox))
    articles = or_else(NO_ARTICLES, not_for_agents, lambda: articlefiles.read(words, names.departments))
    blocked = lists.get(BLOCKED.removesuffix(".txt"), EntryList())
    policy = Policy(config, blocked, templates, keyring, rules, kinds, articles)
    if with_examples:
        problems += _misjudged(policy, lists_are_right=lists_are_right, all_is_right=not problems)
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return policy


def _templates(folders: Sequence[Path], config: Config, problems: list[Problem]) -> Templates:
    templates = or_else(Templates(), problems, lambda: templatefiles.read(folders))
    problems += templatefiles.misfits(templates, config, folders[0]) if templates.letters else ()
    return templates


def _misjudged(policy: Policy, *, lists_are_right: bool, all_is_right: bool) -> list[Problem]:
    """Examples that are judged otherwise than they say. A kind may be what a rule says: its own wait for all else."""
    found: list[Problem] = []
    if lists_are_right and any(rule.examples for rule in policy.rules.rules):
        from mailflow.desk.rules import trial  # it reads mail, which takes the time of a command to import

        found += trial.failures(policy)
    if all_is_right and policy.kinds.examples:
        from mailflow.desk.intake import trial as trial_of_kinds

        found += trial_of_kinds.failures(policy)
    return found


def _refuse_strays(folders: Iterable[Path]) -> None:
    """Files that keep us from working are named all at once; each alone would stop a start of its own."""
    barred = [strays for folder in sorted(folders) if (strays := Strays.of(folder).barred).files]
    if barred:
        raise Trouble("\n".join(f"{each}; as root: {each.mend}" for each in barred))


def _folder_of_database(config: Config) -> Iterator[Path]:
    """Of the file, if it is one."""
    scheme, _, file = config.database.url.partition("sqlite:///")
    if not scheme and file:
        yield Path(file).parent


def names_in(config: Config, templates: Templates, lists: Mapping[str, EntryList]) -> Names:
    """What rules may name."""
    return Names(
        departments=frozenset(department.name for department in config.department),
        mailboxes=frozenset(canonical(mailbox.address) for mailbox in config.mailbox),
        staff=staff_of(config),
        lists=lists,
        languages=templates.languages,
        answers=templates.answers,
        agents=frozenset(agent.name for agent in config.agent),
        on_call=frozenset(on_call.name for on_call in config.on_call),
    )


def blocked_file(config: Config, folder: Path = Path()) -> Path:
    """The list of whom no mail is taken from."""
    return folder / config.filters / BLOCKED


def mistakes_in(remains: configfile.Remains) -> list[Problem]:
    """In filters and templates, for a config.toml that is wrong itself: those that can be told without it."""
    problems: list[Problem] = []
    filters, templates, departments = remains.filters, remains.templates, remains.departments
    if filters:
        problems += rulefiles.missing(filters) if remains.names_filters else ()
        lists = rulefiles.lists_of(filters, problems)
        if templates and departments and remains.mailboxes and remains.on_call is not None:
            mailboxes = frozenset(map(canonical, remains.mailboxes))
            named = Names(departments=departments, mailboxes=mailboxes, lists=lists, on_call=remains.on_call)
            closed: list[Problem] = []
            names = _as_files_are_named(named, templates, closed)
            if not closed:
                or_else(None, problems, lambda: rulefiles.read(filters, names))
        if departments:
            or_else(None, problems, lambda: typefiles.read(filters, departments))
    if templates:
        or_else(None, problems, lambda: templatefiles.read(templates))
        if departments:
            or_else(None, problems, lambda: articlefiles.read(templates, departments))
    return list(dict.fromkeys(problems))


AT_START = ("hostname", "state", "node", "database", "listen", "dns", "imap", "smarthost", "monitor")
LIMITS_ANY_TIME = frozenset(
    {
        "received_hops",
        "tickets_per_hour",
        "tickets_per_day",
        "automatic_per_minute",
        "automatic_per_address",
        "automatic_per_ticket",
        "participants_per_ticket",
        "undeliverable_for",
        "token_lifetime",
        "parse_attempts",
    }
)
"""The others are those of listeners, mailboxes and parsing children, which get them when they are made."""


def needs_restart(running: Config, wanted: Config) -> list[str]:
    """Sections and keys that differ and are looked at only when the daemon starts."""
    limits = [name for name in Limits.model_fields if name not in LIMITS_ANY_TIME]
    return [name for name in AT_START if getattr(running, name) != getattr(wanted, name)] + [
        f"limits.{name}" for name in limits if getattr(running.limits, name) != getattr(wanted.limits, name)
    ]


def allowance(limits: Limits, at_most: float = inf) -> Allowance:
    """What a parsing child may cost by [limits], and no more than `at_most` seconds by the clock on the wall."""
    return Allowance(
        cpu=limits.parse_cpu.total_seconds(),
        wall=min(limits.parse_seconds.total_seconds(), at_most),
        memory=limits.parse_memory,
        bounds=Bounds(**limits.parser.model_dump()),
    )


def password_in(file: Path | None) -> str:
    """The file's first line; '' without a file. Trouble when it cannot be read: it may be there later."""
    if file is None:
        return ""
    try:
        return conceal(file.read_text(encoding="utf-8-sig").partition("\n")[0].rstrip("\r"))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"cannot read {file}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None


def secret_of(imap: Imap) -> Callable[[], str]:
    """Password or token of a mailbox, fresh at each call: either may change while we run."""
    if imap.token_command:
        return lambda: _said_by(imap.token_command)
    return lambda: password_in(imap.password_file)


def _said_by(command: tuple[str, ...]) -> str:
    """What `command` prints; never what it was or said, which may hold secrets."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Trouble(f"token_command {command[0]} does not run: {type(error).__name__}") from None
    token = done.stdout.decode("ascii", "replace").strip()
    if done.returncode or not token:
        raise Trouble(f"token_command {command[0]} ended with {done.returncode} and {len(token)} letters of a token")
    return conceal(token)


def _as_files_are_named(names: Names, templates: Sequence[Path], problems: list[Problem]) -> Names:
    """With what rules may name of folders of templates, whether these are right or not."""
    languages = frozenset(file.parent.name for file in files_of(templates, ["*/*.txt"], problems))
    answers = frozenset(file.stem for file in files_of(templates, ["*/answers/*.txt"], problems))
    return replace(names, languages=languages, answers=answers)


def _keyring(file: Path, config: Config, make_key: bool) -> Keyring:
    if not file.exists():
        if not make_key:
            return Keyring((Key(0, secrets.token_bytes(32)),))
        if _has_tickets(config.database.url):
            raise ConfigurationError([Problem(str(file), 0, "key", GONE.format(file=file))])
        try:
            keyfile.make(file)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise Trouble(f"{file} cannot be made: {error.strerror}") from None
            raise ConfigurationError(
                [Problem(str(file), 0, "key", f"cannot be made: {no_access(file, error)}")]
            ) from None
    keys = keyfile.read(text_of(file))
    if not keys:
        raise ConfigurationError([Problem(str(file), 0, "key", keyfile.WANTED)])
    return Keyring(keys)


def _has_tickets(url: str) -> bool:
    from mailflow.store.database import Database
    from mailflow.store.tickets import tickets  # most who read a policy have a key and need no database

    database = Database(url)
    try:
        if not database.was_made:
            return False
        with database.connect() as connection:
            return tickets.are_there(connection)
    finally:
        database.close()
