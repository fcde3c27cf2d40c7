"""Subscription: what the API tells as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeVar

import strawberry
from strawberry import argument

from domain.approvals import WAITING_MAX
from resolvers.admission import admitted, check_may_name
from schema.context import Info
from schema.errors import ApiError, ErrorCode, bad_input
from schema.inputs.alerts import AlertFilter
from schema.inputs.filters import AdjustmentStreamFilter, ReservationStreamFilter, StockLevelStreamFilter
from schema.scalars import Cursor
from schema.types.stream import AdjustmentEvent, AlertEvent, ReservationEvent, StockLevelEvent
from services.live import AdjustmentEvent as AdjustmentTold
from services.live import AdjustmentStreamFilter as AdjustmentsWatched
from services.live import AlertEvent as AlertTold
from services.live import AlertStreamFilter as AlertsWatched
from services.live import BadStreamCursor, LevelEvent, LevelStreamFilter, StreamEvent, StreamFilter
from services.live import ReservationEvent as ReservationTold
from services.live import ReservationStreamFilter as ReservationsWatched

E = TypeVar("E", bound=StreamEvent)

_BEGINNING = (
    "With `snapshot: true` first {first} (SNAPSHOT), then CAUGHT_UP. `after` resumes behind an event; where the past "
    "no longer reaches back so far, RESET comes first. `after` and `snapshot` together: resume, and a snapshot only "
    "after a RESET."
)
_FILTER = argument(description="Which; all if left out.")
_AFTER = argument(description="Resume behind the event of this cursor.")


@strawberry.type(description="What is told as it happens, over graphql-transport-ws or server-sent events.")
class Subscription:
    @strawberry.subscription(
        graphql_type=StockLevelEvent,
        description="Every later committed state of each matching level, versions rising, the last one always. "
        + _BEGINNING.format(first="the levels as they are"),
    )
    def stock_level_changed(
        self,
        info: Info,
        filter: Annotated[StockLevelStreamFilter | None, _FILTER] = None,
        snapshot: Annotated[bool | None, argument(description="Whether to send the levels as they are first.")] = False,
        after: Annotated[Cursor | None, _AFTER] = None,
    ) -> AsyncIterator[LevelEvent]:
        wanted = filter.wanted() if filter else LevelStreamFilter()
        return _watched(info, wanted, snapshot, after)

    @strawberry.subscription(
        graphql_type=ReservationEvent,
        description="Every later committed state of each matching reservation, versions rising, none skipped: a reader "
        "who falls too far behind is closed with 1013 and resumes. REMOVED tells that a status left the filter. An "
        "item that goes to another vendor begins the streams of both vendors anew (RESET). "
        + _BEGINNING.format(
            first="the reservations that are open, and the newest ended ones that the filter names by `ids`, "
            "`orderIds` or `status`"
        ),
    )
    def reservation_changed(
        self,
        info: Info,
        filter: Annotated[ReservationStreamFilter | None, _FILTER] = None,
        snapshot: Annotated[
            bool | None, argument(description="Whether to send the reservations as they are first.")
        ] = False,
        after: Annotated[Cursor | None, _AFTER] = None,
    ) -> AsyncIterator[ReservationTold]:
        wanted = filter.wanted() if filter else ReservationsWatched()
        return _watched(info, wanted, snapshot, after)

    @strawberry.subscription(
        graphql_type=AdjustmentEvent,
        description="Every adjustment as it is applied, asked for, approved, rejected, cancelled or expires; none of "
        "its states is skipped: a reader who falls too far behind is closed with 1013 and resumes. REMOVED tells that "
        "a status left the filter, such as PENDING_APPROVAL. An item that goes to another vendor begins the streams of "
        "both vendors anew (RESET). "
        + _BEGINNING.format(
            first=f"the adjustments that wait for approval, at most about {WAITING_MAX:,}, and the newest others that "
            "the filter names by `ids` or `status`"
        ),
    )
    def adjustment_changed(
        self,
        info: Info,
        filter: Annotated[AdjustmentStreamFilter | None, _FILTER] = None,
        snapshot: Annotated[
            bool | None, argument(description="Whether to send the adjustments as they are first.")
        ] = False,
        after: Annotated[Cursor | None, _AFTER] = None,
    ) -> AsyncIterator[AdjustmentTold]:
        wanted = filter.wanted() if filter else AdjustmentsWatched()
        check_may_name(wanted.requested_by, "filter.requestedBy", admitted(info))
        return _watched(info, wanted, snapshot, after)

    @strawberry.subscription(
        graphql_type=AlertEvent,
        description="Every alert of low or no stock (of age too, where `filter.kinds` names STALE) as it is opened, "
        "turns, is acknowledged and is resolved; none of its states is skipped: a reader who falls too far behind is "
        "closed with 1013 and resumes. The end of an alert is told once: without `filter.status`, or where that names "
        "RESOLVED, as a CHANGE, so that a screen sees how it ended; else as REMOVED, as is an alert whose kind or "
        "status left the filter otherwise. An item that goes to another vendor or category begins the streams that "
        "gain or lose its alerts anew (RESET). "
        + _BEGINNING.format(
            first="the alerts that stand (OPEN and ACKNOWLEDGED), and the newest resolved ones where `filter.status` "
            "names RESOLVED"
        ),
    )
    def low_stock_alerts(
        self,
        info: Info,
        filter: Annotated[
            AlertFilter | None,
            argument(description="Which; `kinds` left out, or no filter: LOW_STOCK and OUT_OF_STOCK."),
        ] = None,
        snapshot: Annotated[bool | None, argument(description="Whether to send the alerts as they are first.")] = False,
        after: Annotated[Cursor | None, _AFTER] = None,
    ) -> AsyncIterator[AlertTold]:
        return _watched(info, filter.watched() if filter else AlertsWatched(), snapshot, after)


def _watched(info: Info, filter: StreamFilter[E], snapshot: bool | None, after: str | None) -> AsyncIterator[E]:
    """The very iterator of the live port, so that who runs the operation can tell equal subscriptions apart."""
    context = admitted(info)
    if context.live is None:
        raise ApiError(ErrorCode.BAD_REQUEST, "This server tells nothing live: subscribe at one that does.")
    try:
        return context.live.watch(context.scope, filter, snapshot=bool(snapshot), after=after)
    except BadStreamCursor:
        raise bad_input("after", "is no cursor of this stream: give one that an event of it told") from None
