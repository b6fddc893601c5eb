"""Line ends: measured before they are mended, in linear time."""

import re

import pytest

from mailflow.edge import lines

MIB = 1 << 20


@pytest.mark.parametrize(
    "octets",
    [b"", b"a", b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r\n\n", b"a\rb\nc\r\nd\r", b"a\r\nb\r\n"],
)
async def test_each_line_ends_in_cr_lf_and_the_size_is_known_before(octets: bytes) -> None:
    mended = await lines.mended(octets)
    assert mended == re.sub(rb"\r\n|\r|\n", b"\r\n", octets)
    assert lines.mended_size(octets) == len(mended)
    assert lines.mended_size(mended) == len(mended)


@pytest.mark.parametrize("before", [MIB - 2, MIB - 1, MIB])
async def test_a_line_end_between_two_slices_stays_one(before: int) -> None:
    octets = b"x" * before + b"\r\ny\r\n"
    assert await lines.mended(octets) == octets
    assert await lines.mended(octets + b"\r") == octets + b"\r\n"
