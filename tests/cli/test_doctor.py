"""`mailflow doctor` names what is ill, and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.cli.doctor import backlog

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def status(**changes: int) -> dict[str, Any]:
    """A database where nothing is wrong, but for `changes`: failed, refused, unknown; minutes that mail waits."""
    oldest = (NOW - timedelta(minutes=changes["minutes"])).isoformat() if "minutes" in changes else None
    return {
        "journal": {
            "waiting": int(oldest is not None),
            "oldest_waiting": oldest,
            "held": changes.get("held", 0),
            "failed": changes.get("failed", 0),
        },
        "outbox": {
            "waiting": 0,
            "oldest_waiting": None,
            "refused": changes.get("refused", 0),
            "unknown": changes.get("unknown", 0),
        },
        "pages": {name: changes.get(name, 0) for name in ("open", "given_up", "withheld")},
        "details": {"corrections": changes.get("corrections", 0)},
    }


@pytest.mark.parametrize(
    ("changes", "ill"),
    [
        ({}, []),
        ({"failed": 2}, ["journal failed"]),
        ({"refused": 1, "unknown": 1}, ["outbox refused", "outbox unknown"]),
        ({"open": 2}, []),
        ({"corrections": 2}, []),
        ({"given_up": 1, "withheld": 1}, ["pages given_up", "pages withheld"]),
        ({"minutes": 14}, []),
        ({"minutes": 16}, ["journal waiting"]),
    ],
)
def test_what_waits_for_a_person_is_ill(changes: dict[str, int], ill: list[str]) -> None:
    assert [each.about for each in backlog(status(**changes), NOW) if not each.is_well] == ill


def test_held_mail_is_no_illness_but_is_shown() -> None:
    (held,) = [each for each in backlog(status(held=5), NOW) if each.about == "journal held"]
    assert held.is_well
    assert held.found == "5 — mailflow journal list --held"


def test_a_daemon_that_does_not_run_is_found(company: Any) -> None:
    config = company.config.read_text().replace("127.0.0.1:2525", f"unix:{company.folder}/no.sock")
    company.config.write_text(config)
    ran = company.run("doctor")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert "ok   configuration: no mistakes" in lines
    assert "ok   database: as expected" in lines
    assert any(line.startswith("ILL  smtp unix:") for line in lines)
    assert (
        "     -> is the daemon running? start it: systemctl start mailflow; by hand: mailflow run, in a clone make run"
        in lines
    )
    assert ran.err == "mailflow: 1 of these needs a person\n"


def test_programs_get_json(company: Any) -> None:
    findings = company.run("doctor", "--json").lines
    assert {"about", "well", "found", "advice"} == set(findings[0])


def test_a_database_that_is_not_there_is_one_finding_of_many(company: Any) -> None:
    (company.folder / "var/mailflow.db").unlink()
    ran = company.run("doctor")
    assert ran.code == 1
    assert "ILL  database: there is no database" in ran.out
    assert "ok   smarthost: none" in ran.out
