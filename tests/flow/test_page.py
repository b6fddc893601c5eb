"""Paging whoever is on call: up the ladder, again and again, by one of us at a time, until somebody takes it."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mailflow.config import Config, Step
from mailflow.desk.actions import OpenTicket, PageOnCall, TakePages
from mailflow.desk.policy import Policy
from mailflow.edge.pager import Tried
from mailflow.flow import page as module
from mailflow.flow.page import Attempt, Paging, take_up_due
from mailflow.store import apply
from mailflow.store.database import Database
from mailflow.store.tables import PAGE
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION
from tests.flow.conftest import Now
from tests.running import eventually

Rows = Callable[[str], list[Any]]
Act = Callable[..., int | None]
MINUTE = timedelta(minutes=1)
STATE = "SELECT state, step, attempts, taken_by FROM page ORDER BY id"
EVENTS = "SELECT text FROM event WHERE kind = 'page' ORDER BY id"
MAILS = "SELECT rcpt_to FROM outbox WHERE kind = 'page' ORDER BY id"
LADDERS = [
    {
        "name": "night",
        "step": [
            {"mail": ["anna@staff.example", "jan@staff.example"]},
            {"after": "10m", "command": ["/usr/local/bin/page", "hunter2"]},
            {"after": "20m", "webhook": "https://pager.example/S3CR3T"},
        ],
        "give_up_after": "1h",
    },
    {"name": "hook", "step": [{"webhook": "https://pager.example/S3CR3T"}], "per_hour": 3},
]


@dataclass
class FarEnd:
    """Answers in turn, the last one for ever; `open` lets the answers through."""

    answers: list[Tried | Exception] = field(default_factory=lambda: [Tried(True, "HTTP 200")])
    told: list[Mapping[str, Any]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def page(self, step: Step, page: Mapping[str, str | int], seconds: float) -> Tried:
        self.told.append(page)
        await self.open.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def far() -> FarEnd:
    far = FarEnd()
    far.open.set()
    return far


@pytest.fixture
def on_call(policy: Policy) -> Policy:
    return replace(policy, config=Config.model_validate({**ORGANISATION, "on_call": LADDERS}))


@pytest.fixture
def paging(writer: Writer, on_call: Policy, now: Now, far: FarEnd) -> Paging:
    return Paging(writer, far, node="main", policy=lambda: on_call, now=now)


@pytest.fixture
def act(database: Database, on_call: Policy, clock: Any) -> Act:
    def act(*actions: Any) -> int | None:
        with database.begin() as connection:
            return apply.carry_out(connection, None, actions, on_call, clock.now())

    return act


OPENING = OpenTicket(
    subject="Printer on fire",
    department="support",
    also=(),
    mailbox="support@firma.example",
    requester="anna@kunde.example",
    requester_name="Anna",
    contact=None,
    account=None,
    language="en",
)


def wanted(name: str, ticket: int | None = None) -> PageOnCall:
    return PageOnCall(ticket=ticket, on_call=name, cause="rule outages (filters/10.toml:2)")


async def done(paging: Paging) -> None:
    """A round, and what it began."""
    while await paging.sweep():
        await settled(paging)


async def settled(paging: Paging) -> None:
    if paging._under_way:
        await asyncio.wait(paging._under_way)
        await asyncio.sleep(0)


async def test_the_ladder_is_climbed_until_nobody_took_it(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd, capfd: pytest.CaptureFixture[str]
) -> None:
    far.answers = [Tried(False, "exit status 1"), Tried(True, "exit status 0"), Tried(True, "HTTP 200")]
    act(OPENING, wanted("night"))
    for minutes in (0, 5, 5, 1, 5, 5):
        clock.forward(minutes * MINUTE)
        await done(paging)
        await done(paging)  # a second look brings nothing
    assert rows(MAILS) == [("anna@staff.example",), ("jan@staff.example",)] * 2
    assert [(page["step"], page["attempt"]) for page in far.told] == [(2, 3), (2, 4), (2, 5), (3, 6)]
    assert rows(EVENTS) == [
        ("page 1, night: rule outages (filters/10.toml:2)",),
        ("page 1, night: step 1, mail to anna@staff.example, jan@staff.example: written",),
        ("page 1, night: step 1, mail to anna@staff.example, jan@staff.example: written",),
        ("page 1, night: step 2, command /usr/local/bin/page: exit status 1",),
        ("page 1, night: step 2, command /usr/local/bin/page: exit status 0",),
        ("page 1, night: step 2, command /usr/local/bin/page: HTTP 200",),
        ("page 1, night: step 3, webhook pager.example: HTTP 200",),
    ]
    clock.forward(timedelta(hours=1))
    await done(paging)
    assert rows(EVENTS)[-1] == ("page 1, night: given up: nobody took it in 1 hour",)
    assert rows(STATE) == [("given_up", 3, 6, "")]
    log = capfd.readouterr().err
    assert "page_given_up page=1 ticket=#1 on_call=night" in log
    assert "hunter2" not in log
    assert "S3CR3T" not in log
    act(TakePages(ticket=1, by="ewa"))  # who has seen the alarm
    assert rows(STATE) == [("taken", 3, 6, "ewa")]


async def test_mail_is_sent_at_least_once_and_tells_nothing_that_was_written(
    paging: Paging, act: Act, rows: Rows
) -> None:
    act(OPENING, wanted("night"))
    await done(paging)
    ((octets, automatic),) = rows("SELECT octets, automatic FROM outbox WHERE rcpt_to = 'jan@staff.example'")
    assert not automatic
    text = bytes(octets).decode()
    assert "Subject: [#1] Page: normal: Printer on fire\r\n" in text
    assert "mailflow page take 1" in text


async def test_who_takes_it_is_paged_no_more(paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd) -> None:
    act(OPENING, wanted("hook"))
    await done(paging)
    clock.forward(7 * MINUTE)
    act(TakePages(ticket=1, by="ewa"))
    act(TakePages(ticket=1, by="jan"))  # it is hers
    for _ in range(3):
        clock.forward(timedelta(hours=3))
        await done(paging)
    assert len(far.told) == 1
    assert rows(STATE) == [("taken", 1, 1, "ewa")]
    assert rows(EVENTS)[-1] == ("page 1, hook: taken by ewa after 7 minutes",)


async def test_a_webhook_that_answers_500_and_then_200(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd
) -> None:
    far.answers = [Tried(False, "HTTP 500"), Tried(True, "HTTP 200")]
    act(OPENING, wanted("hook"))
    await done(paging)
    assert rows("SELECT last_reply, reached FROM page") == [("HTTP 500", None)]
    clock.forward(MINUTE)
    await done(paging)
    assert [row[0] for row in rows("SELECT last_reply, reached FROM page WHERE reached IS NOT NULL")] == ["HTTP 200"]
    clock.forward(4 * MINUTE)
    await done(paging)
    assert len(far.told) == 2  # it reached somebody: the next is in five minutes


async def test_a_ticket_is_paged_about_once_at_a_time(paging: Paging, act: Act, rows: Rows) -> None:
    act(OPENING, wanted("hook"), wanted("hook"), wanted("night"))
    act(wanted("hook", 1))
    assert rows("SELECT on_call FROM page ORDER BY id") == [("hook",), ("night",)]
    act(TakePages(ticket=1, by="ewa"))
    act(wanted("hook", 1))  # what is new after that is worth another
    assert rows("SELECT on_call, state FROM page ORDER BY id") == [
        ("hook", "taken"), ("night", "taken"), ("hook", "waiting"),
    ]  # fmt: skip


async def test_a_flood_pages_nobody_a_hundred_times(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(20):
        act(OPENING, wanted("hook"))
    act(wanted("hook", 20))
    await done(paging)
    assert len(far.told) == 3
    assert rows("SELECT state, count(*) FROM page GROUP BY state ORDER BY state") == [("waiting", 3), ("withheld", 17)]
    assert rows("SELECT text FROM event WHERE kind = 'page' AND ticket = 20") == [
        ("page 20, hook: withheld, 3 pages within an hour (per_hour); rule outages (filters/10.toml:2)",)
    ]
    assert capfd.readouterr().err.count("page_withheld ") == 17
    clock.forward(61 * MINUTE)
    act(OPENING, wanted("hook"))
    assert rows("SELECT state FROM page WHERE id = 21") == [("waiting",)]


async def test_after_days_of_downtime_the_last_step_is_tried_once(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd
) -> None:  # D8
    act(OPENING, wanted("night"))
    clock.forward(timedelta(days=3))
    await done(paging)
    assert [page["step"] for page in far.told] == [3]
    assert rows("SELECT state FROM page") == [("given_up",)]
    assert rows(MAILS) == []


async def test_what_a_crash_left_behind_is_done_again(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd, writer: Writer, on_call: Policy, now: Now
) -> None:
    act(OPENING, wanted("hook"))
    far.open.clear()
    await paging.sweep()
    assert rows(STATE) == [("claimed", 1, 1, "")]  # and then it is killed
    other = Paging(writer, other_end := FarEnd(), node="other", policy=lambda: on_call, now=now)
    other_end.open.set()
    await done(other)
    assert other_end.told == []  # it is not theirs while the claim lasts
    restarted = Paging(writer, again := FarEnd(), node="main", policy=lambda: on_call, now=now)
    again.open.set()
    running = asyncio.create_task(restarted.run())
    await eventually(lambda: rows("SELECT id FROM page WHERE last_reply = 'HTTP 200'"))
    restarted.stop()
    await running
    assert [page["attempt"] for page in again.told] == [2]
    far.open.set()
    await settled(paging)  # the one that was thought dead comes late: it changes nothing
    assert rows(STATE) == [("waiting", 1, 2, "")]
    assert len(rows(EVENTS)) == 2


async def test_the_claim_of_a_dead_node_ends(
    paging: Paging, act: Act, clock: Any, rows: Rows, far: FarEnd, writer: Writer, on_call: Policy, now: Now
) -> None:
    act(OPENING, wanted("hook"))
    far.open.clear()
    await paging.sweep()
    other = Paging(writer, other_end := FarEnd(), node="other", policy=lambda: on_call, now=now)
    other_end.open.set()
    clock.forward(timedelta(seconds=89))
    await done(other)
    assert other_end.told == []
    clock.forward(timedelta(seconds=2))
    assert not await paging.sweep()  # what is in our own hands is not stale, however long it takes
    await done(other)
    assert len(other_end.told) == 1
    far.open.set()
    await settled(paging)


async def test_what_was_taken_meanwhile_stays_taken(
    paging: Paging, act: Act, rows: Rows, far: FarEnd, clock: Any
) -> None:
    act(OPENING, wanted("hook"))
    far.open.clear()
    await paging.sweep()
    act(TakePages(ticket=1, by="ewa"))
    far.open.set()
    await settled(paging)
    clock.forward(timedelta(days=2))
    await done(paging)
    assert rows(STATE) == [("taken", 1, 1, "ewa")]
    assert rows(EVENTS)[-1] == ("page 1, hook: step 1, webhook pager.example: HTTP 200",)


async def test_trouble_of_our_own_is_an_attempt_that_failed(
    paging: Paging, act: Act, rows: Rows, far: FarEnd, capfd: pytest.CaptureFixture[str]
) -> None:
    far.answers = [ZeroDivisionError("hm")]
    act(OPENING, wanted("hook"))
    await done(paging)
    assert rows("SELECT state, last_reply FROM page") == [("waiting", "trouble of our own")]
    assert "trouble where=page page=1" in capfd.readouterr().err


async def test_one_that_cannot_be_written_keeps_no_other_from_being_paged(
    writer: Writer, act: Act, rows: Rows, far: FarEnd, on_call: Policy, now: Now, clock: Any
) -> None:
    act(OPENING, wanted("night"), wanted("hook"))
    broken = replace(on_call, templates=replace(on_call.templates, letters={}))
    paging = Paging(writer, far, node="main", policy=lambda: broken, now=now)
    await done(paging)
    assert len(far.told) == 1
    assert rows("SELECT state, attempts FROM page ORDER BY id") == [("waiting", 0), ("waiting", 1)]
    clock.forward(MINUTE)
    mended = Paging(writer, far, node="main", policy=lambda: on_call, now=now)
    await done(mended)
    assert len(rows(MAILS)) == 2


async def test_a_ladder_that_was_removed_ends_its_pages(
    writer: Writer, act: Act, rows: Rows, far: FarEnd, policy: Policy, now: Now
) -> None:
    act(OPENING, wanted("hook"))
    await done(Paging(writer, far, node="main", policy=lambda: policy, now=now))
    assert rows("SELECT state FROM page") == [("given_up",)]
    assert rows(EVENTS)[-1] == ("page 1, hook: given up: there is no [[on_call]] named 'hook' any more",)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_nodes_take_up_a_page_once(act: Act, database: Database, on_call: Policy, clock: Any) -> None:
    for _ in range(3):
        act(OPENING, wanted("hook"))

    def sweep(node: str) -> list[int]:
        with database.begin() as connection:
            found = take_up_due(connection, node=node, policy=on_call, now=clock.now(), room=8, under_way=frozenset())
            return [each.page.number for each in found]

    with ThreadPoolExecutor(4) as threads:
        found = [number for numbers in threads.map(sweep, "abcd") for number in numbers]
    assert sorted(found) == [1, 2, 3]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_agent_who_takes_it_and_a_sweep_do_not_wait_for_each_other(
    act: Act, database: Database, on_call: Policy, clock: Any, rows: Rows
) -> None:
    for _ in range(20):
        act(OPENING, wanted("night"))

    def sweep(_: int) -> None:
        with database.begin() as connection:
            take_up_due(connection, node="a", policy=on_call, now=clock.now(), room=5, under_way=frozenset())

    def take(ticket: int) -> None:
        with database.begin() as connection:
            taking = TakePages(ticket=ticket, by="ewa")
            apply.carry_out(connection, ticket, [taking, wanted("hook", ticket)], on_call, clock.now())

    with ThreadPoolExecutor(8) as threads:
        both = [*(threads.submit(sweep, each) for each in range(10)), *(threads.submit(take, n) for n in range(1, 21))]
        for each in both:
            each.result(30)
    assert set(rows("SELECT state FROM page WHERE on_call = 'night' AND ticket <= 20 AND state != 'withheld'")) == {
        ("taken",)
    }


def test_a_late_result_of_a_claim_that_was_lost_is_refused(
    database: Database, act: Act, on_call: Policy, clock: Any
) -> None:
    from mailflow.errors import Refused

    act(OPENING, wanted("hook"))
    with database.begin() as connection:
        (attempt,) = take_up_due(connection, node="a", policy=on_call, now=clock.now(), room=8, under_way=frozenset())
        assert isinstance(attempt, Attempt)
        connection.execute(update(PAGE).values(attempts=2))
        late = replace(attempt, tried=Tried(True, "HTTP 200"))
        with pytest.raises(Refused, match="page 1 was claimed again since"):
            module.record(connection, late, on_call, clock.now())
