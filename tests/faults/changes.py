"""A stream of changes beside a test: each is sent until it is acknowledged, under one key, as an honest client does."""

import threading
from contextlib import AbstractContextManager
from itertools import count, cycle
from typing import Any

import httpx2

from tests.factories.operations import mutation
from tests.factories.shop import Shop, fresh
from tests.stack import PATIENCE_SECONDS

PAUSE_SECONDS = 0.004


class Changes(AbstractContextManager["Changes"]):
    """Raises each SKU by 1 in turn, about 100 times a second, until left; leaving waits for the last answer."""

    def __init__(self, shop: Shop, skus: list[str]) -> None:
        self.shop, self.skus = shop, skus
        self.acknowledged = dict.fromkeys(skus, 0)
        self.retried = 0
        self.failures: list[str] = []
        self.stopping = threading.Event()
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Changes":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()

    @property
    def count(self) -> int:
        return sum(self.acknowledged.values())

    def more(self, number: int) -> None:
        """Wait until so many more were acknowledged."""
        with self.news:
            goal = self.count + number
            reached = self.news.wait_for(lambda: self.count >= goal or self.failures, PATIENCE_SECONDS)
        assert reached, f"no {number} more changes within {PATIENCE_SECONDS} s"
        assert self.failures == []

    def _run(self) -> None:
        numbers = count(1)
        headers = {"Authorization": f"Bearer {self.shop.manager.token}"}
        with httpx2.Client(timeout=10, trust_env=False, headers=headers) as http:
            for sku in cycle(self.skus):
                if self.stopping.is_set() or self.failures:
                    return
                self._change(http, sku, next(numbers))

    def _change(self, http: httpx2.Client, sku: str, number: int) -> None:
        given = {
            "idempotencyKey": fresh("change"),
            "sku": sku,
            "quantityChange": 1,
            "reasonCode": "found",
            "reference": f"change-{number}",
        }
        body = {"query": mutation("adjustStock"), "variables": {"input": given}}
        while not self._send(http, body):
            self.retried += 1
            self.stopping.wait(PAUSE_SECONDS)
        with self.news:
            self.acknowledged[sku] += 1
            self.news.notify_all()
        self.stopping.wait(PAUSE_SECONDS)

    def _send(self, http: httpx2.Client, body: dict[str, Any]) -> bool:
        """Whether an answer came; one that is no success ends the stream."""
        try:
            response = http.post(self.shop.stack.graphql_url, json=body)
        except httpx2.TransportError:
            return False
        if response.status_code == 503:
            return False
        payload = (response.json().get("data") or {}).get("adjustStock") if response.status_code == 200 else None
        if payload is None or payload["userErrors"]:
            with self.news:
                self.failures.append(f"{response.status_code}: {response.text}")
                self.news.notify_all()
        return True
