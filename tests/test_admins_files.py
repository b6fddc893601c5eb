"""The files of an admin as editors write them and as rights let them be read: what is there is read, or told."""

import codecs
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow import configfile, listfile
from mailflow.edge.security import read_users
from mailflow.edge.users import Hash
from mailflow.standing import password_in, read_policy
from tests.running import ROOT

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
READ = (".toml", ".txt", ".md")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """config.toml of an organisation that has rules, lists, kinds of request and articles."""
    hosting = tmp_path / "docs/organisations/hosting-tickets"
    shutil.copytree(ROOT / "docs/organisations/hosting-tickets", hosting)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return hosting / "config.toml"


def test_the_mark_that_windows_puts_before_a_text_is_none_of_its_words(file: Path) -> None:
    before = read_policy(configfile.load(file), file.parent)
    marked = [each for each in file.parents[3].rglob("*") if each.suffix in READ]
    for each in marked:
        each.write_bytes(codecs.BOM_UTF8 + each.read_bytes())
    after = read_policy(configfile.load(file), file.parent)
    assert len(marked) > 100
    assert (after.rules, after.kinds, after.articles) == (before.rules, before.kinds, before.articles)
    assert (after.blocked, after.config) == (before.blocked, before.config)
    assert after.templates.letters == before.templates.letters


def test_a_command_changes_a_list_that_begins_with_a_mark(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked-domains.txt"
    blocked.write_text("qq.com\n", "utf-8-sig")
    listfile.add(blocked, "x.example", NOW)
    assert blocked.read_text("utf-8") == "qq.com\nx.example\n"
    assert listfile.remove(blocked, "qq.com")


def test_a_mark_is_no_letter_of_a_password_nor_of_a_name(tmp_path: Path) -> None:
    password, users = tmp_path / "password", tmp_path / "users"
    password.write_text("sesame\r\n", "utf-8-sig")
    users.write_text(f"monitoring {Hash.of('open sesame 12')} noc.example\n", "utf-8-sig")
    assert password_in(password) == "sesame"
    assert list(read_users(users).by_name) == ["monitoring"]
