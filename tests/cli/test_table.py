"""Lists: a line of JSON or a line of a table for each row, whatever the width."""

from typing import Any

import pytest
from rich.cells import cell_len

from mailflow.cli import contact, journal, outbox
from mailflow.cli.table import Column, print_list, table
from mailflow.cli.ticketlist import COLUMNS

EVIL = "a\x1b[2J\x07\x9b\u202e\u2028\udc80ż"
ID, SUBJECT = Column(key="id", right=True), Column(key="subject", text=True)


def test_a_list_is_a_line_each_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([{"id": 1}, {"id": 2}], [ID], as_json=True, nothing="no mail")
    assert capsys.readouterr().out == '{"id": 1}\n{"id": 2}\n'


def test_a_table_shows_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([{"id": 1, "subject": f"[red]x[/red] {EVIL}"}], [ID, SUBJECT], as_json=False, nothing="no mail")
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out  # not markup
    assert "\\x1b[2J" in out
    assert "\x1b" not in out


def test_an_empty_list_says_so_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([], [ID], as_json=False, nothing="no mail")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "no mail\n")
    print_list([], [ID], as_json=True, nothing="no mail")
    assert capsys.readouterr() == ("", "")


LONG = "A very long subject about a printer on the second floor that burns since yesterday, and 印刷機が燃えています"
NOW = "2026-11-02T10:00:00+00:00"
ROW: dict[str, Any] = {
    "number": 1234,
    "id": 123456,
    "ticket": 1234,
    "attempts": 3,
    "kind": "acknowledgement",
    "state": "refused",
    "status": "awaiting_customer",
    "priority": "urgent",
    "department": "infrastructure",
    "assignee": "annamaria",
    "requester": "anna.maria.nowak-kowalska@firma.example",
    "last_activity": NOW,
    "received": NOW,
    "due": NOW,
    "source": "imap:support",
    "from": "anna.maria.nowak-kowalska@firma.example",
    "disposition": "duplicate",
    "subject": LONG,
    "reason": LONG,
    "last_reply": LONG,
    "to": ["anna.maria.nowak-kowalska@firma.example"],
    "account": "4711",
    "account_name": LONG,
    "name": "Anna Maria Nowak-Kowalska",
    "language": "pl",
    "roles": ["technical", "billing"],
    "addresses": ["anna@firma.example", "a.nowak@firma.example"],
}
LISTS = {
    "ticket": (
        COLUMNS,
        ("1234", "awaiting_customer", "urgent", "infrastruct…", "annamaria", "A very long s"),
    ),
    "journal": (journal.COLUMNS, ("123456", "duplicate", "anna.maria", "A very long s")),
    "held": (journal.OF_ONE_DISPOSITION, ("123456", " d ", "A very long s")),
    "outbox": (outbox.COLUMNS, ("123456", "acknowledgement", "refused", "A very long s")),
    "contact": (contact.COLUMNS, ("4711", "Anna Maria Nowak", "anna@firma.example")),
}


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("name", LISTS)
def test_a_row_is_one_line_in_every_terminal(name: str, width: int) -> None:
    columns, told = LISTS[name]
    head, rule, *rows = table(columns, [ROW, {**ROW, "subject": "short", "priority": "normal"}], width)
    assert len(rows) == 2
    assert max(map(cell_len, [head, rule, *rows])) <= width
    assert width < 80 or [word for word in told if word not in rows[0]] == []


def test_what_says_nothing_has_no_column_in_a_terminal() -> None:
    columns = [ID, Column(key="assignee"), SUBJECT]
    rows = [{"id": 1, "subject": "x", "assignee": None}]
    assert next(table(columns, rows, 80)) == "id  subject"
    assert next(table(columns, rows, None)) == "id  assignee  subject"


def test_a_pipe_gets_all_of_it() -> None:
    *_, row = table(COLUMNS, [ROW], None)
    assert LONG in row
    assert ROW["requester"] in row


def test_the_text_that_matters_has_what_the_others_leave() -> None:
    columns = [ID, Column(key="from", most=10, spare=1), SUBJECT]
    *_, row = table(columns, [{"id": 1, "from": "anna@firma.example", "subject": "x" * 200}], 80)
    assert row == " 1  anna@firm…  " + "x" * 63 + "…"


def test_the_least_important_column_gives_way_first() -> None:
    columns = [ID, Column(key="kind", spare=1), Column(key="due", spare=2), SUBJECT]
    head, *_ = table(columns, [{"id": 1, "kind": "k" * 8, "due": "d" * 8, "subject": "x" * 50}], 40)
    assert head.split() == ["id", "kind", "subject"]
