"""Every limit of the parser: what is just within it is read whole, what is beyond is read and has its defect (S4)."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from mailflow.config import Limits
from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.digest import digest_of
from mailflow.mail.parse import parse

HEAD = b"From: Anna <anna@kunde.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n"
FIELDS = HEAD.count(b"\n")


def field(name: bytes, value: bytes) -> bytes:
    return HEAD + name + b": " + value + b"\n\nwords\n"


def mixed(boundary: bytes, parts: int) -> bytes:
    body = b"".join(b"--%s\n\nword\n" % boundary for _ in range(parts))
    return HEAD + b"Content-Type: multipart/mixed; boundary=%s\n\n%s--%s--\n" % (boundary, body, boundary)


def headed(octets: int) -> bytes:
    """Two parts; the header of the first has so many octets."""
    return mixed(b"b", 2).replace(b"--b\n\n", b"--b\nX: " + b"x" * (octets - 5) + b"\n\n", 1)


def nested(levels: int) -> bytes:
    """So many multiparts, one in the other, with a text in the innermost."""
    inner = b"\nwords\n"
    for level in range(levels):
        inner = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n" % (level, level, inner, level)
    return HEAD + inner


def html(page: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html\n\n" + page


LIMITS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "header_block": (300, lambda n: HEAD + b"X: " + b"x" * (n - len(HEAD) - 5) + b"\n\nwords\n"),
    "headers": (20, lambda n: HEAD + b"X: y\n" * (n - FIELDS) + b"\nwords\n"),
    "header_field": (200, lambda n: field(b"X", b"x" * (n - 1))),
    "encoded_words": (5, lambda n: field(b"Subject", b" ".join([b"=?utf-8?q?a?="] * n))),
    "addresses": (5, lambda n: field(b"To", b", ".join(b"a%d@b.example" % i for i in range(n)))),
    "parameters": (5, lambda n: field(b"Content-Type", b"text/plain" + b"; a=b" * n)),
    "references": (5, lambda n: field(b"References", b" ".join(b"<%d@a.example>" % i for i in range(n)))),
    "mime_depth": (5, nested),
    "mime_parts": (5, lambda n: mixed(b"b", n - 1)),
    "part_headers": (60, headed),
    "boundary": (80, lambda n: mixed(b"b" * n, 1)),
    "html": (500, lambda n: html(b"<p>" + b"x" * (n - 3))),
    "html_depth": (20, lambda n: html(b"<div>" * n + b"words")),
    "html_tag": (50, lambda n: html(b"<p title=" + b"x" * (n - 10) + b">words")),
    "html_tags": (20, lambda n: html(b"<br>" * n + b"words")),
    "html_comments": (5, lambda n: html(b"<!---->" * n + b"words")),
    "text": (50, lambda n: HEAD + b"\n" + b"x" * n),
}  # fmt: skip


def test_every_limit_is_here() -> None:
    assert list(LIMITS) == [each.name for each in fields(Bounds)]


def test_the_settings_have_the_same_names_and_defaults() -> None:
    assert Bounds(**Limits().parser.model_dump()) == USUAL


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_beyond_a_limit_is_read_and_says_so(name: str) -> None:  # S4
    limit, mail = LIMITS[name]
    bounds = replace(USUAL, **{name: limit})

    within, beyond = parse(mail(limit), bounds=bounds), parse(mail(limit + 1), bounds=bounds)

    assert within.defects == ()
    assert len(beyond.defects) == 1
    assert beyond.defects[0].endswith(f"(limits.parser.{name})")
    assert beyond.author == "anna@kunde.example"
    assert beyond.text.strip() or beyond.attachments
    assert parse(mail(limit + 1)).defects == ()


@pytest.mark.parametrize("name", LIMITS)
def test_a_copy_is_known_by_whatever_limits_it_was_read(name: str) -> None:
    limit, mail = LIMITS[name]
    assert parse(mail(limit + 1), bounds=replace(USUAL, **{name: limit})).digest == digest_of(mail(limit + 1))


def test_of_too_many_ids_the_first_and_the_last_are_kept() -> None:
    _, mail = LIMITS["references"]
    read = parse(mail(9), bounds=replace(USUAL, references=3))
    assert read.references == ("0@a.example", "7@a.example", "8@a.example")


@pytest.mark.parametrize(
    "parts",
    [
        b"Content-Type: text/plain\n\nnine letters and more\n",
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nnine letters and more\n"
        b"--b\nContent-Type: text/html\n\n<p>nine letters and more\n--b--\n",
        b"Content-Type: text/enriched\n\nnine letters and more\n",
        b"Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nnine letters and more\n",
    ],
)
def test_a_text_that_is_cut_says_so(parts: bytes) -> None:
    message = parse(HEAD + parts, bounds=Bounds(text=9))

    assert message.text.strip() == "nine lett"
    assert "the text is cut after 9 characters (limits.parser.text)" in message.defects
