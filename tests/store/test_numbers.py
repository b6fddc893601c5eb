"""Numbers are reserved in order, each once, also when what had them was undone or is gone."""

from typing import Any

from sqlalchemy import delete

from mailflow.store.numbers import reserve, reserve_or_keep
from mailflow.store.tables import ENTRY, OCTETS


def test_rows_get_the_numbers_that_were_reserved_for_them(desk: Any) -> None:
    first, second, third = desk.receive(*(desk.arrival(octets=b"Subject: %d\r\n\r\n" % each) for each in range(3)))
    assert first < second < third
    assert [(row.entry, row.octets[9:10]) for row in desk.rows(OCTETS)] == [
        (first, b"0"),
        (second, b"1"),
        (third, b"2"),
    ]


def test_no_number_is_used_twice(desk: Any) -> None:
    (last,) = desk.receive()
    with desk.database.begin() as connection:
        connection.execute(delete(OCTETS))
        connection.execute(delete(ENTRY))
    (after,) = desk.receive()
    assert after > last
    with desk.database.begin() as connection:
        assert min(reserve(connection, ENTRY, 3)) > after


def test_what_was_undone_leaves_no_row_in_the_way(desk: Any) -> None:
    with desk.database.begin() as connection:
        nested = connection.begin_nested()
        reserve(connection, ENTRY, 5)
        nested.rollback()
    numbers = [*desk.receive(), *desk.receive()]
    assert len(set(numbers)) == 2
    assert [row.id for row in desk.rows(ENTRY)] == sorted(numbers)


def test_a_number_of_before_a_restore_is_given_again_if_it_is_free(desk: Any) -> None:
    (kept,) = desk.receive()
    with desk.database.begin() as connection:
        following = min(reserve(connection, ENTRY, 1))
    with desk.database.begin() as connection:
        wanted = [kept, kept + 50, kept + 50, None, 0, following + 1, following + 2]
        numbers = reserve_or_keep(connection, ENTRY, wanted)
    assert numbers[1] == kept + 50
    assert kept not in numbers
    assert len(set(numbers)) == len(wanted)
