"""NotStarted: why an operation gives no result."""

from __future__ import annotations

from typing import Any


class NotStarted(Exception):
    """The operation gives no result: it was refused, or its stream could not begin. `errors` are formatted."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__("the operation did not start")
        self.errors = errors
