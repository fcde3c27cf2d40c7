"""Rounds: the same work again and again, whatever becomes of it, until cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services import trace
from workers import metrics
from workers.ports import Patience


async def rounds(
    worker: str, turn: Callable[[], Awaitable[bool]], patience: Patience, *, every_s: float, breath_s: float
) -> None:
    """`turn` tells whether there is more to do: then it is taken again after a breath, else after `every_s`."""
    while True:
        try:
            with trace.work(f"turn of {worker}"):
                more = await turn()
        except Exception as fault:  # noqa: BLE001 - of the database, whatever its driver raises: told once, tried on
            metrics.FAULTS.labels(worker).inc()
            await patience.pause(fault)
        else:
            patience.over()
            await asyncio.sleep(breath_s if more else every_s)
