"""Who is told what (T4): whatever was put into a ticket and by whom, each kind of our mail goes to whom it is for, and
says nothing that its reader may not know.

Twelve ways in which words come near Anna's first ticket that nobody is to be mailed, by six kinds of mail about it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import product
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.agents import answer
from mailflow.desk.agents.merge import merge
from mailflow.desk.conversation import participants
from mailflow.desk.ticket import Move, Ticket
from mailflow.flow.escalate import ring_due
from mailflow.store import apply
from mailflow.store.tables import OUTBOX
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, KARL, SECRET, SUPPORT, World, mail

PRIVATE = "Nachttresor"
"""A word that is in no mail of ours, whoever gets it."""
LEAD = "lead@firma.example"
TO = f"To: {SUPPORT}"
FIRST = ("In-Reply-To: <first1@kunde.example>", "References: <first1@kunde.example>")
Scene = Callable[[World], object]


def _ticket(world: World, number: int = 1) -> Ticket:
    ticket = tickets.load(world.connection, number)
    assert ticket is not None
    return ticket


def _done(world: World, actions: Any, number: int = 1) -> None:
    apply.carry_out(world.connection, number, actions, world.policy, world.now)


def _wrote(world: World, *fields: str, subject: str = "Re: [#1] Frage", who: str = ANNA, trusted: bool = True) -> None:
    world.receive(mail(who, subject, *fields, text=PRIVATE), mail_from=who, trusted=trusted)


# What came near it


def _note(world: World) -> None:
    _done(world, answer.note(_ticket(world), f"{PRIVATE}: do not tell her", "ewa"))


def _other_contact(world: World) -> None:
    _wrote(world, *FIRST, who=KARL)


def _other_account(world: World) -> None:
    _wrote(world, *FIRST, who=DORA)


def _stranger_with_token(world: World) -> None:
    to = SUPPORT.replace("@", f"+{world.sign(1)}@")
    world.receive(mail(BOB, "Frage", text=PRIVATE), mail_from=BOB, to=to, trusted=True)


def _forged(world: World) -> None:
    _wrote(world, *FIRST, trusted=False)


def _merged(world: World) -> None:
    """Karl's ticket goes on in hers because an agent said so; he is told nothing more, and she none of his words."""
    world.receive(mail(KARL, "Re: [#5] Frage", "In-Reply-To: <first5@kunde.example>", text=PRIVATE), trusted=True)
    _done(world, answer.note(_ticket(world, 5), PRIVATE, "ewa"), 5)
    together = merge(
        _ticket(world, 5), _ticket(world), "ewa", world.policy, world.now, tell=False, other_requester=True
    )
    _done(world, together, 5)


def _primary_only(world: World) -> None:
    """What Anna, a technical contact, writes where only primary contacts are served."""
    mailbox = [each | {"roles": ["primary"]} for each in ORGANISATION["mailbox"] if "billing" in each["address"]]
    config = Config.model_validate(ORGANISATION | {"mailbox": [*ORGANISATION["mailbox"][::2], *mailbox]})
    world.policy = replace(world.policy, config=config)
    world.receive(mail(ANNA, "Passwort", text=PRIVATE), mail_from=ANNA, to="billing@firma.example", trusted=True)


def _colleague(world: World) -> None:
    """Anna writes to us and to Karl, who takes part from then on."""
    _wrote(world, *FIRST, TO, f"Cc: {KARL}")


def _removed(world: World) -> None:
    _colleague(world)
    _done(world, participants.remove(_ticket(world), [KARL], "ewa"))
    _wrote(world, *FIRST, TO, who=KARL)


def _absent(world: World) -> None:
    _wrote(world, *FIRST, "Auto-Submitted: auto-replied", subject="Abwesend: [#1] Frage")


NEAR: dict[str, tuple[Scene, tuple[str, ...]]] = {
    "note": (_note, ()),
    "other-contact-of-the-account": (_other_contact, ()),
    "other-account": (_other_account, ()),
    "stranger-with-token": (_stranger_with_token, ()),
    "forged": (_forged, ()),
    "other-party-merged": (_merged, ()),
    "primary-contacts-only": (_primary_only, ()),
    "absence-note": (_absent, ()),
    "cc": (lambda world: _wrote(world, *FIRST, f"Cc: {KARL}, {BOB}"), (f"Cc: {KARL}, {BOB}", f"Bcc: {DORA}")),
    "cc-of-a-stranger": (lambda world: _wrote(world, *FIRST, TO, f"Cc: {BOB}, {DORA}"), (TO, f"Cc: {BOB}, {DORA}")),
    "who-was-removed": (_removed, (TO, f"Cc: {KARL}")),
    "reply-to": (lambda world: _wrote(world, *FIRST, f"Reply-To: {BOB}"), (f"Reply-To: {BOB}", f"Sender: {KARL}")),
}
"""What happens first, and the fields that Anna's mails have from then on."""


