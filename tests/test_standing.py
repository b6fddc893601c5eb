"""Policy and secrets from the files an admin edits: all mistakes at once, a key that is made once."""

import errno
import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.config import Config, Imap, Limits, Listen, Mail, Parser, Reminders
from mailflow.errors import ConfigurationError, Trouble
from mailflow.mail.token import OF_A_TICKET
from mailflow.standing import needs_restart, password_in, read_policy, secret_of
from mailflow.store.database import Database
from mailflow.store.tables import TICKET

SHIPPED = Path(__file__).parent.parent
KEY = "1 " + "ab" * 32 + "\n"


NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.model_validate(
        {
            "state": tmp_path / "var",
            "filters": SHIPPED / "filters",
            "templates": SHIPPED / "templates",
            "database": {"url": f"sqlite:///{tmp_path}/var/mailflow.db"},
            "mailbox": [{"address": "support@firma.example", "department": "support"}],
            "department": [{"name": "support", "title": "Support"}],
        }
    )


def key_file(config: Config) -> Path:
    return config.state / "token.key"


def imap(**secret: object) -> Imap:
    settings = {"name": "a", "host": "imap.firma.example", "user": "a", "mailbox": "support@firma.example"}
    return Imap.model_validate({**settings, **secret})


def test_the_first_start_makes_a_key_for_our_eyes_only_and_the_next_ones_read_it(config: Config) -> None:
    before = read_policy(config, make_key=True).keyring
    assert stat.S_IMODE(key_file(config).stat().st_mode) == 0o600
    assert read_policy(config).keyring == read_policy(config, make_key=True).keyring == before
    assert [path.name for path in config.state.iterdir()] == ["token.key"]


def test_who_only_looks_makes_no_key_and_signs_with_one_that_nobody_knows(config: Config) -> None:  # DESIGN 5
    once, again = read_policy(config).keyring, read_policy(config).keyring
    assert not config.state.exists()
    assert once.verify(once.sign(OF_A_TICKET, 7, "anna@kunde.example", NOW), OF_A_TICKET)
    assert not again.verify(once.sign(OF_A_TICKET, 7, "anna@kunde.example", NOW), OF_A_TICKET)


def test_two_who_start_at_once_have_the_same_key(config: Config) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: read_policy(config, make_key=True).keyring, range(8)))
    assert all(keyring == found[0] for keyring in found)


def test_the_first_key_signs_and_all_verify(config: Config) -> None:
    config.state.mkdir()
    key_file(config).write_text(KEY)
    token = read_policy(config).keyring.sign(OF_A_TICKET, 7, "anna@kunde.example", NOW)
    key_file(config).write_text("# rotated\n2 " + "cd" * 32 + "\n" + KEY)
    keyring = read_policy(config).keyring
    assert keyring.verify(token, OF_A_TICKET)
    assert keyring.sign(OF_A_TICKET, 7, "anna@kunde.example", NOW) != token


@pytest.mark.parametrize("text", ["", "1 abc\n", "1 abcd\n", "256 " + "ab" * 32, "one " + "ab" * 32, "ab" * 32])
def test_a_key_file_that_is_none_is_a_mistake_and_never_replaced(config: Config, text: str) -> None:
    config.state.mkdir()
    key_file(config).write_text(text)
    with pytest.raises(ConfigurationError, match="hex digits"):
        read_policy(config)
    assert key_file(config).read_text() == text


def test_every_mistake_in_every_file_is_told_at_once(config: Config, tmp_path: Path) -> None:  # P9
    filters, templates = tmp_path / "filters", tmp_path / "templates"
    (templates / "en").mkdir(parents=True)
    filters.mkdir()
    (filters / "blocked-domains.txt").write_text("qq.com\nnot a domain\n")
    (templates / "en" / "reply.txt").write_text("Subject: x\n\n{{ nothing }}\n")
    config.state.mkdir()
    key_file(config).write_text("?")
    with pytest.raises(ConfigurationError) as caught:
        read_policy(config.model_copy(update={"filters": filters, "templates": (templates,)}))
    places = {(Path(problem.file).name, problem.line) for problem in caught.value.problems}
    assert {("blocked-domains.txt", 2), ("reply.txt", 3), ("token.key", 0)} <= places


