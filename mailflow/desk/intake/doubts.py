"""What in a kind of request is right, and probably not meant: labels that lead elsewhere, languages that lack words."""

from collections.abc import Iterator, Mapping

from mailflow.config.request import InWords, RequestType
from mailflow.mail.languages.wording import plain

Path = tuple[str | int, ...]


def doubts(shape: RequestType) -> Iterator[tuple[Path, str]]:
    """Where in its file, and why."""
    yield from _labels_of_two(shape)
    languages = tuple(shape.words or shape.title)  # of those who write it; parties may read others
    for path, said in _for_people(shape).items():
        if lacking := [language for language in languages if language not in said]:
            yield path, f"has no words in {', '.join(lacking)}, in which it is recognised: those of another are shown"


def _for_people(shape: RequestType) -> Mapping[Path, InWords]:
    """What stands in mail for them, whatever else is there."""
    labels: dict[Path, InWords] = {("item", number, "label"): each.label for number, each in enumerate(shape.item)}
    titles: dict[Path, InWords] = {("party", number, "title"): each.title for number, each in enumerate(shape.party)}
    return {("title",): shape.title, **labels, **titles}


def _labels_of_two(shape: RequestType) -> Iterator[tuple[Path, str]]:
    first: dict[str, str] = {}
    for number, item in enumerate(shape.item):
        for language, labels in item.label.items():
            for label in labels:
                if (other := first.setdefault(plain(label), item.name)) != item.name:
                    yield ("item", number, "label", language), f"'{label}' is a label of item '{other}', too"
