"""Live levels: what a watcher is sent, and the port through which resolvers watch.

The promise: `SNAPSHOT` items if asked, `CAUGHT_UP`, then each later committed state of each matching level as `CHANGE`,
versions rising, none twice while live, the last one always; `REMOVED` once for a level that leaves the filter. `after`
resumes at a cursor; where the log no longer reaches back, `RESET`, and a new snapshot if one was asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.events import Before
from domain.ledger import Cause, LedgerKind
from domain.levels import LevelState
from domain.status import StockStatus


class StreamEventType(StrEnum):
    SNAPSHOT = "SNAPSHOT"
    CAUGHT_UP = "CAUGHT_UP"
    CHANGE = "CHANGE"
    REMOVED = "REMOVED"
    RESET = "RESET"


@dataclass(frozen=True, slots=True)
class LevelStreamFilter:
    """What a live event can decide: nothing that time alone changes. None: any; an empty one matches nothing."""

    skus: Collection[str] | None = None
    locations: Collection[str] | None = None
    categories: Collection[str] | None = None
    vendors: Collection[str] | None = None
    conditions: Collection[str] | None = None
    status: Collection[StockStatus] | None = None

    def matches(self, level: LevelState, scope: Scope) -> bool:
        """Whether the level, as it is, belongs in this stream."""
        item = level.item
        described = Before(0, level.status, item.category, item.vendor, item.condition)
        return self._same_place(level) and self._describes(described, scope)

    def matched(self, level: LevelState, before: Before | None, scope: Scope) -> bool:
        """Whether the level belonged in this stream before its last change; a new level did not."""
        return before is not None and self._same_place(level) and self._describes(before, scope)

    def _same_place(self, level: LevelState) -> bool:
        return _among(level.item.sku, self.skus) and _among(level.location.code, self.locations)

    def _describes(self, what: Before, scope: Scope) -> bool:
        return (
            (scope.vendor is None or what.vendor == scope.vendor)
            and _among(what.category, self.categories)
            and _among(what.vendor, self.vendors)
            and _among(what.condition, self.conditions)
            and _among(what.status, self.status)
        )


def _among(value: object, wanted: Collection[object] | None) -> bool:
    return wanted is None or value in wanted


@dataclass(frozen=True, slots=True)
class LevelEvent:
    """One thing told to a watcher. `level` is set for SNAPSHOT and CHANGE; `level_id` also for REMOVED.

    `cursor` resumes after this event. `previous_version` is that of the state before this change, or before those
    that were skipped, None for a new level; `cause` and `previous_available_to_promise` are the last change's alone.
    """

    type: StreamEventType
    cursor: str
    occurred_at: datetime
    level_id: UUID | None = None
    level: LevelState | None = None
    previous_version: int | None = None
    previous_available_to_promise: int | None = None
    kind: LedgerKind | None = None
    cause: Cause | None = None


class BadStreamCursor(Exception):
    """`after` is not a cursor of ours."""


class LevelStream(Protocol):
    def watch(
        self, scope: Scope, filter: LevelStreamFilter, *, snapshot: bool = False, after: str | None = None
    ) -> AsyncIterator[LevelEvent]:
        """Watch levels until the iterator is closed. Raises BadStreamCursor at once."""
        ...
