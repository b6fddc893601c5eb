"""`mailflow install-service`: what the units of a machine say, and which files it leaves alone."""

import os
import sys
from pathlib import Path

import pytest

from mailflow import configfile
from mailflow.cli.install_service import install_service, is_sealed
from mailflow.errors import ConfigurationError, Refused

CONFIG = """
hostname = "mail.firma.example"
state = "/var/lib/mailflow"
database.url = "sqlite:////var/lib/mailflow/mailflow.db"
{more}
[[listen]]
protocol = "smtp"
address = "0.0.0.0:25"
[[listen]]
protocol = "smtp"
address = "[::]:25"
[[listen]]
protocol = "smtp"
address = "127.0.0.1:0"
[[listen]]
protocol = "lmtp"
address = "unix:/run/mailflow/lmtp.sock"
[smarthost]
host = "smtp.example.org"
user = "mailflow"
password_file = "secrets/smarthost"
[[mailbox]]
address = "support@firma.example"
department = "support"
[[department]]
name = "support"
title = "Support"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, text: str = CONFIG, more: str = "") -> Path:
    file = folder / "config.toml"
    file.write_text(text.replace("{more}", more))
    return file


def installed(config: Path, **options: object) -> dict[str, str]:
    root = config.parent / "root"
    install_service(config, root=root, **{"user": "mailflow", "dry_run": False, "force": False, **options})  # type: ignore[arg-type]
    return {path.name: path.read_text() for path in (root / "etc/systemd/system").iterdir()}


def lines(text: str, *keys: str) -> list[str]:
    return [line for line in text.splitlines() if line.partition("=")[0] in keys]


def test_the_units_name_what_is_on_this_machine(config: Path) -> None:
    units = installed(config, user="desk")
    program = Path(sys.executable).with_name("mailflow")
    service = lines(
        units["mailflow.service"], "ExecStart", "User", "StateDirectory", "ReadWritePaths", "LoadCredential"
    )
    assert service == [
        f"ExecStart={program} run --config {config}",
        "User=desk",
        "StateDirectory=mailflow",
        f"LoadCredential=smarthost:{config.parent}/secrets/smarthost",
    ]
    assert lines(units["mailflow.socket"], "ListenStream", "SocketGroup") == [
        "ListenStream=0.0.0.0:25",
        "ListenStream=[::]:25",
        "ListenStream=/run/mailflow/lmtp.sock",
        "SocketGroup=desk",
    ]


def test_a_state_elsewhere_may_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG.replace("/var/lib/mailflow", "/srv/desk%")
    service = installed(written(tmp_path, text))["mailflow.service"]
    assert lines(service, "StateDirectory", "ReadWritePaths", "WorkingDirectory") == [
        "WorkingDirectory=/srv/desk%%",
        "ReadWritePaths=/srv/desk%%",
    ]
    assert "warning: /srv/desk%% is not below /var/lib: make it" in capsys.readouterr().err


def test_the_nightly_backup_is_of_the_database_that_config_toml_names(tmp_path: Path) -> None:
    units = installed(written(tmp_path, CONFIG.replace("/var/lib/mailflow", "/srv/desk%")), user="desk")
    run, *others = lines(units["mailflow-backup.service"], "ExecStart", "User", "ReadWritePaths")
    assert run.endswith(f" db backup --keep 14 --config {tmp_path}/config.toml /var/backups/mailflow")
    assert others == ["User=desk", "ReadWritePaths=/srv/desk%% /var/backups/mailflow"]


def test_a_database_on_a_server_has_no_nightly_copy(config: Path) -> None:
    text = CONFIG.replace("sqlite:////var/lib/mailflow/mailflow.db", "postgresql://db.example/desk")
    assert set(installed(written(config.parent, text))) == {"mailflow.service", "mailflow.socket"}


def test_it_says_what_to_do_next(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installed(config, user="root")
    told = capsys.readouterr()
    assert told.out.partition("next:\n")[2].split("\n  ") == [
        "  systemctl daemon-reload",
        "systemctl enable --now mailflow.socket mailflow.service",
        "systemctl status mailflow",
        "install -d -m 700 -o root -g root /var/backups/mailflow",
        "systemctl enable --now mailflow-backup.timer\n",
    ]
    assert "secrets/smarthost is not there, and the service does not start without it" in told.err
    installed(config, user="nobody-of-this-name")
    assert "useradd --system --home-dir /var/lib/mailflow" in capsys.readouterr().out


def test_everybody_may_read_units_whoever_wrote_them(config: Path) -> None:
    before = os.umask(0o077)
    try:
        installed(config)
    finally:
        os.umask(before)
    folder = config.parent / "root/etc/systemd/system"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_what_nobody_changed_is_made_anew_and_what_somebody_changed_stays(config: Path) -> None:
    first = installed(config)
    assert all(map(is_sealed, first.values()))
    written(config.parent, CONFIG.replace("0.0.0.0:25", "0.0.0.0:2525"))
    assert "ListenStream=0.0.0.0:2525" in installed(config)["mailflow.socket"]
    mine = config.parent / "root/etc/systemd/system/mailflow.service"
    changed = mine.read_text().replace("MemoryMax=2G", "MemoryMax=4G")
    mine.write_text(changed)
    written(config.parent)
    with pytest.raises(Refused, match=r"somebody wrote or changed .*mailflow\.service: nothing was written"):
        installed(config)
    assert mine.read_text() == changed
    assert "0.0.0.0:2525" in mine.with_name("mailflow.socket").read_text()
    assert "MemoryMax=2G" in installed(config, force=True)["mailflow.service"]


def test_a_dry_run_prints_and_writes_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install_service(config, root=config.parent / "root", user="mailflow", dry_run=True)
    told = capsys.readouterr().out
    assert told.startswith(f"# {config.parent}/root/etc/systemd/system/mailflow.service\n# Made by")
    assert "\n[Socket]\n" in told
    assert not (config.parent / "root").exists()


def test_without_listeners_there_is_no_socket(tmp_path: Path) -> None:
    text = CONFIG.partition("[[listen]]")[0] + "[[mailbox]]" + CONFIG.partition("[[mailbox]]")[2]
    units = installed(written(tmp_path, text))
    assert set(units) == {"mailflow.service", "mailflow-backup.service", "mailflow-backup.timer"}
    assert "mailflow.socket" not in units["mailflow.service"]


@pytest.mark.parametrize("bad", ["/srv/my desk", "/srv/desk;rm", "/srv/$desk"])
def test_a_path_that_a_unit_cannot_name_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(Refused, match="a unit cannot name"):
        installed(written(tmp_path, CONFIG.replace("/var/lib/mailflow", bad)))


@pytest.mark.parametrize("bad", ["mail flow", "%u", "0", "", "mailflow\nExecStartPre=/bin/false", "mailflow\n"])
def test_a_user_that_is_none_is_refused(config: Path, bad: str) -> None:
    with pytest.raises(Refused, match="is no name of a user"):
        installed(config, user=bad)


def test_nothing_is_written_through_a_link(config: Path) -> None:
    folder, elsewhere = config.parent / "root/etc/systemd/system", config.parent / "elsewhere"
    folder.mkdir(parents=True)
    (folder / ".mailflow.service.new").symlink_to(elsewhere)
    installed(config)
    assert not elsewhere.exists()
    assert not (folder / "mailflow.service").is_symlink()


def test_two_secrets_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    imap = """
[[imap]]
name = "one"
host = "imap.example.org"
user = "one"
password_file = "imap/smarthost"
mailbox = "support@firma.example"
trusted = true
"""
    with pytest.raises(ConfigurationError, match="have one name"):
        configfile.credentials(written(tmp_path, CONFIG + imap))
