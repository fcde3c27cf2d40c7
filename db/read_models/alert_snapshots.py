"""What live streams of alerts begin with: all that stand, and those that are resolved if a filter names them."""

from __future__ import annotations

from collections.abc import Collection

from db.pool import Database
from db.read_models.alerts import ALERTS, NEWEST_FIRST, STANDS
from db.read_models.filters import scoped, stated
from db.read_models.snapshots import OpenAndEnded, made_of
from domain.access import Scope
from domain.alert_state import AlertState
from services.live import AlertStreamFilter
from services.reads import Snapshot

_SNAPSHOT = OpenAndEnded(ALERTS, STANDS, NEWEST_FIRST)


def _conditions_of(filter: AlertStreamFilter, scope: Scope) -> dict[str, object]:
    """The conditions that a filter names, with their values."""
    return scoped(scope) | stated(
        kinds=_listed(filter.kinds),
        status=_listed(filter.status),
        skus=_listed(filter.skus),
        locations=_listed(filter.locations),
        categories=_listed(filter.categories),
        vendors=_listed(filter.vendors),
    )


def _listed(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else sorted(str(value) for value in values)


class PostgresAlertSnapshots:
    """Implements `subscriptions.hub.owned.Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshot(self, scope: Scope, filter: AlertStreamFilter) -> Snapshot[AlertState]:
        wanted = _conditions_of(filter, scope)
        seen = await _SNAPSHOT.read(self._database, scope.tenant, wanted, with_ended=filter.names_ended)
        return Snapshot(await made_of(seen.rows, ALERTS.thing_from), seen.tx_max, seen.tx_in_progress)
