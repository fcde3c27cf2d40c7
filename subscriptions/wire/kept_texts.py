"""KeptTexts: how much of what was rendered is kept for those who come to it later, over all renderings."""

from __future__ import annotations

from collections import deque
from typing import Protocol
from weakref import ref

BYTES_MAX = 16 * 1024 * 1024


class Forgetful(Protocol):
    def forget(self, number: int) -> None:
        """What was kept by this number, if it still is."""
        ...


class KeptTexts:
    """The latest, of `bytes_max` characters together at most. The oldest is forgotten by whoever made it."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: deque[tuple[ref[Forgetful], int, int]] = deque()

    def keep(self, rendering: ref[Forgetful], number: int, text: str) -> None:
        self._kept.append((rendering, number, len(text)))
        self._bytes += len(text)
        while self._bytes > self._bytes_max:
            oldest, its_number, size = self._kept.popleft()
            self._bytes -= size
            if (rendered_by := oldest()) is not None:
                rendered_by.forget(its_number)
