"""Contacts as a table that people keep elsewhere: CSV (RFC 4180), UTF-8, one contact a row.

    account,account_name,contract,region,domains,name,language,roles,addresses
    4711,Firma,firma.example;firma.test,Anna Nowak,pl,technical;billing,anna@firma.example;a.nowak@firma.example

A table without the columns `contract`, `region` or `phone` leaves them as they are; an empty one ends them, of the
first two if it is so for the whole account.
Several values in one field are separated by `;`, the first address is where mail goes. Where Excel writes `;` between
the columns (the header line shows it), several values are separated by `,`, `|` or, in quotes, `;`. All mistakes come
at once, as `file:line: column: why`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from mailflow.desk.contacts.contact import Role
from mailflow.errors import Problem, Refused
from mailflow.mail.address import canonical, domain_of
from mailflow.mail.envelope import read_path
from mailflow.store.contacts.contacts import Conflict

COLUMNS = (
    "account",
    "account_name",
    "contract",
    "region",
    "domains",
    "name",
    "phone",
    "language",
    "roles",
    "addresses",
)
REQUIRED = ("account", "name", "addresses")
OF_ACCOUNT = ("account_name", "contract", "region")
SEPARATORS: Mapping[str, re.Pattern[str]] = {",": re.compile(";"), ";": re.compile("[;,|]")}
"""Of columns, and of several values in one."""
_LANGUAGE = re.compile("[a-z]{2,3}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row, its values clean and canonical."""

    line: int
    account: str
    account_name: str
    contract: str | None
    region: str | None
    domains: tuple[str, ...]
    name: str
    phone: str | None
    language: str
    roles: tuple[Role, ...]
    addresses: tuple[str, ...]


def read(path: Path) -> list[Line]:
    """The contacts in `path`, or Refused with every mistake."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Refused(f"{path}:{line}: file: is not UTF-8 here; save it as 'CSV UTF-8'") from None
    reading = _Reading(str(path))
    lines = list(reading.lines(text))
    if reading.problems:
        raise Refused("\n".join(str(problem) for problem in sorted(set(reading.problems))))
    return [reading.with_account(line) for line in lines]


def checked(fields: Fields) -> Line:
    """One contact that was not in a file, or Refused with every mistake."""
    reading = _Reading("")
    lines = list(reading.line(0, fields))
    if reading.problems:
        raise Refused("\n".join(f"{problem.key}: {problem.why}" for problem in reading.problems))
    return reading.with_account(lines[0])


def placed(path: Path, conflicts: Iterable[Conflict]) -> list[str]:
    """What the database has against some of these lines, with where they stand."""
    lines = [(each.line.line if isinstance(each.line, Line) else 0, each) for each in conflicts]
    return [str(Problem(str(path), line, each.column, each.why)) for line, each in lines]


class _Reading:
    """Collects mistakes while it reads."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._separator = SEPARATORS[","]
        self._addresses: dict[str, int] = {}  # the line that has it
        self._said: dict[tuple[str, str], tuple[str, int]] = {}  # of an account, by column, and in which line

    def lines(self, text: str) -> Iterator[Line]:
        header_line = text.partition("\n")[0]
        delimiter = max(SEPARATORS, key=header_line.count)
        self._separator = SEPARATORS[delimiter]
        rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            if not self._is_header(header):
                return
            for row in rows:
                if any(field.strip() for field in row):
                    yield from self._row(rows.line_num, header, row)
        except csv.Error as error:
            self._wrong(rows.line_num, "file", str(error))

    def with_account(self, line: Line) -> Line:
        """With what any row says of its account."""
        said = {column: self._said.get((line.account, column), ("", 0))[0] for column in OF_ACCOUNT}
        return replace(
            line,
            account_name=said["account_name"],
            contract=said["contract"] if line.contract is not None else None,
            region=said["region"] if line.region is not None else None,
        )

    def _is_header(self, header: list[str]) -> bool:
        for name in header:
            if name not in COLUMNS:
                near = get_close_matches(name, COLUMNS, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(COLUMNS)}"
                self._wrong(1, name or "header", f"there is no such column; {hint}")
            elif header.count(name) > 1:
                self._wrong(1, name, "is there twice")
        for name in REQUIRED:
            if name not in header:
                self._wrong(1, name, "this column is missing")
        return not self.problems

    def _row(self, line: int, header: list[str], row: list[str]) -> Iterator[Line]:
        if len(row) != len(header):
            self._wrong(line, "row", f"has {len(row)} fields, the header has {len(header)}")
            return
        yield from self.line(line, {name: value.strip() for name, value in zip(header, row, strict=True)})

    def line(self, line: int, fields: Fields) -> Iterator[Line]:
        """The contact that these fields make."""
        for name in REQUIRED:
            if not fields[name]:
                self._wrong(line, name, "is empty")
        for column in OF_ACCOUNT:
            self._note(line, fields, column)
        yield Line(
            line=line,
            account=fields["account"],
            account_name="",
            contract=fields.get("contract"),
            region=fields.get("region"),
            domains=tuple(self._domains(line, fields)),
            name=fields["name"],
            phone=fields.get("phone"),
            language=self._language(line, fields),
            roles=tuple(self._roles(line, fields)),
            addresses=tuple(self._own_addresses(line, fields)),
        )

    def _note(self, line: int, fields: Fields, column: str) -> None:
        """One row of the account is enough to say it."""
        account, word = fields["account"], fields.get(column, "")
        if not word:
            return
        known, where = self._said.setdefault((account, column), (word, line))
        if word != known:
            self._wrong(line, column, f"account {account} is {known!r} in line {where}")

    def _domains(self, line: int, fields: Fields) -> Iterator[str]:
        for domain in self._several(fields, "domains"):
            ours = domain_of(f"x@{domain}")
            if not _DOMAIN.fullmatch(ours):
                self._wrong(line, "domains", f"{domain!r} is no domain")
            yield ours

    def _language(self, line: int, fields: Fields) -> str:
        language = fields.get("language", "").lower()
        if language and not _LANGUAGE.fullmatch(language):
            self._wrong(line, "language", f"{language!r} is no language code such as 'en' or 'pl'")
        return language

    def _roles(self, line: int, fields: Fields) -> Iterator[Role]:
        for word in self._several(fields, "roles"):
            try:
                yield Role(word.lower())
            except ValueError:
                self._wrong(line, "roles", f"{word!r} is not one of {', '.join(Role)}")

    def _own_addresses(self, line: int, fields: Fields) -> Iterator[str]:
        for address in self._several(fields, "addresses"):
            read = read_path(f"<{address}>")
            if read is None or "@" not in read[0] or read[1]:
                self._wrong(line, "addresses", f"{address!r} is no e-mail address")
                continue
            ours = canonical(read[0])
            if (other := self._addresses.setdefault(ours, line)) != line:
                self._wrong(line, "addresses", f"{ours} is the address of line {other} too")
            yield ours

    def _wrong(self, line: int, column: str, why: str) -> None:
        self.problems.append(Problem(self._file, line, column, why))

    def _several(self, fields: Fields, column: str) -> list[str]:
        words = [word.strip() for word in self._separator.split(fields.get(column, ""))]
        return list(dict.fromkeys(word for word in words if word))
