"""The daemon as a whole: a real process, real sockets, signals, a database that goes away."""

import asyncio
import json
import os
import re
import signal
import smtplib
import socket
import sqlite3
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from mailflow import listfile
from tests.running import PATIENCE, ROOT, Conversation, Installation, eventually, running


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    async with running(Installation(tmp_path, sqlite_url)) as installation:
        yield installation


def mail(name: str = "anna") -> bytes:
    return (
        f"From: {name}@kunde.example\r\nTo: support@firma.example\r\nSubject: Hello\r\n"
        f"Message-ID: <{name}@kunde.example>\r\n\r\nHello.\r\n"
    ).encode()


async def send(installation: Installation, name: str = "anna") -> str:
    conversation = await Conversation.begin(installation.port)
    try:
        return await conversation.send(mail(name), f"{name}@kunde.example")
    finally:
        conversation.close()


def sent(installation: Installation) -> list[str]:
    return sorted(path.name for path in (installation.folder / "var" / "sent").glob("*.eml"))


async def test_a_mail_becomes_a_ticket_and_an_acknowledgement(installation: Installation) -> None:
    await installation.start()
    assert (await send(installation)).startswith("250 2.0.0")
    await eventually(lambda: sent(installation) == ["1-acknowledgement.eml"])
    assert await installation.stop() == 0
    status, told = await installation.run("audit")
    assert status == 0, told


async def test_the_status_says_what_was_refused_since_the_start(installation: Installation) -> None:  # P10
    text = installation.file.read_text(encoding="utf-8")
    installation.configure(text + "\n[limits]\nrecipients = 1\n")
    await installation.start()
    conversation = await Conversation.begin(installation.port)
    await conversation.say("MAIL FROM:<anna@kunde.example>")
    await conversation.say("RCPT TO:<nobody@firma.example>", "550 5.1.1")
    await conversation.say("RCPT TO:<anna@kunde.example>", "550 5.7.1")
    await conversation.say("RCPT TO:<support@firma.example>")
    await conversation.say("RCPT TO:<support@firma.example>", "452 4.5.3")
    conversation.close()
    assert await installation.stop() == 0
    _, told = await installation.run("status", "--json")
    (daemon,) = json.loads(told)["daemons"]
    assert daemon["refused"] == {"unknown_recipient": 1, "foreign_recipient": 1}
    assert daemon["limits"] == {"recipients": 1}
    assert daemon["slowed"] is None


async def test_sigterm_finishes_what_was_begun(installation: Installation) -> None:
    await installation.start()
    conversation = await Conversation.begin(installation.port)
    await conversation.say("MAIL FROM:<anna@kunde.example>")
    await conversation.say("RCPT TO:<support@firma.example>")
    await conversation.say("DATA", "354")
    assert installation.daemon
    installation.daemon.terminate()
    await eventually(lambda: "\nstopping " in installation.said())
    assert (await conversation.say(mail().decode() + ".")).startswith("250")
    assert await conversation.reply() == "421 4.3.2 " + (await asyncio.to_thread(closing_words))
    conversation.close()
    assert await installation.stop() == 0
    assert installation.said().count("\nfiled ") == 1
    assert "Traceback" not in installation.said()


