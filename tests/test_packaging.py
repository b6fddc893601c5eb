"""What is installed is enough to run: the wheel has what docs/operations.md copies, `make` leaves no half venv."""

import subprocess
import tomllib
from pathlib import Path

from mailflow.cli.units import NAMES, Machine, units

ROOT = Path(__file__).parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def test_the_wheel_has_every_file_that_an_admin_edits() -> None:
    shipped = {
        f"{folder}/{file.name}".removeprefix("share/mailflow/")
        for folder, patterns in SETUPTOOLS["data-files"].items()
        for pattern in patterns
        for file in ROOT.glob(pattern)
    }
    wanted = [file for folder in ("filters", "templates") for file in (ROOT / folder).rglob("*") if file.is_file()]
    here = {str(file.relative_to(ROOT)) for file in wanted}
    shipped -= {"grafana/mailflow.json", "prometheus/mailflow.rules.yml"}
    assert shipped == here | {
        "config.toml",
        "mailflow.service",
        "mailflow.socket",
        "mailflow-backup.service",
        "mailflow-backup.timer",
    }


def test_the_wheel_has_every_file_of_the_package_that_is_no_module() -> None:
    shipped = {file for pattern in SETUPTOOLS["package-data"]["mailflow"] for file in (ROOT / "mailflow").glob(pattern)}
    files = {file for file in (ROOT / "mailflow").rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")}
    assert shipped == files


def test_the_shipped_units_are_those_of_the_code() -> None:
    """`python docs/reference.py` writes them."""
    written = {name: (ROOT / "packaging" / name).read_text("utf-8") for name in NAMES}
    assert written == units(Machine())


def test_make_leaves_no_half_venv_and_says_what_to_install(tmp_path: Path) -> None:
    """As `python3 -m venv` on Debian without python3-venv."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ntest "$2" = venv || exit 0\nmkdir -p .venv/bin; touch .venv/bin/python; exit 1\n')
    python.chmod(0o755)
    done = subprocess.run(
        ["make", "-f", ROOT / "Makefile", ".venv/bin/python", f"PYTHON={python}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()
