"""An account that somebody cannot reach, on both databases: each step is done once, whoever does it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.contacts.contact import Role
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.policy import Policy
from mailflow.desk.reach.deeds import JoinReach
from mailflow.desk.reach.tasks import tick
from mailflow.flow.filing import file_batch
from mailflow.flow.reach import Moved, advance
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_A_REACH_LETTER
from mailflow.store import apply, journal, outbox
from mailflow.store.contacts.contacts import NewContact, add
from mailflow.store.database import Database
from mailflow.store.forgetting import erasure
from mailflow.store.incidents import disruptions
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION

Rows = Callable[[str], list[Any]]
MAIL = "SELECT kind, rcpt_to FROM outbox ORDER BY id"
CASE = "SELECT state FROM reach ORDER BY id"
UNREACHABLE = {
    "title": {"en": ["Cannot be reached"]},
    "item": [{"name": "member", "kind": "text", "label": {"en": ["Member"]}}],
    "reach": {"account": "member", "department": "billing", "tasks": {"en": ["Call", "Ask"]}},
}
AGENTS = [{"name": "klara", "addresses": ["klara@staff.example"], "departments": ["billing"]}]
ASKED = [("reach_state", "anna@kunde.example"), ("reach", "a@ziel.example"), ("reach", "b@ziel.example")]


def _to(policy: Policy, clock: Any, letter: int, address: str) -> str:
    return f"support+{policy.keyring.sign(OF_A_REACH_LETTER, letter, address, clock.now())}@firma.example"


@pytest.fixture
def policy(policy: Policy) -> Policy:
    kinds = Catalogue.of({"unreachable": RequestType.model_validate(UNREACHABLE)})
    return replace(policy, config=Config.model_validate({**ORGANISATION, "agent": AGENTS}), kinds=kinds)


@pytest.fixture
def receive(database: Database, policy: Policy, clock: Any) -> Callable[..., None]:
    def receive(author: str, text: str, to: str = "support@firma.example") -> None:
        fields = f"From: {author}\r\nSubject: Cannot be reached\r\nMessage-ID: <{len(text)}.{author}>\r\n\r\n"
        envelope = Envelope(source="smtp", mail_from=author, rcpt_tos=(to,), peer="192.0.2.1", trusted=True)
        with database.begin() as connection:
            octets = (fields + text).encode()
            journal.receive(connection, [Arrival(envelope=envelope, octets=octets)], clock.now())
            (claimed,) = journal.claim(connection, "main", clock.now(), timedelta(minutes=1), 1, 1 << 30)
            file_batch(connection, [(claimed, parse(claimed.octets))], policy, clock.now())

    return receive


@pytest.fixture
def sought(database: Database, receive: Callable[..., None], clock: Any) -> None:
    """Anna and Karl, of two accounts, cannot reach a third; nobody has looked it up."""
    of = {"1": ("Kunde", ("anna@kunde.example",)), "2": ("Andere", ("karl@andere.example",))}
    of["3"] = ("Ziel", ("a@ziel.example", "b@ziel.example"))
    with database.begin() as connection:
        for account, (name, addresses) in of.items():
            new = NewContact(
                account=account, account_name=name, region="Coast" if account == "3" else "", name=name,
                roles=(Role.TECHNICAL,), addresses=addresses, language="en",
            )  # fmt: skip
            add(connection, new, agent="ewa", at=clock.now())
    receive("anna@kunde.example", "Member: Ziel")


@pytest.fixture
def step(database: Database, policy: Policy, clock: Any) -> Callable[[], Moved | None]:
    def step() -> Moved | None:
        with database.begin() as connection:
            moved = advance(connection, policy, clock.now())
        assert moved is None or moved.error is None, moved
        return moved

    return step


@pytest.fixture
def go_on(step: Callable[[], Moved | None]) -> Callable[[], list[str]]:
    def go_on() -> list[str]:
        steps = []
        while moved := step():
            steps.append(moved.what)
        return steps

    return go_on


def test_each_step_is_done_once(go_on: Any, sought: None, rows: Rows, clock: Any) -> None:
    assert go_on() == ["seek"]
    assert rows(MAIL) == ASKED
    clock.forward(timedelta(hours=23))
    assert go_on() == []
    clock.forward(timedelta(hours=1))
    assert go_on() == ["widen"]
    wider = [("notification", "klara@staff.example"), ("reach_state", "anna@kunde.example")]
    assert rows(MAIL) == [*ASKED, *wider]
    assert rows("SELECT status, department FROM ticket") == [("open", "billing")]
    assert go_on() == []


def test_several_daemons_do_a_step_once(step: Any, sought: None, rows: Rows, receive: Any) -> None:
    receive("karl@andere.example", "Member: 3")
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            list(pool.map(lambda _: step(), range(4)))
    assert rows(CASE) == [("asked",)]
    assert sorted(rows(MAIL)) == sorted([*ASKED, ("reach_state", "karl@andere.example")])
    assert rows("SELECT reach_case FROM ticket") == [(1,), (1,)]


def test_an_answer_is_told_to_all_and_ends_it(
    go_on: Any, sought: None, rows: Rows, receive: Any, policy: Policy, clock: Any
) -> None:
    receive("karl@andere.example", "Member: 3")
    go_on()
    receive("b@ziel.example", "I confirm", _to(policy, clock, 1, "a@ziel.example"))
    assert rows("SELECT came, news FROM reach_letter ORDER BY id") == [("nothing", False), ("confirmed", True)]
    assert go_on() == ["tell"]
    answered = [each for each in rows(MAIL) if each[0] == "reach_answered"]
    assert answered == [("reach_answered", "anna@kunde.example"), ("reach_answered", "karl@andere.example")]
    assert rows(CASE) == [("answered",)]
    assert rows("SELECT status FROM ticket") == [("resolved",), ("resolved",)]
    assert rows("SELECT kind FROM contact_event WHERE kind = 'verified'") == [("verified",)]


def test_a_disruption_stops_the_time(
    go_on: Any, sought: None, rows: Rows, database: Database, policy: Policy, clock: Any
) -> None:
    go_on()
    clock.forward(timedelta(hours=20))
    with database.begin() as connection:
        disruptions.disrupt(connection, "Coast", "a storm", "ewa", clock.now())
    assert go_on() == ["pause"]
    clock.forward(timedelta(days=3))
    assert go_on() == []
    with database.begin() as connection:
        disruptions.lift(connection, "Coast", policy, clock.now())
    assert go_on() == ["resume"]
    clock.forward(timedelta(hours=3))
    assert go_on() == []
    clock.forward(timedelta(hours=1))
    assert go_on() == ["widen"]


def test_a_disruption_that_no_daemon_saw_stops_it_as_well(
    go_on: Any, sought: None, rows: Rows, database: Database, policy: Policy, clock: Any
) -> None:
    go_on()
    for deed in ("disrupt", "lift"):
        with database.begin() as connection:
            if deed == "disrupt":
                disruptions.disrupt(connection, "Coast", "a storm", "ewa", clock.now())
            else:
                disruptions.lift(connection, "Coast", policy, clock.forward(timedelta(hours=23)))
    clock.forward(timedelta(hours=2))
    assert go_on() == ["widen"]  # which is put off
    assert rows(CASE) == [("asked",)]
    clock.forward(timedelta(hours=22))
    assert go_on() == ["widen"]
    assert rows(CASE) == [("wider",)]


def test_who_is_settled_looks_for_nobody(go_on: Any, sought: None, rows: Rows, database: Database) -> None:
    go_on()
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE ticket SET status = 'resolved'")
    assert go_on() == ["end"]
    assert rows(CASE) == [("over",)]


def test_what_is_settled_is_looked_up_when_it_is_open_again(
    go_on: Any, sought: None, rows: Rows, database: Database
) -> None:
    """Nobody is asked for who has withdrawn it, and no step is tried again and again."""
    for status, steps in (("resolved", []), ("on_hold", ["seek"])):
        with database.begin() as connection:
            connection.exec_driver_sql(f"UPDATE ticket SET status = '{status}'")
        assert go_on() == steps
    assert rows(MAIL) == ASKED


def test_what_was_merged_is_looked_up_for_who_reads_it(
    go_on: Any, sought: None, rows: Rows, database: Database, receive: Any
) -> None:
    receive("karl@andere.example", "Member: nobody of that name")
    assert go_on() == ["seek", "seek"]
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE ticket SET status = 'closed', merged_into = 1, seeks = 'Ziel' WHERE id = 2")
    assert go_on() == ["seek"]
    assert rows("SELECT reach_case FROM ticket ORDER BY id") == [(1,), (1,)]


@pytest.mark.parametrize("how", ["about another account", "erased"])
def test_the_others_are_told_when_the_first_is_not_about_it_any_more(
    how: str, go_on: Any, sought: None, rows: Rows, receive: Any, database: Database, policy: Policy, clock: Any
) -> None:
    receive("karl@andere.example", "Member: 3")
    go_on()
    with database.begin() as connection:
        if how == "erased":
            erasure.erase_ticket(connection, 1, clock.now())
        else:
            apply.carry_out(connection, 1, (JoinReach(ticket=1, case=None),), policy, clock.now())
    receive("b@ziel.example", "I confirm", _to(policy, clock, 2, "b@ziel.example"))
    assert go_on() == ["tell"]
    assert rows(MAIL)[-1] == ("reach_answered", "karl@andere.example")


def test_agents_are_told_of_all_words(
    go_on: Any, sought: None, rows: Rows, receive: Any, policy: Policy, clock: Any
) -> None:
    """Of who writes twice, too, and of who writes when the case is over."""
    go_on()
    clock.forward(timedelta(days=1))
    go_on()
    to = _to(policy, clock, 1, "a@ziel.example")
    told = [("notification", "klara@staff.example")]
    for words in ("Who asks?", "And what for?", "I confirm\n\nBut what for?", "Well, who asks?"):
        receive("a@ziel.example", words, to)
        go_on()
        assert [each for each in rows(MAIL) if each[0] == "notification"] == (told := [*told, told[0]])
    assert rows(CASE) == [("answered",)]


def test_a_case_whose_kind_is_gone_goes_on(
    go_on: Any, sought: None, database: Database, policy: Policy, rows: Rows, clock: Any
) -> None:
    """The admin has removed the file: nobody investigates by a list, and nothing falls over."""
    go_on()
    clock.forward(timedelta(days=1))
    with database.begin() as connection:
        moved = advance(connection, replace(policy, kinds=Catalogue.of({})), clock.now())
    assert moved is not None
    assert moved.error is None
    assert rows(CASE) == [("wider",)]
    assert rows(MAIL)[-1] == ("reach_state", "anna@kunde.example")


def test_what_no_server_takes_is_lost(go_on: Any, sought: None, rows: Rows, database: Database) -> None:
    go_on()
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'refused', last_reply = '550 no' WHERE kind = 'reach'")
    assert go_on() == ["widen"]
    text = "SELECT octets FROM outbox WHERE kind = 'notification'"
    assert b"550 no" in bytes(rows(text)[0][0])


@pytest.mark.parametrize("answers", [(), ("Who asks?",)], ids=["", "words came as well"])
def test_tasks_are_told(
    answers: tuple[str, ...],
    go_on: Any, sought: None, rows: Rows, database: Database, policy: Policy, clock: Any, receive: Any,
) -> None:  # fmt: skip
    go_on()
    clock.forward(timedelta(days=1))
    go_on()
    with database.begin() as connection:
        ticket = tickets.load(connection, 1, lock=True)
        assert ticket is not None
        assert ticket.reach is not None
        assert [each.text for each in ticket.reach.tasks] == ["Call", "Ask"]
        apply.carry_out(connection, 1, tick(ticket, (1, 2), "klara"), policy, clock.now())
    for words in answers:
        receive("a@ziel.example", words, _to(policy, clock, 1, "a@ziel.example"))
    assert go_on() == (["tell", "tick"] if answers else ["tick"])
    assert rows(MAIL)[-1] == ("reach_state", "anna@kunde.example")
    assert rows("SELECT done_by, news FROM reach_task") == [("klara", False), ("klara", False)]


def test_a_step_that_fails_keeps_no_other_from_being_done(
    sought: None, rows: Rows, database: Database, policy: Policy, clock: Any, receive: Any
) -> None:
    """A template of the admin's that cannot be written, for instance."""
    broken = replace(policy, keyring=None)  # type: ignore[arg-type]
    with database.begin() as connection:
        moved = advance(connection, broken, clock.now())
    assert moved is not None
    assert moved.error is not None
    with database.begin() as connection:
        assert advance(connection, broken, clock.now(), {("seek", 1)}) is None
        assert outbox.is_written(connection, "reach:1") is False
    assert rows(CASE) == []
