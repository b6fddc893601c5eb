"""The folder of kinds of request, filters/types/, as an admin edits it: what of it is read, and every mistake in it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mailflow import tomllines, tomltext
from mailflow.config.request import ItemKind, RequestType
from mailflow.desk.intake.catalogue import NO_KINDS, Catalogue
from mailflow.desk.intake.value import pattern_of, sentence_of
from mailflow.errors import ConfigurationError, Problem
from mailflow.nearest import hint
from mailflow.textfile import text_of
from mailflow.tomlshape import Finding, dotted, shaped

FOLDER = "types"
_BY_LANGUAGE = "write it by language: {}.en = …"
FORMS: Mapping[str, str] = {
    **{f"item.{key}": _BY_LANGUAGE.format(key) for key in ("label", "hint", "wrong", "sentence")},
    **{key: _BY_LANGUAGE.format(key) for key in ("title", "words")},
    "item.name": "use small letters, digits, '_' and '-' only, at most 40, and begin with a letter",
    "item.choice": "write the words for each value by language: choice.monthly.en = …",
}


def read(folder: Path, departments: frozenset[str]) -> Catalogue:
    """Those of `folder` (filters/). ConfigurationError with every mistake in every file; no folder: no kinds."""
    files = sorted((folder / FOLDER).glob("*.toml"))
    if not files:
        return NO_KINDS
    problems: list[Problem] = []
    shapes: dict[str, RequestType] = {}
    for file in files:
        try:
            shapes[file.stem] = _type_in(text_of(file), str(file), departments)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return Catalogue.of(shapes)


def _type_in(text: str, file: str, departments: frozenset[str]) -> RequestType:
    table = tomltext.table_of(text, file)
    shape, findings = shaped(RequestType, table, FORMS)
    findings += _misfits(shape, departments) if shape else ()
    if shape is None or findings:
        lines = tomllines.lines_of(text)
        raise ConfigurationError(
            sorted(
                Problem(file, tomllines.line_of(lines, each.path), dotted(each.path) or "type", each.why)
                for each in findings
            )
        )
    return shape


def _misfits(shape: RequestType, departments: frozenset[str]) -> Iterator[Finding]:
    if shape.department and shape.department not in departments:
        why = f"there is no [[department]] '{shape.department}'; {hint(shape.department, departments)}"
        yield Finding(("department",), why)
    for number, item in enumerate(shape.item):
        place = ("item", number)
        if item.kind is ItemKind.PATTERN:
            yield from _tried((*place, "pattern"), pattern_of, item.pattern)
        for language, expressions in item.sentence.items():
            for each in expressions:
                yield from _tried((*place, "sentence", language), sentence_of, each)


def _tried(path: tomllines.Path, read: Callable[[str], object], written: str) -> Iterator[Finding]:
    try:
        read(written)
    except ValueError as error:
        yield Finding(path, str(error))
