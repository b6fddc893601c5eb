"""What is refused because it is late has its author told, or is a ticket: else nobody would read it."""

from dataclasses import replace

from mailflow.store.tables import ENTRY, OUTBOX
from tests.hostile.world import ANNA, SUPPORT, World, mail


def test_who_answers_what_is_closed_is_told_each_time_or_has_a_ticket(world: World) -> None:
    limits = world.policy.config.limits.model_copy(update={"automatic_per_ticket": 1, "automatic_per_address": 3})
    resolved = world.policy.config.resolved.model_copy(update={"late_reply": "refuse"})
    config = world.policy.config.model_copy(update={"limits": limits, "resolved": resolved})
    world.policy = replace(world.policy, config=config)
    to = SUPPORT.replace("@", f"+{world.sign(2)}@")
    for number in range(6):
        mails = len(world.rows(OUTBOX, rcpt_to=ANNA))
        world.receive(mail(ANNA, "Re: Frage", text=f"Es brennt {number}."), mail_from=ANNA, to=to, trusted=True)
        is_told = len(world.rows(OUTBOX, rcpt_to=ANNA)) > mails
        assert is_told or world.rows(ENTRY)[-1].ticket != 2
