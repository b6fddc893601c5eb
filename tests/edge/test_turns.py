"""Places by turns: who asks most often waits for the others."""

import asyncio

from mailflow.edge.turns import Turns


class Order:
    """Who came in, in order; each stays until `go`."""

    def __init__(self, places: int) -> None:
        self.turns, self.came, self.go = Turns(places), "", asyncio.Semaphore(0)

    async def ask(self, who: str) -> None:
        async with self.turns.turn(who):
            self.came += who
            await self.go.acquire()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def after(places: int, asked: str, leave: int) -> str:
    order = Order(places)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(order.ask(who)) for who in asked]
        await settled()
        for _ in range(leave):
            order.go.release()
            await settled()
        came = order.came
        for task in tasks:
            task.cancel()
    return came


async def test_who_is_alone_has_all_places_and_then_each_in_turn() -> None:
    assert await after(2, "aaaaaabcb", leave=0) == "aa"
    assert await after(2, "aaaaaabcb", leave=7) == "aabcabaaa"
    assert await after(1, "aaabbbcc", leave=7) == "abcabcab"


async def test_who_gives_up_takes_no_place() -> None:
    order = Order(1)
    first, second, third = (asyncio.create_task(order.ask(who)) for who in "abc")
    await settled()
    second.cancel()
    order.go.release()
    await settled()
    assert order.came == "ac"
    third.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    async with order.turns.turn("d"):
        pass


async def test_who_is_cancelled_when_its_turn_comes_gives_it_back() -> None:
    order = Order(1)
    async with order.turns.turn("a"):
        second, third = (asyncio.create_task(order.ask(who)) for who in "bc")
        await settled()
    second.cancel()  # its place was given, it has not run yet
    await settled()
    assert order.came == "c"
    third.cancel()
    await asyncio.gather(second, third, return_exceptions=True)
