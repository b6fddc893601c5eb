"""`mailflow ticket task`: what of a wider investigation is done; and what `ticket show` says of a reach case."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from mailflow.cli.deed import change
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, TicketNumber
from mailflow.cli.output import moment
from mailflow.desk.reach.reaching import Came, Letter, State, Task
from mailflow.desk.reach.tasks import tick
from mailflow.desk.ticket import Ticket


def task(
    number: TicketNumber,
    tasks: Annotated[list[int], typer.Argument(metavar="TASK…", help="Numbers of the tasks, see `ticket show`.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say which tasks of a wider investigation are done; those who look for the account are told."""
    change(config, number, agent, as_json, lambda deed: tick(deed.ticket, tasks, deed.by))


def reach(ticket: Ticket | None) -> Mapping[str, Any] | None:
    """The case that the ticket is about: who was written to, when, and what came."""
    about = ticket.reach if ticket else None
    if about is None:
        return None
    return {
        "case": about.number,
        "account": about.code,
        "name": about.name,
        "state": about.state.value,
        "disrupted": about.disrupted,
        "tickets": list(about.tickets),
        "opened": about.opened.isoformat(),
        "asked": about.asked.isoformat() if about.asked else None,
        "due": about.due.isoformat() if about.due and about.state is State.ASKED else None,
        "ended": about.ended.isoformat() if about.ended else None,
        "letters": [_letter(each) for each in about.letters],
        "tasks": [_task(each) for each in about.tasks],
    }


def told(shown: Mapping[str, Any] | None) -> Iterator[str]:
    """For people."""
    if not shown:
        return
    due = f", the wider investigation begins {moment(shown['due'])}" if shown["due"] else ""
    region = ", its region is disrupted" if shown["disrupted"] else ""
    yield f"reach case {shown['case']}, account {shown['account']} {shown['name']}: {shown['state']}{region}{due}"
    for each in shown["letters"]:
        came = CAME[Came(each["came"])] + (f" {moment(each['heard'])}" if each["heard"] else "")
        words = f"  «{each['words']}»" if each["words"] else ""
        yield f"  {each['address']}: asked {moment(each['asked'])}, {came}{words}"
    for each in shown["tasks"]:
        done = f"  (done {moment(each['done'])} by {each['by']})" if each["done"] else ""
        yield f"  task {each['number']}: {each['text']}{done}"


CAME = {
    Came.NOTHING: "no answer",
    Came.LOST: "does not work",
    Came.CONFIRMED: "confirmed",
    Came.CORRECTED: "corrected",
    Came.WORDS: "answered in words",
}


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "address": letter.address,
        "asked": letter.asked.isoformat(),
        "came": letter.came.value,
        "heard": letter.heard.isoformat() if letter.heard else None,
        "entry": letter.entry,
        "words": letter.words,
    }


def _task(task: Task) -> dict[str, Any]:
    done = task.done.isoformat() if task.done else None
    return {"number": task.number, "text": task.text, "done": done, "by": task.by or None}
