"""Words with values in them, as admins write them: the only importer of Jinja2.

Its immutable sandbox, strict: an unknown name is an error. There are text, `{{ values }}`, filters and `{% if %}` and
nothing else: no loops, no attributes, no globals, so that what words cost is what they say. A mistake is found when
they are read, with its line: where any can be left, they are said with sample values then.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.nearest import hint

CAP = 1 << 20
"""Characters that are said at once; an agent's answer is the longest there is."""
KEPT = 512
"""Words that are kept: twice what a folder of templates in five languages has."""
LONGEST_SURE = 10_000
"""Characters of words that are believed without being said: more can be too much for the compiler, or for CAP."""
DEEPEST_SURE = 30
"""Levels of them."""

FILTERS = ("upper", "lower", "capitalize", "trim", "default", "truncate", "wordwrap")
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr),
    *(nodes.Filter, nodes.Keyword, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
)
_SURE = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If),
    *(nodes.Compare, nodes.And, nodes.Or, nodes.Not),
)
"""What cannot fail, whatever text the values are. A filter can, and a comparison with a number."""


@dataclass(frozen=True, slots=True)
class Mistake:
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Words:
    """What has been read, and is right. It is compiled when it is first said: that is most of the cost, and most
    words are not said before the next restart."""

    _source: str
    _environment: "_Sandbox"

    def said(self, values: Mapping[str, object]) -> str:
        """ValueError when that is more than CAP."""
        text, length = [], 0
        for piece in _compiled(self._source, self._environment).generate(values):
            length += len(piece)
            if length > CAP:
                raise ValueError(f"says more than {CAP} characters")
            text.append(piece)
        return "".join(text)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Values are plain words: nobody needs an attribute of one."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False


def read(source: str, samples: Mapping[str, str], *, markup: bool = False) -> Words | tuple[Mistake, ...]:
    """`samples`: a value for each name that there is. `markup`: the words are HTML, in which values are escaped. The
    same words are read once: a reload costs what has changed."""
    return _read(source, tuple(samples.items()), _MARKUP if markup else _ENVIRONMENT)


@lru_cache(maxsize=KEPT)
def _read(source: str, samples: tuple[tuple[str, str], ...], environment: _Sandbox) -> Words | tuple[Mistake, ...]:
    values = dict(samples)
    try:
        tree = environment.parse(source)
        if mistakes := tuple(_forbidden(tree)) or tuple(_unknown(tree, values)):
            return mistakes
        words = Words(source, environment)
        if len(source) > LONGEST_SURE or not _is_sure(tree):
            words.said(values)
    except TemplateSyntaxError as error:
        return (Mistake(error.lineno, error.message or "is no template"),)
    except (SyntaxError, RecursionError):  # of the Python that it becomes
        return (Mistake(0, "is nested too deeply"),)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        return (Mistake(_line_of(error), f"{error} (known: {', '.join(values)})"),)
    return words


@lru_cache(maxsize=KEPT)
def _compiled(source: str, environment: _Sandbox) -> Template:
    return environment.from_string(source)


def _environment(*, escapes: bool) -> _Sandbox:
    environment = _Sandbox(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, autoescape=escapes
    )
    kept: dict[str, Callable[..., Any]] = {name: environment.filters[name] for name in FILTERS}
    environment.filters.clear()
    environment.filters.update(kept)
    environment.globals.clear()
    return environment


_ENVIRONMENT = _environment(escapes=False)
_MARKUP = _environment(escapes=True)


def _forbidden(tree: nodes.Template) -> Iterator[Mistake]:
    """The first thing that is more than words."""
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            word = type(node).__name__.lower()
            yield Mistake(node.lineno, f"'{word}' is not available; there are values, filters, if")
            return


def _is_sure(node: nodes.Node, levels: int = DEEPEST_SURE) -> bool:
    """Whether it can be said whatever the values are, if only it knows them."""
    match node:
        case nodes.Const(value=value):
            sure = isinstance(value, str)
        case nodes.Operand(op=op):
            sure = op in ("eq", "ne")
        case _:
            sure = isinstance(node, _SURE)
    return sure and levels > 0 and all(_is_sure(child, levels - 1) for child in node.iter_child_nodes())


def _unknown(tree: nodes.Template, values: Iterable[str]) -> Iterator[Mistake]:
    """Names of values and filters that do not exist, also where the sample values do not lead."""
    known = list(values)
    for node in tree.find_all((nodes.Name, nodes.Filter)):
        match node:
            case nodes.Name(name=name) if name not in known:
                yield Mistake(node.lineno, f"'{name}' is undefined; {hint(name, known)}")
            case nodes.Filter(name=name) if name not in FILTERS:
                yield Mistake(node.lineno, f"there is no filter '{name}'; {hint(name, FILTERS)}")


def _line_of(error: BaseException) -> int:
    """Where in the template, as Jinja2's rewritten traceback says it."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == "<template>"), 0)