def closing_words() -> str:
    from mailflow.edge import replies

    return replies.CLOSING.removeprefix("421 4.3.2 ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_either_signal_ends_it_in_order(installation: Installation, number: signal.Signals) -> None:
    await installation.start()
    assert installation.daemon
    installation.daemon.send_signal(number)
    assert await asyncio.wait_for(installation.daemon.wait(), PATIENCE) == 0


async def test_bad_configuration_is_exit_78_with_every_mistake(installation: Installation) -> None:
    installation.configure(installation.file.read_text().replace("[trust]", "[trust]\nnet = 1\n") + "\nnodes = 3\n")
    status, told = await installation.run("run")
    assert status == 78
    assert re.search(r"config.toml:\d+: trust.net: ", told)
    assert re.search(r"config.toml:\d+: .*nodes: ", told)


async def test_a_port_that_is_taken_is_said_and_nothing_starts(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        installation.configure(installation.file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        status, told = await installation.run("run")
    line = installation.file.read_text().partition(f"127.0.0.1:{port}")[0].count("\n") + 1
    assert status == 75  # systemd tries again
    assert f"{installation.file}:{line}: listen: 127.0.0.1:{port}: Address already in use" in told
    assert "ss -ltnp" in told
    assert not told.startswith("ready")


async def test_what_it_writes_is_for_its_user_only(installation: Installation) -> None:
    await installation.start()
    await send(installation)
    await eventually(lambda: sent(installation))
    var = installation.folder / "var"
    assert [path for path in (var, *var.rglob("*")) if path.stat().st_mode & 0o077] == []


async def test_a_second_daemon_on_the_same_file_refuses(installation: Installation) -> None:
    await installation.start()
    status, told = await installation.run("run")
    assert (status, "another mailflow runs on this database" in told) == (1, True)


async def test_a_second_daemon_of_the_same_name_refuses(postgresql_url: str, tmp_path: Path) -> None:  # P12
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with running(Installation(folders[0], postgresql_url)) as first:
        await first.start()
        assert await Installation(folders[1], postgresql_url).run("run") == (
            1, "mailflow: another mailflow runs on this database as 'main': give each its own `node` in config.toml\n"
        )  # fmt: skip


async def test_a_reload_brings_the_new_policy_and_a_bad_one_never_replaces_the_old(installation: Installation) -> None:
    # P9
    await installation.start()
    assert installation.daemon
    good = installation.file.read_text()
    blocked = installation.folder / "filters"
    blocked.mkdir()
    (blocked / "blocked-domains.txt").write_text("kunde.example\n")
    installation.configure(good.replace(f"{ROOT}/filters", str(blocked)))
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "\nreloaded " in installation.said())
    with pytest.raises(ConnectionError, match=r"550 5\.7\.1"):
        await send(installation)
    installation.configure(good.replace('hostname = "', 'hostnam = "'))
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "\nreload_failed " in installation.said())
    with pytest.raises(ConnectionError, match=r"550 5\.7\.1"):
        await send(installation)
    assert await installation.stop() == 0


async def test_a_list_is_taken_up_when_it_changes_and_a_bad_one_is_not(installation: Installation) -> None:  # P9
    folder = installation.folder / "filters"
    folder.mkdir()
    file = folder / "blocked-domains.txt"
    file.write_text("")
    installation.configure(installation.file.read_text().replace(f"{ROOT}/filters", str(folder)))
    await installation.start()
    assert (await send(installation)).startswith("250")
    listfile.add(file, "kunde.example", datetime.now(UTC), why="a test")
    await eventually(lambda: f"\nreloaded files={file}" in installation.said())
    with pytest.raises(ConnectionError, match=r"550 5\.7\.1"):
        await send(installation)
    file.write_text("no domain at all\n")
    await eventually(lambda: "\nreload_failed " in installation.said())
    with pytest.raises(ConnectionError, match=r"550 5\.7\.1"):
        await send(installation)
    file.write_text("other.example\n")
    await eventually(lambda: installation.said().count("\nreloaded ") == 2)
    assert (await send(installation)).startswith("250")
    assert await installation.stop() == 0


async def test_a_rule_with_an_example_that_is_wrong_is_not_taken_over(installation: Installation) -> None:
    folder = installation.folder / "filters"
    folder.mkdir()
    rule = '[[rule]]\nname = "one"\nif.subject = "ü"\nthen.tag = "a"\n[[rule.example]]\nmail = "Subject: {}\\n\\nx"\n'
    (folder / "10.toml").write_text(rule.format("o"), "utf-8")
    installation.configure(installation.file.read_text().replace(f"{ROOT}/filters", str(folder)))
    await installation.start()  # a restart at night does not wait for somebody who edits rules
    assert installation.daemon
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "\nreload_failed " in installation.said())
    assert "does not match it" in installation.said()
    (folder / "10.toml").write_text(rule.format("ü"), "utf-8")
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "\nreloaded " in installation.said())
    assert await installation.stop() == 0


async def test_a_reload_says_what_needs_a_restart_and_a_bad_one_changes_nothing(installation: Installation) -> None:
    # P9
    await installation.start()
    assert installation.daemon
    good = installation.file.read_text()
    installation.configure(good.replace('log_level = "info"', 'log_level = "error"') + "\n[limits]\nparse_second = 1\n")
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "\nreload_failed " in installation.said())
    broken = installation.folder / "filters"
    broken.mkdir()
    (broken / "blocked-domains.txt").write_text("no domain at all\n")
    quiet = good.replace('log_level = "info"', 'log_level = "error"')
    installation.configure(quiet.replace(f"{ROOT}/filters", str(broken)))
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: installation.said().count("\nreload_failed ") == 2)
    installation.configure(good.replace("127.0.0.1:0", "127.0.0.1:1") + "\n[limits]\nconnections = 7\n")
    installation.daemon.send_signal(signal.SIGHUP)
    await eventually(lambda: "restart_needed=listen,limits.connections" in installation.said())
    assert (await send(installation)).startswith("250")
    assert await installation.stop() == 0
    assert "\naccepted " in installation.said()  # which level `error` would not say


