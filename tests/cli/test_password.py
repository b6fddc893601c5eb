"""`mailflow password`: what it prints is a line that the daemon reads."""

from typing import Any

import pytest

from mailflow.edge.users import Users


def made(company: Any, password: str, name: str = "noc") -> Any:
    return company.run("password", name, "noc@firma.example", "noc.firma.example", stdin=password + "\n")


async def test_the_line_lets_the_system_in(company: Any) -> None:
    ran = made(company, "correct horse battery")
    assert (ran.code, "horse" in ran.out) == (0, False)
    user = await Users.of(ran.out, "users").logged_in("noc", "correct horse battery")
    assert user is not None
    assert user.senders == {"noc@firma.example", "noc.firma.example"}


@pytest.mark.parametrize(
    ("password", "name", "why"),
    [
        ("short", "noc", "a password has 12 to 256 letters"),
        ("correct horse battery", "/noc", "a name has up to 64 letters"),
    ],
)
def test_what_would_be_no_line_is_refused(company: Any, password: str, name: str, why: str) -> None:
    ran = made(company, password, name)
    assert (ran.code, why in ran.err) == (1, True)


def test_a_name_that_is_there_is_not_made_twice(company: Any) -> None:
    users = company.folder / "users"
    users.write_text(made(company, "correct horse battery").out)
    company.config.write_text(company.config.read_text().replace("[trust]", '[trust]\nusers_file = "users"'))
    ran = made(company, "another horse battery")
    assert (ran.code, "'noc' is in the users_file" in ran.err) == (1, True)
