"""The peer: live stock as a tutorial for Strawberry writes it, `python -m benchmarks._naive PORT REDIS_URL CHANNEL`.

Each socket subscribes through `broadcaster` and reads, filters and answers every change by itself. No tokens, no
limits, no cursors.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import strawberry
import uvicorn
from broadcaster import Broadcast
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

PORT, REDIS_URL, CHANNEL = sys.argv[1:4]
broadcast = Broadcast("memory://")


@strawberry.type
class Cause:
    kind: str
    reason_code: str
    actor: str


@strawberry.type
class Location:
    code: str


@strawberry.type
class StockLevel:
    sku: str
    location: Location
    quantity_on_hand: int
    quantity_allocated: int
    quantity_unavailable: int
    available_to_promise: int
    status: str
    version: int
    updated_at: str


@strawberry.type
class StockLevelEvent:
    type: str
    cursor: str | None = None
    occurred_at: str | None = None
    previous_version: int | None = None
    cause: Cause | None = None
    level: StockLevel | None = None


@strawberry.input
class StockLevelStreamFilter:
    skus: list[str] | None = None


@strawberry.type
class Query:
    ready: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def stock_level_changed(
        self, filter: StockLevelStreamFilter | None = None
    ) -> AsyncGenerator[StockLevelEvent, None]:
        wanted = None if filter is None or filter.skus is None else set(filter.skus)
        async with broadcast.subscribe(CHANNEL) as subscriber:
            yield StockLevelEvent(type="CAUGHT_UP")
            async for message in subscriber:  # pyright: ignore[reportGeneralTypeIssues]
                change = json.loads(message.message)
                if wanted is None or change["level"]["sku"] in wanted:
                    yield event_of(change)


def event_of(change: dict) -> StockLevelEvent:
    cause, level = change["cause"], change["level"]
    return StockLevelEvent(
        type=change["type"],
        cursor=change["cursor"],
        occurred_at=change["occurredAt"],
        previous_version=change["previousVersion"],
        cause=Cause(kind=cause["kind"], reason_code=cause["reasonCode"], actor=cause["actor"]),
        level=StockLevel(
            sku=level["sku"],
            location=Location(code=level["location"]["code"]),
            quantity_on_hand=level["quantityOnHand"],
            quantity_allocated=level["quantityAllocated"],
            quantity_unavailable=level["quantityUnavailable"],
            available_to_promise=level["availableToPromise"],
            status=level["status"],
            version=level["version"],
            updated_at=level["updatedAt"],
        ),
    )


@asynccontextmanager
async def lifespan(_: Starlette):
    """Redis is read here: `broadcaster` with Redis forgets some of those who subscribe first at once."""
    async with broadcast, Redis.from_url(REDIS_URL) as redis, redis.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        handing_on = asyncio.create_task(hand_on(channel))
        yield
        handing_on.cancel()


async def hand_on(channel: PubSub) -> None:
    async for message in channel.listen():
        if message["type"] == "message":
            await broadcast.publish(CHANNEL, message["data"])


schema = strawberry.Schema(query=Query, subscription=Subscription)
endpoint = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), loop="uvloop", log_level="warning", ws_per_message_deflate=False)
