"""What `mailflow doctor` finds, on real sockets."""

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mailflow.cli import machineprobes, probes
from mailflow.config import Config, Imap, Listen, Smarthost
from tests.edge.fake_imap import FakeImap


@contextmanager
def server(*lines: bytes, log: list[bytes] | None = None) -> Iterator[int]:
    """Says the first line, and one more for each line it hears."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with closing(listening), listening.accept()[0] as connection, connection.makefile("rb") as heard:
            for line in lines:
                connection.sendall(line + b"\r\n")
                if not (line := heard.readline()):
                    return
                if log is not None:
                    log.append(line)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        thread.join(5)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_listener_that_greets_is_well() -> None:
    with server(b"220 mail.firma.example ESMTP") as port:
        assert probes.listener(Listen(protocol="smtp", address=f"127.0.0.1:{port}")).is_well


def test_a_listener_that_is_somebody_else_is_named() -> None:
    with server(b"SSH-2.0-OpenSSH") as port:
        finding = probes.listener(Listen(protocol="smtp", address=f"127.0.0.1:{port}"))
    assert "SSH-2.0-OpenSSH" in finding.found
    assert "another program" in finding.advice


def test_a_listener_that_is_not_there_asks_for_the_daemon(tmp_path: Path) -> None:
    for address in (f"127.0.0.1:{closed_port()}", f"unix:{tmp_path}/lmtp.sock"):
        assert "is the daemon running?" in probes.listener(Listen(protocol="lmtp", address=address)).advice


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("secret\n")
    return file


def test_a_smarthost_that_lets_us_in_is_well() -> None:
    with server(b"220 hello", b"250 hello", b"221 bye") as port:
        assert probes.smarthost(Smarthost(host="127.0.0.1", port=port, tls="none"), "mail.firma.example").is_well


def test_a_smarthost_that_refuses_the_password_is_told_and_the_password_is_not(password: Path) -> None:
    with server(b"220 hello", b"250-hello\r\n250 AUTH PLAIN", b"535 5.7.8 no", b"221 bye") as port:
        settings = Smarthost(host="127.0.0.1", port=port, tls="none", user="u", password_file=password)
        finding = probes.smarthost(settings, "mail.firma.example")
    assert "535 5.7.8 no" in finding.found
    assert "password_file" in finding.advice
    assert "secret" not in finding.found


@pytest.mark.parametrize("word", ["secret", "zażółć"])
def test_a_secret_is_read_and_said_as_the_daemon_does_it(tmp_path: Path, word: str) -> None:
    file = tmp_path / "password"
    file.write_text(f"{word}\nnote to self\n", encoding="utf-8")
    heard: list[bytes] = []
    with server(b"220 hello", b"250-hello\r\n250 AUTH PLAIN", b"235 in", b"221 bye", log=heard) as port:
        settings = Smarthost(host="127.0.0.1", port=port, tls="none", user="u", password_file=file)
        finding = probes.smarthost(settings, "mail.firma.example")
    assert finding.is_well, finding
    assert heard[1].split()[2] == b64encode(f"\0u\0{word}".encode())
    with FakeImap() as far:
        far.password = word
        assert imap(far.port, file).is_well
        assert far.logins == 1


def test_a_smarthost_without_starttls_is_told() -> None:
    with server(b"220 hello", b"250 hello", b"221 bye") as port:
        finding = probes.smarthost(Smarthost(host="127.0.0.1", port=port), "mail.firma.example")
    assert "STARTTLS" in finding.found
    assert "check host, port and tls in [smarthost]" in finding.advice


def test_a_name_that_does_not_exist_is_told() -> None:
    finding = probes.smarthost(Smarthost(host="mail.does-not-exist.invalid"), "mail.firma.example")
    assert "not in the DNS" in finding.advice


def test_a_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    with server(b"220 hello", b"250 AUTH PLAIN", b"221 bye") as port:
        settings = Smarthost(host="127.0.0.1", port=port, tls="none", user="u", password_file=tmp_path / "nothing")
        finding = probes.smarthost(settings, "mail.firma.example")
    assert finding.found == f"cannot read {tmp_path}/nothing: it is no file of text, or not there"
    assert finding.advice == "write it, or correct its name in config.toml"


def imap(port: int, password: Path) -> probes.Finding:
    return probes.imap(settings(port, password))


def settings(port: int, password: Path, **more: Any) -> Imap:
    return Imap(
        name="support",
        host="127.0.0.1",
        port=port,
        tls="none",
        user="u",
        password_file=password,
        mailbox="support@firma.example",
        **more,
    )


def test_an_imap_server_that_is_not_there_is_told(password: Path) -> None:
    assert "check host, port and tls in [imap]" in imap(closed_port(), password).advice


def test_a_disk_with_room_is_well(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "state": tmp_path,
            "mailbox": [{"address": "support@firma.example", "department": "support"}],
            "department": [{"name": "support", "title": "Support"}],
            "limits": {"message_size": 1},
        }
    )
    assert machineprobes.room(config).is_well
    full = config.model_copy(update={"limits": config.limits.model_copy(update={"message_size": 1 << 60})})
    assert "452" in machineprobes.room(full).advice


def test_a_mailbox_says_what_it_can_do(password: Path) -> None:
    with FakeImap() as far:
        assert imap(far.port, password).found.endswith("IDLE works, MOVE")
    with FakeImap(capabilities="IMAP4rev1 AUTH=PLAIN") as far:
        polled = imap(far.port, password)
        moved = probes.imap(settings(far.port, password, when_done="move"))
    assert polled.is_well
    assert polled.found.endswith("no IDLE: looked at every 60 s")
    assert 'when_done = "flag"' in moved.advice


def test_a_mail_is_sent_only_when_it_is_asked_for() -> None:
    basis = {
        "hostname": "mail.firma.example",
        "mailbox": [{"address": "support@firma.example", "department": "support"}],
        "department": [{"name": "support", "title": "Support"}],
    }
    heard: list[bytes] = []
    said = [b"220 hello", b"250 hello", b"250 ok", b"250 ok", b"354 go"]
    with server(*said, log=heard) as port:
        config = Config.model_validate({**basis, "smarthost": {"host": "127.0.0.1", "port": port, "tls": "none"}})
        (finding,) = probes.network(config, "anna@staff.example")
    assert [line.split(b":")[-1].strip() for line in heard[1:3]] == [
        b"<support@firma.example>",
        b"<anna@staff.example>",
    ]
    assert not finding.is_well  # it hung up instead of an answer
