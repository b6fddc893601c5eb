"""The folder of kinds of request, filters/types/, as an admin edits it: what of it is read, and every mistake in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mailflow import tomllines, tomltext
from mailflow.config import Mailbox
from mailflow.config.request import REQUESTER, Item, ItemKind, RequestType
from mailflow.desk.intake.catalogue import NO_KINDS, Catalogue, Kind
from mailflow.desk.intake.doubts import doubts as doubts_about
from mailflow.desk.intake.value import pattern_of, sentence_of
from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.languages.wording import plain
from mailflow.nearest import hint
from mailflow.textfile import each_of, files_of, text_of
from mailflow.tomlshape import Finding, dotted, shaped

FOLDER = "types"
_BY_LANGUAGE = "write it by language: {}.en = …"
_WORDS = ("title", "words", "party.title", "party.words", "gate.question", "reach.tasks")
_NAME = "use small letters, digits, '_' and '-' only, at most 40, and begin with a letter"
NAMES_AN_ACCOUNT = (ItemKind.TEXT, ItemKind.PATTERN, ItemKind.ADDRESS, ItemKind.DOMAIN)
FORMS: Mapping[str, str] = {
    **{f"item.{key}": _BY_LANGUAGE.format(key) for key in ("label", "hint", "wrong", "sentence", "phrase")},
    **{key: _BY_LANGUAGE.format(key.rpartition(".")[2]) for key in _WORDS},
    **{f"{table}.name": _NAME for table in ("item", "party", "gate")},
    "item.choice": "write the words for each value by language: choice.monthly.en = …",
}


def read(folder: Path, departments: frozenset[str], mailboxes: Sequence[Mailbox] = ()) -> Catalogue:
    """Those of `folder` (filters/). ConfigurationError with every mistake in every file; no folder: no kinds.
    `mailboxes` name some of them, by which people ask to be registered."""
    problems: list[Problem] = []
    files = files_of([folder], [f"{FOLDER}/*.toml"], problems)
    found = each_of(files, lambda file: _kind_in(text_of(file), file, departments), problems)
    kinds = {kind.name: kind for kind in found}
    problems += _claimed_twice(kinds)
    if problems := problems or list(_registrations(folder, kinds, mailboxes)):
        raise ConfigurationError(problems)
    return Catalogue(kinds) if kinds else NO_KINDS


def doubts(kinds: Mapping[str, Kind]) -> Iterator[Problem]:
    """What in their files is probably not meant."""
    for kind in kinds.values():
        found = list(doubts_about(kind.shape))
        lines = tomllines.lines_of(text_of(Path(kind.file))) if found else {}
        yield from (Problem(kind.file, tomllines.line_of(lines, path), dotted(path), why) for path, why in found)


def _registrations(folder: Path, kinds: Mapping[str, Kind], mailboxes: Sequence[Mailbox]) -> Iterator[Problem]:
    """Kinds that mailboxes name as their registration, and that are not there, or not for strangers."""
    for mailbox in mailboxes:
        name, kind = mailbox.registration, kinds.get(mailbox.registration)
        file, named = (
            str(folder / FOLDER / f"{name}.toml"),
            f"[[mailbox]] {mailbox.address} has registration = '{name}'",
        )
        if name and kind is None:
            yield Problem(file, 0, "type", f"is not there, and {named}; {hint(name, kinds)}")
        elif kind and not kind.shape.blocks:
            yield Problem(file, 0, "blocks", f"is false: nothing that it needs would be asked for, and {named}")
        elif kind and kind.shape.party:
            yield Problem(file, 0, "party", f"is not for a stranger, who would have us write to others, and {named}")


def _claimed_twice(kinds: Mapping[str, Kind]) -> Iterator[Problem]:
    """A request of no other kind is of one."""
    first: dict[str, str] = {}
    for name, kind in kinds.items():
        for department in kind.shape.otherwise:
            if first.setdefault(department, name) != name:
                line = tomllines.line_of(tomllines.lines_of(text_of(Path(kind.file))), ("otherwise",))
                why = f"requests of '{department}' are of kind '{first[department]}' when they are of no other"
                yield Problem(kind.file, line, "otherwise", why)


def _kind_in(text: str, file: Path, departments: frozenset[str]) -> Kind:
    shape = _type_in(text, str(file), departments)
    lines = tomllines.lines_of(text) if shape.example else {}
    places = tuple(tomllines.line_of(lines, ("example", number)) for number in range(len(shape.example)))
    return Kind(file.stem, shape, str(file), places)


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
    for name in shape.otherwise:
        if name not in departments:
            yield Finding(("otherwise",), f"there is no [[department]] '{name}'; {hint(name, departments)}")
    for number, item in enumerate(shape.item):
        place = ("item", number)
        if item.kind is ItemKind.PATTERN:
            yield from _tried((*place, "pattern"), pattern_of, item.pattern)
        for language, expressions in item.sentence.items():
            for each in expressions:
                yield from _tried((*place, "sentence", language), sentence_of, each)
    yield from _names_of_two(shape)
    yield from _never_needed(shape)
    yield from _names_that_do_not_exist(shape, departments)
    yield from _out_of_reach(shape, departments)


def _names_of_two(shape: RequestType) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, item in enumerate(shape.item):
        if item.name in seen:
            yield Finding(("item", number, "name"), f"two items are called '{item.name}'")
        seen.add(item.name)


def _never_needed(shape: RequestType) -> Iterator[Finding]:
    """A `when` that names a value which its choice has not."""
    choices = {item.name: item.choice for item in shape.item if item.choice}
    conditions = ((number, *condition) for number, item in enumerate(shape.item) for condition in item.when.items())
    for number, other, values in conditions:
        known = choices.get(other, {})
        for value in values:
            if known and plain(value) not in map(plain, known):
                why = f"choice '{other}' has no value '{value}'; {hint(value, known)}"
                yield Finding(("item", number, "when", other), why)


def _names_that_do_not_exist(shape: RequestType, departments: frozenset[str]) -> Iterator[Finding]:
    """And what parties and gates may not see, nor be asked at."""
    items, parties = {each.name: each for each in shape.item}, {each.name for each in shape.party}
    for number, item in enumerate(shape.item):
        if item.party and item.party not in parties:
            yield Finding(
                ("item", number, "party"), f"there is no [[party]] '{item.party}'; {hint(item.party, parties)}"
            )
        if item.by_party and item.party in parties and (why := _gives_nothing(item.party, shape)):
            yield Finding(("item", number, "by_party"), why)
    for number, party in enumerate(shape.party):
        if why := _not_an_address(party.address, items):
            yield Finding(("party", number, "address"), why)
        yield from _unseen(("party", number, "sees"), party.sees, items, party.name)
    for number, example in enumerate(shape.example):
        yield from _unseen(("example", number, "gives"), tuple(example.gives or ()), items, None)
        yield from _unseen(("example", number, "missing"), example.missing or (), items, None)
    for number, gate in enumerate(shape.gate):
        if gate.department not in departments:
            why = f"there is no [[department]] '{gate.department}'; {hint(gate.department, departments)}"
            yield Finding(("gate", number, "department"), why)
        yield from _unseen(("gate", number, "sees"), gate.sees, items, None)


def _out_of_reach(shape: RequestType, departments: frozenset[str]) -> Iterator[Finding]:
    """A request that says that an account cannot be reached, and may not say which."""
    reach = shape.reach
    if reach is None:
        return
    if reach.department and reach.department not in departments:
        why = f"there is no [[department]] '{reach.department}'; {hint(reach.department, departments)}"
        yield Finding(("reach", "department"), why)
    item = next(each for each in shape.item if each.name == reach.account)
    if item.kind not in NAMES_AN_ACCOUNT:
        wanted = ", ".join(NAMES_AN_ACCOUNT)
        yield Finding(("reach", "account"), f"item '{item.name}' is of kind '{item.kind}', not one of {wanted}")
    if item.optional or item.when:
        yield Finding(("reach", "account"), f"item '{item.name}' may be missing: without it nobody is asked")


def _unseen(
    path: tomllines.Path, sees: Sequence[str], items: Mapping[str, Item], party: str | None
) -> Iterator[Finding]:
    """`party` None: an agent's eyes, that may see all."""
    for name in sees:
        if name not in items:
            yield Finding(path, f"there is no [[item]] '{name}'; {hint(name, items)}")
        elif party is not None and items[name].party not in ("", party):
            yield Finding(path, f"item '{name}' is private to '{items[name].party}'")