# What we write then


def _acknowledgement(world: World, *fields: str) -> None:
    _wrote(world, *fields, subject="Neue Frage")


def _reply(world: World, *fields: str) -> None:
    _wrote(world, *FIRST, *fields)
    _done(world, answer.reply(_ticket(world), SECRET, "ewa", world.policy, world.now, then=None))


def _reminder(world: World, *fields: str) -> None:
    _wrote(world, *FIRST, *fields)
    asked = answer.reply(_ticket(world), SECRET, "ewa", world.policy, world.now, then=Move.QUESTION_MAILED)
    _done(world, asked)
    _later(world, world.policy.config.reminders.after[0].full)


def _escalation(world: World, *fields: str) -> None:
    _wrote(world, *FIRST, *fields)
    _later(world, timedelta(hours=4))


def _resolved(world: World, *fields: str) -> None:
    _wrote(world, *FIRST, *fields)
    _done(world, answer.resolve(_ticket(world), "ewa", world.policy, world.now))


def _reopened(world: World, *fields: str) -> None:
    _resolved(world, *fields)
    _wrote(world, *FIRST, *fields, subject="Re: Noch immer")


def _later(world: World, by: timedelta) -> None:
    world.now += by
    ring_due(world.connection, world.policy, world.now)


KINDS: dict[str, tuple[Callable[..., None], str]] = {
    "acknowledgement": (_acknowledgement, ANNA),
    "reply": (_reply, ANNA),
    "reminder": (_reminder, ANNA),
    "escalation": (_escalation, LEAD),
    "resolved": (_resolved, ANNA),
    "reopened": (_reopened, ANNA),
}
"""What makes us write it, and whom it is for."""


@pytest.mark.parametrize(("near", "kind"), list(product(NEAR, KINDS)), ids=lambda each: each)
def test_t4_each_mail_goes_to_whom_it_is_for_and_says_what_they_may_know(near: str, kind: str, world: World) -> None:
    before, (scene, fields), (write, reader) = len(world.rows(OUTBOX)), *(NEAR[near], KINDS[kind])
    scene(world)
    meanwhile = len(world.rows(OUTBOX))
    write(world, *fields)
    mails = world.rows(OUTBOX)[before:]
    assert {row.rcpt_to for row in mails[meanwhile - before :] if row.kind == kind} == {reader}
    for row in mails:
        read = message_from_bytes(row.octets, policy=policy.default)
        said = f"{read.items()} {read.get_content()}"
        assert read["To"].addresses[0].addr_spec == row.rcpt_to
        assert (read["Cc"], read["Bcc"]) == (None, None)
        assert PRIVATE not in said
        if row.rcpt_to not in (ANNA, LEAD):  # who wrote a request of their own is answered about that
            assert row.ticket != 1
            assert SECRET not in said


@pytest.mark.parametrize("kind", KINDS)
def test_t4_a_colleague_in_cc_is_sent_what_agents_answer_from_then_on_and_nothing_else(kind: str, world: World) -> None:
    before, (write, reader) = len(world.rows(OUTBOX)), KINDS[kind]
    _colleague(world)
    write(world)
    mails = world.rows(OUTBOX)[before:]
    theirs = [row for row in mails if row.rcpt_to == KARL]
    asked = kind in ("reply", "reminder")  # which begins with a question of an agent
    assert [row.kind for row in theirs] == ["reply"] * asked
    assert {row.rcpt_to for row in mails if row.kind == kind} == {reader, *([KARL] if kind == "reply" else [])}
    for row in theirs:
        read = message_from_bytes(row.octets, policy=policy.default)
        assert (read["To"].addresses[0].addr_spec, read["Cc"], read["Bcc"]) == (KARL, None, None)
        assert PRIVATE not in read.get_content()
        assert ANNA not in f"{read.items()}"


def test_t4_counts() -> None:
    assert (len(NEAR) + 1) * len(KINDS) == 78
