"""A daemon that is asked how it goes: by a health check, by Prometheus; with what is shipped for both."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import yaml

from tests.running import ROOT, Conversation, Installation, eventually, running

PACKAGING = ROOT / "packaging"
MAIL = (
    b"From: anna@kunde.example\r\nTo: support@firma.example\r\nSubject: Hello\r\nMessage-ID: <1@kunde.example>\r\n"
    b"\r\nHello.\r\n"
)


@pytest.fixture
async def installation(tmp_path: Path, database_url: str) -> AsyncIterator[Installation]:
    more = f'\n[monitor]\naddress = "unix:{tmp_path}/monitor.sock"\n'
    async with running(Installation(tmp_path, database_url, more)) as installation:
        yield installation


async def asked(installation: Installation, path: str) -> httpx.Response:
    transport = httpx.AsyncHTTPTransport(uds=str(installation.folder / "monitor.sock"))
    async with httpx.AsyncClient(transport=transport, timeout=20) as client:
        return await client.get(f"http://localhost{path}")


def value(told: str, series: str) -> float:
    (found,) = re.findall(rf"^{re.escape(series)} (\S+)$", told, re.MULTILINE)
    return float(found)


def exported(told: str) -> set[str]:
    """Also of families that have no series yet."""
    families = re.findall(r"^# TYPE (\S+) (\S+)$", told, re.MULTILINE)
    parts = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + part for name, kind in families for part in parts.get(kind, ("",))}


def wanted_series() -> set[str]:
    """By the dashboard and the alerts; `up` is Prometheus' own."""
    panels = json.loads((PACKAGING / "grafana/mailflow.json").read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]] + [rule["expr"] for rule in rules()]
    assert len(asked) > 30
    return {name for each in asked for name in re.findall(r"\b(?:mailflow|process)_[a-z_]+", each)}


def rules() -> list[Any]:
    (group,) = yaml.safe_load((PACKAGING / "prometheus/mailflow.rules.yml").read_text("utf-8"))["groups"]
    return list(group["rules"])


async def test_the_last_backup_is_told(tmp_path: Path, sqlite_url: str) -> None:
    more = f'\n[monitor]\naddress = "unix:{tmp_path}/monitor.sock"\n'
    async with running(Installation(tmp_path, sqlite_url, more)) as installation:
        await installation.start()
        assert value((await asked(installation, "/metrics")).text, "mailflow_backup_timestamp_seconds") == 0
        begun = datetime.now(UTC).timestamp()
        assert (await installation.run("db", "backup", str(tmp_path / "copy.db")))[0] == 0
        told = value((await asked(installation, "/metrics")).text, "mailflow_backup_timestamp_seconds")
        assert begun - 1 <= told <= datetime.now(UTC).timestamp()


async def test_a_certificate_that_ends_is_told_by_figures_and_by_status(tmp_path: Path, sqlite_url: str) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    leaf = trustme.CA().issue_cert("mail.firma.example", not_after=ends)
    leaf.private_key_and_cert_chain_pem.write_to_path(tmp_path / "mail.pem")
    installation = Installation(tmp_path, sqlite_url, f'\n[monitor]\naddress = "unix:{tmp_path}/monitor.sock"\n')
    text, tls = installation.file.read_text(), f'tls = "starttls"\ncertificate = "{tmp_path}/mail.pem"'
    installation.configure(text.replace('protocol = "smtp"', f'protocol = "smtp"\n{tls}'))
    async with running(installation):
        await installation.start()
        told = (await asked(installation, "/metrics")).text
        named = 'mailflow_certificate_expires_timestamp_seconds{listen="127.0.0.1:0"}'
        assert value(told, named) == ends.timestamp()
        _, status = await installation.run("status")
        assert f"{tmp_path}/mail.pem of 127.0.0.1:0 expires at {ends:%Y-%m-%d %H:%M} UTC" in " ".join(status.split())


def test_there_is_something_to_do_about_every_alert() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8").partition("\n### Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| \S", page, re.MULTILINE) == [rule["alert"] for rule in rules()]
    assert all({"expr", "labels", "annotations"} <= set(rule) for rule in rules())


async def test_a_daemon_says_how_it_goes(installation: Installation) -> None:
    await installation.start()
    for _ in range(2):  # the second is a duplicate
        conversation = await Conversation.begin(installation.port)
        await conversation.send(MAIL, "anna@kunde.example")
        conversation.close()
    await eventually(lambda: "\nsent " in installation.said() and "\nduplicate " in installation.said())
    health = await asked(installation, "/healthz")
    assert (health.status_code, health.text) == (200, "ok\n")
    told = (await asked(installation, "/metrics")).text
    assert value(told, "mailflow_accepted_total") == 2
    assert value(told, 'mailflow_entries{disposition="filed"}') == 1
    assert value(told, 'mailflow_entries{disposition="duplicate"}') == 1
    assert value(told, 'mailflow_outbox_ended{kind="acknowledgement",state="sent"}') == 1
    assert value(told, "mailflow_filing_seconds_count") == 2
    assert value(told, "mailflow_database_up") == 1
    assert value(told, "process_resident_memory_bytes") > 1 << 20
    assert "anna" not in told
    assert wanted_series() - exported(told) == set()
    assert "Hello" not in told


async def test_a_database_that_is_locked_makes_it_ill(sqlite_url: str, tmp_path: Path) -> None:
    """A writer that cannot write; what the daemon knows by itself is told all the same."""
    more = f'\n[monitor]\naddress = "unix:{tmp_path}/monitor.sock"\n'
    async with running(Installation(tmp_path, sqlite_url, more)) as installation:
        await installation.start()
        with closing(sqlite3.connect(tmp_path / "mailflow.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            health = await asked(installation, "/healthz")
            assert health.status_code == 503
            assert re.fullmatch(r"the writer (has not answered for 5 s|is in trouble: StoreAway)\n", health.text)
            assert (await asked(installation, "/metrics")).status_code == 200
        async with asyncio.timeout(20):
            while (await asked(installation, "/healthz")).status_code != 200:
                pass


async def test_a_disk_with_too_little_room_is_told_by_healthz_by_status_and_to_the_sender(
    sqlite_url: str, tmp_path: Path
) -> None:  # D4
    more = f'\n[monitor]\naddress = "unix:{tmp_path}/monitor.sock"\n\n[limits]\nfree_space = "1000000G"\n'
    async with running(Installation(tmp_path, sqlite_url, more)) as installation:
        await installation.start()
        conversation = await Conversation.begin(installation.port)
        with pytest.raises(ConnectionError, match=r"452 4\.3\.1"):
            await conversation.send(MAIL, "anna@kunde.example")
        conversation.close()
        health = await asked(installation, "/healthz")
        no_room = "the disk has less room than [limits] free_space: no mail is taken in\n"
        assert (health.status_code, health.text) == (503, no_room)
        _, status = await installation.run("status")
        first = status.splitlines()[0]
        assert re.fullmatch(rf"disk +— .* free at {tmp_path}, mail is refused for the time being: make room", first), (
            first
        )


async def test_an_address_that_is_taken_is_said_with_its_line(tmp_path: Path, sqlite_url: str) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    installation = Installation(tmp_path, sqlite_url, f'\n[monitor]\naddress = "127.0.0.1:{port}"\n')
    status, told = await installation.run("run")
    server.close()
    assert status == 75
    line = installation.file.read_text().count("\n")
    assert f"config.toml:{line}: monitor: 127.0.0.1:{port}: Address already in use" in told
