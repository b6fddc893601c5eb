"""The folder of templates, as an admin edits it: what of it is read, and what must fit config.toml."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mailflow.config import Config
from mailflow.errors import ConfigurationError, Problem
from mailflow.mail.template import Templates
from mailflow.mail.values import FALLBACK, FOOTERS, FRAME, MARKER, values_of
from mailflow.nearest import hint
from mailflow.textfile import each_of, files_of, is_gone, text_of

NAMES = ("*/*.txt", "*/answers/*.txt", "*/footers/*.txt", FRAME)


def read(folders: Sequence[Path]) -> Templates:
    """Each file from the first of `folders` that has it. ConfigurationError with every mistake in every file."""
    if gone := [folder for folder in folders if is_gone(folder)]:
        raise ConfigurationError([Problem(str(folder), 0, "templates", "there is no such folder") for folder in gone])
    problems: list[Problem] = []
    files = dict(each_of(files_of(folders, NAMES, problems), lambda file: (str(file), text_of(file)), problems))
    if problems:
        raise ConfigurationError(problems)
    if not files:
        raise ConfigurationError([Problem(str(folders[-1]), 0, "templates", "there is no en/ with templates in it")])
    return Templates.of(files)


def misfits(templates: Templates, config: Config, folder: Path) -> Iterator[Problem]:
    """What config.toml asks for and is not there, and what is there for nobody."""
    if config.mail.marker and not templates.has(MARKER):
        file = str(folder / FALLBACK / f"{MARKER}.txt")
        yield Problem(file, 0, MARKER, "is missing, and [mail] marker is true; other languages fall back to it")
    if config.mail.html:
        yield from _without_html(templates, config, folder)
    departments = [department.name for department in config.department]
    for name in sorted(templates.footers - set(departments)):
        file = str(folder / FALLBACK / f"{FOOTERS}{name}.txt")
        yield Problem(file, 0, FOOTERS + name, f"there is no [[department]] named '{name}'; {hint(name, departments)}")


def _without_html(templates: Templates, config: Config, folder: Path) -> Iterator[Problem]:
    """Words whose HTML would not say the same, with sample values: they would go out as text alone."""
    from mailflow.mail.markup.framed import page_of, says  # and its libraries, which only HTML needs

    for kind, language in sorted(templates.letters):
        text, frame = (
            templates.render(kind, language, values_of(kind)).body,
            templates.frame_of(config.organisation, language),
        )
        if not says(page_of(text, language, frame), text, frame):
            file = str(folder / language / f"{kind}.txt")
            yield Problem(file, 0, "html", f"would say something else than the text; see {folder / FRAME}")
