"""When systemd hears that we live, and five ways of hanging in which it does not."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mailflow.edge.parser import Parser
from mailflow.flow.filer import Filer
from mailflow.flow.watchdog import Watchdog
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.conftest import Clock
from tests.running import eventually
from tests.supervisor import Supervisor

PERIOD = 1.0  # seconds; standstill counts after half of it


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "notify") as supervisor:
        monkeypatch.setenv("NOTIFY_SOCKET", str(supervisor.path))
        yield supervisor


def test_it_pings_while_everything_moves_or_has_nothing_to_do(supervisor: Supervisor) -> None:
    numbers: dict[str, int | None] = {"writer": None, "filer": 1}
    dog = Watchdog({name: lambda name=name: numbers[name] for name in numbers}, 60)  # type: ignore[misc]
    for now in range(0, 100, 20):
        numbers["filer"] = now
        dog.look(now, 0.1)
    assert supervisor.heard() == ["WATCHDOG=1"] * 5


def test_what_stands_still_for_half_the_period_stops_the_ping_until_it_moves(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    number = 7
    dog = Watchdog({"writer": lambda: number}, 60)
    for now in (0, 30, 31, 60):
        dog.look(now, 0)
    assert (supervisor.heard(), dog.ailing) == (["WATCHDOG=1"] * 2, ("writer",))
    assert capsys.readouterr().err.count("stuck what=writer") == 1
    number = 8
    dog.look(61, 0)
    assert (supervisor.heard(), dog.ailing) == (["WATCHDOG=1"], ())


def test_a_loop_that_comes_late_does_not_ping(supervisor: Supervisor) -> None:
    dog = Watchdog({}, 60)
    dog.look(0, 6)
    assert (supervisor.heard(), dog.ailing) == ([], ("loop",))


def test_who_is_not_watched_only_says_it_to_the_log(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    dog = Watchdog({"writer": lambda: 7})
    dog.look(0, 0)
    dog.look(31, 0)
    assert supervisor.heard() == []
    assert "stuck what=writer seconds=31" in capsys.readouterr().err


# A writer and a filer that really hang


class Patient:
    """Writer, filer and watchdog as the daemon has them, and a clock that can be stopped."""

    def __init__(self, writer: Writer, parser: Parser, alone: Parser, filer: Filer) -> None:
        self.writer, self.parser, self.filer = writer, parser, filer
        self.vitals = {"writer": lambda: writer.progress, "filer": lambda: filer.progress}
        self.dog = Watchdog(self.vitals, PERIOD, shortest=PERIOD / 2)
        self.ticking = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            self.filer.wake.set()
            await asyncio.sleep(0.02)

    async def receive(self, octets: bytes) -> None:
        envelope = Envelope(source="smtp", mail_from="anna@kunde.example", rcpt_tos=("support@firma.example",))
        await self.writer.receive(Arrival(envelope=envelope, octets=octets), Clock().now())


@pytest.fixture
async def patient(sqlite_url: str, policy: object) -> AsyncIterator[Patient]:
    database = Database(sqlite_url)
    writer, parser, alone = Writer(database), Parser(), Parser()
    await parser.start()
    filer = Filer(writer, parser, alone, node="main", policy=lambda: policy, now=Clock().now)  # type: ignore[arg-type, return-value]
    patient = Patient(writer, parser, alone, filer)
    running = [asyncio.create_task(each.run()) for each in (filer, patient.dog)]
    yield patient
    patient.dog.stop()
    for task in (*running, patient.ticking):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for each in (parser, alone, writer):
        await each.close()
    database.close()


async def silence(supervisor: Supervisor, patient: Patient) -> tuple[str, ...]:
    """What ails, once no ping has come for longer than systemd waits."""
    await eventually(lambda: patient.dog.ailing)
    supervisor.heard()
    await asyncio.sleep(PERIOD)
    assert supervisor.heard() == []
    return patient.dog.ailing


async def pings(supervisor: Supervisor) -> None:
    supervisor.heard()
    await eventually(supervisor.heard)


async def test_a_writer_that_is_stuck_in_a_transaction_stops_the_ping(supervisor: Supervisor, patient: Patient) -> None:
    await pings(supervisor)
    free = threading.Event()
    stuck = asyncio.create_task(patient.writer.write(lambda connection: free.wait()))
    assert "writer" in await silence(supervisor, patient)
    free.set()
    await stuck
    await pings(supervisor)


async def test_a_child_that_never_answers_stops_the_ping(supervisor: Supervisor, patient: Patient) -> None:
    """Nobody's deadline ends the wait: that is what a watchdog is for."""
    await pings(supervisor)
    free = asyncio.Event()

    async def never(*_: object) -> list[object]:
        await free.wait()
        return []

    patient.parser.parse_some = never  # type: ignore[assignment]
    await patient.receive(b"Subject: one\r\n\r\nx\r\n")
    assert "filer" in await silence(supervisor, patient)


async def test_a_clock_that_stopped_stops_the_ping(supervisor: Supervisor, patient: Patient) -> None:
    await pings(supervisor)
    patient.ticking.cancel()
    assert "filer" in await silence(supervisor, patient)


async def test_a_loop_that_is_blocked_cannot_ping(supervisor: Supervisor, patient: Patient) -> None:
    await pings(supervisor)
    supervisor.heard()
    time.sleep(PERIOD)  # noqa: ASYNC251  that is the disease
    assert supervisor.heard() == []
    await asyncio.sleep(0)
    await pings(supervisor)


async def test_a_database_that_is_away_is_trouble_and_no_standstill(supervisor: Supervisor, patient: Patient) -> None:
    """It is asked again and again; a restart would not bring it back."""
    file = patient.writer._database.file
    assert file
    file.rename(file.with_suffix(".away"))
    await asyncio.sleep(PERIOD)
    await pings(supervisor)
    file.with_suffix(".away").rename(file)
    await eventually(lambda: not patient.dog.ailing)
