"""What a digest of held mail is made of, on both databases."""

from datetime import timedelta
from typing import Any

from mailflow.desk.decision import Disposition
from mailflow.desk.digests.pile import SHOWN, Kept, Pile
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store import journal
from mailflow.store.entries import held

SUPPORT, BILLING = "support@firma.example", "billing@firma.example"


def hold(desk: Any, *to: tuple[str, ...]) -> list[int]:
    """One held mail to each of these recipients."""
    arrivals = [
        Arrival(envelope=Envelope(source="smtp", mail_from="", rcpt_tos=rcpt_tos), octets=b"\r\n", held="a test")
        for rcpt_tos in to
    ]
    with desk.database.begin() as connection:
        return journal.receive(connection, arrivals, desk.clock.now())


def pile(desk: Any, department: str, lies: Disposition = Disposition.HELD) -> Pile[Kept]:
    with desk.database.connect() as connection:
        return held.pile(connection, department, desk.clock.now(), desk.policy, lies)


def test_each_department_has_its_newest_and_is_told_how_much_it_is(desk: Any) -> None:
    (rare,) = hold(desk, (BILLING,))
    plain = hold(desk, *[(SUPPORT,)] * SHOWN)
    both = hold(desk, (BILLING, SUPPORT))
    apart = hold(desk, *((f"support+{n}@firma.example",) for n in range(10)))
    found = {name: pile(desk, name) for name in ("billing", "support")}
    assert {name: each.count for name, each in found.items()} == {"billing": 2, "support": SHOWN + 11}
    assert [each.number for each in found["billing"].shown] == [*both, rare]
    newest = [*reversed(apart), *both, *reversed(plain)][:SHOWN]
    assert [each.number for each in found["support"].shown] == newest
    assert found["support"].shown[0].rcpt_tos == ("support+9@firma.example",)


def test_what_came_later_or_is_held_no_more_is_not_among_it(desk: Any) -> None:
    first, second = hold(desk, (SUPPORT,), (SUPPORT,))
    with desk.database.begin() as connection:
        held.reject(connection, first, "ewa", "", desk.clock.now())
    moment = desk.clock.now()
    desk.clock.forward(timedelta(hours=1))
    hold(desk, (SUPPORT,))
    with desk.database.connect() as connection:
        found = held.pile(connection, "support", moment, desk.policy)
    assert (found.count, [each.number for each in found.shown]) == (1, [second])
    assert pile(desk, "billing").count == 0
    assert pile(desk, "support", Disposition.FAILED).count == 0
