"""`mailflow inspect`: one object a message, in order, however bad the message is."""

import base64
import json
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mailflow.cli import inspect as command
from mailflow.edge.child import Request
from mailflow.edge.parser import Answer, Parser
from mailflow.edge.parser_child import Allowance

MAIL = (
    "From: Anna Nowak <anna@kunde.example>\nTo: help@firma.example\nSubject: {}\n\nIt does [not] print.\n\n> Really?\n"
)


def run(*arguments: str | Path) -> Any:
    application = typer.Typer()
    application.command()(command.inspect)
    return CliRunner().invoke(application, [str(argument) for argument in arguments])


def objects(*paths: str | Path) -> list[dict[str, Any]]:
    result = run("--json", *paths)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_object_names_its_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(MAIL.format("one"))
    (tmp_path / "two.mbox").write_text(
        "".join(f"From a@kunde.example Tue May  3 10:15:00 2026\n{MAIL.format(name)}\n" for name in ("two", "three"))
    )

    seen = objects(tmp_path)

    assert [(one["file"], one["index"], one["subject"]) for one in seen] == [
        (str(tmp_path / "one.eml"), 0, "one"),
        (str(tmp_path / "two.mbox"), 0, "two"),
        (str(tmp_path / "two.mbox"), 1, "three"),
    ]
    assert list(seen[0])[:3] == ["file", "index", "message_id"]


def test_many_messages_stay_in_order(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.eml").write_text(MAIL.format(number))

    assert [one["subject"] for one in objects(tmp_path)] == [str(number) for number in range(30)]


@pytest.mark.parametrize("octets", [b"", b"\0", b"\xff" * 2000, bytes(range(256)) * 20, b"Subject\n\n", b"\n\n\n"])
def test_any_octets_give_one_object(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(octets)

    (seen,) = objects(path)

    assert seen["error"] is None


def test_a_person_reads_the_header_and_the_new_words(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_text(MAIL.format("[bold]one[/bold]"))

    shown = run(path).stdout

    assert "Anna Nowak <anna@kunde.example>" in shown
    assert "[bold]one[/bold]" in shown
    assert "    It does [not] print." in shown
    assert "Really?" not in shown


def test_a_path_that_is_not_there_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    assert run("--json", tmp_path / "nothing").exit_code == 2


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(MAIL.format("one"))

    result = run("--json", "/proc/self/mem", tmp_path / "one.eml")  # its first page is never there

    assert (result.exit_code, [json.loads(line)["subject"] for line in result.stdout.splitlines()]) == (1, ["one"])
    assert result.stderr == "/proc/self/mem: Input/output error\n"


class DiesAtFirst(Parser):
    """A parser whose child does not survive the first attempt: it is killed in time, whatever it reads."""

    async def parse_many(self, requests: Sequence[Request]) -> list[Answer]:
        self._children[0]._allowed = Allowance(wall=1e-9 if requests[0][1] == 1 else 10.0)
        return await super().parse_many(requests)


def test_what_kills_the_parser_once_is_read_with_less_effort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bomb").write_text(MAIL.format("bomb"))
    monkeypatch.setattr(command, "Parser", DiesAtFirst)

    (seen,) = objects(tmp_path / "bomb")

    assert (seen["subject"], seen["error"]) == ("bomb", None)
    assert "read with less effort: no answer within 1e-09 s" in seen["defects"]


def test_what_kills_the_parser_each_time_is_an_object_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bomb").write_text(MAIL.format("bomb"))
    monkeypatch.setattr(command, "Parser", lambda _: Parser(Allowance(wall=1e-9)))

    (seen,) = objects(tmp_path / "bomb")

    assert (seen["file"], seen["subject"]) == (str(tmp_path / "bomb"), "")
    assert seen["error"] == "not readable: no answer within 1e-09 s"


def test_it_loads_no_database(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(MAIL.format("one"))
    code = (
        "import sys; from pathlib import Path; from mailflow.cli.inspect import inspect\n"
        f"try: inspect([Path({str(tmp_path)!r})], json=True)\n"
        "except BaseException: pass\n"
        "print(sorted({'sqlmodel', 'sqlalchemy', 'alembic', 'mailflow.config', 'mailparser'} & sys.modules.keys()))"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.splitlines()[-1] == "[]"


def test_nothing_in_a_mail_means_anything_to_a_terminal(tmp_path: Path) -> None:  # S12
    hostile = "\x1b[31m\u202e\u2066\u009b:bomb:[bold]"
    word = f"=?utf-8?b?{base64.b64encode(hostile.encode()).decode()}?="
    path = tmp_path / "a\u202eb.eml"
    path.write_text(
        f"From: {word} <anna@kunde.example>\nSubject: {word}\nMIME-Version: 1.0\nContent-Type: multipart/mixed;"
        f" boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n\nHi {hostile}\n--x\nContent-Disposition:"
        f' attachment; filename="{word}"\n\nx\n--x--\n'
    )
    for arguments in ([path], ["--json", path]):
        out = run(*arguments).stdout
        assert not [letter for letter in out if unicodedata.category(letter)[0] == "C" and letter != "\n"]
        assert out.count(":bomb:[bold]") >= 3
        assert "_bomb_[bold]" in out  # a file may not be called so everywhere
