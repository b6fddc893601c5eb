"""Message ids of Message-ID, In-Reply-To and References."""

import pytest

from mailflow.mail.ids import ids_of


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("<a@b.example>", ("a@b.example",)),
        ("<a@b.example> <c@d.example>\t<a@b.example>", ("a@b.example", "c@d.example")),
        ("Your message of Monday <a@b.example> (comment)", ("a@b.example",)),
        ("a@b.example", ("a@b.example",)),  # some lists write it bare
        ("Your message to a@b.example", ()),
        ("<no-at-sign>", ("no-at-sign",)),
        ("< >", ()),
        ("< a@b.example>", ("a@b.example",)),  # folded within
        ("<a@b. example > <c@d.example>", ("a@b.example", "c@d.example")),
        ("<a@b.example> <c@\td.example>", ("a@b.example", "c@d.example")),
        ("<a@b.example><c@d.example>", ("a@b.example", "c@d.example")),
        ("<a@b.example>,<c@d.example>;", ("a@b.example", "c@d.example")),
        ("<a@b.example", ("a@b.example",)),
        ("a@b.example>", ("a@b.example",)),
        ("<a@b.example <c@d.example>", ("a@b.example", "c@d.example")),
        ("a@b.example c@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example, c@d.example", ("a@b.example", "c@d.example")),
        ('"<a@b.example>"', ("a@b.example",)),
        ("'a@b.example'", ("a@b.example",)),
        ('Your message of "Mon, 02 Mar 2026 10:00:00 +0100" <a@b.example>', ("a@b.example",)),
        ("(a comment) <a@b.example> (another)", ("a@b.example",)),
        ("<DB7PR0$[1]@x.prod.outlook.example>", ("DB7PR0$[1]@x.prod.outlook.example",)),
        ('<"a.b"@c.example>', ('"a.b"@c.example',)),
        ("<two words>", ()),
        ("=?utf-8?q?=3Ca=40b=2Eexample=3E_=3Cc=40d=2Eexample=3E?=", ("a@b.example", "c@d.example")),
        ("=?us-ascii?q?=3Ca=40b?= =?us-ascii?q?=2Eexample=3E?=", ("a@b.example",)),
        ("<" * 5_000, ()),
        (f"<{'a' * 996}@b>", (f"{'a' * 996}@b",)),
        (f"<{'a' * 997}@b>", ()),
        (f"<{'ł' * 498}@b> <a@b.example>", (f"{'ł' * 498}@b", "a@b.example")),
        (f"<{'ł' * 499}@b> <a@b.example>", ("a@b.example",)),  # longer than any line of mail
        (f"{'ł' * 499}@b", ()),
        ("<[[[[" * 1_000, ()),
        ("", ()),
    ],
)
def test_ids_are_what_stands_in_angle_brackets(field: str, ids: tuple[str, ...]) -> None:
    assert ids_of(field) == ids


def test_of_many_references_the_first_and_the_last_99_count() -> None:  # threats 6
    ids = ids_of(" ".join(f"<{number}@b.example>" for number in range(300)))
    assert len(ids) == 100
    assert (ids[0], ids[1], ids[-1]) == ("0@b.example", "201@b.example", "299@b.example")
