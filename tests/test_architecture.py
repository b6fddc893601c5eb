"""The floors of docs/architecture.md, held by reading the code: imports go down only, the core is pure, each
third-party library has one importer, no cycle.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mailflow"

FLOORS = {
    "concealed": 0,
    "config": 0,
    "errors": 0,
    "logline": 0,
    "maillog": 0,
    "ownership": 0,
    "publicdays": 0,
    "configfile": 0,
    "crosschecks": 0,
    "configdoubts": 0,
    "tomlentries": 0,
    "tomllines": 0,
    "tomlshape": 0,
    "tomltext": 0,
    "internet": 0,
    "namedfiles": 0,
    "nearest": 0,
    "notify": 0,
    "mail": 1,
    "desk": 2,
    "store": 3,
    "edge": 3,
    "flow": 4,
    "keyfile": 5,
    "listfile": 5,
    "standing": 5,
    "templatefiles": 5,
    "typefiles": 5,
    "rulefiles": 5,
    "articlefiles": 5,
    "textfile": 5,
    "footprint": 5,
    "inforce": 5,
    "daemon": 5,
    "rooms": 5,
    "cli": 5,
    "__main__": 6,
    "__init__": 0,
}

ONE_IMPORTER = {
    "aiosmtpd": {"edge/smtp.py"},
    "imapclient": {"edge/imap.py"},
    "mailparser": {"mail/parse.py"},
    "aiosmtplib": {"edge/relay.py"},
    "httpx": {"edge/webhook.py"},
    "h11": {"edge/monitor.py"},
    "prometheus_client": {"flow/exposition.py"},
    "apscheduler": {"flow/clock.py"},
    "sqlmodel": {"store/tables/"},
    "psycopg": {"store/postgresql.py"},
    "jinja2": {"mail/sandbox.py"},
    "nh3": {"mail/markup/html.py"},
    "selectolax": {"mail/markup/html.py"},
    "idna": {"mail/address.py"},
    "babel": {"mail/day.py"},
    "authres": {"mail/identity/results.py"},
    "dkim": {"edge/signatures.py"},
    "dns": {"edge/resolver.py"},
    "spf": {"edge/sender_policy.py"},
    "re2": {"desk/rules/pattern.py"},
    "holidays": {"publicdays.py"},
    "publicsuffixlist": {"mail/identity/alignment.py"},
    "pydantic": {"config/", "tomlshape.py"},
}
ONE_FOLDER = {
    "sqlalchemy": "store/",
    "alembic": "store/migrations/",
    "typer": "cli/",
    "rich": "cli/",
}

PURE = ("mail", "desk")
IMPURE_MODULES = {
    "asyncio", "concurrent", "http", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "signal",
    "socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Absolute names of everything a module imports, wherever the statement stands."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno}: relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> int:
    """`module` is a dotted name inside the package: 'mail.parse'."""
    return FLOORS[module.split(".")[0]]


def test_every_module_has_a_floor() -> None:
    assert {named(path).split("/")[0].removesuffix(".py") for path in modules()} <= set(FLOORS)


@pytest.mark.parametrize("path", modules(), ids=named)
def test_imports_go_down_only(path: Path) -> None:
    here = named(path).removesuffix(".py").replace("/", ".")
    for name in imports_of(path):
        if not name.startswith("mailflow."):
            continue
        there = name.removeprefix("mailflow.")
        if there.split(".")[0] not in FLOORS:
            continue  # a name such as __version__
        assert floor_of(there) <= floor_of(here), f"{here} imports {there}, which is above it"
        pair = {here.split(".")[0], there.split(".")[0]}
        assert pair != {"store", "edge"}, f"{here} imports {there}: the database and the network do not know each other"


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_library_has_one_importer(path: Path) -> None:
    here = named(path)
    for name in imports_of(path):
        library = name.split(".")[0]
        if library in ONE_IMPORTER:
            assert here.startswith(tuple(ONE_IMPORTER[library])), f"{here} imports {library}"
        if library in ONE_FOLDER:
            assert here.startswith(ONE_FOLDER[library]), f"{here} imports {library}"


def test_every_dependency_is_held_to_its_importer() -> None:
    known = {*ONE_IMPORTER, *ONE_FOLDER, "mailflow", *sys.stdlib_module_names}
    foreign = {name.split(".")[0] for path in modules() for name in imports_of(path)} - known
    assert foreign == set()


@pytest.mark.parametrize("path", [path for path in modules() if named(path).split("/")[0] in PURE], ids=named)
def test_the_core_is_pure(path: Path) -> None:
    here = named(path)
    for name in imports_of(path):
        assert name not in IMPURE_MODULES, f"{here} imports {name}"
        assert name.split(".")[0] not in IMPURE_MODULES, f"{here} imports {name}"
        assert name not in ("mailflow.maillog", "mailflow.logline"), f"{here} writes to the log"
    for node in ast.walk(tree_of(path)):
        at = f"{here}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith), f"{at}: async"
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                is_clock = called.value.id in {"datetime", "date", "time"} and called.attr in CLOCKS
                assert not is_clock, f"{at}: looks at the clock"
            if isinstance(called, ast.Name):
                assert called.id not in {"open", "print", "input"}, f"{at}: input or output"


def test_no_module_imports_itself_in_a_circle() -> None:
    known = {named(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in modules()}
    graph = {}
    for path in modules():
        here = named(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        wanted = {name.removeprefix("mailflow.") for name in imports_of(path) if name.startswith("mailflow.")}
        graph[here] = (wanted & known) - {here}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", [path for path in modules() if path.parent.name != "versions"], ids=named)
def test_no_god_file_and_no_god_function(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 600, f"{named(path)} has {lines} lines: it is about more than one noun"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 80, f"{named(path)}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", modules(), ids=named)
def test_every_module_says_where_it_stands(path: Path) -> None:
    assert ast.get_docstring(tree_of(path)), f"{named(path)} has no docstring"


def test_each_migration_has_a_number_of_its_own_and_the_last_one_is_the_head() -> None:
    """Two with the same number, as two changes that land on one day bring them, are told of by no import."""
    files = sorted((PACKAGE / "store/migrations/versions").glob("[0-9]*.py"))
    numbers = [file.name[:4] for file in files]
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    for before, number, file in zip(["", *numbers], numbers, files, strict=False):
        said = {ast.unparse(node) for node in tree_of(file).body if isinstance(node, ast.Assign)}
        assert {f"revision = '{number}'", f"down_revision = {before!r}" if before else "down_revision = None"} <= said
    assert f'HEAD = "{numbers[-1]}"' in (PACKAGE / "store/database.py").read_text("utf-8")
