"""The users_file and the check of a password."""

import pytest

from mailflow.edge.users import Hash, Users
from mailflow.errors import ConfigurationError

HASH = str(Hash.of("geheim"))


def test_a_hash_is_written_and_read_again() -> None:
    read = Hash.read(HASH)
    assert read is not None
    assert (str(read), read.fits("geheim"), read.fits("Geheim"), read.fits("")) == (HASH, True, False, False)
    assert str(Hash.of("geheim")) != HASH


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HASH, ""),
        (HASH, "geheim"),
        (HASH[40:], ""),
        ("ln=15", "ln=0"),
        ("ln=15", "ln=20"),  # 1 GB
        ("r=8", "r=99"),
        ("r=8", "r=0"),
        ("p=1", "p=0"),
        ("$scrypt$", "$2y$"),
    ],
    ids=["nothing", "a password", "half of it", "ln=0", "ln=20", "r=99", "r=0", "p=0", "bcrypt"],
)
def test_what_is_no_hash_that_we_would_check(old: str, new: str) -> None:
    assert Hash.read(HASH.replace(old, new)) is None


async def test_a_user_and_nobody() -> None:
    users = Users.of(f"# ours\n\nnoc {HASH} NOC@Firma.example noc.Firma.example # disks\n", "users")
    user = await users.logged_in("noc", "geheim")
    assert user is not None
    assert user.senders == {"noc@firma.example", "noc.firma.example"}
    assert "scrypt" not in repr(user)
    for name, password in (("noc", "Geheim"), ("NOC", "geheim"), ("nobody", "geheim"), ("noc", "\udcff"), ("noc", "")):
        assert await users.logged_in(name, password) is None


def test_every_mistake_is_named_with_its_line_and_no_hash_is_repeated() -> None:
    text = f"noc geheim noc@firma.example\n\nnoc {HASH}\n/x {HASH} a@b\nnoc {HASH} a@b\nnoc {HASH} c@d\n"
    with pytest.raises(ConfigurationError) as raised:
        Users.of(text, "users")
    assert [(problem.line, problem.why.partition(";")[0]) for problem in raised.value.problems] == [
        (1, "after the name 'noc' comes a hash of scrypt"),
        (3, "'noc' may write as nobody: name addresses or domains"),
        (4, "a name has up to 64 letters, digits and _.@-"),
        (6, "'noc' is there twice"),
    ]
    assert "geheim" not in str(raised.value)
    assert HASH not in str(raised.value)
