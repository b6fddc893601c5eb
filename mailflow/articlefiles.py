"""The articles in the folder of templates, as an admin edits them: all that are there, and every mistake in them."""

from pathlib import Path

from mailflow.desk.knowledge.article import Article, article_in
from mailflow.errors import ConfigurationError, Problem
from mailflow.textfile import text_of

NAMES = "*/articles/*.md"


def read(folder: Path, departments: frozenset[str]) -> tuple[Article, ...]:
    """By language and name. ConfigurationError with every mistake in every file."""
    problems: list[Problem] = []
    articles: list[Article] = []
    for file in sorted(folder.glob(NAMES)):
        try:
            articles.append(article_in(text_of(file), str(file), departments))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return tuple(articles)
