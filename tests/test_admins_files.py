"""The files of an admin as editors write them and as rights let them be read: what is there is read, or told."""

import asyncio
import codecs
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mailflow import configfile, listfile
from mailflow.edge.security import read_users
from mailflow.edge.users import Hash
from mailflow.errors import ConfigurationError, Problem
from mailflow.inforce import InForce
from mailflow.ownership import user
from mailflow.standing import password_in, read_policy
from mailflow.textfile import files_of, is_gone, text_of
from tests.running import ROOT

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOBODY = 65534
READ = (".toml", ".txt", ".md")


def organisation(folder: Path) -> Path:
    """config.toml of one that has rules, lists, kinds of request and articles."""
    hosting = folder / "docs/organisations/hosting-tickets"
    shutil.copytree(ROOT / "docs/organisations/hosting-tickets", hosting)
    shutil.copytree(ROOT / "templates", folder / "templates")
    return hosting / "config.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return organisation(tmp_path)


@pytest.fixture
def ours() -> Iterator[Path]:
    """The same of a user who may not read everything: root becomes another one while it looks."""
    with TemporaryDirectory() as folder:
        file = organisation(Path(folder))
        asyncio.run(InForce(file, lambda: NOW).reload())  # what Python loads for that is root's, perhaps
        was = os.geteuid()
        for each in (Path(folder), *Path(folder).rglob("*")):
            os.chown(each, was or NOBODY, -1)
        os.seteuid(was or NOBODY)
        try:
            yield file
        finally:
            os.seteuid(was)


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


CLOSED = {
    "filters": 0,
    "filters/types": 0,
    "templates/es": 0,
    "templates/es/articles": 0,
    "../../../templates/pl": 0,
    "../../../templates": 0,
    "filters/": 0o644,  # its names may be read, and no file in it opened
    "filters/10-canales.toml": 0,
    "filters/blocked-domains.txt": 0,
    "filters/types/pago.toml": 0,
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_cannot_be_read_is_told_once_and_is_not_as_if_it_were_not_there(ours: Path, name: str) -> None:
    closed, files = ours.parent / name, InForce(ours, lambda: NOW)
    before, mode = files.policy(), closed.stat().st_mode
    closed.chmod(CLOSED[name])
    try:
        with pytest.raises(ConfigurationError) as at_a_start:
            InForce(ours, lambda: NOW)
        asyncio.run(files.reload())
    finally:
        closed.chmod(mode)
    assert files.policy() is before
    assert files.outdated
    assert list(files.outdated.problems) == at_a_start.value.problems
    (told,) = at_a_start.value.problems
    where, colon, why = told.why.rpartition(": cannot")
    assert Path(where or told.file).resolve() == closed.resolve()  # config.toml, where that names it
    whose = f"it belongs to {user()} (mode {CLOSED[name]:04o}) and must be readable for {user()}"
    assert (colon + why).removeprefix(": ") == f"cannot be read: Permission denied; {whose}"


def test_a_folder_that_another_has_closed_is_told_as_far_as_it_can_be_seen(ours: Path) -> None:
    above = ours.parents[3] / "templates"
    above.parent.chmod(0)
    try:
        with pytest.raises(ConfigurationError, match=f"may not look into {above.parent}"):
            text_of(above / "frame.html")
        assert not is_gone(above)
    finally:
        above.parent.chmod(0o700)


def test_what_a_filesystem_and_an_editor_keep_in_a_folder_are_none_of_its_files(ours: Path) -> None:
    for name in ("lost+found", ".git"):
        (ours.parent / "templates" / name).mkdir(mode=0)
    problems: list[Problem] = []
    assert not files_of([ours.parent / "templates"], ["*/*.txt"], problems)
    assert not problems


@pytest.mark.parametrize(
    ("instead_of", "written", "key"),
    [
        ("organisation =", 'filters = "filter"\norganisation =', "filters"),
        ("organisation =", 'filters = "config.toml"\norganisation =', "filters"),  # no folder
        ('"templates", ', '"template", ', "templates"),
        ("[trust]\n", '[trust]\nusers_file = "users"\n', "trust.users_file"),
    ],
)
def test_what_config_toml_names_and_is_not_there_is_told_where_it_names_it(
    file: Path, instead_of: str, written: str, key: str
) -> None:
    files, text = InForce(file, lambda: NOW), file.read_text("utf-8")
    before, place = files.policy(), text.index(instead_of)
    file.write_text(text.replace(instead_of, written, 1), "utf-8")
    with pytest.raises(ConfigurationError) as at_a_start:
        InForce(file, lambda: NOW)
    asyncio.run(files.reload())
    assert files.policy() is before
    assert files.outdated
    line = text.count("\n", 0, place) + (2 if key == "trust.users_file" else 1)
    for problems in (at_a_start.value.problems, files.outdated.problems):
        told = next(each for each in problems if each.key == key)
        assert (told.file, told.line) == (str(file), line)
        assert told.why.endswith(("there is no such folder", "cannot be read: No such file or directory"))


def test_a_folder_of_rules_that_was_there_is_missed_though_nobody_named_it(file: Path) -> None:
    files, filters = InForce(file, lambda: NOW), file.parent / "filters"
    before = files.policy()
    filters.rename(file.parent / "filters.old")
    asyncio.run(files.reload())
    assert files.policy() is before
    assert files.outdated
    assert str(files.outdated.problems[0]) == f"{filters}: filters: there is no such folder"
    filters.mkdir()  # meant: there are no rules any more
    (file.parent / "filters.old/types").rename(filters / "types")
    asyncio.run(files.reload())
    assert files.outdated is None
    assert not files.policy().rules.rules


def test_where_no_folder_of_rules_was_meant_mail_is_taken_without_any(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "config.toml", tmp_path)
    assert not InForce(tmp_path / "config.toml", lambda: NOW).policy().rules.rules
