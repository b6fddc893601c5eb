"""`mailflow block`: the list of whom no mail is taken from, without an editor."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow import configfile
from mailflow.store.database import Database
from mailflow.store.health.sole_use import claim_sole_use

NOT_RUNNING = "no daemon runs on this database; the next one that starts takes it up"


def file_of(company: Any) -> Any:
    return company.folder / "filters/blocked-domains.txt"


def in_days(days: int) -> str:
    return str(datetime.now(UTC).date() + timedelta(days=days))


def test_what_is_blocked_is_told_with_its_place_and_how_to_undo_it(company: Any) -> None:
    before = file_of(company).read_text()
    until, line = in_days(30), len(before.splitlines()) + 1
    ran = company.run("block", "add", "Spam.example", "--for", "30d", "--why", "sells nothing", "--agent", "ewa")
    assert ran.out.splitlines() == [
        f"Spam.example (through {until}) is blocked: {file_of(company)}:{line}",
        NOT_RUNNING,
        "to undo it: mailflow block remove Spam.example",
    ]
    today = datetime.now().astimezone().date()
    assert file_of(company).read_text() == (
        before + f'Spam.example expires={until} why="sells nothing"  # ewa {today}\n'
    )
    assert company.run("check").code == 0
    ran = company.run("block", "remove", "spam.example")
    assert ran.out.splitlines() == [
        f"Spam.example (through {until}) is no entry any more: {file_of(company)}:{line}",
        NOT_RUNNING,
        "to undo it: mailflow block add Spam.example --for 30d --why 'sells nothing'",
    ]
    assert file_of(company).read_text() == before


def test_explain_names_the_line(company: Any, anna: bytes) -> None:
    company.run("block", "add", "anna@kunde.example", "--why", "a test", "--agent", "ewa")
    (company.folder / "mail.eml").write_bytes(anna)
    ran = company.run("explain", "mail.eml", "--rcpt-to", "support@firma.example")
    assert "anna@kunde.example is blocked, blocked-domains.txt:5: a test" in ran.out


def test_a_running_daemon_is_said_to_take_it_up(company: Any) -> None:
    database = Database(configfile.load(company.config).database.url)
    assert database.lock_file
    with claim_sole_use(database.lock_file):
        ran = company.run("block", "add", "192.0.2.0/24")
    database.close()
    assert "the daemon takes it up within seconds; its log says `reloaded`" in ran.out.splitlines()


def test_what_is_blocked_already_is_not_blocked_twice(company: Any) -> None:
    before = file_of(company).read_text()
    ran = company.run("block", "add", "mail.qq.com")
    assert ran.code == 1
    assert ran.err == f"mailflow: mail.qq.com is listed already, nothing is changed: {file_of(company)}:4: qq.com\n"
    assert file_of(company).read_text() == before


@pytest.mark.parametrize("value", ["firma.example", "billing@firma.example", "*.example", "gmail.com", "0.0.0.0/0"])
def test_what_keeps_many_away_wants_a_yes(company: Any, value: str) -> None:
    ran = company.run("block", "add", value)
    assert ran.code == 1
    assert ran.err.endswith("; if you mean it: --yes\n")
    assert company.run("block", "add", value, "--yes").code == 0
    assert company.run("check").code == 0
    assert company.run("block", "remove", value).out.splitlines()[-1].endswith("--yes")


@pytest.mark.parametrize("value", ["Anna@Kunde.example", "kunde.example"])
def test_a_customer_is_not_blocked_without_a_yes(company: Any, value: str) -> None:
    anna = ("--account", "1", "--name", "Anna", "--address", "anna@kunde.example")
    assert company.run("contact", "add", *anna, "--agent", "ewa").code == 0
    ran = company.run("block", "add", value)
    assert (ran.code, ran.err) == (1, f"mailflow: {value} is of a registered contact; if you mean it: --yes\n")
    assert company.run("block", "add", "ben@kunde.example").code == 0
    assert company.run("block", "add", value, "--yes").code == 0
    assert company.run("block", "remove", value).out.splitlines()[-1].endswith("--yes")


def test_who_is_registered_matters_only_where_a_database_can_tell(company: Any) -> None:
    (company.folder / "var/mailflow.db").unlink()
    assert company.run("block", "add", "kunde.example").code == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["com"], "'com' is no domain; write one a line, such as 'example.com', or '*.com' for all that end in it"),
        (["a b"], "'a b' is no domain, address or network; write one a line, such as 'example.com'"),
        (["a.example", "--for", "0d"], "0d is too short: an entry counts for whole days, write --for 1d"),
        (["a.example", "--for", "23h"], "23h is too short: an entry counts for whole days, write --for 1d"),
        (
            ["a.example", "--for", "soon"],
            "'soon' is no duration; write a number and one of s, m, h, d, w: '30m', '4h', '2d'",
        ),
        (["a.example", "--for", "99999999999d"], "99999999999d is too long; leave --for out"),
    ],
)
def test_what_cannot_be_blocked_is_said(company: Any, arguments: list[str], why: str) -> None:
    ran = company.run("block", "add", *arguments)
    assert (ran.code, ran.err) == (1, f"mailflow: {why}\n")


def test_what_is_no_entry_cannot_be_removed(company: Any) -> None:
    ran = company.run("block", "remove", "mail.qq.com")
    file = file_of(company)
    assert (ran.code, ran.err) == (
        1, f"mailflow: there is no entry mail.qq.com in {file}; what blocks it: {file}:4: qq.com\n"
    )  # fmt: skip
    assert company.run("block", "remove", "x.example").err.endswith("; see: mailflow block list\n")
    company.run("block", "add", "mail.b.example")
    company.run("block", "add", "b.example")
    ran = company.run("block", "remove", "mail.b.example")
    assert f"mail.b.example is still blocked by b.example: {file}:5" in ran.out


def test_the_list_says_until_when_and_why(company: Any) -> None:
    file_of(company).write_text('# x\nqq.com\nlate.example expires=2020-01-01 why="was spam"\n10.0.0.0/8\n')
    file = str(file_of(company))
    assert company.run("block", "list", "--json").lines == [
        {"entry": "qq.com", "expires": None, "expired": False, "why": None, "file": file, "line": 2},
        {
            "entry": "late.example", "expires": "2020-01-01", "expired": True, "why": "was spam",
            "file": file, "line": 3,
        },
        {"entry": "10.0.0.0/8", "expires": None, "expired": False, "why": None, "file": file, "line": 4},
    ]  # fmt: skip
    assert [line["entry"] for line in company.run("block", "list", "--expired", "--json").lines] == ["late.example"]
    assert company.run("block", "list").out.splitlines()[0].split() == ["entry", "expires", "expired", "line", "why"]
    file_of(company).write_text("")
    assert company.run("block", "list").err == "nobody is blocked\n"
    assert company.run("block", "list", "--expired").err == "nothing has expired\n"
