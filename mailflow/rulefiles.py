"""The rules and lists in filters/, as an admin edits them: all that are there, and every mistake in them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rule, Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.errors import ConfigurationError, Problem, or_else
from mailflow.textfile import each_of, files_of, is_gone, text_of

RULES, LISTS = "*.toml", "*.txt"


def read(folder: Path, names: Names) -> Rulebook:
    """Files in the order of their names. ConfigurationError with every mistake in every file."""
    problems: list[Problem] = []
    found = files_of([folder], [RULES], problems)
    files = each_of(found, lambda file: rules_in(text_of(file), str(file), names), problems)
    rules = [rule for file in files for rule in file]
    problems += _same_names(rules)
    if problems:
        raise ConfigurationError(problems)
    return Rulebook(tuple(rules))


def missing(folder: Path) -> list[Problem]:
    """That the folder is not there. Only who knows that it was meant can say that this is a mistake."""
    return [Problem(str(folder), 0, "filters", "there is no such folder")] if is_gone(folder) else []


def lists_of(folder: Path, problems: list[Problem]) -> Mapping[str, EntryList]:
    """Each by its name without .txt; one with mistakes is empty, so that a rule may name it."""
    files = files_of([folder], [LISTS], problems)
    return {file.stem: or_else(EntryList(), problems, partial(list_in, file)) for file in files}


def list_in(file: Path) -> EntryList:
    """Empty where there is no file. ConfigurationError with every mistake in it."""
    return EntryList.of(text_of(file), str(file)) if file.exists() else EntryList()


def _same_names(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Within one file it is seen there. The journal names a rule by its name alone."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.name, rule)
        if first.file != rule.file:
            yield Problem(rule.file, rule.line, "rule.name", f"'{rule.name}' is the name of a rule at {first.place}")
