"""Which words decide about held mail, and which only look like it."""

import time

import pytest

from mailflow.desk.digests.commands import CUT, MOST, READ, Command, Orders, Verb, orders_in

R, J, B = Verb.RELEASE, Verb.REJECT, Verb.BLOCK
WORDS: dict[str, tuple[list[Command], list[str]]] = {
    "release 17": ([Command(R, 17)], []),
    "RELEASE #17": ([Command(R, 17)], []),
    "release 17, 18 19": ([Command(R, 17), Command(R, 18), Command(R, 19)], []),
    "reject 18 spam, again": ([Command(J, 18, "spam, again")], []),
    "reject 18: 3 times": ([Command(J, 18, "3 times")], []),
    "block 19": ([Command(B, 19)], []),
    "block 19 spam": ([Command(B, 19, "spam")], []),
    "block 19 domain": ([Command(B, 19, domain=True)], []),
    "Block 19, 20 Domain: sells nothing": ([Command(B, n, "sells nothing", domain=True) for n in (19, 20)], []),
    "block 19, 20 domain": ([Command(B, n, domain=True) for n in (19, 20)], []),
    "block 19 Domain squatters": ([Command(B, 19, "Domain squatters")], []),
    "block 19: domain squatters": ([Command(B, 19, "domain squatters")], []),
    "block 19 domains": ([Command(B, 19, "domains")], []),
    "reject 18 domain": ([Command(J, 18, "domain")], []),
    "block x@strangers.example": ([], ["block x@strangers.example"]),
    "reject 18 19": ([Command(J, 18), Command(J, 19)], []),
    "reject 18 19: two": ([Command(J, 18, "two"), Command(J, 19, "two")], []),
    "reject 18, 19 two": ([], ["reject 18, 19 two"]),
    "reject 18 2 times this week": ([], ["reject 18 2 times this week"]),
    "reject 18 - 19": ([], ["reject 18 - 19"]),
    "reject 18 and 19": ([Command(J, 18, "and 19")], []),
    "reject 18 żart": ([Command(J, 18, "żart")], []),
    "\n\n  release 17\n\n\nreject 18\n\nThanks\nrelease 19": ([Command(R, 17), Command(J, 18)], []),
    "release 17\nThanks": ([Command(R, 17)], ["Thanks"]),
    "release 17\n\nI think\nrelease 18": ([Command(R, 17)], []),
    "release 17\nrelease 17": ([Command(R, 17)], []),
    "release 17\nreject 17": ([Command(R, 17)], ["reject 17"]),
    "release 17 was wrong": ([], ["release 17 was wrong"]),
    "please release 17": ([], ["please release 17"]),
    "release N": ([], ["release N"]),
    "release": ([], ["release"]),
    "release17": ([], ["release17"]),
    "release 17x": ([], ["release 17x"]),
    "release -17": ([], ["release -17"]),
    "release 17-19": ([], ["release 17-19"]),
    "release 1234567890": ([], ["release 1234567890"]),
    "release ١٧": ([], ["release ١٧"]),
    "> release 17": ([], []),
    "Who is that?\n\nrelease 17": ([Command(R, 17)], ["Who is that?"]),
    "": ([], []),
    " \n ": ([], []),
}


@pytest.mark.parametrize("words", WORDS, ids=repr)
def test_the_first_lines_decide(words: str) -> None:
    commands, unknown = WORDS[words]
    assert orders_in(words) == Orders(tuple(commands), tuple(unknown))


def test_no_more_than_so_many_in_one_mail() -> None:
    orders = orders_in("\n".join(f"release {number}" for number in range(1, MOST + 3)))
    assert len(orders.commands) == MOST
    assert orders.unknown == (f"release {MOST + 1}", f"release {MOST + 2}")


ABOVE = "Who?\n\nrelease 17\n\n"
ON = "On Mon, 2 Nov 2026 at 10:00, Billing <billing@firma.example> wrote:\n"
COPIED = "From: billing@firma.example\nSent: Monday, 2 November 2026 10:00\nTo: ewa@staff.example\nSubject: held\n"
QUOTED = {
    "wrapped without a mark": f"{ON}> «xxx\nreject 18\n> (nobody knows it)\n",
    "below what is quoted": "> «xxx»\n\nreject 18\n",
    "between": "> «xxx»\nreject 18\n\nreject 18\n> (nobody knows it)\n",
    "introduced, without marks": f"{ON}«xxx\n\nreject 18\n",
    "below a copied header": f"{COPIED}\n«xxx\n\nreject 18\n",
    "below a signature": "-- \nEwa\n\nreject 18\n",
}


@pytest.mark.parametrize("above", [ABOVE, "", "release 17\n"])
@pytest.mark.parametrize("case", QUOTED)
def test_only_what_stands_above_all_that_is_quoted_counts(case: str, above: str) -> None:
    orders = orders_in(above + QUOTED[case])
    assert orders.commands == ((Command(R, 17),) if above else ())
    assert set(orders.unknown) <= {"Who?", "reject 18"}


def test_an_order_below_what_is_quoted_is_told() -> None:
    assert orders_in(QUOTED["below what is quoted"]).unknown == ("reject 18",)


def test_a_line_that_is_cut_orders_nothing() -> None:
    whole = "reject 18 spam\n" * 600
    words = whole[: READ - len("release 12")] + "\n"
    orders = orders_in(words[: words.rfind("\n", 0, -1) + 1] + "release " + "1, " * (READ // 3) + "12345")
    assert (orders.commands, orders.unknown) == ((Command(J, 18, "spam"),), (CUT,))


@pytest.mark.parametrize("words", ["release " + "1 " * 500_000, "release " + "1," * 500_000 + "x", "\n" * 1_000_000])
def test_hostile_words_are_read_in_no_time(words: str) -> None:
    begun = time.process_time()
    orders_in(words)
    assert time.process_time() - begun < 0.5