def test_templates_must_fit_the_configuration(config: Config, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(config.templates[0], templates)
    (templates / "en" / "marker.txt").unlink()
    for language in ("de", "es", "fr", "pl"):
        (templates / language / "marker.txt").unlink()
    (templates / "en" / "footers").mkdir()
    for name in ("suport", "support"):
        (templates / "en" / "footers" / f"{name}.txt").write_text("Firma Ltd\n")
    with pytest.raises(ConfigurationError) as caught:
        read_policy(config.model_copy(update={"templates": (templates,), "mail": Mail(marker=True)}))
    assert [(Path(problem.file).name, problem.key, problem.why) for problem in caught.value.problems] == [
        ("marker.txt", "marker", "is missing, and [mail] marker is true; other languages fall back to it"),
        ("suport.txt", "footers/suport", "there is no [[department]] named 'suport'; did you mean 'support'?"),
    ]


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("  zażółć \r\nnote to self\n", encoding="utf-8")
    assert password_in(file) == "  zażółć "
    assert password_in(None) == ""


def test_a_password_that_cannot_be_read_is_temporary(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No such file"):
        secret_of(imap(password_file=tmp_path / "missing"))()


def test_a_password_is_read_afresh_for_each_connection(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("old\n")
    secret = secret_of(imap(password_file=file))
    assert secret() == "old"
    file.write_text("new\n")
    assert secret() == "new"


def test_a_token_is_what_its_command_prints() -> None:
    assert secret_of(imap(token_command=[sys.executable, "-c", "print('ya29.token')"]))() == "ya29.token"


@pytest.mark.parametrize("code", ["print('secret'); raise SystemExit(3)", "pass", "import os; os.kill(os.getpid(), 9)"])
def test_a_token_command_that_fails_is_temporary_and_its_words_are_kept_to_itself(code: str) -> None:  # P11
    with pytest.raises(Trouble) as caught:
        secret_of(imap(token_command=[sys.executable, "-c", code]))()
    assert "secret" not in str(caught.value)
    assert code not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_key_that_cannot_be_made_is_a_mistake(config: Config, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigurationError, match="cannot be made"):
            read_policy(config, make_key=True)
    finally:
        tmp_path.chmod(0o700)


def test_what_is_read_at_the_start_only_is_named(config: Config) -> None:
    assert needs_restart(config, config.model_copy(update={"organisation": "Other", "reminders": Reminders()})) == []
    wanted = {"listen": (Listen(protocol="smtp", address="127.0.0.1:25"),), "hostname": "mail.firma.example"}
    assert needs_restart(config, config.model_copy(update=wanted)) == ["hostname", "listen"]
    limits = Limits(connections=5, received_hops=5, parser=Parser(headers=5))
    assert needs_restart(config, config.model_copy(update={"limits": limits})) == [
        "limits.connections",
        "limits.parser",
    ]


def test_a_key_that_is_gone_is_not_replaced_where_there_are_tickets(config: Config) -> None:
    database = Database(config.database.url)
    database.upgrade()
    read_policy(config, make_key=True)
    key_file(config).unlink()
    read_policy(config, make_key=True)  # no tickets: nothing was signed with the first one
    key_file(config).unlink()
    with database.begin() as connection:
        now = datetime(2026, 11, 2, tzinfo=UTC)
        columns = {"status": "open", "priority": "normal", "created": now, "last_activity": now}
        required = {c.name: "" for c in TICKET.columns if not (c.nullable or c.primary_key or c.default)}
        connection.execute(TICKET.insert().values({**required, **columns}))
    database.close()
    with pytest.raises(ConfigurationError, match=r"token\.key: key: is gone.*from the backup.*begin anew"):
        read_policy(config, make_key=True)
    assert not key_file(config).exists()
    read_policy(config)  # who only looks signs nothing that lasts


def test_a_new_key_has_a_number_of_its_own(config: Config) -> None:
    numbers = set()
    for _ in range(8):
        read_policy(config, make_key=True)
        numbers.add(key_file(config).read_text().splitlines()[1].split()[0])
        key_file(config).unlink()
    assert len(numbers) > 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_room_for_a_key_is_temporary(config: Config, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("mailflow.keyfile.mkstemp", full)
    with pytest.raises(Trouble, match=r"token\.key cannot be made: "):
        read_policy(config, make_key=True)


def test_of_several_folders_of_templates_the_first_that_has_a_file_counts(config: Config, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    (ours / "pl/articles").mkdir(parents=True)
    (ours / "pl/acknowledgement.txt").write_text("Subject: Mamy\n\nMamy to.\n", "utf-8")
    (ours / "pl/articles/id.md").write_text("Title: Gdzie jest ID\nWords: gdzie ID\n\nNa fakturze.\n", "utf-8")
    policy = read_policy(config.model_copy(update={"templates": (ours, *config.templates)}))
    values = {"organisation": "Firma", "department": "Support", "mailbox": "support@firma.example", "number": 1}
    assert policy.templates.render("acknowledgement", "pl", values).body == "Mamy to.\n"
    assert policy.templates.languages == read_policy(config).templates.languages
    assert [article.name for article in policy.articles] == ["id"]
    shutil.rmtree(ours)
    with pytest.raises(ConfigurationError, match="ours: templates: there is no such folder"):
        read_policy(config.model_copy(update={"templates": (ours, *config.templates)}))


def test_a_mistake_in_one_of_several_folders_is_told_with_its_file(config: Config, tmp_path: Path) -> None:
    (tmp_path / "ours/en").mkdir(parents=True)
    (tmp_path / "ours/en/resolved.txt").write_text("Subject: Done\n\n{{ nmber }}\n", "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_policy(config.model_copy(update={"templates": (tmp_path / "ours", *config.templates)}))
    assert [(each.file, each.line) for each in raised.value.problems] == [(f"{tmp_path}/ours/en/resolved.txt", 3)]