def _gives_nothing(name: str, shape: RequestType) -> str:
    """'' when the party is asked by a mail of its own, and by nothing that it has to give itself."""
    party = next(each for each in shape.party if each.name == name)
    if not party.consent or party.address == REQUESTER:
        return f"'{name}' is asked nothing by a mail of its own"
    address = next((each for each in shape.item if each.name == party.address), None)
    its_own = address is not None and address.by_party
    return f"'{name}' is asked at '{party.address}', which it cannot give itself" if its_own else ""


def _not_an_address(name: str, items: Mapping[str, Item]) -> str:
    """'' when a party can be asked there: nobody leaves a party out by leaving its address out."""
    if name == REQUESTER:
        return ""
    item = items.get(name)
    if item is None:
        return f"there is no [[item]] '{name}', and it is not '{REQUESTER}'; {hint(name, items)}"
    if item.kind is not ItemKind.ADDRESS:
        return f"item '{name}' is of kind '{item.kind}', not '{ItemKind.ADDRESS}'"
    return f"item '{name}' is optional: without it nobody is asked" if item.optional else ""


def _tried(path: tomllines.Path, read: Callable[[str], object], written: str) -> Iterator[Finding]:
    try:
        read(written)
    except ValueError as error:
        yield Finding(path, str(error))
