"""What `mailflow doctor` says of the machine: files, clock, unit, and of those on call."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mailflow.cli import machineprobes
from mailflow.cli.pagerprobes import pagers
from mailflow.config import Config
from mailflow.errors import Trouble
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.standing import read_policy
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.health.checkup import Checkup, checkup

NOBODY = 65534
BASIS: dict[str, Any] = {
    "mailbox": [{"address": "support@firma.example", "department": "support"}],
    "department": [{"name": "support", "title": "Support"}],
}


def config(folder: Path, **more: Any) -> Config:
    folders = {name: folder / name for name in ("state", "filters", "templates")}
    for each in folders.values():
        each.mkdir(mode=0o700, exist_ok=True)
    return Config.model_validate({**BASIS, **folders, **more})


def test_files_that_others_may_read_are_named_with_what_mends_them(tmp_path: Path) -> None:
    secret, file = tmp_path / "password", tmp_path / "config.toml"
    for each in (secret, file):
        each.write_text("x")
        each.chmod(0o640)
    wanted = config(tmp_path, smarthost={"host": "h", "user": "u", "password_file": secret})
    (well,) = machineprobes.files(wanted, file)
    assert well.is_well
    secret.chmod(0o644)
    file.chmod(0o666)
    wanted.state.chmod(0o755)
    found = list(machineprobes.files(wanted, file))
    assert [each.advice for each in found] == [f"chmod go= {wanted.state}", f"chmod o= {secret}", f"chmod o-w {file}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_in_the_state_folder_is_named_with_what_mends_it(tmp_path: Path) -> None:
    wanted = config(tmp_path)
    lock, key = wanted.state / ".mailflow.db.lock", wanted.state / "token.key"
    for each in (lock, key):
        each.touch(mode=0o600)
    for each in (wanted.state, key):
        os.chown(each, NOBODY, -1)
    (found,) = machineprobes.files(wanted, tmp_path / "config.toml")
    assert found.found == f"{lock}: of root, in the folder of nobody"
    assert found.advice.startswith(f"chown --reference={wanted.state} {lock}; ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_of_root_keep_the_service_from_starting_with_what_mends_them() -> None:
    with TemporaryDirectory() as name:  # tmp_path is for root alone
        Path(name).chmod(0o755)
        wanted = config(Path(name))
        barred = [wanted.state / name for name in (".mailflow.db.lock", "mailflow.db")]
        for each in barred:
            each.touch(mode=0o600)
        for each in (wanted.state, Path(name)):
            os.chown(each, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(Trouble) as caught:
                read_policy(wanted, make_key=True)
        finally:
            os.seteuid(0)
    files, folder = (*map(str, barred),), wanted.state
    mend = f"chown --reference={folder} {' '.join(files)}"
    assert str(caught.value) == f"{', '.join(files)}: of root, in the folder of nobody; as root: {mend}"


def test_a_database_is_tried_and_nothing_stays(database: Database) -> None:
    now = datetime.now(UTC)
    found = checkup(database, now)
    assert found.version[0].isdigit()
    assert found.faults == (() if database.file else None)
    assert abs(found.ahead) < timedelta(seconds=30)
    envelope = Envelope(source="smtp", mail_from="", rcpt_tos=("support@firma.example",))
    with database.begin() as connection:
        journal.receive(connection, [Arrival(envelope=envelope, octets=b"x")], now + timedelta(days=1))
    found = checkup(database, now)
    assert found.ahead > timedelta(hours=23)
    assert not machineprobes.clock(found).is_well
    assert machineprobes.clock(Checkup("1", timedelta(0), ())).is_well


def test_a_damaged_file_is_found(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    assert database.file
    with database.begin() as connection:  # an index that has lost a row
        connection.exec_driver_sql("INSERT INTO pin VALUES ('a@b.example', '', '', '', '2026-11-02 09:00:00')")
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'ix_ticket_status'")
    database.close()
    again = Database(sqlite_url)
    found = checkup(again, datetime.now(UTC))
    again.close()
    assert found.faults


def test_a_unit_of_before_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    shipped, folder = tmp_path / "shipped", tmp_path / "systemd"
    folder.mkdir()
    shipped.write_text("# A=1\n[Service]\nType=notify\nWatchdogSec=60\n")
    assert machineprobes.unit([folder], shipped).is_well  # there is none
    (folder / "mailflow.service").write_text("[Service]\nType=notify\n")
    found = machineprobes.unit([folder], shipped)
    assert not found.is_well
    assert found.found.endswith("is older than this mailflow: it has no WatchdogSec")
    (folder / "mailflow.service").write_text("[Service]\nType=simple\nWatchdogSec=9\n")
    assert machineprobes.unit([folder], shipped).is_well


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_those_on_call_are_looked_at_and_not_called(tmp_path: Path, listening: int) -> None:
    program = tmp_path / "page"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    secret = tmp_path / "url"
    secret.write_text(f"http://127.0.0.1:{listening}/canary-path\n")
    steps = [
        {"mail": ["anna@staff.example"]},
        {"after": "1m", "command": [str(program), "canary-argument"]},
        {"after": "2m", "command": [str(tmp_path / "nothing")]},
        {"after": "3m", "webhook_file": secret},
        {"after": "4m", "webhook": "http://127.0.0.1:1/canary-path"},
        {"after": "5m", "webhook_file": tmp_path / "no-url"},
    ]
    found = list(pagers(config(tmp_path, on_call=[{"name": "night", "step": steps}])))
    assert [each.is_well for each in found] == [True, False, False, True, False, False]
    assert found[1].advice == f"chmod +x {program}"
    program.chmod(0o700)
    assert list(pagers(config(tmp_path, on_call=[{"name": "night", "step": steps}])))[1].is_well
    assert "canary" not in str(found)
    assert not (tmp_path / "called").exists()
