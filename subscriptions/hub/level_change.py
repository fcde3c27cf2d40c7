"""LevelChange: one change of a level at its place in the log, and what it means to a stream."""

from __future__ import annotations

from dataclasses import dataclass

from domain.access import Scope
from domain.events import Before, StockLevelChanged
from services.envelope import decode
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from subscriptions.log.broadcast_log import Entry, Position


@dataclass(frozen=True, slots=True)
class LevelChange:
    position: Position
    #: That of the position, encoded once for all streams.
    cursor: str
    tx: int
    event: StockLevelChanged

    @classmethod
    def read(cls, entry: Entry) -> LevelChange | None:
        """None for an entry about something else. Raises ValueError for what is no envelope."""
        envelope = decode(entry.body)
        if not isinstance(envelope.event, StockLevelChanged):
            return None
        return cls(entry.position, entry.position.encode(), envelope.tx, envelope.event)

    @property
    def previous_version(self) -> int | None:
        """None for a new level."""
        return self.event.previous_version or None

    def told_to(self, scope: Scope, filter: LevelStreamFilter) -> LevelEvent | None:
        """CHANGE for a level that matches, REMOVED for one that did until now, None for one that never concerned it."""
        event = self.event
        if filter.matches(event.level, scope):
            return LevelEvent(
                StreamEventType.CHANGE,
                self.cursor,
                event.stamp.occurred_at,
                event.level.id,
                event.level,
                self.previous_version,
                _available_before(event.before, scope),
                event.kind,
                event.cause,
            )
        if filter.matched(event.level, event.before, scope):
            return LevelEvent(StreamEventType.REMOVED, self.cursor, event.stamp.occurred_at, event.level.id)
        return None


def _available_before(before: Before | None, scope: Scope) -> int | None:
    """What was another vendor's until now stays that vendor's secret."""
    if before is None or (scope.vendor is not None and before.vendor != scope.vendor):
        return None
    return before.available_to_promise
