"""`mailflow token`: keys come and go, one at a time."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailflow.keyfile import read
from mailflow.mail.token import OF_A_TICKET, Keyring

ANNA = "anna@kunde.example"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def keyring(company: Any) -> Keyring:
    file: Path = company.folder / "var/token.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return Keyring(read(file.read_text()))


def test_a_token_outlives_one_rotation_and_not_two(company: Any) -> None:
    company.deliver()
    token = keyring(company).sign(OF_A_TICKET, 1, ANNA, NOW)
    ran = company.run("token", "rotate")
    assert (ran.code, ran.out.splitlines()[1]) == (0, "all tokens still count")
    once = keyring(company)
    assert once.verify(token, OF_A_TICKET)
    assert once.sign(OF_A_TICKET, 1, ANNA, NOW) != token
    assert once.issued_to(once.verify(token, OF_A_TICKET), ANNA)  # type: ignore[arg-type]  # it is one
    ran = company.run("token", "rotate")
    assert ran.out.splitlines()[1] == "tokens of 1 older key no longer count"
    twice = keyring(company)
    assert twice.verify(token, OF_A_TICKET) is None
    assert twice.verify(once.sign(OF_A_TICKET, 1, ANNA, NOW), OF_A_TICKET)
    assert len({key.number for key in twice.keys}) == 2


def test_a_key_file_with_a_mistake_is_not_touched(company: Any) -> None:
    file = company.folder / "var/token.key"
    file.write_text("one two\n")
    assert company.run("token", "rotate").code == 78
    assert file.read_text() == "one two\n"
