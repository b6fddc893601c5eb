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
