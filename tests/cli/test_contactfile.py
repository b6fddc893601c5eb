"""contacts.csv: what is right is read, what is wrong is named with line and column, all at once."""

from pathlib import Path

import pytest

from mailflow.cli import contactfile
from mailflow.desk.contacts.contact import Role
from mailflow.errors import Refused

HEADER = "account,account_name,domains,name,language,roles,addresses\n"


def read(folder: Path, text: str, encoding: str = "utf-8") -> list[contactfile.Line]:
    path = folder / "contacts.csv"
    path.write_bytes(text.encode(encoding))
    return contactfile.read(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(folder, text)
    return [line.removeprefix(f"{folder}/contacts.csv:") for line in str(caught.value).splitlines()]


def test_a_row_is_a_contact(tmp_path: Path) -> None:
    text = HEADER + (
        '4711,"Firma, Inc.",firma.example;Żółw.example,Anna Nowak,PL,technical;billing,Anna@Firma.example; a@x.example'
    )
    assert read(tmp_path, text) == [
        contactfile.Line(
            line=2,
            account="4711",
            account_name="Firma, Inc.",
            contract=None,
            region=None,
            domains=("firma.example", "xn--w-uga1v8h.example"),
            name="Anna Nowak",
            phone=None,
            language="pl",
            roles=(Role.TECHNICAL, Role.BILLING),
            addresses=("anna@firma.example", "a@x.example"),
        )
    ]


def test_a_spreadsheets_byte_order_mark_and_empty_rows_do_no_harm(tmp_path: Path) -> None:
    (line,) = read(tmp_path, "\ufeffAccount,Name,Addresses\r\n,,\r\n1,Anna,a@x.example\r\n")
    assert (line.account, line.name, line.addresses, line.roles) == ("1", "Anna", ("a@x.example",), ())


def test_one_row_names_the_account_for_all(tmp_path: Path) -> None:
    lines = read(tmp_path, "account,account_name,name,addresses\n1,,Anna,a@x.example\n1,Firma,Ola,o@x.example\n")
    assert [line.account_name for line in lines] == ["Firma", "Firma"]


def test_a_contract_is_said_once_and_an_empty_column_ends_it(tmp_path: Path) -> None:
    header = "account,contract,region,name,addresses\n"
    lines = read(tmp_path, header + "1,,eu,Anna,a@x.example\n1,gold,,Ola,o@x.example\n2,,,Jan,j@x.example\n")
    assert [(line.contract, line.region) for line in lines] == [("gold", "eu"), ("gold", "eu"), ("", "")]
    assert problems(tmp_path, header + "1,gold,,Anna,a@x.example\n1,silver,,Ola,o@x.example\n") == [
        "3: contract: account 1 is 'gold' in line 2"
    ]


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    text = HEADER + (
        "1,Firma,nodots,Anna,polish,technical,anna\n"
        "1,Company,firma.example,,pl,boss,b@x.example\n"
        "2,,,Ola,pl\n"
        "3,,,Ola,pl,,B@X.example;<c@x.example>\n"
    )
    assert problems(tmp_path, text) == [
        "2: addresses: 'anna' is no e-mail address",
        "2: domains: 'nodots' is no domain",
        "2: language: 'polish' is no language code such as 'en' or 'pl'",
        "3: account_name: account 1 is 'Firma' in line 2",
        "3: name: is empty",
        "3: roles: 'boss' is not one of primary, technical, operations, billing",
        "4: row: has 5 fields, the header has 7",
        "5: addresses: '<c@x.example>' is no e-mail address",
        "5: addresses: b@x.example is the address of line 3 too",
    ]


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path, "account,name,adresses,name\n1,Anna,a@x.example,b\n") == [
        "1: addresses: this column is missing",
        "1: adresses: there is no such column; did you mean 'addresses'?",
        "1: name: is there twice",
    ]


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"contacts\.csv:2: file: is not UTF-8 here"):
        read(tmp_path, HEADER + "1,Fürst,,x,,,a@x.example", "latin-1")


def test_a_quote_that_does_not_end_is_told(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, HEADER + '1,"Firma,,x,,,a@x.example\n')
    assert problem.startswith("2: file: ")


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    assert "1: account: this column is missing" in problems(tmp_path, "")


@pytest.mark.parametrize("several", ["a@x.example,b@x.example", "a@x.example|b@x.example", '"a@x.example;b@x.example"'])
def test_the_semicolons_of_european_excel_are_columns(tmp_path: Path, several: str) -> None:
    (line,) = read(tmp_path, HEADER.replace(",", ";") + f"1;Firma;;Anna;pl;billing,technical;{several}")
    assert (line.account, line.name, line.language) == ("1", "Anna", "pl")
    assert line.addresses == ("a@x.example", "b@x.example")
    assert line.roles == ("billing", "technical")
