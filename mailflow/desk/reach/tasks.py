"""Agents say what of a wider investigation is done."""

from collections.abc import Iterable

from mailflow.desk.actions import Action, Note
from mailflow.desk.reach.deeds import TickTasks
from mailflow.desk.ticket import Ticket
from mailflow.errors import Refused

EVENT = "reach"


def tick(ticket: Ticket, numbers: Iterable[int], agent: str) -> tuple[Action, ...]:
    """Refused where there are no such tasks, or they are done already. Those who look for the account are told."""
    tasks = {each.number: each for each in ticket.reach.tasks} if ticket.reach else {}
    if ticket.reach is None or not tasks:
        raise Refused(f"#{ticket.number} has no tasks: no wider investigation has begun")
    if not ticket.reach.is_open:
        raise Refused(f"{ticket.reach} is {ticket.reach.state}: nothing is left to do")
    wanted = tuple(dict.fromkeys(numbers))
    for number in wanted:
        if number not in tasks:
            raise Refused(f"there is no task {number}; #{ticket.number} has {', '.join(map(str, tasks))}")
        if tasks[number].done:
            raise Refused(f"task {number} is done already, by {tasks[number].by}")
    notes = (
        Note(ticket=ticket.number, kind=EVENT, text=f"task {number} done by {agent}: {tasks[number].text}")
        for number in wanted
    )
    return TickTasks(ticket=ticket.number, case=ticket.reach.number, tasks=wanted, by=agent), *notes


def numbers_in(written: str) -> tuple[int, ...]:
    """'1', '1 3', '1, 3'; Refused where it is none."""
    words = written.replace(",", " ").split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 4 for word in words):
        raise Refused(f"'{written}' is no number of a task; write #done 1, or several: #done 1 3")
    return tuple(map(int, words))
