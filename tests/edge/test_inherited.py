"""Sockets that somebody else opened for us: which [[listen]] each is, and what is no [[listen]]."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mailflow.config import Listen
from mailflow.edge.inherited import Passed, assigned
from mailflow.errors import CannotListen
from tests.supervisor import handed_over

TLS = {"certificate": "mail.pem"}
SMTP = Listen(protocol="smtp", address="0.0.0.0:25")
SUBMISSION = Listen(protocol="smtp", address="0.0.0.0:587", tls="starttls", login="required", **TLS)
SMTPS = Listen(protocol="smtp", address="0.0.0.0:465", tls="implicit", **TLS)
LMTP = Listen(protocol="lmtp", address="unix:/run/mailflow/lmtp.sock")
EVERY = (SMTP, SUBMISSION, SMTPS, LMTP)


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def here(sock: socket.socket, host: str = "127.0.0.1") -> str:
    return f"{host}:{sock.getsockname()[1]}"


@pytest.mark.parametrize(
    ("name", "place"), [("submission", SUBMISSION), ("smtps", SMTPS), ("submissions", SMTPS), ("lmtp", LMTP)]
)
def test_it_is_the_only_one_of_its_name_wherever_it_listens(sock: socket.socket, name: str, place: Listen) -> None:
    (found,) = assigned([Passed(name, sock)], EVERY)
    assert found.place == place


@pytest.mark.parametrize("name", ["", "smtp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_of_several_it_is_the_one_with_its_address_or_port(sock: socket.socket, name: str, host: str) -> None:
    place = Listen(protocol="smtp", address=here(sock, host))
    (found,) = assigned([Passed(name, sock)], (*EVERY, place))
    assert found.place == place


def test_an_address_is_more_than_a_port(sock: socket.socket) -> None:
    places = [Listen(protocol="smtp", address=here(sock, host)) for host in ("192.0.2.1", "127.0.0.1")]
    (found,) = assigned([Passed("smtp", sock)], places)
    assert found.place == places[1]


def test_a_socket_that_is_no_listen_is_an_error_and_not_silently_deaf(sock: socket.socket) -> None:
    with pytest.raises(CannotListen, match=r"no \[\[listen\]\] of config\.toml has this address"):
        assigned([Passed("smtp", sock)], EVERY)
    with pytest.raises(CannotListen, match=r"FileDescriptorName=web is no .* known are lmtp, smtp"):
        assigned([Passed("web", sock)], (SMTP, LMTP))


def test_a_datagram_socket_is_told_what_it_should_be() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
        pytest.raises(CannotListen, match="ListenStream="),
    ):
        assigned([Passed("smtp", sock)], [SMTP])


TAKE = """
import os, sys
from mailflow.edge.inherited import passed
found = passed()
print(*(f"{each.name}={each.sock.getsockname()[1]}" for each in found), "LISTEN_FDS" in os.environ)
print(*(os.get_inheritable(each.sock.fileno()) for each in found), passed())
"""


@pytest.mark.parametrize(
    ("names", "told"), [("smtp:lmtp", ["smtp", "lmtp"]), ("unknown:mailflow.socket", ["", ""]), ("", ["", ""])]
)
def test_they_are_taken_once_and_handed_to_no_child(names: str, told: list[str]) -> None:
    """As systemd does it: descriptors from 3 on, and a LISTEN_PID that is ours after exec."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [each.getsockname()[1] for each in (one, two)]
        lines = passed_to(TAKE, [one, two], names).splitlines()
    assert lines == [" ".join([*map("{}={}".format, told, ports), "False"]), "False False []"]


def test_what_was_meant_for_another_process_is_not_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        assert passed_to(TAKE, [sock], "smtp", pid="1").split() == ["False", "[]"]


def passed_to(code: str, sockets: list[socket.socket], names: str, pid: str = "$$") -> str:
    with handed_over(sockets, names, pid) as (before, descriptors):
        command = [*before, sys.executable, "-c", code]
        return subprocess.run(command, pass_fds=descriptors, capture_output=True, text=True, check=True).stdout
