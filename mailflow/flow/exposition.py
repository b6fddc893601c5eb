"""The figures as Prometheus reads them. Only importer of prometheus_client, of which only the writing is used: a
registry of our own for each answer, nothing that is global.

No label has words of a mail, an address or a name that others choose: dispositions, states, kinds, limits, rules and
mailboxes of config.toml. There are at most a few hundred series. docs/operations.md has all of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Status
from mailflow.edge.counters import LIMITS, REFUSALS
from mailflow.flow.spread import Spread
from mailflow.flow.vitals import Vitals
from mailflow.store.health.figures import Sums, Waiting
from mailflow.store.outbox import State

__all__ = ["CONTENT_TYPE", "MOST_RULES", "written"]

K = TypeVar("K")
MOST_RULES = 100
"""Of the journal, by how much they did; the others are one, `(others)`."""
OTHERS = "(others)"
PAGES = ("open", "given_up", "withheld")


def written(vitals: Vitals, waiting: Waiting | None, sums: Sums | None, now: datetime) -> bytes:
    """None: the database has not answered. What this daemon knows by itself is told all the same."""
    families = [*_of_the_daemon(vitals, now)]
    if waiting:
        families += _of_what_waits(waiting, now)
    if waiting and sums:
        families += _of_the_ledger(waiting, sums)
    registry = CollectorRegistry()
    registry.register(_Told(tuple(families)))
    return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _Told(Collector):
    families: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        return self.families


def _of_what_waits(waiting: Waiting, now: datetime) -> Iterator[Metric]:
    """The same on every node of a database, as the sums are."""
    held = _most(waiting.held, lambda key: (OTHERS, key[1]))
    yield _gauge("mailflow_held", "Entries held, by a rule or a verdict.", ("rule", "verdict"), held)
    yield _age("mailflow_oldest_entry_seconds", "Age of the oldest entry to be filed.", waiting.oldest_entry, now)
    yield _age("mailflow_outbox_oldest_seconds", "Age of the oldest mail to be sent.", waiting.oldest_outgoing, now)
    yield _age("mailflow_timer_lag_seconds", "By how much the oldest timer is overdue.", waiting.oldest_timer, now)
    yield _gauge("mailflow_pages", "Pages that nobody took.", ("state",), _all(PAGES, waiting.pages))
    yield _one("mailflow_database_bytes", "Size of the database.", waiting.octets)


def _of_the_ledger(waiting: Waiting, sums: Sums) -> Iterator[Metric]:
    entries = {**sums.entries, **waiting.entries}
    accepted = "Mails accepted since the beginning."
    yield CounterMetricFamily("mailflow_accepted", accepted, value=sums.accepted)
    yield _gauge("mailflow_entries", "Entries of the journal.", ("disposition",), _all(Disposition, entries))
    dropped = _most(sums.dropped, lambda _: OTHERS)
    yield _gauge("mailflow_dropped", "Entries that a rule dropped.", ("rule",), dropped)
    states = Counter(waiting.outgoing)
    for (state, _), count in sums.outgoing.items():
        states[state] += count
    yield _gauge("mailflow_outbox", "Mails of ours.", ("state",), _all(State, states))
    yield _gauge("mailflow_outbox_ended", "Mails of ours that are over.", ("state", "kind"), sums.outgoing)
    yield _gauge("mailflow_tickets", "Tickets.", ("status",), _all(Status, sums.tickets))


def _all(names: Iterable[str], counts: Mapping[str, int]) -> dict[str, int]:
    """What there is none of is told, too: nobody sees a change from nothing to one."""
    return {str(name): counts.get(str(name), 0) for name in names}


def _most(counts: Mapping[K, int], otherwise: Callable[[K], K]) -> dict[K, int]:
    """Those that did most; of the others all that `otherwise` calls the same is one."""
    often = sorted(counts, key=lambda key: -counts[key])
    most = {key: counts[key] for key in often[:MOST_RULES]}
    for key in often[MOST_RULES:]:
        most[otherwise(key)] = most.get(otherwise(key), 0) + counts[key]
    return most


def _of_the_daemon(vitals: Vitals, now: datetime) -> Iterator[Metric]:
    """Of this one, since it was started."""
    yield _one("mailflow_database_up", "1: the database answered.", vitals.database_up)
    yield _one("process_start_time_seconds", "When this daemon was started.", vitals.started.timestamp())
    yield _counter(
        "mailflow_limit_reached", "Times a limit of the edge was reached.", "limit", _all(LIMITS, vitals.limits)
    )
    yield _counter(
        "mailflow_refused",
        "Times a client was refused without a limit.",
        "reason",
        _all(sorted(set(REFUSALS.values())), vitals.refused),
    )
    yield _counter("mailflow_child_starts", "Processes started to read and prove mail.", "child", vitals.child_starts)
    yield _one("mailflow_connections", "SMTP and LMTP connections.", vitals.connections)
    yield _histogram("mailflow_loop_lag_seconds", "How late the event loop was.", vitals.lag)
    yield _one("mailflow_loop_lag_worst_seconds", "The worst of the last minute.", vitals.worst_lag)
    yield _histogram("mailflow_filing_seconds", "From accepted to filed, dropped or held.", vitals.filing)
    yield from _of_the_mailboxes(vitals, now)
    ends = {each.listen: each.ends.timestamp() for each in vitals.certificates}
    yield _gauge("mailflow_certificate_expires_timestamp_seconds", "When it is good no more.", ("listen",), ends)
    yield _one("mailflow_missing_files", "Files that config.toml names and that are not there.", vitals.missing)
    yield _one("mailflow_database_free_bytes", "Free on its disk.", vitals.free_octets)
    yield _one("mailflow_backup_timestamp_seconds", "When it was last backed up; 0: never.", vitals.last_backup)
    yield _one("process_resident_memory_bytes", "Memory of this daemon, without its children.", vitals.memory)
    yield CounterMetricFamily("process_cpu_seconds", "Processor time of this daemon.", value=vitals.cpu)
    yield _one("process_open_fds", "Open file descriptors.", vitals.descriptors)


def _of_the_mailboxes(vitals: Vitals, now: datetime) -> Iterator[Metric]:
    lags = {name: _seconds(state.last_seen or vitals.started, now) for name, state in vitals.mailboxes}
    lag = "Since the folder was last looked through; since the start, if never."
    yield _gauge("mailflow_imap_lag_seconds", lag, ("mailbox",), lags)
    connected = {name: float(state.connected) for name, state in vitals.mailboxes}
    yield _gauge("mailflow_imap_connected", "1: connected.", ("mailbox",), connected)
    left = {name: state.left for name, state in vitals.mailboxes}
    yield _gauge("mailflow_imap_left", "Messages of the folder that are still to be fetched.", ("mailbox",), left)


def _one(name: str, meaning: str, value: float | None) -> Metric:
    """Without a value it is named, and that is all."""
    return GaugeMetricFamily(name, meaning, value=value) if value is not None else GaugeMetricFamily(name, meaning)


def _age(name: str, meaning: str, since: datetime | None, now: datetime) -> Metric:
    """0: there is none."""
    return GaugeMetricFamily(name, meaning, value=_seconds(since, now) if since else 0.0)


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _gauge(name: str, meaning: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    """A value for each label, or for each tuple of labels."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for key, value in values.items():
        family.add_metric([key] if isinstance(key, str) else list(key), value)
    return family


def _counter(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(name: str, meaning: str, spread: Spread) -> Metric:
    buckets = [("+Inf" if bound == float("inf") else f"{bound:g}", count) for bound, count in spread.up_to()]
    return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=spread.sum)
