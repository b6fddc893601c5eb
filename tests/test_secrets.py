"""Twelve secrets in the files of an installation whose servers repeat what they are told: none of them is in a line of
the log, an answer to a client, the output of a command or a metric (O5, P11).
"""

import asyncio
import base64
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import trustme

from mailflow.concealed import concealed
from mailflow.edge.users import Hash
from tests.edge.fake_imap import FakeImap
from tests.running import Installation, eventually, running

CANARIES = {
    name: f"canary-{name}-7f3a91"
    for name in (
        "imap", "oauth", "command", "smarthost", "login", "wrong", "webhook", "path", "header", "argument", "database",
    )
}  # fmt: skip
CONFIG = """
log_level = "debug"
{basis}
tls = "starttls"
certificate = "{folder}/mail.pem"
login = "offered"

[[listen]]
protocol = "lmtp"
address = "unix:{folder}/lmtp.sock"

[trust]
networks = ["unix"]
users_file = "users"

[dns]
servers = ["127.0.0.1:1"]
timeout = "1s"

[monitor]
address = "unix:{folder}/monitor.sock"

[smarthost]
host = "127.0.0.1"
port = {smtp}
tls = "none"
user = "support"
password_file = "smarthost"

[[imap]]
name = "password"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "support"
password_file = "imap"
mailbox = "support@firma.example"
trusted = true

[[imap]]
name = "token"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "other"
token_command = ["{folder}/token", "{command}"]
mailbox = "support@firma.example"
trusted = true

[[on_call]]
name = "night"
[[on_call.step]]
webhook = "http://127.0.0.1:{closed}/{path}"
header_file = "header"
[[on_call.step]]
after = "1m"
webhook_file = "webhook"
[[on_call.step]]
after = "2m"
command = ["{folder}/token", "{argument}"]

[[mailbox]]
address = "support@firma.example"
department = "support"
registered_only = false

[[department]]
name = "support"
title = "Support"
"""
COMMANDS = (
    "status", "status --json", "check", "journal list --json", "journal show 1 --json", "outbox list --json",
    "outbox show 1 --json", "page list --json", "ticket show 1 --json", "reload --json", "doctor", "doctor --json",
)  # fmt: skip
"""What reads secrets comes last: it knows what to keep to itself."""
ALL = """
import sys
from mailflow.cli import main
_, file, *commands = sys.argv
for command in commands:
    sys.argv = ["mailflow", *command.split(), "--config", file]
    try:
        main()
    except SystemExit:
        pass
"""
MAIL = (
    b"From: a@kunde.example\r\nTo: support@firma.example\r\nSubject: down\r\nMessage-ID: <1@kunde.example>\r\n\r\nx\r\n"
)


@contextmanager
def parrot() -> Iterator[int]:
    """An SMTP server that refuses every login with what it was told."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as heard:
            connection.sendall(b"220 hello\r\n")
            for line in heard:
                said = line.strip()
                hello = said.upper().startswith(b"EHLO")
                connection.sendall(
                    b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n" if hello else b"535 5.7.8 no: %s\r\n" % said
                )

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=listening.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listening:
        yield listening.getsockname()[1]
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def written(folder: Path, installation: Installation, imap: int, smtp: int) -> None:
    for name in ("imap", "smarthost"):
        (folder / name).write_text(CANARIES[name] + "\n")
    (folder / "header").write_text(f"Authorization: Bearer {CANARIES['header']}\n")
    (folder / "webhook").write_text(f"http://127.0.0.1:1/{CANARIES['webhook']}\n")
    (folder / "users").write_text(f"portal {Hash.of(CANARIES['login'])} kunde.example\n")
    (folder / "token").write_text(f"#!/bin/sh\necho {CANARIES['oauth']}\n")
    (folder / "token").chmod(0o700)
    (folder / "filters").mkdir()
    rule = '[[rule]]\nname = "all"\nif.subject.contains = "down"\nthen.page = "night"\n'
    (folder / "filters" / "10.toml").write_text(rule)
    pem = trustme.CA().issue_cert("mail.firma.example").private_key_and_cert_chain_pem.bytes()
    (folder / "mail.pem").write_bytes(pem)
    basis, _, _ = installation.file.read_text().partition('\n[[listen]]\nprotocol = "lmtp"')
    basis = "\n".join(
        f'filters = "{folder}/filters"' if line.startswith("filters") else line
        for line in basis.splitlines()
        if not line.startswith("log_level")
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    words = {name: CANARIES[name] for name in ("command", "path", "argument")}
    ports = {"smtp": smtp, "imap": imap, "closed": closed}
    installation.configure(CONFIG.format(basis=basis, folder=folder, **ports, **words))


def log_in_wrongly(port: int) -> str:
    """What an SMTP client is told."""
    told: list[str] = []
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.ehlo()
        plain = base64.b64encode(f"\0portal\0{CANARIES['wrong']}".encode()).decode()
        told.append(str(client.docmd("AUTH", f"PLAIN {plain}")))
        told.append(str(client.docmd(f"MAIL FROM:<{CANARIES['wrong']}")))
        good = base64.b64encode(f"\0portal\0{CANARIES['login']}".encode()).decode()
        told.append(str(client.docmd("AUTH", f"PLAIN {good}")))
        told.append(str(client.sendmail("a@kunde.example", ["support@firma.example"], MAIL)))
    return "\n".join(told)


async def output_of_all(installation: Installation) -> str:
    """In one process: each takes as long to begin as all of them take to run."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ALL, str(installation.file), *COMMANDS),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await child.communicate()
    assert output.count(b"\n") > len(COMMANDS)
    return output.decode()