async def test_a_reload_takes_over_certificates_and_users_or_none_of_them(
    tmp_path: Path, sqlite_url: str
) -> None:  # S6
    authority, file, users = trustme.CA(), tmp_path / "mail.pem", tmp_path / "users"

    def issue() -> None:
        authority.issue_cert("mail.firma.example").private_key_and_cert_chain_pem.write_to_path(file)

    async def certificate() -> str:
        def fetch() -> str:
            with smtplib.SMTP("127.0.0.1", installation.port) as client:
                client.starttls(context=ssl._create_unverified_context())
                return ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(binary_form=True))

        return await asyncio.to_thread(fetch)

    issue()
    users.write_text("")
    secured = f'protocol = "smtp"\ntls = "starttls"\nlogin = "offered"\ncertificate = "{file}"'
    installation = Installation(tmp_path, sqlite_url)
    text = installation.file.read_text().replace('protocol = "smtp"', secured)
    installation.configure(text.replace("[trust]", f'[trust]\nusers_file = "{users}"'))
    async with running(installation):
        await installation.start()
        assert installation.daemon
        first = await certificate()
        issue()
        users.write_text("noc secret noc@firma.example\n")
        installation.daemon.send_signal(signal.SIGHUP)
        await eventually(lambda: "users:1: user: after the name" in installation.said())
        assert await certificate() == first
        users.write_text("")
        installation.daemon.send_signal(signal.SIGHUP)
        await eventually(lambda: "\nreloaded " in installation.said())
        assert await certificate() != first
        assert await installation.stop() == 0
    assert "secret" not in installation.said()


# What a reload brings


def with_filters(installation: Installation, name: str = "filters") -> Path:
    """A folder of rules of its own, named in config.toml."""
    folder = installation.folder / name
    folder.mkdir()
    installation.configure(installation.file.read_text().replace(f"{ROOT}/filters", str(folder)))
    return folder


async def test_the_reload_command_says_what_was_taken_over_or_each_mistake(installation: Installation) -> None:  # P9
    status, told = await installation.run("reload")
    assert (status, told.startswith("mailflow: no daemon runs on this database")) == (1, True)
    rules = with_filters(installation) / "10-mail.toml"
    await installation.start()
    rules.write_text('[[rule]]\nname = "all"\nthen.tag = "seen"\n')
    assert await installation.run("reload") == (0, "main: taken over\n  filters/10-mail.toml (new)\n")
    rules.write_text('[[rule]]\nname = "all"\nthen.tagg = "seen"\n')
    mistake = f"{rules}:3: rule.then.tagg: there is no such effect; did you mean 'tag'?"
    status, told = await installation.run("reload")
    assert (status, told.splitlines()) == (
        78, ["main: nothing is taken over, the files of before stay in use", mistake]
    )  # fmt: skip
    await send(installation)
    await eventually(lambda: sent(installation))
    assert "anna@kunde.example" in (await installation.run("ticket", "list", "--tag", "seen", "--json"))[1]
    rules.unlink()
    installation.configure(installation.file.read_text().replace("127.0.0.1:0", "127.0.0.1:1"))
    status, told = await installation.run("reload", "--json")
    assert (status, json.loads(told)) == (
        0, {"node": "main", "outdated": None, "problems": [], "missing": [], "restart_needed": ["listen"],
            "changed": ["config.toml: listen", "filters/10-mail.toml (gone)"]}
    )  # fmt: skip


@pytest.mark.parametrize("mistake", ["hostnam = 1\n", 'hostname = "\n'], ids=["a wrong key", "wrong syntax"])
async def test_the_status_says_since_when_mistakes_keep_the_old_files_in_use(
    installation: Installation, mistake: str
) -> None:  # P9
    good = installation.file.read_text()
    await installation.start()
    installation.configure(good + f"\n[reminders]\n{mistake}")
    line = installation.file.read_text().count("\n")
    status, told = await installation.run("reload")
    assert (status, f"\n{installation.file}:{line}: " in told) == (78, True)
    status, told = await installation.run("status")
    assert status == 0
    assert re.search(rf"^reload +— since .* main works by the files of before.*\n  {installation.file}:{line}: ", told)
    (daemon,) = json.loads((await installation.run("status", "--json"))[1])["daemons"]
    since = datetime.fromisoformat(daemon["outdated"])
    assert since <= datetime.now(UTC)
    assert daemon["problems"][0]["line"] == line
    await installation.run("reload")
    (daemon,) = json.loads((await installation.run("status", "--json"))[1])["daemons"]
    assert datetime.fromisoformat(daemon["outdated"]) == since  # of the first that failed
    installation.configure(good)
    assert (await installation.run("reload"))[0] == 0
    (daemon,) = json.loads((await installation.run("status", "--json"))[1])["daemons"]
    assert (daemon["outdated"], daemon["problems"]) == (None, [])


