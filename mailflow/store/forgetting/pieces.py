"""How much is emptied in one transaction, so that other writers have their turn in between: a `250` waits as long as it
takes. What takes long is pages of the file that are freed, and so octets count, too."""

from collections.abc import Mapping

ROWS = 100
OCTETS = 8 << 20


def in_pieces(sizes: Mapping[int, int]) -> list[list[int]]:
    """Numbers, of which each has so many octets, in their order: at most ROWS together and OCTETS, at least one however
    large."""
    pieces: list[list[int]] = []
    octets = 0
    for number, size in sizes.items():
        octets += size
        if not pieces or len(pieces[-1]) >= ROWS or octets > OCTETS:
            pieces.append([])
            octets = size
        pieces[-1].append(number)
    return pieces
