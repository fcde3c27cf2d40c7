"""What live streams of adjustments begin with: what waits for approval, and what else a filter names."""

from __future__ import annotations

from db.pool import Database
from db.read_models.adjustments import ADJUSTMENTS, NEWEST_FIRST, WAITS
from db.read_models.filters import scoped, stated
from db.read_models.snapshots import OpenAndEnded
from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from services.live import AdjustmentStreamFilter
from services.reads import Snapshot

_SNAPSHOT = OpenAndEnded(ADJUSTMENTS, WAITS, NEWEST_FIRST)


def _conditions_of(filter: AdjustmentStreamFilter, scope: Scope) -> dict[str, object]:
    """The conditions that a filter names, with their values."""
    return scoped(scope) | stated(
        ids=None if filter.ids is None else list(filter.ids),
        status=None if filter.status is None else [status.value for status in filter.status],
        skus=None if filter.skus is None else list(filter.skus),
        reason_codes=None if filter.reason_codes is None else list(filter.reason_codes),
        requested_by=filter.requested_by,
    )


class PostgresAdjustmentSnapshots:
    """Implements `subscriptions.hub.owned.Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshot(self, scope: Scope, filter: AdjustmentStreamFilter) -> Snapshot[AdjustmentState]:
        wanted = _conditions_of(filter, scope)
        seen = await _SNAPSHOT.read(self._database, scope.tenant, wanted, with_ended=filter.names_ended)
        states = [ADJUSTMENTS.thing_from(row) for row in seen.rows]
        return Snapshot(states, seen.tx_max, seen.tx_in_progress)
