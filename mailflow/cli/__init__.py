"""The command `mailflow`. One file per noun, imported only when it is asked for: `--version` loads no database.

What can go wrong ends in one sentence on stderr and an exit code that scripts can rely on; see EXIT.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from mailflow import __version__
from mailflow.errors import ConfigurationError, MailflowError, Refused, Trouble
from mailflow.ownership import FOR_US_ONLY, user

COMMANDS: Mapping[str, str] = {
    "run": "Receive, file, answer and remind until told to stop.",
    "check": "Say what is wrong in config.toml, filters/ and templates/.",
    "reload": "Have the running daemon read its files again; says what it took.",
    "status": "What is waiting, and what needs a person.",
    "digest": "What a department is told in the morning, as it is now.",
    "install-service": "Write the units of this machine for systemd.",
    "doctor": "Look for reasons why mail does not flow, and say what to do.",
    "ticket": "Read, answer and change tickets.",
    "agent": "Who answers customers, and what waits for each.",
    "incident": "Trouble that many write about: how it stands, and who waits.",
    "contact": "Accounts and their registered contacts.",
    "region": "Where customers cannot answer: their clocks stand still.",
    "article": "What is often asked, with the answer.",
    "block": "Domains, addresses and networks from which no mail is taken.",
    "journal": "Every message ever accepted, and what became of it.",
    "outbox": "Every mail of ours, and how far it got.",
    "page": "Who is paged about which ticket, and who took it.",
    "audit": "Prove that each accepted message ended somewhere.",
    "template": "The words of our mail, as their readers see them.",
    "token": "The keys that sign the tokens in our mail.",
    "password": "Make a line of users_file, for a system that logs in.",
    "inspect": "Show what mailflow reads in a message; needs no database.",
    "backtest": "Show what changed rules would have made of past mail.",
    "reparse": "Read kept mail again, as this version understands it.",
    "explain": "Show what would become of a message, and why; writes nothing.",
    "inject": "Take message files as if they had been received.",
    "db": "Create, check and back up the database.",
}
"""Each is a module here, with a function of its name or, for several commands, a Typer named `app`."""

EXIT: Mapping[type[MailflowError], int] = {
    ConfigurationError: 78,  # EX_CONFIG of sysexits.h
    Trouble: 75,  # EX_TEMPFAIL: the same command may succeed later
    Refused: 1,
}
"""2 is a command that was written wrongly, 0 is success."""


def main() -> None:
    """The entry point of the package."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # mail is written in every script
    os.umask(FOR_US_ONLY)  # nothing that is written here is for others: it is customers' mail
    arguments = sys.argv[1:]
    try:
        gc.disable()  # what is imported is no garbage: to look for some takes a tenth of the time
        command = application(arguments)
        gc.enable()
        command(arguments, prog_name="mailflow")
    except MailflowError as error:
        _give_up(error)
    except PermissionError as error:
        _give_up(Trouble(f"{error.filename}: {error.strerror}, for the user {user()}"))
    except Exception as error:  # noqa: BLE001  # the last place before a user sees a traceback
        _confess(error, arguments)


def __getattr__(name: str) -> typer.Typer:
    """`app`: all commands, loaded; for what looks at them from outside."""
    if name == "app":
        return _assembled(set(COMMANDS))
    raise AttributeError(name)


def application(arguments: Sequence[str]) -> typer.Typer:
    """The commands, of which only the one that is asked for is loaded; the others are names with one line of help."""
    return _assembled({next((argument for argument in arguments if not argument.startswith("-")), "")})


def _assembled(wanted: set[str]) -> typer.Typer:
    app = typer.Typer(
        name="mailflow",
        help="The e-mail side of a support organisation.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_global)
    for name, line in COMMANDS.items():
        if name in wanted:
            _register(app, name, line)
        else:
            app.command(name, help=line)(_not_loaded)
    return app


def _register(app: typer.Typer, name: str, line: str) -> None:
    word = name.replace("-", "_")
    module = import_module(f"mailflow.cli.{word}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name, help=line, no_args_is_help=True)
    else:
        app.command(name)(getattr(module, word))


def _not_loaded() -> None:
    """Stands in the list of commands for one that was not asked for."""


def _global(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks (or set MAILFLOW_DEBUG).")] = False,
) -> None:
    if version:
        typer.echo(f"mailflow {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Say what to do; the list is in: mailflow --help")


def _give_up(error: MailflowError) -> NoReturn:
    lines = [_harmless(line) for line in (str(error) or type(error).__name__).split("\n")]
    if len(lines) == 1 and not isinstance(error, ConfigurationError):
        lines = [f"mailflow: {lines[0]}"]  # a list of problems is left as it is: editors jump to file:line
    print(*lines, sep="\n", file=sys.stderr)
    code = next((code for kind, code in EXIT.items() if isinstance(error, kind)), 1)
    raise SystemExit(code)


def _confess(error: Exception, arguments: Sequence[str]) -> NoReturn:
    """A mistake of ours: one sentence, and where to find more."""
    if "--debug" in arguments or os.environ.get("MAILFLOW_DEBUG"):
        raise error
    first = _harmless(str(error).partition("\n")[0])
    print(f"mailflow: unexpected {type(error).__name__}: {first} (mailflow --debug … shows where)", file=sys.stderr)
    raise SystemExit(70)  # EX_SOFTWARE


def _harmless(line: str) -> str:
    """An error may repeat what a stranger wrote."""
    from mailflow.logline import escape  # not for `--version`

    return escape(line)
