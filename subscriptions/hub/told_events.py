"""ToldEvents: what groups of streams were told last, kept for those of a group who come to it later, out of the log."""

from __future__ import annotations

from collections import OrderedDict

from services.live import StreamEvent

#: Of all groups together, however many there are.
KEPT_MAX = 8_192


class ToldEvents:
    """The latest. `group` stands for a group of streams, and may outlive it here."""

    def __init__(self, most: int = KEPT_MAX) -> None:
        self._most = most
        self._events: OrderedDict[tuple[object, str], StreamEvent] = OrderedDict()

    def __len__(self) -> int:
        return len(self._events)

    def get(self, group: object, cursor: str) -> StreamEvent | None:
        """None where it is not kept any more."""
        return self._events.get((group, cursor))

    def keep(self, group: object, event: StreamEvent) -> None:
        self._events[group, event.cursor] = event
        if len(self._events) > self._most:
            self._events.popitem(last=False)
