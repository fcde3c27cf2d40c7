"""What happens to a client's connection, and the changes that are made meanwhile."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle

from tests.factories.shop import Shop
from tests.integration.redis_log.tcp_proxy import TcpProxy
from tests.stack import eventually


class Road:
    """The way to an API: it can be led elsewhere, and what is on it cut."""

    def __init__(self, proxy: TcpProxy, loop: asyncio.AbstractEventLoop) -> None:
        self._proxy, self._loop = proxy, loop

    @property
    def port(self) -> int:
        return self._proxy.port

    def lead_to(self, port: int) -> None:
        """Whoever connects from now on comes there."""
        self._proxy.upstream_port = port

    def cut(self) -> None:
        """Every connection is reset."""
        self._loop.call_soon_threadsafe(self._proxy.cut)


@contextmanager
def road_to(port: int) -> Iterator[Road]:
    loop, proxy = asyncio.new_event_loop(), TcpProxy(port)
    opened, closing = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with proxy.running():
            opened.set()
            await closing.wait()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(passing) if passing else None

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    opened.wait()
    try:
        yield Road(proxy, loop)
    finally:
        loop.call_soon_threadsafe(closing.set)
        thread.join()
        loop.close()


class Changes(AbstractContextManager["Changes"]):
    """One after the other, of each SKU in turn, until it is left; `versions` are what they came to."""

    def __init__(self, shop: Shop, skus: list[str]) -> None:
        self.versions = dict.fromkeys(skus, 1)
        self.made = 0
        self._shop, self._over = shop, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._fault: Exception | None = None

    def __enter__(self) -> "Changes":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            for sku in cycle(self.versions):
                if self._over.is_set():
                    return
                self.versions[sku] = self._shop.adjust(sku, 1)["version"]
                self.made += 1
        except Exception as fault:  # noqa: BLE001 - told by whoever waits
            self._fault = fault

    def more(self, count: int) -> None:
        """Wait for so many more."""
        enough = self.made + count
        eventually(lambda: self._fault or self.made >= enough, f"{count} more changes")
