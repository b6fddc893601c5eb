"""The frame of the command line: what is loaded, what a failure looks like."""

import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from mailflow import __version__, cli
from mailflow.errors import StoreAway
from mailflow.ownership import user


def modules_after(*arguments: str) -> tuple[set[str], str]:
    """What Python has loaded when `mailflow ARGUMENTS` ends, and what it printed."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"sys.argv = ['mailflow', *{list(arguments)!r}]\n"
        "from mailflow.cli import main\n"
        "main()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return set(ran.stderr.splitlines()[-1].split()), ran.stdout


HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "apscheduler", "aiosmtpd", "imapclient", "aiosmtplib"}


def test_the_version_loads_nothing_heavy() -> None:
    modules, out = modules_after("--version")
    assert out == f"mailflow {__version__}\n"
    assert modules & (HEAVY | {"rich", "asyncio"}) == set()


def test_the_list_of_commands_loads_none_of_them() -> None:
    modules, out = modules_after("--help")
    assert all(name in out for name in cli.COMMANDS)
    ours = {name for name in modules if name.startswith("mailflow.")}
    assert ours == {"mailflow.cli", "mailflow.errors", "mailflow.ownership"}


def test_inspect_needs_no_database(tmp_path: Any) -> None:
    mail = tmp_path / "a.eml"
    mail.write_bytes(b"Subject: x\r\n\r\ny\r\n")
    modules, out = modules_after("inspect", "--json", str(mail))
    assert '"subject": "x"' in out
    assert modules & HEAVY == set()


def test_every_command_has_help(company: Any) -> None:
    for name in cli.COMMANDS:
        ran = company.run(name, "--help")
        assert ran.code == 0, name
        assert "Usage: mailflow " in ran.out


def test_every_command_takes_a_configuration_file() -> None:  # DESIGN 5
    def without(command: Any, name: str) -> list[str]:
        if hasattr(command, "commands"):
            return [each for word, one in command.commands.items() for each in without(one, f"{name} {word}")]
        return [] if any("--config" in parameter.opts for parameter in command.params) else [name]

    assert without(get_command(cli.app), "mailflow") == []


def test_the_installed_configuration_is_meant_where_there_is_none(
    company: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    company.deliver()
    monkeypatch.setattr("mailflow.cli.options.INSTALLED", company.config)
    company.folder = tmp_path_factory.mktemp("elsewhere")
    assert company.run("ticket", "list", "--json").json["number"] == 1
    assert company.run("ticket", "list", "--config", "other.toml").code == 78


@pytest.mark.parametrize("number", ["abc", "0", "1.5", "99999999999", "٣", ""])
def test_what_is_no_number_is_said_in_our_words(number: str, company: Any) -> None:
    for command in (("ticket", "show", number), ("journal", "retry", 1, number), ("ticket", "list", "--limit", number)):
        ran = company.run(*command)
        assert (ran.code, f"{number!r} is no number; write 12" in ran.err) == (2, True)


def test_a_ticket_is_found_by_its_number_as_mail_has_it(company: Any) -> None:
    company.deliver()
    assert company.run("ticket", "show", "#1").out == company.run("ticket", "show", "1").out


def test_a_command_that_does_not_exist_is_a_mistake_of_the_caller(company: Any) -> None:
    ran = company.run("tickets")
    assert ran.code == 2
    assert "Did you mean 'ticket'?" in ran.err


def test_a_bad_configuration_ends_with_78_and_every_problem(company: Any) -> None:
    company.config.write_text('hostnam = "x"\n' + company.config.read_text() + 'titel = "x"\n')
    ran = company.run("ticket", "list")
    assert ran.code == 78
    assert ran.err.splitlines() == [
        "config.toml:1: hostnam: there is no such key; did you mean 'hostname'?",
        "config.toml:31: department.titel: there is no such key; did you mean 'title'?",
    ]


def test_a_database_that_is_not_there_is_temporary(company: Any) -> None:
    (company.folder / "var/mailflow.db").unlink()
    ran = company.run("ticket", "list")
    assert ran.code == 75
    assert ran.err.startswith("mailflow: there is no database ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(("arguments", "shown"), [((), False), (("--debug",), True)])
def test_a_mistake_of_ours_is_one_sentence_unless_asked(
    company: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], shown: bool
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("mailflow.store.database.Database.check", broken)
    if shown:
        with pytest.raises(KeyError):
            company.run(*arguments, "db", "check")
        return
    ran = company.run(*arguments, "db", "check")
    assert ran.code == 70
    assert ran.err == "mailflow: unexpected KeyError: 'surprise' (mailflow --debug … shows where)\n"


def test_a_file_of_another_user_is_named_with_who_tried(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/var/token.key")

    monkeypatch.setattr("mailflow.store.database.Database.check", forbidden)
    ran = company.run("db", "check")
    assert ran.code == 75
    assert ran.err == f"mailflow: /srv/var/token.key: Permission denied, for the user {user()}\n"


def test_trouble_of_the_database_says_that_it_may_pass(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreAway("the server does not answer")

    monkeypatch.setattr("mailflow.store.database.Database.check", away)
    ran = company.run("db", "check")
    assert (ran.code, ran.err) == (75, "mailflow: the server does not answer\n")


def test_what_a_command_does_is_one_line_of_a_terminal() -> None:
    assert [name for name, line in cli.COMMANDS.items() if len(line) > 65] == []
