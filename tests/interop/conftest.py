"""Real servers for a test: Dovecot, Postfix and the whole daemon, each in a folder of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.interop.servers import Dovecot, program

PACKAGES = {
    "dovecot": "dovecot-imapd and dovecot-lmtpd",
    "postfix": "postfix",
    "swaks": "swaks",
    "systemd-analyze": "systemd",
}


def needed(name: str) -> None:
    if not program(name):
        pytest.skip(f"{name} is not installed: apt-get install --no-install-recommends {PACKAGES[name]}")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="mailflow-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


@pytest.fixture
def dovecot(open_folder: Path, authority: trustme.CA) -> Iterator[Dovecot]:
    needed("dovecot")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        pytest.skip("dovecot-lmtpd is not installed: apt-get install --no-install-recommends dovecot-lmtpd")
    certificate = open_folder / "imap.pem"
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    folder = open_folder / "dovecot"
    folder.mkdir()
    server = Dovecot(folder, certificate)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
