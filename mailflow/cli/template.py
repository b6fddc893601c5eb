"""`mailflow template`: the words of our mail, as their readers see them."""

from typing import Annotated

import typer

from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, LARGEST, AsJson, ConfigFile
from mailflow.cli.output import say
from mailflow.cli.table import Column, print_list
from mailflow.desk.explain import letter_text
from mailflow.desk.policy import Policy
from mailflow.desk.preview import preview
from mailflow.errors import Refused
from mailflow.mail.template import Templates
from mailflow.store.tickets import load

app = typer.Typer()

COLUMNS = (Column(key="template"), Column(key="languages", text=True))


@app.callback()
def _words() -> None:
    """The words of our mail."""


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the templates, and the languages that each is there in."""
    with office(config) as here:
        templates = here.policy.templates
    rows = [
        {"template": kind, "languages": sorted(lang for each, lang in templates.letters if each == kind)}
        for kind in _kinds(templates)
    ]
    print_list(rows, COLUMNS, as_json=as_json, nothing="no templates")


@app.command()
def show(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="acknowledgement, reply … or answers/NAME.")],
    language: Annotated[str, typer.Option("--language", help="In this; else in that of the ticket.")] = "",
    number: Annotated[
        int | None, typer.Option("--ticket", min=1, max=LARGEST, help="As it would be for this ticket; else a sample.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Show a mail as its reader would see it; writes nothing."""
    with office(config) as here:
        policy = here.policy
        name = _named(template, policy)
        if language and not policy.templates.speaks(name, language):
            say(f"there is no {language}/{name}.txt: other words are shown in its place")
        ticket = None
        if number is not None:
            with here.database.connect() as connection:
                ticket = load(connection, number)
            if ticket is None:
                raise Refused(f"there is no ticket #{number}")
        say(letter_text(preview(name, language, ticket, policy, now())).rstrip("\n"))


def _named(written: str, policy: Policy) -> str:
    """The template of that name, or the only one that begins so."""
    kinds = _kinds(policy.templates)
    found = [written] if written in kinds else [kind for kind in kinds if kind.startswith(written)]
    if len(found) != 1:
        raise Refused(f"there is no template '{written}'; there are: {', '.join(found or kinds)}")
    return found[0]


def _kinds(templates: Templates) -> list[str]:
    return sorted({kind for kind, _ in templates.letters})
