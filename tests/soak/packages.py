"""Debian's packages unpacked into a folder: mail servers that exclude each other as packages run side by side.

Nothing is installed and no user is made: libnss-wrapper shows the unpacked programs the users that they ask for.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.soak.suites import FOLDER

NOBODY = 65534
USERS = ("Debian-exim", "opensmtpd", "opensmtpq")
WRAPPER = "libnss-wrapper"


def unpacked(package: str) -> Path:
    """The root of `package` and of what it needs and this system has not. Fails the test when it cannot be had."""
    root = FOLDER / package
    if not (root / "unpacked").exists():
        archives = root / "archives"
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        only = (
            "--download-only",
            "--reinstall",
            "--no-install-recommends",
            "-y",
            "-q",
            f"-oDir::Cache::Archives={archives}",
        )
        try:
            subprocess.run(
                ["apt-get", "install", *only, package, WRAPPER], check=True, capture_output=True, timeout=300
            )
            for archive in archives.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", archive, root], check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.fail(f"no {package}, so nothing was tried: {error} (apt-get update, perhaps)")
        (root / "unpacked").touch()
    return root


def environment(root: Path) -> Mapping[str, str]:
    """For programs of `root`."""
    passwd, group = root / "passwd", root / "group"
    passwd.write_text(
        Path("/etc/passwd").read_text()
        + "".join(f"{name}:x:{NOBODY - at}:{NOBODY - at}::/nonexistent:/bin/false\n" for at, name in enumerate(USERS))
    )
    group.write_text(
        Path("/etc/group").read_text() + "".join(f"{name}:x:{NOBODY - at}:\n" for at, name in enumerate(USERS))
    )
    libraries = sorted({str(each.parent) for each in root.glob("usr/lib/*/lib*.so*")})
    wrapper = next(root.glob("usr/lib/*/libnss_wrapper.so"))
    return os.environ | {
        "LD_LIBRARY_PATH": ":".join(libraries),
        "LD_PRELOAD": str(wrapper),
        "NSS_WRAPPER_PASSWD": str(passwd),
        "NSS_WRAPPER_GROUP": str(group),
    }
