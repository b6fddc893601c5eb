"""Who was asked whether it can be reached answers: any contact of the account, by a reply to any letter of the case.

That its details are right, or what they should be, is taken as in an answer to an acknowledgement
(desk.contacts.verification), once for each address; a correction waits as always. Anything else is put into the case
for an agent. It counts only if it is proved who wrote it, and that it was written to us; a machine's answer is none.
Those who look for the account are told by flow.reach, and its author is sent nothing.
"""

from mailflow.desk.actions import Action, ConfirmDetails, Note
from mailflow.desk.agents import answer
from mailflow.desk.case import Case
from mailflow.desk.clues import ReachSeen
from mailflow.desk.contacts import verification
from mailflow.desk.contacts.details import OnFile
from mailflow.desk.contacts.said_details import SaidDetails, said_details
from mailflow.desk.conversation.opening import ticket_of_its_own
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import OVER, StandsAlone
from mailflow.desk.reach.deeds import HearReach
from mailflow.desk.reach.reaching import ANSWERS, Came, Letter, Reaching
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.sla import taken_up
from mailflow.desk.trust import empowered
from mailflow.mail.compose import one_line

QUESTION = "our question whether an account can be reached"
EVENT = "reach"
LONGEST = 200
"""Characters of the words that are shown beside the letter; the note has all."""


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of such a letter."""
    seen = case.clues.reach
    if seen is None or case.message.automatic.kind in REPORTS:
        return None
    found = _found(case, seen)
    if case.message.automatic.kind in empowered.MACHINES:
        return _dropped(case, found)
    if found is None:
        return empowered.held(QUESTION, "that was never sent")
    ticket, reaching, letter = found
    if case.entry.released and ticket.status in OVER:
        return None  # nobody looks there any more: it is judged as any other mail
    if why := _why_not(case, reaching, letter):
        return empowered.held(QUESTION, why)
    return _read(case, ticket, reaching, letter)


def _found(case: Case, seen: ReachSeen) -> tuple[Ticket, Reaching, Letter] | None:
    """The first ticket of the case, and the letter: that to its author, where there is one."""
    ticket = case.context.tickets.get(case.context.reach_of or 0)
    reaching = ticket.reach if ticket else None
    letter = reaching.letter(seen.letter) if reaching else None
    if ticket is None or reaching is None or letter is None:
        return None
    return case.context.read_in(ticket.number), reaching, reaching.letter_to(case.identity.author or "") or letter


def _dropped(case: Case, found: tuple[Ticket, Reaching, Letter] | None) -> Decision:
    """The history says that it came, and that nobody has answered by it."""
    decision = empowered.dropped(case, QUESTION, OwnRule.REACH_MACHINE)
    if found is None:
        return decision
    ticket, _, letter = found
    text = f"a machine answers for {letter.address}, which is no answer: {decision.reasons[0].why}"
    return empowered.also(decision, Note(ticket=ticket.number, kind=EVENT, text=text))


def _why_not(case: Case, reaching: Reaching, letter: Letter) -> str:
    """'' when it is a contact of the account that writes."""
    author, account = case.identity.author or "its author", case.context.account
    is_theirs = case.context.contact is not None and account is not None and account.id == reaching.account
    questions = (
        (not is_theirs, f"{author} is no contact of account {reaching.code}"),
        (case.now - letter.asked > verification.VALID, f"that was asked more than {verification.VALID.days} days ago"),
    )
    return next((why for refused, why in questions if refused), "") or verification.why_not(case)


def _read(case: Case, ticket: Ticket, reaching: Reaching, letter: Letter) -> Decision:
    details = case.context.on_file
    said = said_details(case.message.reply, details) if details else None
    if details is None or said is None or (why := _unclear(letter, details, said)):
        return _filed(
            case, ticket, reaching, letter, Came.WORDS, (), why if said else "nothing is on file of it", more=True
        )
    more = said.more or bool(said.unfit)
    unfit = tuple(Note(ticket=ticket.number, kind=EVENT, text=f"not understood, {each}") for each in said.unfit)
    if said.wanted:
        actions, told = verification.corrected(case, details, said, ticket.number, to_letter=True)
        return _filed(case, ticket, reaching, letter, Came.CORRECTED, (*actions, *unfit), told, more=more)
    confirm = ConfirmDetails(
        ticket=ticket.number, contact=details.contact, by=case.identity.author or "", to_letter=True
    )
    return _filed(case, ticket, reaching, letter, Came.CONFIRMED, (confirm,), "what is on file is right", more=more)


def _unclear(letter: Letter, details: OnFile, said: SaidDetails) -> str:
    """Why a person has to read it; '' when it says what it was asked."""
    questions = (
        (letter.came in ANSWERS, "it has answered before, and writes again"),
        (bool(said.wanted) and details.is_being_corrected, "another correction of its details is open"),
        (not (said.wanted or said.is_right), "it neither confirms nor corrects what is on file"),
    )
    return next((why for unclear, why in questions if unclear), "")


def _filed(
    case: Case,
    ticket: Ticket,
    reaching: Reaching,
    letter: Letter,
    came: Came,
    actions: tuple[Action, ...],
    why: str,
    *,
    more: bool,
) -> Decision:
    """Its words become a note, which those who look for it never see. Where nobody looks there any more, words for a
    person are a ticket of their own."""
    author, heard = case.identity.author or "", _heard(case, ticket, reaching, letter, came, more=more)
    event = Note(ticket=ticket.number, kind=EVENT, text=f"{author} answers, {reaching}: {came}; {why}")
    reasons = (
        Reason("reach", f"{reaching}: {came}", why),
        Reason(
            "mail",
            *(("to who looks for it", "at once") if reaching.is_open else ("none", "nobody looks for it any more")),
        ),
    )
    if more and ticket.status in OVER:
        alone = StandsAlone(ticket, f"{author} answers {QUESTION}, and #{ticket.number} is {ticket.status}")
        return empowered.also(ticket_of_its_own(case, alone), heard, event, *actions)
    words = case.message.reply.strip() or "(no words)"
    late = _late(case, ticket, author) if more and not reaching.is_open else ()
    return Decision(
        disposition=Disposition.FILED,
        reason=f"{author} answers {QUESTION}: {came}",
        rule=OwnRule.REACH,
        ticket=ticket.number,
        actions=(*answer.note(ticket, words, author, case.message.attachments), event, heard, *actions, *late),
        reasons=reasons,
    )


def _heard(case: Case, ticket: Ticket, reaching: Reaching, letter: Letter, came: Came, *, more: bool) -> HearReach:
    """Words do not undo an answer."""
    details = case.context.on_file
    return HearReach(
        ticket=ticket.number,
        letter=letter.number,
        came=letter.came if came is Came.WORDS and letter.came in ANSWERS else came,
        words=one_line(case.message.reply, LONGEST),
        entry=case.entry.number,
        by=details.contact if details else None,
        more=more,
        tells=reaching.is_open,
    )


def _late(case: Case, ticket: Ticket, author: str) -> tuple[Action, ...]:
    """Flow.reach tells nobody of a case that is over: an agent is told here."""
    cause = f"{author} answers {QUESTION}, and nobody looks for it any more; its words are noted"
    return taken_up(ticket, cause, case.policy, case.now, key=f"entry:{case.entry.number}")
