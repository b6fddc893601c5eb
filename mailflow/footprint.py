"""What one reading of the files found, so that a reload can say what has changed since the one before: the files, and
of config.toml the keys. Never a value: some are secrets.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

from mailflow.config import Config
from mailflow.config.values import Section

MOST = 20
"""Changes that are told one by one."""


@dataclass(frozen=True, slots=True)
class Footprint:
    file: Path  # config.toml
    config: Config
    digests: Mapping[Path, bytes]

    @classmethod
    def of(cls, file: Path, config: Config) -> Self:
        """What cannot be read is not there."""
        digests = {}
        for each in (file, *_named(config, file.absolute().parent)):
            with suppress(OSError):
                if each.is_file():
                    digests[each] = blake2b(each.read_bytes()).digest()
        return cls(file, config, digests)

    def has_some_of(self, folder: Path) -> bool:
        return any(file.is_relative_to(folder) for file in self.digests)

    def changes(self, before: "Footprint") -> tuple[str, ...]:
        """'config.toml: limits.errors, mailbox', 'filters/10-mail.toml', 'filters/20-shop.toml (new)' …"""
        changed = sorted(
            path
            for path in self.digests.keys() | before.digests.keys()
            if self.digests.get(path) != before.digests.get(path)
        )
        told = tuple(self._told(path, before) for path in changed)
        return told if len(told) <= MOST else (*told[:MOST], f"{len(told) - MOST} more")

    def _told(self, path: Path, before: "Footprint") -> str:
        folder = self.file.absolute().parent
        name = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
        if path not in before.digests:
            return f"{name} (new)"
        if path not in self.digests:
            return f"{name} (gone)"
        keys = ", ".join(_differing(before.config, self.config)) if path == self.file else ""
        return f"{name}: {keys}" if keys else name


def _named(config: Config, folder: Path) -> Iterator[Path]:
    """All that a reload reads besides."""
    for place in (config.filters, *config.templates):
        yield from (folder / place).rglob("*")
    credentials = [file for listen in config.listen for file in (listen.certificate, listen.key)]
    yield from filter(None, (config.trust.users_file, *credentials))


def _differing(before: Section, after: Section, above: str = "") -> Iterator[str]:
    """The keys, in the order of the documentation; what is written several times, as [[mailbox]], is one."""
    for name in type(after).model_fields:
        one, other = getattr(before, name), getattr(after, name)
        if one == other:
            continue
        if isinstance(one, Section) and isinstance(other, Section):
            yield from _differing(one, other, f"{above}{name}.")
        else:
            yield f"{above}{name}"
