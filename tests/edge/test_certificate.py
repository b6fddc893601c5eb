"""What a certificate says of itself, and what there is to say against it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from mailflow.edge.certificate import Certificate
from tests.edge.conftest import written

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LIFE = timedelta(days=90)


def certificate(*names: str, left: timedelta = timedelta(days=60), life: timedelta = LIFE) -> Certificate:
    return Certificate("127.0.0.1:465", "mail.pem", NOON + left - life, NOON + left, names)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (certificate("mail.firma.example"), ""),
        (certificate("other.example", "mail.firma.example"), ""),
        (certificate("*.firma.example"), ""),
        (certificate("*.example"), "is for *.example, and hostname is Mail.firma.example"),
        (certificate("firma.example"), "is for firma.example, and hostname is Mail.firma.example"),
        (certificate(), "is for no host, and hostname is Mail.firma.example"),
        (certificate("mail.firma.example", left=timedelta(days=7)), ""),
        (certificate("mail.firma.example", left=timedelta(days=6)), "expires at 2026-11-08 12:00 UTC"),
        (certificate("mail.firma.example", left=timedelta(days=2), life=timedelta(days=6)), ""),
        (
            certificate("mail.firma.example", left=timedelta(days=1), life=timedelta(days=6)),
            "expires at 2026-11-03 12:",
        ),
        (certificate("mail.firma.example", left=timedelta(0)), "has expired at 2026-11-02 12:00 UTC"),
        (
            certificate("mail.firma.example", left=LIFE + timedelta(hours=1)),
            "is good from 2026-11-02 13:00 UTC on only",
        ),
    ],
)
def test_a_fault_is_what_clients_do_not_believe(given: Certificate, fault: str) -> None:
    found = given.fault("Mail.firma.example", NOON)
    assert found.startswith(fault) if fault else not found


def test_a_file_says_its_names_and_times(authority: trustme.CA, tmp_path: Path) -> None:
    leaf = authority.issue_cert("Mail.firma.example", "*.firma.example", "192.0.2.1", not_after=NOON + LIFE)
    found = Certificate.of("127.0.0.1:465", written(leaf, tmp_path / "mail.pem"))
    assert found.names == ("mail.firma.example", "*.firma.example")
    assert found.ends == NOON + LIFE


def test_what_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mail.pem").write_text("-----BEGIN NOTHING-----")
    with pytest.raises((OSError, ValueError)):
        Certificate.of("127.0.0.1:465", tmp_path / "mail.pem")
