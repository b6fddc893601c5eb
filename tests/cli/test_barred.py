"""What `mailflow doctor` says of what it may not read: nobody is told to be who he is."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mailflow.cli import barred, probes
from mailflow.cli.finding import Finding

NOBODY = 65534
IS_ROOT = os.geteuid() == 0


@contextmanager
def as_nobody() -> Iterator[str]:
    """As the user of the service, where root tests; else as who one is. Yields its name."""
    if IS_ROOT:
        os.seteuid(NOBODY)
    try:
        yield pwd.getpwuid(os.geteuid()).pw_name
    finally:
        if IS_ROOT:
            os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """That everybody may enter."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def password(folder: Path) -> Path:
    """Root's, as systemd wants its credentials."""
    file = folder / "smarthost-password"
    file.write_text("secret")
    file.chmod(0o600 if IS_ROOT else 0)
    return file


def unit(folder: Path, line: str) -> list[Path]:
    (folder / "mailflow.service.d").mkdir()
    (folder / "mailflow.service").write_text("[Service]\nUser=mailflow\n")
    (folder / "mailflow.service.d/override.conf").write_text(f"[Service]\n{line}\n")
    return [folder]


def test_a_credential_of_systemd_is_not_tried_and_no_illness(folder: Path, password: Path) -> None:
    units = unit(folder, f"LoadCredential=smarthost-password:{password}")
    with as_nobody():
        found = barred.secret("smarthost", password, units)
    assert found.is_well
    assert found.found == f"not tried: only root and the service may read {password}; as root doctor tries it"


@pytest.mark.parametrize("line", ["", "#LoadCredential=smarthost-password:{}", "LoadCredential=smarthost-password:{}2"])
def test_what_the_unit_does_not_hand_over_is_no_credential(folder: Path, password: Path, line: str) -> None:
    assert not barred.is_credential(password, unit(folder, line.format(password)))


def test_a_secret_of_another_is_told_with_what_gives_it_to_the_service(password: Path) -> None:
    """Who runs doctor is the user of the service, and is not told to become that."""
    with as_nobody() as me:
        found = barred.secret("smarthost", password, [])
    assert found.found == f"cannot read {password}: Permission denied, for the user {me}"
    wanted = f"if it is {me} that the service is run as, as root: chown {me} {password}"
    assert found.advice == (wanted if IS_ROOT else f"chmod u+r {password}")


def test_a_certificate_of_another_is_told_in_words(password: Path) -> None:
    with as_nobody() as me:
        found = probes.certificate("0.0.0.0:465", password, "mail.firma.example", datetime.now(UTC))
    assert found.found == f"cannot read {password}: Permission denied, for the user {me}"
    password.chmod(0o600)
    found = probes.certificate("0.0.0.0:465", password, "mail.firma.example", datetime.now(UTC))
    assert found.found == f"{password} cannot be used: {found.found.rpartition(': ')[2]}"
    assert "(" not in found.found


def test_the_first_that_bars_the_way_is_mended(folder: Path) -> None:
    inner = folder / "var" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700 if IS_ROOT else 0)
    with as_nobody() as me:
        told = barred.mend(inner / "token.key", [folder])
    inner.parent.chmod(0o700)
    assert told.endswith(f"chown {me} {inner.parent}" if IS_ROOT else f"chmod u+rx {inner.parent}")


@pytest.mark.skipif(not IS_ROOT, reason="all folders are of who tests")
def test_a_folder_of_others_is_not_given_away(folder: Path) -> None:
    """It is root's home, or where all keys of the machine are."""
    private = folder / "private"
    private.mkdir(mode=0o700)
    (private / "key.pem").write_text("secret")
    with as_nobody() as me:
        found = barred.secret("certificate", private / "key.pem", [])
        told = barred.mend(private / "var" / "token.key", [private / "var"])
    assert found.advice == (
        f"root does not let {me} in; if it is {me} that the service is run as, move key.pem out of {private}, "
        f"have systemd hand it over (LoadCredential=), or as root: setfacl -m u:{me}:x {private}"
    )
    assert told.endswith(f"move var out of {private}, or as root: setfacl -m u:{me}:x {private}")
    assert "chown" not in found.advice + told


def test_a_probe_that_is_barred_is_one_finding_and_the_others_go_on(folder: Path) -> None:
    state = folder / "var"
    state.mkdir(mode=0o700 if IS_ROOT else 0)

    def probe() -> Iterator[Finding]:
        yield Finding("one", "well")
        (state / "token.key").stat()

    with as_nobody() as me:
        one, barrier = barred.each_of("files", probe, [state])
    state.chmod(0o700)
    assert one.is_well
    assert barrier.found == f"{state}/token.key: Permission denied, for the user {me}"
    assert barrier.advice.endswith(f"chown {me} {state}" if IS_ROOT else f"chmod u+rx {state}")
