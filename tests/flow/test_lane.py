"""How much is proved at once: a peer has its share, and large mail keeps no small mail out."""

import pytest

from mailflow.flow.lane import MOST, MOST_OCTETS, SHARE, SMALL, Lane

EVE, BOB = "192.0.2.66", "192.0.2.7"
BIG, SOME = 26 << 20, 10 << 20


def lane(*inside: tuple[str, int]) -> Lane:
    found = Lane()
    for peer, size in inside:
        assert found.has_room(peer, size)
        found.enter(peer, size)
    return found


@pytest.mark.parametrize(
    ("inside", "peer", "size", "room"),
    [
        ((), EVE, MOST_OCTETS * 2, True),  # one alone, however large
        (((EVE, BIG),), EVE, BIG, False),
        (((EVE, BIG),), EVE, SMALL, True),
        (((EVE, BIG),), BOB, BIG, True),
        (((EVE, SOME),), EVE, MOST_OCTETS // SHARE - SOME, True),
        (((EVE, SOME),), EVE, MOST_OCTETS // SHARE - SOME + 1, False),
        (((EVE, BIG), ("a", BIG)), BOB, BIG, False),
        (((EVE, BIG), ("a", BIG)), BOB, SMALL, True),
        (((EVE, 1),) * (MOST // SHARE), EVE, 1, False),
        (((EVE, 1),) * (MOST // SHARE), BOB, 1, True),
        (tuple((f"{number}", 1) for number in range(MOST)), BOB, 1, False),
    ],
)
def test_who_finds_room(inside: tuple[tuple[str, int], ...], peer: str, size: int, *, room: bool) -> None:
    assert lane(*inside).has_room(peer, size) is room


def test_who_leaves_makes_room() -> None:
    full = lane((EVE, BIG), (BOB, BIG))
    full.leave(EVE, BIG)
    assert full.has_room(EVE, BIG)
    assert not full.has_room(BOB, BIG)
