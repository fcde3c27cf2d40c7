"""The replay's lanes: what is done at once, and what waits for what."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.replay.lanes import Lanes


class Doings:
    """Work that tells when it begins, and ends when it is told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    def work(self, name: str) -> Callable[[], Awaitable[None]]:
        self._ends[name] = asyncio.Event()

        async def work() -> None:
            self.told.append(f"+{name}")
            await self._ends[name].wait()
            self.told.append(f"-{name}")

        return work

    async def end(self, *names: str) -> list[str]:
        """End these, and let all go on that can; what was told so far."""
        for name in names:
            self._ends[name].set()
        for _ in range(10):
            await asyncio.sleep(0)
        return self.told


async def test_work_on_one_sku_is_done_at_once_and_begun_in_the_order_given() -> None:
    doings = Doings()
    async with Lanes(9) as lanes:
        for name in ("first", "second"):
            await lanes.begin(("mug",), doings.work(name))
        assert await doings.end() == ["+first", "+second"]
        await doings.end("second", "first")


async def test_who_works_alone_begins_when_the_earlier_are_done_and_the_later_when_that_is() -> None:
    doings = Doings()
    async with Lanes(9) as lanes:
        await lanes.begin(("mug",), doings.work("before"))
        await lanes.begin(("mug",), doings.work("alone"), alone=True)
        await lanes.begin(("mug",), doings.work("after"))
        await lanes.begin(("pan",), doings.work("elsewhere"))
        assert await doings.end() == ["+before", "+elsewhere"]
        assert await doings.end("before") == ["+before", "+elsewhere", "-before", "+alone"]
        assert await doings.end("alone") == ["+before", "+elsewhere", "-before", "+alone", "-alone", "+after"]
        await doings.end("elsewhere", "after")


async def test_nobody_overtakes_on_a_sku_who_waits_for_another() -> None:
    doings = Doings()
    async with Lanes(9) as lanes:
        await lanes.begin(("mug",), doings.work("alone"), alone=True)
        await lanes.begin(("mug", "pan"), doings.work("both"))
        await lanes.begin(("pan",), doings.work("pan"))
        await lanes.begin(("pan", "pot"), doings.work("alone too"), alone=True)
        assert await doings.end() == ["+alone"]
        assert await doings.end("alone") == ["+alone", "-alone", "+both", "+pan"]
        assert (await doings.end("both"))[4:] == ["-both"]
        assert (await doings.end("pan"))[5:] == ["-pan", "+alone too"]
        await doings.end("alone too")


async def test_no_more_is_at_work_than_there_is_room_for() -> None:
    doings = Doings()
    async with Lanes(1) as lanes:
        await lanes.begin(("mug",), doings.work("first"))
        second = asyncio.ensure_future(lanes.begin(("pan",), doings.work("second")))
        assert await doings.end() == ["+first"]
        assert await doings.end("first") == ["+first", "-first", "+second"]
        await second
        await doings.end("second")


async def test_one_failure_ends_the_rest_and_is_raised() -> None:
    async def fail() -> None:
        raise RuntimeError("no")

    doings = Doings()
    with pytest.raises(ExceptionGroup) as failed:
        async with Lanes(9) as lanes:
            await lanes.begin(("mug",), doings.work("first"))
            await lanes.begin(("mug",), doings.work("alone"), alone=True)
            await lanes.begin(("pan",), fail)
    assert [str(each) for each in failed.value.exceptions] == ["no"]
    assert doings.told == ["+first"]
