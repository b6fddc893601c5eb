"""Where mail is accepted: TCP, IPv6, unix sockets with their mode and their leftovers, inherited sockets."""

import asyncio
import os
import smtplib
import socket
import stat
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from mailflow.config import Listen
from mailflow.edge.inherited import Inherited
from mailflow.edge.peer import counted_as
from mailflow.errors import CannotListen


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


async def test_addresses_are_as_in_the_configuration(edge: Any) -> None:
    places = ["smtp 127.0.0.1:0", "lmtp unix:run/lmtp.sock", *(["smtp [::1]:0"] if has_ipv6() else [])]
    listeners = await edge.listen(*places)
    assert [address.rpartition(":")[0] for address in listeners.addresses] == ["127.0.0.1", "unix", "[::1]"][
        : len(places)
    ]
    for address in listeners.addresses:
        assert (await (await edge.connect(address)).reply()).startswith("220 ")


async def test_a_unix_socket_is_for_its_group_and_goes_with_us(edge: Any) -> None:
    listeners = await edge.listen("lmtp unix:lmtp.sock")
    path = edge.folder / "lmtp.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    await listeners.close(1)
    assert not path.exists()


async def test_the_socket_of_a_killed_daemon_is_replaced(edge: Any) -> None:
    path = edge.folder / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    listeners = await edge.listen("lmtp unix:lmtp.sock")
    assert (await (await edge.connect(listeners.addresses[0])).reply()).startswith("220 ")


async def test_the_socket_of_a_living_daemon_is_left_alone(edge: Any) -> None:
    listeners = await edge.listen("lmtp unix:lmtp.sock")
    with pytest.raises(CannotListen, match=r"cannot listen on unix:.*/lmtp\.sock: Address already in use"):
        await edge.listen("lmtp unix:lmtp.sock")
    assert (await (await edge.connect(listeners.addresses[0])).reply()).startswith("220 ")


async def test_a_file_in_the_way_is_left_alone(edge: Any) -> None:
    path = edge.folder / "lmtp.sock"
    path.write_text("not a socket")
    with pytest.raises(CannotListen, match="Address already in use"):
        await edge.listen("lmtp unix:lmtp.sock")
    assert path.read_text() == "not a socket"


async def test_all_addresses_or_none(edge: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}: Address already in use; .*ss -ltnp") as raised:
            await edge.listen("lmtp unix:lmtp.sock", f"smtp 127.0.0.1:{port}", "lmtp unix:" + "x" * 200)
    assert len(raised.value.places) == 2
    assert not (edge.folder / "lmtp.sock").exists()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
async def test_a_socket_may_be_inherited(edge: Any, tmp_path: Path, family: socket.AddressFamily) -> None:
    sock = socket.socket(family)
    sock.bind(("127.0.0.1", 0) if family == socket.AF_INET else str(tmp_path / "theirs.sock"))
    sock.listen()
    listeners = await edge.listen(inherited=[Inherited(Listen(protocol="smtp", address="127.0.0.1:0"), sock)])
    client = await edge.another(listeners)
    await client.open()
    assert await client.say("hello\r\n.") == ["250 2.0.0 Kept"]
    await listeners.close(1)
    assert ["theirs.sock"] * (family == socket.AF_UNIX) == os.listdir(tmp_path)


async def test_the_clients_of_the_standard_library_get_through(edge: Any) -> None:
    listeners = await edge.listen("smtp 127.0.0.1:0", "lmtp unix:lmtp.sock")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anna@kunde.example", "support@firma.example", "It does not start"
    mail.set_content(".hidden\n\nDziękuję.\n")
    port, path = int(listeners.addresses[0].rpartition(":")[2]), str(edge.folder / "lmtp.sock")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.send_message(mail)
        with smtplib.LMTP(path) as client:
            client.send_message(mail)

    await asyncio.to_thread(send)
    assert [arrival.envelope.source for arrival in edge.door.kept] == ["smtp", "lmtp"]
    for arrival in edge.door.kept:
        text = message_from_bytes(arrival.octets, policy=default).get_content()
        assert text.replace("\r\n", "\n") == mail.get_content()


async def test_after_closing_nobody_comes_in(edge: Any) -> None:
    listeners = await edge.listen("smtp 127.0.0.1:0")
    (address,) = listeners.addresses
    await listeners.close(1)
    with pytest.raises(ConnectionRefusedError):
        await edge.connect(address)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("unix", "", False),
    ],
)
def test_an_ipv6_network_is_one_peer(one: str, other: str, same: bool) -> None:
    assert (counted_as(one) == counted_as(other)) == same