async def test_a_list_with_mistakes_is_in_the_status_until_it_has_none(installation: Installation) -> None:
    file = with_filters(installation) / "blocked-domains.txt"
    file.write_text("")
    await installation.start()
    file.write_text("no domain at all\n")
    await eventually(lambda: "\nreload_failed " in installation.said())
    await eventually(lambda: outdated(installation))
    file.write_text("other.example\n")
    await eventually(lambda: not outdated(installation))
    assert await installation.stop() == 0


def outdated(installation: Installation) -> bool:
    with closing(sqlite3.connect(installation.folder / "mailflow.db")) as connection:
        return connection.execute("SELECT outdated FROM pulse").fetchone() != (None,)


async def test_mail_is_taken_in_and_filed_while_files_are_read(installation: Installation) -> None:
    """However long that takes: here a file ends when the test says so."""
    slow = with_filters(installation) / "10-slow.toml"
    await installation.start()
    assert installation.daemon
    os.mkfifo(slow)
    installation.daemon.send_signal(signal.SIGHUP)
    pipe = await asyncio.to_thread(open, slow, "w")  # it has been opened for reading
    with pipe:
        assert (await send(installation)).startswith("250")
        await eventually(lambda: len(sent(installation)) == 1)
        assert "\nreloaded " not in installation.said()
        pipe.write('[[rule]]\nname = "all"\nthen.tag = "seen"\n')
    await eventually(lambda: "\nreloaded " in installation.said())
    await send(installation, "ben")
    await eventually(lambda: len(sent(installation)) == 2)
    slow.unlink()
    listed = (await installation.run("ticket", "list", "--tag", "seen", "--json"))[1].splitlines()
    assert [json.loads(ticket)["requester"] for ticket in listed] == ["ben@kunde.example"]
    assert await installation.stop() == 0


async def test_a_reload_is_for_every_daemon_of_the_database(postgresql_url: str, tmp_path: Path) -> None:  # P12
    async with AsyncExitStack() as house:
        daemons = []
        for name in ("east", "west"):
            (tmp_path / name).mkdir()
            each = Installation(tmp_path / name, postgresql_url)
            each.configure(f'node = "{name}"\n{each.file.read_text()}')
            await house.enter_async_context(running(each))
            await each.start()
            daemons.append(each)
        east, west = daemons
        broken = with_filters(west) / "10-mail.toml"
        broken.write_text("[[rul]]\n")
        status, told = await east.run("reload")
        assert (status, told.splitlines()) == (78, [
            "east: taken over, nothing has changed",
            "west: nothing is taken over, the files of before stay in use",
            f"{broken}:1: rul: there is no such key at the top; did you mean 'rule'?",
        ])  # fmt: skip
        assert await west.stop() == 0
        assert await east.run("reload") == (0, "east: taken over, nothing has changed\n")


async def test_what_a_command_writes_beside_the_daemon_is_seen_within_seconds(installation: Installation) -> None:
    await installation.start()
    file = installation.folder / "letter.eml"
    file.write_bytes(mail("ben"))
    status, told = await installation.run("inject", "--mail-from", "ben@kunde.example", str(file))
    assert status == 0, told
    await eventually(lambda: sent(installation), within=5)


async def test_postgresql_away_is_451_and_it_goes_on_by_itself(
    postgresql_url: str, postgresql_server: Any, tmp_path: Path
) -> None:  # D6, P5
    name = urlsplit(postgresql_url).path[1:]
    async with running(Installation(tmp_path, postgresql_url)) as installation:
        await installation.start()
        assert (await send(installation, "before")).startswith("250")
        await asyncio.to_thread(switch, postgresql_server, name, False)
        for attempt in range(3):
            with pytest.raises(ConnectionError, match=r"451 4\.3\.0"):
                await send(installation, f"during{attempt}")
        await asyncio.to_thread(switch, postgresql_server, name, True)
        assert (await send(installation, "after")).startswith("250")
        await eventually(lambda: len(sent(installation)) == 2)
        assert await installation.stop() == 0
        status, told = await installation.run("audit")
    assert status == 0, told


def switch(server: Any, name: str, on: bool) -> None:
    """The database lets nobody in, or everybody."""
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {on}")
        if not on:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
