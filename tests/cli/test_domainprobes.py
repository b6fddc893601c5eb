"""What `mailflow doctor` says of our domains, by a real name server."""

from collections.abc import Iterator

import pytest

from mailflow.cli.domainprobes import domains
from mailflow.config import Config
from tests.dns_server import SERVFAIL, NameServer, serving, txt

GLOBAL = "8.8.4.4"


@pytest.fixture
def server() -> Iterator[NameServer]:
    with serving() as server:
        server.zone["A smtp.provider.example"] = [GLOBAL]
        yield server


def told(server: NameServer, smarthost: str = "smtp.provider.example") -> dict[str, tuple[bool, str]]:
    config = Config.model_validate(
        {
            "mailbox": [{"address": "support@firma.example", "department": "support"}],
            "department": [{"name": "support", "title": "Support"}],
            "smarthost": {"host": smarthost},
            "dns": {"servers": [server.address], "timeout": "1s"},
        }
    )
    return {each.about: (each.is_well, each.found) for each in domains(config)}


def test_a_domain_that_lets_its_smarthost_send_is_well(server: NameServer) -> None:
    server.zone["TXT firma.example"] = [txt("v=spf1 include:spf.provider.example -all"), txt("unrelated")]
    server.zone["TXT spf.provider.example"] = [txt(f"v=spf1 ip4:{GLOBAL} -all")]
    server.zone["TXT _dmarc.firma.example"] = [txt("v=DMARC1; p=reject")]
    assert told(server) == {
        "dns": (True, f"smtp.provider.example is {GLOBAL}"),
        "spf firma.example": (True, "lets smtp.provider.example send"),
        "dmarc firma.example": (True, "asks others for 'reject' of what neither SPF nor DKIM proves"),
        "dkim": (True, "smtp.provider.example signs, or not: only a mail shows it (doctor --send-to ADDRESS)"),
    }


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([], "no record"),
        (["v=spf1 -all", "v=spf1 mx -all"], "2 records, which counts as an error"),
        (["v=spf1 ip4:192.0.2.1 -all"], f"does not name smtp.provider.example: {GLOBAL} fail"),
        (["v=spf1 include:gone.example -all"], f"does not name smtp.provider.example: {GLOBAL} permerror"),
    ],
)
def test_what_is_wrong_with_spf_is_told(server: NameServer, records: list[str], found: str) -> None:
    server.zone["TXT firma.example"] = [txt(each) for each in records]
    assert told(server)["spf firma.example"] == (False, found)
    assert told(server)["dmarc firma.example"] == (False, "no record")


def test_a_smarthost_of_our_own_network_is_not_judged(server: NameServer) -> None:
    server.zone |= {"A smtp.provider.example": ["10.0.0.7"], "TXT firma.example": [txt("v=spf1 mx -all")]}
    is_well, found = told(server)["spf firma.example"]
    assert is_well
    assert found.endswith("smtp.provider.example is in a network of our own: where it sends from is not known")


def test_a_smarthost_that_only_this_machine_knows_is_where_the_daemon_finds_it(server: NameServer) -> None:
    """In /etc/hosts: the name server has never heard of it, and is asked about the domain all the same."""
    server.zone |= {"TXT firma.example": [txt("v=spf1 mx -all")], "TXT _dmarc.firma.example": [txt("v=DMARC1; p=none")]}
    found = told(server, "localhost")
    is_well, where = found["dns"]
    assert is_well
    assert where.startswith("localhost is 127.0.0.1")
    assert where.endswith(", by this machine (/etc/hosts), not by the DNS")
    assert found["spf firma.example"][0]
    assert found["dmarc firma.example"] == (True, "asks others for 'none' of what neither SPF nor DKIM proves")


def test_a_name_server_in_trouble_is_not_taken_for_a_missing_record(server: NameServer) -> None:
    server.zone |= {"TXT firma.example": SERVFAIL, "TXT _dmarc.firma.example": SERVFAIL}
    found = told(server)
    assert found["spf firma.example"] == (False, "the servers of firma.example cannot answer")
    assert found["dmarc firma.example"][0] is False
    server.zone["A smtp.provider.example"] = SERVFAIL
    assert told(server) == {"dns": (False, "the servers of smtp.provider.example cannot answer")}
    del server.zone["A smtp.provider.example"]
    assert told(server) == {"dns": (False, "smtp.provider.example has no address")}
