"""The WebSocket endpoint over the real executor and a hub in memory, with tokens that are what they say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access import Caller, Role
from schema.context import Context
from services.identity import Session, Unauthenticated
from services.rates import Rates
from subscriptions.hub.hub import HubLimits
from subscriptions.wire.operations import Operations
from subscriptions.wire.seats import Allowance, Seats
from subscriptions.wire.shares import Shares
from subscriptions.wire.transport_ws import SocketLimits
from subscriptions.wire.websocket import MESSAGES_A_MINUTE, GraphQLSocket
from tests.factories.events import TENANT
from tests.fakes.api import FakeApi
from tests.fakes.clients import FakeSocket
from tests.fakes.live import World, a_world

MANAGER = Caller(TENANT, "acme", "manager", frozenset({Role.MANAGER}))
LEVELS = """subscription ($filter: StockLevelStreamFilter, $snapshot: Boolean, $after: Cursor) {
  stockLevelChanged(filter: $filter, snapshot: $snapshot, after: $after) {
    type cursor nodeId previousVersion level { sku version } cause { actor }
  }
}"""
BEARER = {"Authorization": "Bearer good"}


@dataclass
class FakeAuthenticator:
    expires_in_s: float = 3600.0
    asked: list[str | None] = field(default_factory=list[str | None])
    fault: Exception | None = None
    #: Whoever has this role has to go.
    withdrawn: Role | None = None

    def holds(self, session: Session) -> bool:
        return not self.revoked(session) and session.expires_at > datetime.now(UTC)

    def revoked(self, session: Session) -> bool:
        return self.withdrawn in session.caller.roles

    async def authenticate(self, authorization: str | None) -> Session:
        self.asked.append(authorization)
        if self.fault is not None:
            raise self.fault
        if authorization is None or not authorization.startswith("Bearer good"):
            raise Unauthenticated("the token is not accepted: sign in again")
        role = Role.ANALYST if authorization.endswith("analyst") else Role.MANAGER
        if role == self.withdrawn:
            raise Unauthenticated("the token was revoked")
        caller = replace(MANAGER, roles=frozenset({role}))
        return Session(caller, datetime.now(UTC) + timedelta(seconds=self.expires_in_s))


class Endpoint:
    """The application over a hub in memory; `executed` counts the executions of events."""

    def __init__(self, world: World, limits: SocketLimits, allowance: Allowance | None, shares: Shares | None) -> None:
        self.world = world
        self.api = FakeApi()
        self.authenticator = FakeAuthenticator()
        self.allowance = allowance or Allowance(Seats(), Rates(MESSAGES_A_MINUTE))
        self.executed = 0
        show_event = self.api.executor.show_event

        def counted(*arguments: Any) -> dict[str, Any] | None:
            self.executed += 1
            return show_event(*arguments)

        self.api.executor.show_event = counted  # pyright: ignore[reportAttributeAccessIssue]
        self.operations = Operations(self.api.executor, self.context, shares)
        self.app = GraphQLSocket(
            self.operations,
            self.authenticator,
            allowed_origins=["https://shop.test"],
            limits=limits,
            allowance=self.allowance,
        )

    def context(self, session: Session) -> Context:
        return replace(self.api.context, caller=session.caller, live=self.world.hub)

    def socket(self, **headers: str) -> FakeSocket:
        return FakeSocket(self.app, headers)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[FakeSocket]:
        async with self.socket() as socket:
            yield await socket.acknowledged(BEARER)


@asynccontextmanager
async def an_endpoint(
    limits: SocketLimits | None = None,
    hub: HubLimits | None = None,
    allowance: Allowance | None = None,
    shares: Shares | None = None,
) -> AsyncIterator[Endpoint]:
    async with a_world(hub) as world:
        yield Endpoint(world, limits or SocketLimits(), allowance, shares)


async def event(socket: FakeSocket, id_: str = "1") -> dict[str, Any]:
    message = await socket.receive()
    assert (message["id"], message["type"]) == (id_, "next"), message
    assert "errors" not in message["payload"], message
    return message["payload"]["data"]["stockLevelChanged"]