def leaks(text: str, key: bytes) -> list[str]:
    """Also as AUTH PLAIN says it."""
    secrets = {**CANARIES, "key": key.split()[1].decode()}
    forms = {name: (secret, base64.b64encode(secret.encode()).decode()[:-4]) for name, secret in secrets.items()}
    plain = {
        "imap": f"\0support\0{CANARIES['imap']}", "smarthost": f"\0support\0{CANARIES['smarthost']}",
    }  # fmt: skip
    forms |= {f"{name}, plain": (base64.b64encode(said.encode()).decode(),) for name, said in plain.items()}
    return [name for name, each in forms.items() if any(form in text for form in each)]


async def test_no_secret_is_told(tmp_path: Path, sqlite_url: str) -> None:
    with ExitStack() as far:
        imap, smtp = far.enter_context(FakeImap()), far.enter_context(parrot())
        imap.always = {
            "LOGIN": b"{tag} NO [ALERT] wrong: LOGIN support " + CANARIES["imap"].encode() + b"\r\n",
            "AUTHENTICATE": b"{tag} NO [ALERT] wrong: " + CANARIES["oauth"].encode() + b"\r\n",
        }
        async with running(Installation(tmp_path, sqlite_url)) as installation:
            written(tmp_path, installation, imap.port, smtp)
            await installation.start()
            told = [await asyncio.to_thread(log_in_wrongly, installation.port)]
            await eventually(lambda: all(f"\n{event} " in installation.said() for event in ("paged", "deferred")))
            transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "monitor.sock"))
            async with httpx.AsyncClient(transport=transport, timeout=20) as client:
                told += [(await client.get(f"http://localhost/{page}")).text for page in ("metrics", "healthz")]
            told.append(await output_of_all(installation))
            assert await installation.stop() == 0
            told.append(installation.said())
        assert "***" in told[-1]  # it was there to be told
        assert leaks("\n".join(told), (tmp_path / "var" / "token.key").read_bytes()) == []


@pytest.mark.parametrize("command", ["run", "doctor"])
async def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path, command: str) -> None:
    url = f"postgresql://mailflow:{CANARIES['database']}@127.0.0.1:1/mailflow"
    status, told = await Installation(tmp_path, url).run(command)
    assert status != 0
    assert CANARIES["database"] not in told


def test_a_secret_is_found_wherever_base64_has_put_it() -> None:
    from mailflow.concealed import conceal

    secret = conceal("correct horse battery")
    for before in ("", "a", "\0u\0", "user=x\1auth=Bearer "):
        coded = base64.b64encode(f"{before}{secret}\1\1".encode()).decode()
        assert "***" in concealed(f"535 AUTH PLAIN {coded} no")
    assert concealed(f"535 {secret} no") == "535 *** no"
    assert conceal("short") == "short"
    assert concealed("a short word") == "a short word"
