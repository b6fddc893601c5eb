"""The table of problems in docs/filters.md, run from its own text: help at once, a question with reminders, a page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailflow.desk.policy import Policy
from mailflow.store.database import Database
from tests.test_cookbook import ANSWERS, TEXT
from tests.test_scenarios import Story

(RULES,) = re.findall(r"```toml\n# filters/40-problems\.toml\n(.*?)```", TEXT, re.DOTALL)
WORLD = """
[[config.on_call]]
name = "night"
step = [{ mail = ["ewa@staff.example"] }]

[[contact]]
account = "4711"
name = "Anna Nowak"
addresses = ["anna@kunde.example"]

[[step]]
mail = "mail.eml"
"""
WAIT = '[[step]]\nwait = "3d"\n'
ANSWER = '[[step]]\nmail = "answer.eml"\nrcpt_to = ["{reply-to}"]\n'
HEAD = "From: anna@kunde.example\nTo: support@firma.example\n"
Tell = Callable[..., str]


@pytest.fixture
def tell(tmp_path: Path, policy: Policy, sqlite_url: str) -> Tell:
    """The story of a mail with this subject."""

    def tell(subject: str, steps: str = "", fields: str = "") -> str:
        files = {
            "filters/40-problems.toml": RULES,
            "world.toml": WORLD + steps,
            "mail.eml": f"{HEAD}Message-ID: <1@kunde.example>\n{fields}Subject: {subject}\n\nThank you.\n",
            "answer.eml": f"{HEAD}Message-ID: <2@kunde.example>\nSubject: Re: {subject}\n\nFrom Monday on.\n",
            **{f"templates/en/answers/{name}.txt": text for name, text in ANSWERS.items()},
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        database = Database(sqlite_url)
        try:
            with database.begin() as connection:
                return "".join(Story(tmp_path, connection, policy).tell())
        finally:
            database.close()

    return tell


@pytest.mark.parametrize("subject", ["I forgot my password", "Mot de passe perdu", "Nie pamiętam hasła"])
def test_who_has_forgotten_a_password_is_helped_at_once(tell: Tell, subject: str) -> None:
    told = tell(subject)
    assert f"    Subject: [#1] How to set a new password: {subject}\n" in told
    assert "    you can set a new password yourself: open https://www.example.org/password\n" in told
    assert "\n#1 open, support: " in told
    assert "    type password, tag self-help\n" in told
    assert told.count("\n-> ") == 1


def test_who_wants_a_domain_is_asked_reminded_and_heard(tell: Tell) -> None:
    told = tell("[domain] shop.example", WAIT + ANSWER)
    question = told.index("    Subject: [#1] What we need to know: [domain] shop.example\n")
    assert question < told.index("\n-> reminder, ") < told.index("\nstatus    awaiting_customer -> open")
    assert "status    awaiting_customer\n" in told
    assert "status: open -> awaiting_customer: a rule asked for domain\n" in told
    assert "    mail: reminder" not in told.partition("wait=3d")[0]
    assert "escalat" not in told.partition("== mail=answer.eml")[0]  # it is not our turn
    assert "\n#1 open, support: [domain] shop.example\n    type domain, tag domain shop.example\n" in told


def test_who_never_answers_is_reminded_and_the_ticket_resolved(tell: Tell) -> None:
    told = tell("[domena] sklep.example", WAIT * 4)
    assert [told.count(f"\n-> {kind}, ") for kind in ("acknowledgement", "reminder", "closing")] == [1, 2, 1]
    assert "\n#1 resolved, support: " in told


def test_a_robot_is_asked_nothing_and_its_ticket_waits_for_us(tell: Tell) -> None:
    told = tell("[domain] shop.example", fields="Auto-Submitted: auto-generated\n")
    assert "\n-> " not in told
    assert "status    open\n" in told
    assert "\n#1 open, support: " in told


@pytest.mark.parametrize("subject", ["Everything is down", "Rien ne marche"])
def test_an_outage_pages_whoever_is_on_call(tell: Tell, subject: str) -> None:
    told = tell(subject)
    assert "\n-> page, at least once, signed sender\n    To: ewa@staff.example\n" in told
    assert "page 1, night: rule nothing works (filters/40-problems.toml:" in told
