"""Line ends of content: RFC 5321 section 2.3.8 knows CR LF and nothing else. Used by edge.smtp and edge.reception.

Content is measured before it is mended: a body of bare CR grows to twice its size.
"""

import asyncio

AT_ONCE = 1 << 20  # octets that are mended without leaving the event loop
_SLICE = 1 << 20  # then other threads get their turn: bytes methods keep the interpreter to themselves


def mended_size(octets: bytes) -> int:
    """Octets of `octets` once each line ends in CR LF: the same as now, when none is bare."""
    return len(octets) + octets.count(b"\r") + octets.count(b"\n") - 2 * octets.count(b"\r\n")


def longer_than(limit: int, octets: bytes) -> bool:
    """Is there a line of more than `limit` octets between line ends of any kind? Steps of a limit, not of a line."""
    start = 0
    while len(octets) - start > limit:
        window = start, start + limit + 1
        end = max(octets.rfind(b"\n", *window), octets.rfind(b"\r", *window))
        if end < 0:
            return True
        start = end + 1
    return False


async def mended(octets: bytes) -> bytes:
    """Every CR, LF and CR LF as CR LF, while others are served."""
    if len(octets) <= AT_ONCE:
        return _with_crlf(octets)
    return await asyncio.to_thread(_in_slices, octets)


def _in_slices(octets: bytes) -> bytes:
    pieces, start = [], 0
    while start < len(octets):
        end = start + _SLICE
        end += octets[end - 1 : end + 1] == b"\r\n"
        pieces.append(_with_crlf(octets[start:end]))
        start = end
    return b"".join(pieces)


def _with_crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
