"""`mailflow article`: what is often asked, as files that an admin edits (R2.7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow import articlefiles
from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, TicketNumber
from mailflow.cli.output import say, say_page
from mailflow.cli.table import Column, print_list
from mailflow.config import zone_named
from mailflow.desk.knowledge.article import Article, written
from mailflow.desk.knowledge.proposal import drafted, is_stale
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.nearest import hint
from mailflow.store.shown import ticket_views

app = typer.Typer()

COLUMNS = (
    Column(key="name"),
    Column(key="language"),
    Column(key="title", text=True),
    Column(key="department", spare=2),
    Column(key="confirmed"),
    Column(key="stale", shown=lambda stale: "look at it" if stale else ""),
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of its file, without .md.")]


@app.command("list")
def list_(
    stale: Annotated[bool, typer.Option("--stale", help="Only what is to be looked at again.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List the articles, and when somebody last said that they are true."""
    with office(config) as here:
        rows = [_row(each, here) for each in _articles(here)]
    shown = [row for row in rows if row["stale"] or not stale]
    nothing = "every article was confirmed of late" if stale and rows else f"there are none: see {articlefiles.NAMES}"
    print_list(shown, COLUMNS, as_json=as_json, nothing=nothing)


@app.command()
def show(name: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Show an article in each language that it is in."""
    with office(config) as here:
        found = _named(name, here)
    say_page("\n".join(f"== {escape(each.file)}\n\n{written(each)}" for each in found))


@app.command()
def confirm(name: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say that an article is still true, today; its files are written."""
    with office(config) as here:
        today = _today(here)
        for each in _named(name, here):
            Path(each.file).write_text(written(replace(each, confirmed=today)), encoding="utf-8")
            say(f"{escape(each.file)}: confirmed {today}")


@app.command()
def propose(
    number: TicketNumber,
    name: Annotated[str, typer.Option("--name", help="Of its file; else made of the subject.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Make the file; else it is only shown.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Draft an article from what an agent answered in a ticket, in the language of its customer."""
    with office(config) as here:
        with here.database.connect() as connection:
            ticket = ticket_views.ticket(connection, number)
        draft = drafted(ticket, ticket["language"] or here.config.mailbox[0].language)
        draft = replace(draft, name=name or draft.name)
        file = here.folder / here.config.templates[0] / draft.language / "articles" / f"{draft.name}.md"
        if not write:
            say_page(written(draft))
            return
        if file.exists():
            raise Refused(f"{file} is there already; choose another with --name")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written(draft), encoding="utf-8")
    say(f"{escape(str(file))}: take out what is only this customer's, write better words, then: mailflow reload")


def _articles(here: Office) -> Sequence[Article]:
    departments = frozenset(each.name for each in here.config.department)
    return articlefiles.read([here.folder / each for each in here.config.templates], departments)


def _named(name: str, here: Office) -> Sequence[Article]:
    articles = _articles(here)
    if found := [each for each in articles if each.name == name]:
        return found
    raise Refused(f"there is no article '{name}'; {hint(name, {each.name for each in articles})}")


def _row(article: Article, here: Office) -> dict[str, Any]:
    return {
        "name": article.name,
        "language": article.language,
        "title": article.title,
        "department": article.department or None,
        "confirmed": article.confirmed.isoformat() if article.confirmed else None,
        "stale": is_stale(article, _today(here), here.config.articles.stale_after),
        "words": list(article.words),
        "file": article.file,
    }


def _today(here: Office) -> date:
    return now().astimezone(zone_named(here.config.time_zone)).date()
