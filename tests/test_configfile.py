"""config.toml: what is right is loaded, what is wrong is named with line, key and reason, all at once (O4)."""

import random
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from mailflow import configfile, tomlshape
from mailflow.config import Config, Section
from mailflow.errors import ConfigurationError

ROOT = Path(__file__).parent.parent
BAD = sorted((ROOT / "tests/bad_configs").glob("*.toml"))

GOOD = """
[[mailbox]]
address = "support@firma.example"
department = "support"

[[department]]
name = "support"
title = "Support"

[[listen]]
protocol = "smtp"
address = "127.0.0.1:2525"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def warnings_of(folder: Path, text: str) -> list[str]:
    return [f"{each.line}: {each.key}: {each.why}" for each in configfile.read(written(folder, text)).warnings]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_configuration_is_explained_with_line_key_and_reason(path: Path) -> None:
    wanted = [
        line.removeprefix("# error: ").replace("FOLDER", str(path.parent))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("# error: ")
    ]
    with pytest.raises(ConfigurationError) as caught:
        configfile.load(path)
    assert [str(problem).removeprefix(f"{path}:").lstrip() for problem in caught.value.problems] == wanted


def test_the_shipped_configuration_is_right_and_gives_no_warning() -> None:
    read = configfile.read(ROOT / "config.toml")
    assert read.warnings == ()
    assert read.config.mailbox[0].registered_only is False


def test_what_is_commented_out_in_the_shipped_configuration_is_right_too(tmp_path: Path) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    text = text.replace("# url_file", "## url_file").replace("# # token_command", "## token_command")
    for first, last in (("# [[imap]]", "# trusted = true"), ("# [smarthost]", '# password_file = "smarthost-')):
        before, found, rest = text.partition(first)
        section, end, after = rest.partition(last)
        assert found
        assert end
        text = before + (found + section + end).replace("\n# ", "\n").removeprefix("# ") + after
    config = configfile.load(written(tmp_path, text))
    assert config.imap[0].trusted
    assert config.smarthost is not None


def test_no_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"config\.toml: file: there is no such file; name another with --config"
    ):
        configfile.load(tmp_path / "config.toml")


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'a = "b"\norganisation = "F\xfcrst"\n')
    with pytest.raises(ConfigurationError, match=r"config\.toml:2: file: is not UTF-8 here"):
        configfile.load(path)


def test_an_unfinished_file_names_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.toml:2: syntax: "):
        configfile.load(written(tmp_path, 'a = 1\nb = """'))


def test_relative_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    text = GOOD.replace('"127.0.0.1:2525"', '"unix:run/smtp.sock"')
    config = configfile.load(written(tmp_path, text))
    assert config.state == tmp_path / "var"
    assert config.filters == tmp_path / "filters"
    assert config.templates == (tmp_path / "templates",)
    assert config.database.url == f"sqlite:///{tmp_path}/var/mailflow.db"
    assert config.listen[0].address == f"unix:{tmp_path}/run/smtp.sock"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    text = 'state = "/srv/mailflow"\n[database]\nurl = "sqlite:////srv/mailflow/mail.db"\n' + GOOD
    config = configfile.load(written(tmp_path, text))
    assert config.state == Path("/srv/mailflow")
    assert config.database.url == "sqlite:////srv/mailflow/mail.db"


def test_what_has_a_default_can_be_switched_off(tmp_path: Path) -> None:
    text = GOOD + '[reminders]\nafter = []\nresolve_after = "never"\n'
    config = configfile.load(written(tmp_path, text.replace("title =", 'escalate_after = "never"\ntitle =')))
    assert config.reminders.after == ()
    assert config.reminders.resolve_after is None
    assert config.department[0].escalate_after is None


SMARTHOST = '\n[smarthost]\nhost = "smtp.firma.example"\nuser = "u"\npassword_file = "smarthost"\n'


@pytest.mark.parametrize("network", ["10.0.0.0/8", "::ffff:10.0.0.0/104", "::ffff:10.1.2.3"])
@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_an_ipv4_network_may_be_written_as_ipv6(network: str, peer: str, tmp_path: Path) -> None:
    trust = configfile.load(written(tmp_path, GOOD + f'[trust]\nnetworks = ["{network}"]\n')).trust
    assert (trust.trusts(peer), trust.trusts("11.1.2.3")) == (True, False)


@pytest.mark.parametrize("at", ["+8:00", " 8:00", "08:0 ", "8:00", "0８:00", "08:60", "24:00", "08:00:00"])
def test_a_time_of_day_is_two_digits_and_two(at: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no time of day; write '08:00', or 'never'"):
        configfile.load(written(tmp_path, GOOD + f'[held]\ndigest_at = "{at}"\n'))


def test_a_secret_is_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    config = configfile.load(written(tmp_path, GOOD + SMARTHOST))
    assert config.smarthost is not None
    assert config.smarthost.password_file == tmp_path / "smarthost"


def test_a_credential_of_systemd_comes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "smarthost").write_text("secret")
    (tmp_path / "smarthost").write_text("old secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    config = configfile.load(written(tmp_path, GOOD + SMARTHOST))
    assert config.smarthost is not None
    assert config.smarthost.password_file == credentials / "smarthost"


def test_a_secret_in_a_folder_is_a_credential_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/smarthost").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    text = GOOD + SMARTHOST.replace('"smarthost"\n', '"secrets/smarthost"\n')
    config = configfile.load(written(tmp_path, text))
    assert config.smarthost is not None
    assert config.smarthost.password_file == tmp_path / "credentials/smarthost"


def test_the_database_may_be_named_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://mailflow:secret@db.example/mailflow\n")
    config = configfile.load(written(tmp_path, GOOD + '[database]\nurl_file = "url"\n'))
    assert config.database.url == "postgresql://mailflow:secret@db.example/mailflow"


@pytest.mark.parametrize(
    ("url", "why"),
    [("sqlite:///:memory:", "mail is kept in a file"), ("postgresql://x@db:none/x", "is no URL; write postgresql://")],
)
def test_a_database_that_cannot_be_is_named_with_its_line(tmp_path: Path, url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"config\.toml:2: database\.url: {why}"):
        configfile.load(written(tmp_path, f'[database]\nurl = "{url}"\n' + GOOD))


def test_postgresql_without_its_driver_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        ConfigurationError, match=r"config\.toml:2: database\.url: .*pip install 'mailflowd\[postgres\]'"
    ):
        configfile.load(written(tmp_path, '[database]\nurl = "postgresql://x@db/x"\n' + GOOD))


