"""A table of TOML as a value of the shape that a model gives it, or every mistake: pydantic's words made ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ValidationError

from mailflow.config import Section
from mailflow.tomllines import Path

KEY = "[key]"
"""So pydantic marks what is wrong with the name of a value, not with the value."""
S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a path of a table."""

    path: Path
    why: str


def shaped(shape: type[S], table: Mapping[str, Any], forms: Mapping[str, str]) -> tuple[S | None, list[Finding]]:
    """`forms`: what a key with a pattern, or with names of its own, wants in words, by its dotted name."""
    try:
        return shape.model_validate(table), []
    except ValidationError as errors:
        return None, list(_Words(shape, forms).findings(errors.errors(include_url=False)))


def dotted(path: Path) -> str:
    return ".".join(str(key) for key in path if isinstance(key, str))


def section_in(annotation: object) -> type[Section] | None:
    """The table that a field of this type holds: Trust, tuple[Imap, ...], Smarthost | None."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for inner in get_args(annotation) if (found := section_in(inner))), None)


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of mistakes in a table of one shape."""

    shape: type[Section]
    forms: Mapping[str, str]

    def findings(self, errors: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
        for error in errors:
            path = tuple(key for key in error["loc"] if key != KEY)
            if error["type"] == "too_short" and error["input"]:
                continue  # the entries are there, but wrong: they have their own problems
            yield Finding(path, self._why(error, path))

    def _why(self, error: Mapping[str, Any], path: Path) -> str:
        given, context = error["input"], error.get("ctx", {})
        match error["type"]:
            case "value_error":
                return str(context["error"])
            case "extra_forbidden":
                return self._unknown(path)
            case "missing":
                return f"is required: write at least one [[{path[-1]}]]" if self._repeats(path) else "is required"
            case "too_short":
                return f"write at least one [[{dotted(path)}]]"
            case "literal_error" | "enum":
                return f"{given!r} is not one of {str(context['expected']).replace(' or ', ', ')}"
            case "string_pattern_mismatch":
                return (
                    f"{given!r} does not fit; {self.forms.get(dotted(path), 'its form is ' + str(context['pattern']))}"
                )
            case "greater_than_equal":
                return f"{given!r} is too small; the least is {context['ge']}"
            case "less_than_equal":
                return f"{given!r} is too large; the most is {context['le']}"
            case kind:
                return self._wrong_type(kind, path, given) or str(error["msg"])

    def _wrong_type(self, kind: str, path: Path, given: object) -> str:
        name = path[-1]
        if kind == "tuple_type":
            return f"write [[{name}]], with two brackets" if isinstance(given, dict) else "write a list: [a, b]"
        if kind == "dict_type":
            return self.forms.get(dotted(path), f"write {name}.NAME = …")
        if kind == "model_type":
            return f"write [{name}], with one bracket" if isinstance(given, list) else f"write a table: [{name}]"
        wanted = {"int": "a whole number", "bool": "true or false", "string": "text in quotes"}
        word = {**wanted, "path": "a path in quotes"}.get(kind.partition("_")[0])
        return f"{given!r} is not {word}" if word else ""

    def _unknown(self, path: Path) -> str:
        """What was probably meant by a key that does not exist. The value may be a secret and is not shown."""
        key, known = str(path[-1]), list(self._section(path[:-1]).model_fields)
        near = get_close_matches(key, known, n=1, cutoff=0.6) or [name for name in known if name.startswith(key + "_")]
        if near:
            return f"there is no such key; did you mean '{near[0]}'?"
        if len(path) > 1 and key in self.shape.model_fields:
            return f"there is no such key here; '{key}' stands at the top of the file, before the first [table]"
        return f"there is no such key; known here: {', '.join(known)}"

    def _repeats(self, path: Path) -> bool:
        """It is a [[table]]."""
        field = self._section(path[:-1]).model_fields.get(str(path[-1]))
        return field is not None and get_origin(field.annotation) is tuple and section_in(field.annotation) is not None

    def _section(self, path: Path) -> type[Section]:
        section = self.shape
        for name in path:
            if isinstance(name, str) and name in section.model_fields:
                section = section_in(section.model_fields[name].annotation) or section
        return section
