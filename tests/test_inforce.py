"""What is in force: replaced as a whole or not at all, by whoever changes it and whatever goes wrong."""

import asyncio
import fcntl
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow import listfile
from mailflow.desk.actions import Block
from mailflow.inforce import InForce
from tests.running import CONFIG, ROOT

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SPAM = Block(entry=17, value="spam.example", by="ewa", why="sells nothing")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in ("filters", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "var").mkdir()
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(root=tmp_path, folder=tmp_path, url=f"sqlite:///{tmp_path}/var/mailflow.db"))
    return file


async def test_who_is_blocked_by_an_agent_is_so_at_once_and_after_the_list_was_read(file: Path) -> None:
    files = InForce(file, lambda: NOW)
    before = files.policy()
    assert not await files.take_up_lists()
    assert files.block([SPAM], NOW) == {}
    assert files.policy().blocked.find("x@spam.example", NOW)
    assert before.blocked.find("x@spam.example", NOW) is None  # who began with it goes on with it
    assert files.policy().rules is before.rules
    assert files.block([SPAM], NOW) == {}  # it is there already
    at_once = files.policy().blocked.at("spam.example")
    assert await files.take_up_lists()
    assert files.policy().blocked.at("spam.example") == at_once
    assert listfile.stamp(file.parent / "filters" / "blocked-domains.txt") is not None


def test_what_the_list_has_already_is_blocked_and_no_failure(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = InForce(file, lambda: NOW)
    listfile.add(file.parent / "filters" / "blocked-domains.txt", SPAM.value, NOW)  # by hand, a moment ago
    assert files.block([SPAM], NOW) == {}
    assert files.policy().blocked.find("x@spam.example", NOW)
    assert caplog.records == []


def test_mail_does_not_wait_for_who_holds_the_lock_of_the_list(file: Path) -> None:
    files = InForce(file, lambda: NOW)
    both = [SPAM, replace(SPAM, entry=18, value="x@other.example")]
    holder = os.open(file.parent / "filters", os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        failures = files.block(both, NOW)
    finally:
        os.close(holder)
    assert set(failures) == {17, 18}
    assert "being changed by somebody else" in failures[17]
    assert files.policy().blocked.find("x@spam.example", NOW) is None
    assert files.block(both, NOW) == {}


def test_a_reload_says_which_files_and_keys_have_changed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, rules = InForce(file, lambda: NOW), file.parent / "filters/10-mail.toml"
    text = file.read_text().replace("[trust]", '[retention]\ndropped = "7d"\n\n[trust]')
    file.write_text(text.replace("Support", "Help"))
    rules.write_text('[[rule]]\nname = "all"\nthen.tag = "seen"\n')
    asyncio.run(files.reload())
    assert files.changed == ("config.toml: department, retention.dropped", "filters/10-mail.toml (new)")
    assert ' changed="config.toml: department, retention.dropped,filters/10-mail.toml (new)"' in capsys.readouterr().err
    rules.unlink()
    file.write_text(f"# A comment\n{file.read_text()}")
    asyncio.run(files.reload())
    assert files.changed == ("config.toml", "filters/10-mail.toml (gone)")
    asyncio.run(files.reload())
    assert files.changed == ()


def test_what_cannot_be_read_keeps_what_is_in_force(file: Path) -> None:
    files = InForce(file, lambda: NOW)
    before = files.policy()
    text = file.read_text()
    file.write_text(text.replace("Firma", "Other").replace("hostname", "hostnam"))
    listed = file.parent / "filters" / "blocked-domains.txt"
    listed.write_text("no domain at all\n")
    asyncio.run(files.reload())
    assert files.policy() is before
    assert files.outdated
    assert files.outdated.since == NOW
    assert [(problem.key, problem.line) for problem in files.outdated.problems] == [
        ("hostnam", 2),
        ("no domain at all", 1),
    ]
    listed.write_text("")
    file.write_text(text)
    templates = file.parent / "templates"
    templates.rename(file.parent / "elsewhere")
    templates.symlink_to(templates)  # of which not even the system knows what it is
    asyncio.run(files.reload())
    assert files.policy() is before
    templates.unlink()
    (file.parent / "elsewhere").rename(templates)
    asyncio.run(files.reload())
    assert files.policy() is not before
    assert files.outdated is None
