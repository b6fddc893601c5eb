"""What is wrong in a file of rules, collected: a path in the table, and words. Nothing stops at the first mistake."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mailflow.nearest import hint
from mailflow.tomllines import Path


@dataclass(slots=True)
class Mistakes:
    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, why: str) -> None:
        self.found.append((path, why))

    def unknown(self, path: Path, what: str, allowed: Iterable[str]) -> None:
        """`what` is none of the `allowed`: which one was probably meant, else all there are."""
        self.add(path, f"there is no such {what}; {hint(str(path[-1]), allowed)}")


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """`word` stands as a value where a name must stand that exists."""
    return f"there is no {what} '{word}'; {hint(word, known)}"


def texts(value: object, path: Path, mistakes: Mistakes) -> tuple[str, ...]:
    """One text or a list of them, none of them empty."""
    given = value if isinstance(value, list) else [value]
    if not given:
        mistakes.add(path, "is empty; write at least one text")
    fit = [each for each in given if isinstance(each, str) and each.strip()]
    if len(fit) != len(given):
        mistakes.add(path, "write a text in quotes, or a list of them, none of them empty")
    return tuple(fit)
