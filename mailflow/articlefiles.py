"""The articles in the folder of templates, as an admin edits them: all that are there, and every mistake in them."""

from collections.abc import Sequence
from pathlib import Path

from mailflow.desk.knowledge.article import Article, article_in
from mailflow.errors import ConfigurationError, Problem
from mailflow.textfile import each_of, files_of, text_of

NAMES = "*/articles/*.md"


def read(folders: Sequence[Path], departments: frozenset[str]) -> tuple[Article, ...]:
    """By language and name, of several folders the first that has it. ConfigurationError with every mistake in every
    file."""
    problems: list[Problem] = []
    files = files_of(folders, [NAMES], problems)
    articles = tuple(each_of(files, lambda file: article_in(text_of(file), str(file), departments), problems))
    if problems:
        raise ConfigurationError(problems)
    return articles
