"""What systemd thinks of the units (O1): no mistake in them, and an exposure of 1.5 at most."""

import re
import subprocess
from pathlib import Path

import pytest

from mailflow.cli.units import NAMES
from tests.interop.conftest import needed
from tests.interop.servers import program
from tests.running import ROOT, Installation

pytestmark = pytest.mark.interop
WORST = 1.5


@pytest.fixture(params=["packaging", "install-service"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Those that are shipped; or those of this machine."""
    needed("systemd-analyze")
    if request.param == "packaging":
        return ROOT / "packaging"
    installation = Installation(tmp_path, f"sqlite:///{tmp_path}/mailflow.db")
    command = installation.command("install-service", "--root", str(tmp_path / "root"), "--user", "daemon")
    subprocess.run(command, check=True, capture_output=True)
    return tmp_path / "root/etc/systemd/system"


def analyze(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(program("systemd-analyze")), *words], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_the_units_have_no_mistake(folder: Path) -> None:
    _, told = analyze("verify", *(str(path) for path in folder.glob("mailflow*.*")))
    lines = [line for line in told.splitlines() if re.search("mailflow", line)]
    assert [line for line in lines if "Command mailflow is not executable" not in line] == []


def test_the_service_is_exposed_to_little(folder: Path) -> None:
    status, told = analyze(
        "security", "--offline=true", f"--threshold={WORST * 10:.0f}", str(folder / "mailflow.service")
    )
    print(told.splitlines()[-1])
    assert status == 0, told


def test_every_unit_was_looked_at() -> None:
    assert {path.name for path in (ROOT / "packaging").glob("mailflow*.*")} == set(NAMES)