def test_what_stands_in_a_database_file_is_not_shown_when_it_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("secret words")
    with pytest.raises(ConfigurationError) as caught:
        configfile.load(written(tmp_path, GOOD + '[database]\nurl_file = "url"\n'))
    assert "secret" not in str(caught.value)


IMAP = """
[[imap]]
name = "support"
host = "imap.firma.example"
user = "support"
password_file = "password"
mailbox = "support@firma.example"
"""


LEVELS = """
[[due]]
first_response = "4h"

[[department.escalation]]
at = "75%"
tell = ["lead@firma.example"]
"""


def test_levels_without_readers_of_the_digest_are_warned_of(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, GOOD + LEVELS)
    assert "nobody is told in the morning" in warning
    for to in ("[]", '["lead@firma.example"]'):
        told = GOOD.replace('title = "Support"\n', f'title = "Support"\ndigest_to = {to}\n')
        assert warnings_of(tmp_path, told + LEVELS) == []


def test_an_untrusted_account_for_registered_contacts_is_warned_of(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, GOOD + IMAP)
    assert warning.startswith("14: imap.trusted: this mailbox is registered_only, and of its mail only what is signed")


@pytest.mark.parametrize(
    "change",
    [
        ('name = "support"\nhost', 'trusted = true\nname = "support"\nhost'),
        ('name = "support"\nhost', 'authserv_id = "mx.google.com"\nname = "support"\nhost'),
    ],
)
def test_a_trusted_account_is_not_warned_of(tmp_path: Path, change: tuple[str, str]) -> None:
    assert warnings_of(tmp_path, GOOD + IMAP.replace(*change)) == []


def test_an_untrusted_account_for_an_open_mailbox_is_not_warned_of(tmp_path: Path) -> None:
    text = GOOD.replace('department = "support"', 'department = "support"\nregistered_only = false') + IMAP
    assert warnings_of(tmp_path, text) == []


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        (
            '[trust]\nnetworks = ["10.0.0.0/8", "0.0.0.0/0"]\n',
            "15: trust.networks: believes every From line of everybody",
        ),
        (
            'hostname = "mail.firma.example"\n[smarthost]\nhost = "smtp.firma.example"\n',
            "",
        ),
        (
            '[smarthost]\nhost = "smtp.firma.example"\n',
            "14: smarthost: our mail says it comes from 'localhost': set hostname at the top of the file",
        ),
        (
            'hostname = "mail.firma.example"\n[smarthost]\nhost = "smtp.firma.example"\ntls = "none"\nuser = "u"\n'
            'password_file = "p"\n',
            "4: smarthost.tls: sends the password in clear text over the network",
        ),
    ],
)
def test_what_is_probably_not_meant_is_warned_of(tmp_path: Path, more: str, warning: str) -> None:
    text = more + GOOD if more.startswith("hostname") else GOOD + "\n" + more
    assert warnings_of(tmp_path, text) == ([warning] if warning else [])


def test_no_way_in_is_warned_of(tmp_path: Path) -> None:
    text = GOOD.partition("[[listen]]")[0]
    assert warnings_of(tmp_path, text) == [
        "0: config: there is neither a [[listen]] nor an [[imap]]: no mail can come in"
    ]


@pytest.mark.parametrize("seed", range(200))
def test_a_damaged_file_loads_or_is_explained(tmp_path: Path, seed: int) -> None:  # F4
    chance = random.Random(seed)
    text = (ROOT / "config.toml").read_text(encoding="utf-8") + IMAP + SMARTHOST
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(["", "x", '"', "[", "]]", "= 1\n", "\n", "#", "'", "0", "{}"]) + text[at + 1 :]
    try:
        assert isinstance(configfile.load(written(tmp_path, text)), Config)
    except ConfigurationError as error:
        for problem in error.problems:
            assert problem.file.endswith("config.toml")
            assert 0 <= problem.line <= text.count("\n") + 1
            assert problem.key
            assert problem.why


def test_true_and_false_are_written_as_such_everywhere() -> None:
    """What looks like a word for them ("no", 0) is refused in every table."""

    def sections(of: type[Section]) -> set[type[Section]]:
        inner = {found for field in of.model_fields.values() if (found := tomlshape.section_in(field.annotation))}
        return {of}.union(*(sections(each) for each in inner))

    switches = [
        (section, name)
        for section in sections(Config)
        for name, field in section.model_fields.items()
        if field.annotation is bool
    ]
    assert len(switches) >= 3
    for section, name in switches:
        for value in ("no", "true", 0, 1):
            with pytest.raises(ValidationError) as caught:
                section.model_validate({name: value})
            assert name in {error["loc"][0] for error in caught.value.errors() if error["type"] == "bool_type"}
