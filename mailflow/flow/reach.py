"""Accounts that somebody cannot reach (desk.reach): looked up, asked, waited for, and the wider investigation at last.

Each step is one transaction with the mail that tells of it. Woken by the clock's tick; what a mail or an agent has
brought stands in rows until then. A step that fails is said in the log and tried again with the next tick, the others
go on.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mailflow import maillog
from mailflow.desk.actions import Action, Note
from mailflow.desk.policy import Policy
from mailflow.desk.reach import letters, turns
from mailflow.desk.reach.courses import SETTLED, Course, Seeker, course, due, heard, seekers
from mailflow.desk.reach.deeds import JoinReach
from mailflow.desk.reach.letters import key_of, question, shape_of
from mailflow.desk.reach.reaching import ANSWERS, Came, Reaching, State
from mailflow.desk.reach.seeking import is_registered
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.notice import why_never
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Sweeps
from mailflow.flow.savepoint import apart
from mailflow.store import apply, outbox
from mailflow.store.contacts import corrections, details
from mailflow.store.database import Connection
from mailflow.store.reach import look, named_accounts, reaches
from mailflow.store.tickets import tickets

NOT_WRITTEN = "not written, see the history of the ticket"


@dataclass(frozen=True, slots=True)
class Moved:
    """One step."""

    what: str  # seek, or a course
    ticket: int
    case: int | None
    error: Exception | None = None


class Reach(Sweeps):
    """The loop."""

    async def round(self) -> None:
        self._failed: set[tuple[str, int]] = set()
        await super().round()

    async def sweep(self) -> bool:
        """The next step; was there any?"""
        work = partial(advance, policy=self._policy(), now=self._now(), failed=self._failed)
        moved = await insist(lambda: self._writer.write(work), "reach")
        if moved is None:
            return False
        if moved.error:
            maillog.trouble(moved.error, "reach", ticket=moved.ticket, case=moved.case)
            self._failed.add((moved.what, moved.case or moved.ticket))
        else:
            maillog.reach(case=moved.case, ticket=moved.ticket, step=moved.what)
            self._written()
        return True


def advance(
    connection: Connection, policy: Policy, now: datetime, failed: Collection[tuple[str, int]] = ()
) -> Moved | None:
    """The next that can be done; None: nothing is to be done. `failed`: what and where it did not work."""
    if look.is_quiet(connection):
        return None
    for number in look.seeking(connection):
        if ("seek", number) not in failed:
            return _moved("seek", number, None, connection, partial(_seek, connection, number, policy, now))
    for number in look.in_work(connection, now):
        seen = reaches.load(connection, number)
        if seen is None:
            continue
        what = course(seen, _seekers(connection, seen), now)
        if what is None or (what, number) in failed:
            continue
        step = partial(_go, connection, seen, policy, now)
        return _moved(what, min(seen.tickets, default=0), number, connection, step)
    return None


def _moved(what: str, ticket: int, case: int | None, connection: Connection, step: Callable[[], int | None]) -> Moved:
    done = apart(connection, step)
    return Moved(what, ticket, case, done) if isinstance(done, Exception) else Moved(what, ticket, done or case)


def _seekers(connection: Connection, reaching: Reaching, *, lock: bool = False) -> tuple[Seeker, ...]:
    return seekers(reaching, tickets.load_all(connection, reaching.tickets, lock=lock).values())


# A request says which account it is about


def _seek(connection: Connection, number: int, policy: Policy, now: datetime) -> int | None:
    """The case that it is about then."""
    words = look.sought(connection, number)
    found = named_accounts.find(connection, words)
    name = reaches.hold_account(connection, found[0]) if len(found) == 1 else ""
    together = tickets.load_all(connection, [number], lock=True)
    ticket = together.get(number)
    if ticket is None or look.sought(connection, number) != words or together[ticket.read_in].status in SETTLED:
        return None
    seeker, tells = Seeker(ticket, together[ticket.read_in]), look.tells(connection, number)
    if why := _why_not(ticket, words, found):
        answer = letters.looked_up(seeker, None, policy, now) if tells else ()
        done = JoinReach(ticket=number, case=None), *answer, *turns.not_found(ticket, why, policy, now)
        apply.carry_out(connection, number, done, policy, now)
        return None
    standing = reaches.open_of(connection, found[0])
    if standing:
        return _join(connection, seeker, standing, policy, now, tells=tells)
    case = reaches.begin(connection, found[0], number, State.PAUSED, now)
    said = Note(ticket=number, kind=turns.EVENT, text=f"«{words}» is {name}: reach case {case}")
    apply.carry_out(connection, number, (JoinReach(ticket=number, case=case), said), policy, now)
    reaching = _loaded(connection, case)
    told = turns.looked_up(seeker, reaching, policy, now, tells=tells)
    apply.carry_out(connection, seeker.ticket.number, told, policy, now)
    if not reaching.disrupted:
        _ask(connection, reaching, policy, now)
    return case


def _why_not(ticket: Ticket, words: str, found: Collection[int]) -> str:
    """Why nobody is written to, for an agent."""
    questions = (
        (not is_registered(ticket), "it is not a registered contact that cannot reach an account"),
        (not found, f"«{words}» is the name of no account"),
        (len(found) > 1, f"«{words}» could be any of {len(found)} accounts"),
        (ticket.account in found, f"«{words}» is the account of who says that it cannot be reached"),
    )
    return next((why for refused, why in questions if refused), "")


def _join(
    connection: Connection, seeker: Seeker, standing: Reaching, policy: Policy, now: datetime, *, tells: bool
) -> int:
    """Nobody is asked a second time."""
    number = seeker.said.number
    joins = (
        JoinReach(ticket=number, case=standing.number),
        Note(ticket=number, kind=turns.EVENT, text=f"{standing} is open since {standing.opened:%Y-%m-%d}"),
    )
    apply.carry_out(connection, number, joins, policy, now)
    told = turns.looked_up(seeker, standing, policy, now, tells=tells)
    apply.carry_out(connection, seeker.ticket.number, told, policy, now)
    return standing.number


# What a case does by itself


def _go(connection: Connection, seen: Reaching, policy: Policy, now: datetime) -> int:
    """Looked at again, now that nobody else can move it."""
    reaches.hold_account(connection, seen.account)
    sought = _seekers(connection, _loaded(connection, seen.number), lock=True)
    reaching = _loaded(connection, seen.number)
    match course(reaching, sought, now):
        case Course.TELL:
            _tell_answer(connection, reaching, sought, policy, now)
        case Course.TICK:
            _tell(connection, reaching, policy, now, turns.ticked)
            reaches.told_of_tasks(connection, reaching.number)
        case Course.END:
            reaches.change(connection, reaching.number, state=State.OVER, due=None, ended=now)
        case Course.PAUSE:
            reaches.change(connection, reaching.number, state=State.PAUSED)
            _tell(connection, reaching, policy, now, turns.paused)
        case Course.RESUME:
            _resume(connection, reaching, sought, policy, now)
        case Course.WIDEN:
            _widen(connection, reaching, sought, policy, now)
        case None:
            pass
    return reaching.number


def _ask(connection: Connection, reaching: Reaching, policy: Policy, now: datetime) -> None:
    """Every known address of the account."""
    first = _first(connection, reaching)
    contacts = details.on_file(connection, reaches.contacts_of(connection, reaching.account))
    written = reaches.ask(connection, reaching.number, [contacts[each] for each in sorted(contacts)], now)
    asker = reaches.name_of(connection, first.said.account)
    never = {letter.number: why_never(letter.address, policy) for letter, _ in written}
    sends = [question(each, whose, asker, first.ticket, policy) for each, whose in written if not never[each.number]]
    apply.carry_out(connection, first.ticket.number, sends, policy, now)
    for letter, _ in written:
        if not outbox.is_written(connection, key_of(letter)):
            reaches.lose(connection, letter.number, never[letter.number] or NOT_WRITTEN)
    begins = due(shape_of(first.said, policy), now, first.ticket.department, (), policy)
    reaches.change(connection, reaching.number, state=State.ASKED, asked=now, due=begins)


def _resume(
    connection: Connection, reaching: Reaching, sought: tuple[Seeker, ...], policy: Policy, now: datetime
) -> None:
    _tell(connection, reaching, policy, now, turns.resumed)
    if reaching.asked is None:
        _ask(connection, reaching, policy, now)
        return
    begins = _due(connection, reaching, sought[0], policy) if reaching.due else None
    reaches.change(connection, reaching.number, state=State.ASKED, due=begins)


def _widen(
    connection: Connection, reaching: Reaching, sought: tuple[Seeker, ...], policy: Policy, now: datetime
) -> None:
    """Unless time was lost to a disruption that nobody saw, the daemon being down."""
    begins = _due(connection, reaching, sought[0], policy)
    if begins > now and not reaching.is_lost:
        reaches.change(connection, reaching.number, due=begins)
        return
    reaches.set_tasks(connection, reaching.number, turns.tasks_of(sought[0].said, policy))
    reaches.change(connection, reaching.number, state=State.WIDER, due=None)
    reaching = _loaded(connection, reaching.number)
    for seeker in sought:
        actions = turns.widened(seeker, reaching, policy, now, first=sought[0])
        apply.carry_out(connection, seeker.ticket.number, actions, policy, now)


def _tell_answer(
    connection: Connection, reaching: Reaching, sought: tuple[Seeker, ...], policy: Policy, now: datetime
) -> None:
    """The best that came is told, and that there is more is said to agents."""
    best = heard(reaching)
    letter = next(each for each in reaching.letters if each.news and each.came is best)
    whose = details.on_file(connection, [letter.by]).get(letter.by) if letter.by else None
    correction = corrections.of_entry(connection, letter.entry) if letter.entry else None
    for seeker in sought if reaching.is_open else ():
        actions = turns.told(seeker, reaching, letter, whose, correction, policy, now)
        apply.carry_out(connection, seeker.ticket.number, actions, policy, now)
    reaches.told_of_letters(connection, reaching.number)
    if reaching.is_open and best in ANSWERS:
        reaches.change(connection, reaching.number, state=State.ANSWERED, due=None, ended=now)
    elif best is Came.WORDS:
        reaches.change(connection, reaching.number, due=None)


def _tell(
    connection: Connection,
    reaching: Reaching,
    policy: Policy,
    now: datetime,
    tell: Callable[[Seeker, Reaching, Policy, datetime], tuple[Action, ...]],
) -> None:
    for seeker in _seekers(connection, reaching):
        apply.carry_out(connection, seeker.ticket.number, tell(seeker, reaching, policy, now), policy, now)


def _due(connection: Connection, reaching: Reaching, first: Seeker, policy: Policy) -> datetime:
    lost = reaches.disruptions_of(connection, reaching.region)
    asked = reaching.asked or reaching.opened
    return due(shape_of(first.said, policy), asked, first.ticket.department, lost, policy)


def _first(connection: Connection, reaching: Reaching) -> Seeker:
    return _seekers(connection, reaching)[0]


def _loaded(connection: Connection, case: int) -> Reaching:
    found = reaches.load(connection, case)
    if found is None:
        raise LookupError(f"there is no reach case {case}")
    return found
