"""Subscription: what the API tells as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from strawberry import argument

from resolvers.admission import admitted
from schema.context import Info
from schema.errors import ApiError, ErrorCode, bad_input
from schema.inputs.filters import StockLevelStreamFilter
from schema.scalars import Cursor
from schema.types.stream import StockLevelEvent
from services.live import BadStreamCursor, LevelEvent, LevelStreamFilter


@strawberry.type(description="What is told as it happens, over graphql-transport-ws or server-sent events.")
class Subscription:
    @strawberry.subscription(
        graphql_type=StockLevelEvent,
        description="Every later committed state of each matching level, versions rising, the last one always. With "
        "`snapshot: true` first the levels as they are (SNAPSHOT), then CAUGHT_UP. `after` resumes behind an event; "
        "where the past no longer reaches back so far, RESET comes first. `after` and `snapshot` together: resume, and "
        "a snapshot only after a RESET.",
    )
    def stock_level_changed(
        self,
        info: Info,
        filter: Annotated[StockLevelStreamFilter | None, argument(description="Which; all if left out.")] = None,
        snapshot: Annotated[bool | None, argument(description="Whether to send the levels as they are first.")] = False,
        after: Annotated[Cursor | None, argument(description="Resume behind the event of this cursor.")] = None,
    ) -> AsyncIterator[LevelEvent]:
        """The very iterator of the live port, so that who runs the operation can tell equal subscriptions apart."""
        context = admitted(info)
        if context.live is None:
            raise ApiError(ErrorCode.BAD_REQUEST, "This server tells nothing live: subscribe at one that does.")
        wanted = filter.wanted() if filter else LevelStreamFilter()
        try:
            return context.live.watch(context.scope, wanted, snapshot=bool(snapshot), after=after)
        except BadStreamCursor:
            raise bad_input("after", "is no cursor of this stream: give one that an event of it told") from None
