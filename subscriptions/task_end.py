"""The end of a task that must not outlive its owner."""

import asyncio
from typing import Any


async def end(task: asyncio.Future[Any], *, again_s: float) -> None:
    """Cancel until it is over: before Python 3.12, `asyncio.wait_for` (in redis-py's every send) can swallow one.

    `again_s` leaves the task the time it takes to end what it owns itself. What it raised stays in the task.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=again_s)
    if not task.cancelled():
        task.exception()  # looked at: no complaint of asyncio's that nobody did


async def see_off(task: asyncio.Future[Any], *, again_s: float) -> None:
    """`end` for a task that was cancelled already."""
    await asyncio.wait({task}, timeout=again_s)
    await end(task, again_s=again_s)
