"""Turns: what comes together is done in its order, in slices with others' turns between them."""

import asyncio
from itertools import count

import pytest

from subscriptions.wire.turns import SingleFile, Turns


async def test_what_comes_together_is_done_in_order_with_the_turns_of_others_between_the_slices() -> None:
    seconds = count()
    turns, story = Turns(4, lambda: next(seconds)), list[str]()
    for number in range(7):
        turns.soon(lambda n=number: story.append(str(n)))
    asyncio.get_running_loop().call_soon(story.append, "other")
    assert story == []
    while len(story) < 8:  # noqa: ASYNC110 - turn by turn
        await asyncio.sleep(0)
    assert story == ["0", "1", "2", "other", "3", "4", "5", "6"]


async def test_what_is_asked_for_meanwhile_comes_last() -> None:
    turns, story = Turns(), list[int]()

    def first() -> None:
        story.append(1)
        turns.soon(lambda: story.append(3))

    turns.soon(first)
    turns.soon(lambda: story.append(2))
    while len(story) < 3:  # noqa: ASYNC110 - turn by turn
        await asyncio.sleep(0)
    assert story == [1, 2, 3]


async def test_a_fault_takes_nothing_along(caplog: pytest.LogCaptureFixture) -> None:
    turns, story = Turns(), list[int]()

    def fault() -> None:
        raise RuntimeError("a fault")

    for call in (fault, lambda: story.append(1)):
        turns.soon(call)
    while not story:  # noqa: ASYNC110 - turn by turn
        await asyncio.sleep(0)
    assert "a fault" in caplog.text


async def test_who_waits_for_a_turn_is_given_what_came_of_it_and_who_left_before_costs_nothing() -> None:
    turns, story = Turns(), list[str]()

    def done(name: str) -> str:
        story.append(name)
        return name

    def fault() -> str:
        raise RuntimeError("a fault")

    one, left, failing = (
        asyncio.ensure_future(turns.given(call)) for call in (lambda: done("one"), lambda: done("left"), fault)
    )
    while not turns.waiting:  # noqa: ASYNC110 - turn by turn
        await asyncio.sleep(0)
    left.cancel()
    assert await one == "one"
    with pytest.raises(RuntimeError, match="a fault"):
        await failing
    assert (left.cancelled(), story) == (True, ["one"])


async def test_in_single_file_one_goes_on_in_each_round_of_the_loop_and_who_left_holds_up_nobody() -> None:
    file, story = SingleFile(), list[str]()

    async def going(name: str) -> None:
        for _ in range(2):
            await file.turn()
            story.append(name)

    a, left, b = (asyncio.create_task(going(name)) for name in ("a", "left", "b"))
    await asyncio.sleep(0)
    left.cancel()
    most = 0
    while len(story) < 4:
        before = len(story)
        await asyncio.sleep(0)
        most = max(most, len(story) - before)
    assert (story, most) == (["a", "b", "a", "b"], 1)
    await asyncio.gather(a, b)
