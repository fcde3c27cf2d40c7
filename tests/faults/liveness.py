"""Liveness: whether the API answers `/healthz` at once while something is done to it."""

import threading
import time
from contextlib import AbstractContextManager

import httpx2

from tests.faults.figures import Figures, spread_ms
from tests.stack import Stack

EVERY_S = 0.01
P99_S_MAX = 0.1


class Liveness(AbstractContextManager["Liveness"]):
    """Asks again and again until it is left; `seconds` are those of each answer."""

    def __init__(self, stack: Stack) -> None:
        self.seconds: list[float] = []
        self._url = f"{stack.url}/healthz"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Liveness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        with httpx2.Client(timeout=30, trust_env=False) as http:
            while not self._over.wait(EVERY_S):
                began = time.perf_counter()
                assert http.get(self._url).status_code == 200
                self.seconds.append(time.perf_counter() - began)

    def tell(self, figures: Figures, what: str, *, held: bool) -> None:
        """The figures; an AssertionError where 1 in 100 waited too long and it must be `held` to that."""
        assert self.seconds, "it was not asked once"
        figures.tell(f"{what}; liveness beside, {len(self.seconds):,} times: {spread_ms(self.seconds)}")
        p99_s = sorted(self.seconds)[int(len(self.seconds) * 0.99)]
        assert not held or p99_s < P99_S_MAX, f"p99 {p99_s * 1000:.0f} ms"
