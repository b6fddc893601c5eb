"""`mailflow incident`: trouble that many write about. What becomes of its tickets is in `desk.incidents.affected`."""

from collections.abc import Mapping
from typing import Annotated

import typer

from mailflow.cli.deed import change
from mailflow.cli.opening import Office, now, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, Limit, named, number_in
from mailflow.cli.output import Shown, moment, print_json, print_values, say, short_moment
from mailflow.cli.progress import progress
from mailflow.cli.table import Column, print_list
from mailflow.desk.incidents import affected
from mailflow.desk.incidents.incident import Incident, name_of, texts_of, title_of
from mailflow.desk.policy import Policy
from mailflow.errors import Refused
from mailflow.flow.incidents import Told
from mailflow.flow.incidents import tell as tell_some
from mailflow.logline import escape
from mailflow.nearest import hint
from mailflow.store.incidents import incidents
from mailflow.store.shown import incident_views

app = typer.Typer()

COLUMNS = (
    Column(key="name"),
    Column(key="department", most=12, spare=3),
    Column(key="opened", title="since", shown=short_moment),
    Column(key="ended", shown=short_moment, spare=1),
    Column(key="tickets", right=True),
    Column(key="waiting", right=True, spare=2),
    Column(key="title", text=True),
)
MANY = 200
"""Tickets that take long enough to be told for a bar."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="What rules and people call it.")]
State = Annotated[
    list[str],
    typer.Option(
        "--state", metavar="TEXT", help="How it stands, for everybody; again for a language of its own: pl=TEXT."
    ),
]
Tell = Annotated[bool, typer.Option("--tell", help="Mail it to everybody who waits.")]
Number = Annotated[int, typer.Argument(parser=number_in, metavar="TICKET", help="The ticket's number.")]


@app.command("open")
def open_(
    name: Name,
    title: Annotated[str, typer.Option("--title", help="What is wrong, for lists of agents; templates may say it.")],
    state: State,
    department: Annotated[
        str, typer.Option("--department", help="That deals with it: new tickets of it are routed there.")
    ] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say that trouble is known: rules attach new tickets to it from now on."""
    with office(config) as here:
        policy = here.signing_policy
        if department and department not in policy.departments:
            raise Refused(f"there is no department {department!r}; {hint(department, policy.departments)}")
        texts = _texts(state, policy)
        with here.database.begin() as connection:
            incident = incidents.open_(
                connection,
                name_of(name),
                title_of(title),
                texts,
                agent=named(agent, policy.config),
                at=now(),
                department=department,
            )
        _show(
            here,
            incident,
            as_json,
            f"incident {name} is open; other tickets of it: mailflow incident attach N --to {name}",
        )


@app.command("update")
def update_(
    name: Name,
    state: State,
    tell: Tell = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say how it stands by now: to who writes next, and with --tell to everybody who waits."""
    with office(config) as here:
        policy = here.signing_policy
        texts = _texts(state, policy)
        with here.database.begin() as connection:
            incident = incidents.update_(
                connection, name, texts, agent=named(agent, policy.config), at=now(), tell=tell
            )
        told = _tell(here, incident, policy) if tell else "nobody is told"
        _show(here, incident, as_json, f"incident {name} has a new state; {told}")


@app.command()
def close(
    name: Name,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="TEXT", help="A last word, for everybody; pl=TEXT for a language."),
    ] = None,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say that it is over: everybody who waits is told once, and their tickets are resolved."""
    with office(config) as here:
        policy = here.signing_policy
        texts = _texts(state or [], policy)
        with here.database.begin() as connection:
            incident = incidents.close(connection, name, texts, agent=named(agent, policy.config), at=now())
        _show(here, incident, as_json, f"incident {name} is over; {_tell(here, incident, policy)}")


@app.command("list")
def list_(
    ended: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Limit = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What is known, the newest first."""
    with reading(config) as connection:
        rows = incident_views.incidents(connection, ended=ended, limit=limit)
    print_list(rows, COLUMNS, as_json=as_json, nothing="no incident" if ended else "no incident is open")


@app.command()
def show(name: Name, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """How it stands and how it stood, and how many wait; the last one of this name."""
    with reading(config) as connection:
        shown = incident_views.incident(connection, incidents.latest(connection, name).id)
    if as_json:
        print_json(shown)
    else:
        print_values({**shown, "state": _in_words(shown["state"]), "states": _history(shown)})


@app.command()
def attach(
    number: Number,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="The incident.")],
    tell: Annotated[bool, typer.Option("--tell", help="Mail its requester how it stands, if not done before.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let a ticket wait for the end of an incident."""
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: affected.attach(deed.ticket, incidents.kept(deed.connection, to), deed.by, deed.policy, tell=tell),
    )


@app.command()
def detach(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Take a ticket up for itself again; it hears no more of the incident."""
    change(config, number, agent, as_json, lambda deed: affected.detach(deed.ticket, deed.by, deed.policy, deed.at))


def _texts(said: list[str], policy: Policy) -> Mapping[str, str]:
    return texts_of(said, {language for _, language in policy.templates.letters})


def _tell(here: Office, incident: Incident, policy: Policy) -> str:
    """All who are left, in pieces: whatever is stopped here, the daemon does the rest."""
    with here.database.connect() as connection:
        left = incidents.left(connection, incident)
    mails = 0
    with progress("told", left, is_long=left > MANY) as advance:
        while told := _some(here, policy):
            mails += told.mails
            advance(told.tickets)
    return f"told {mails} of those who wait, in {left} tickets"


def _some(here: Office, policy: Policy) -> Told | None:
    with here.database.begin() as connection:
        return tell_some(connection, policy, now())


def _show(here: Office, incident: Incident, as_json: bool, done: str) -> None:
    if as_json:
        with here.database.connect() as connection:
            print_json(incident_views.incident(connection, incident.id))
    else:
        say(escape(done))


def _in_words(texts: Mapping[str, str]) -> str:
    return "\n".join(f"{language}: {words}" if language else words for language, words in texts.items())


def _history(shown: Shown) -> str:
    """A line of head, then the words, for each state."""
    said = (
        (f"{moment(each['at'])}  {each['agent']}" + (", told to all" if each["told"] else ""), each["texts"])
        for each in shown["states"]
    )
    return "\n".join(f"{head}\n{_in_words(texts)}".rstrip() for head, texts in said) + "\n"
