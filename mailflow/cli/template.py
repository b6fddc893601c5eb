"""`mailflow template`: the words of our mail, as their readers see them."""

from dataclasses import replace
from typing import Annotated

import typer

from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, number_in
from mailflow.cli.output import say
from mailflow.cli.table import Column, print_list
from mailflow.desk.explain import letter_html, letter_text
from mailflow.desk.policy import Policy
from mailflow.desk.writing.letter import Outgoing
from mailflow.desk.writing.preview import preview
from mailflow.errors import Refused
from mailflow.mail.template import Templates
from mailflow.store.tickets.tickets import load

app = typer.Typer()

COLUMNS = (Column(key="template"), Column(key="languages", text=True), Column(key="missing", text=True))


@app.callback()
def _words() -> None:
    """The words of our mail."""


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the templates, the languages that each is there in, and those in which it is missing."""
    with office(config) as here:
        templates = here.policy.templates
    rows = [
        {"template": name, "languages": sorted(there), "missing": sorted(templates.languages - there)}
        for name, there in sorted(templates.there.items())
    ]
    print_list(rows, COLUMNS, as_json=as_json, nothing="no templates")


@app.command()
def show(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="acknowledgement, reply … or answers/NAME.")],
    language: Annotated[str, typer.Option("--language", help="In this; else in that of the ticket.")] = "",
    number: Annotated[
        int | None, typer.Option("--ticket", parser=number_in, help="As it would be for this ticket; else a sample.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="The HTML of it, also where [mail] html is false.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Show a mail as its reader would see it; writes nothing."""
    with office(config) as here:
        policy = here.policy
        name = _named(template, policy)
        if language and not policy.templates.speaks(name, language):
            say(f"there is no {language}/{name}.txt: the words that are sent in its place are shown")
        ticket = None
        if number is not None:
            with here.database.connect() as connection:
                ticket = load(connection, number)
            if ticket is None:
                raise Refused(f"there is no ticket #{number}")
        if html:
            say(_page(preview(name, language, ticket, _with_html(policy), now())).rstrip("\n"))
        else:
            say(letter_text(preview(name, language, ticket, policy, now())).rstrip("\n"))


def _page(letter: Outgoing) -> str:
    page = letter_html(letter)
    if not page:
        raise Refused("it is text alone: it goes to agents, or is too long for HTML")
    return page


def _with_html(policy: Policy) -> Policy:
    mail = policy.config.mail.model_copy(update={"html": True})
    return replace(policy, config=policy.config.model_copy(update={"mail": mail}))


def _named(written: str, policy: Policy) -> str:
    """The template of that name, or the only one that begins so."""
    kinds = _kinds(policy.templates)
    found = [written] if written in kinds else [kind for kind in kinds if kind.startswith(written)]
    if len(found) != 1:
        raise Refused(f"there is no template '{written}'; there are: {', '.join(found or kinds)}")
    return found[0]


def _kinds(templates: Templates) -> list[str]:
    return sorted({kind for kind, _ in templates.letters})
