"""Reservations: what the API reads of them and does with them."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import argument

from domain.reservation_state import ReservationState
from resolvers.admission import admitted
from schema.context import Context, Info
from schema.errors import bad_input
from schema.ids import OR_UUID, uuid_of
from schema.inputs.filters import ReservationFilter
from schema.inputs.reservations import (
    CommitReservationInput,
    ConfirmReservationInput,
    ExtendReservationInput,
    ReleaseReservationInput,
    ReserveStockInput,
)
from schema.inputs.texts import text
from schema.pages import page_of
from schema.payloads import ReservationPayload, ReserveStockPayload
from schema.types.connection import Connection
from schema.types.reservation import Reservation
from services.decisions import Decision
from services.idempotency import invalid_key
from services.pages import LINES_A_PAGE
from services.reads import Page
from services.reads import ReservationFilter as ReservationsWanted
from services.reservations import ReserveStock, reserve_stock, try_reserving
from services.settlement import SettleReservation, settle_reservation

_ORDER = argument(description="What to hold, and for whom.")
_STEP = argument(description="Which reservation, and how much of it.")


@strawberry.type
class ReservationQueries:
    @strawberry.field(
        graphql_type=Reservation | None,
        description="A reservation by its id, or the newest of an order: exactly one argument. Null where there is "
        "none.",
    )
    async def reservation(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, argument(description="Global id of the reservation" + OR_UUID)] = None,
        order_id: Annotated[
            str | None,
            argument(
                description="The order. It has at most one open reservation; of several, ended ones among them, the "
                "newest is told."
            ),
        ] = None,
    ) -> ReservationState | None:
        context = admitted(info)
        if order_id is not None and id is not None:
            raise bad_input("orderId", "cannot go with id: give one of the two")
        if order_id is not None:
            return await context.loaders.reservations_of.load(text("orderId", order_id) or "")
        if id is None:
            raise bad_input("id", "is missing, and orderId too: give one of the two")
        uuid = uuid_of("Reservation", id)
        return await context.loaders.reservations_by_id.load(uuid) if uuid else None

    @strawberry.field(
        graphql_type=Connection[Reservation] | None,
        description="Reservations, the newest first. A page ends early, with more to come, before they hold more than "
        f"{LINES_A_PAGE:,} lines together.",
    )
    async def reservations(
        self,
        info: Info,
        filter: Annotated[ReservationFilter | None, argument(description="Which; all if left out.")] = None,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[ReservationState]:
        context = admitted(info)
        wanted = filter.wanted() if filter else ReservationsWanted()
        with page_of(info, first, after) as page:
            return await context.reads.reservations.matching(context.scope, wanted, page)


@strawberry.type
class ReservationMutations:
    @strawberry.field(
        graphql_type=ReserveStockPayload | None,
        description="Hold stock for an order. The reservation is PENDING until it is confirmed, committed, released or "
        "expires, or BACKORDERED while it waits for stock. All of the order is held, in part only where "
        "`fulfillmentPolicy` allows it; what is not held is told in `shortages`. A refused order keeps nothing but its "
        "idempotency key, and an order without a reservation may ask again under a new one.",
    )
    def reserve_stock(self, info: Info, input: Annotated[ReserveStockInput, _ORDER]) -> Awaitable[Decision]:
        context = admitted(info)
        request = input.request()
        if input.dry_run:
            return showing(context, _tried(context, input.idempotency_key, request))
        context.forget()
        return showing(context, reserve_stock(input.idempotency_key, request, context.signed_in, context.commits))

    @strawberry.field(
        graphql_type=ReservationPayload | None,
        description="Let a reservation expire no more, because it was paid for: PENDING becomes CONFIRMED. One that is "
        "BACKORDERED stays so until it has all it waits for, and is CONFIRMED then.",
    )
    def confirm_reservation(self, info: Info, input: Annotated[ConfirmReservationInput, _STEP]) -> Awaitable[Decision]:
        return _settled(info, input.idempotency_key, input.request())

    @strawberry.field(
        graphql_type=ReservationPayload | None,
        description="Take what was shipped off on hand and off what is allocated, all that is held or some of it. The "
        "reservation is CONFIRMED by it, and COMMITTED once nothing of it is open.",
    )
    def commit_reservation(self, info: Info, input: Annotated[CommitReservationInput, _STEP]) -> Awaitable[Decision]:
        return _settled(info, input.idempotency_key, input.request())

    @strawberry.field(
        graphql_type=ReservationPayload | None,
        description="Give back what an order does not need, all that is open or some of it: of a SKU, its open lines "
        "in their order, those that hold before those that wait. Once nothing is open it is COMMITTED if anything was "
        "shipped, else RELEASED. A vendor gives back lines of its own items alone.",
    )
    def release_reservation(self, info: Info, input: Annotated[ReleaseReservationInput, _STEP]) -> Awaitable[Decision]:
        return _settled(info, input.idempotency_key, input.request())

    @strawberry.field(
        graphql_type=ReservationPayload | None,
        description="Let a PENDING reservation expire at another time; nothing else expires.",
    )
    def extend_reservation(self, info: Info, input: Annotated[ExtendReservationInput, _STEP]) -> Awaitable[Decision]:
        return _settled(info, input.idempotency_key, input.request())


def _settled(info: Info, key: str, request: SettleReservation) -> Awaitable[Decision]:
    context = admitted(info)
    context.forget()
    decided = settle_reservation(key, request, context.signed_in, context.commits)
    return showing(context, decided, request.reservation)


def showing(context: Context, deciding: Awaitable[Decision], named: UUID | None = None) -> asyncio.Future[Decision]:
    """`shown`, once it is decided; without a task where nothing has to be read for it."""
    decided = asyncio.ensure_future(deciding)
    answer: asyncio.Future[Decision] = decided.get_loop().create_future()
    decided.add_done_callback(partial(_show, context, named, answer))
    return answer


def _show(
    context: Context, named: UUID | None, answer: asyncio.Future[Decision], decided: asyncio.Future[Decision]
) -> None:
    if decided.cancelled():
        answer.cancel()
    elif answer.done():  # who asked gave up waiting
        decided.exception()
    elif fault := decided.exception():
        answer.set_exception(fault)
    elif _as_shown(decision := decided.result(), named) and context.scope.vendor is None:
        answer.set_result(decision)
    else:
        reading = asyncio.ensure_future(shown(context, decision, named))
        reading.add_done_callback(partial(_tell, answer))


def _as_shown(decision: Decision, named: UUID | None) -> bool:
    """Whether the decision says all there is to show, to those who may see it."""
    return decision.seen is not None or not (decision.reservation or named)


def _tell(answer: asyncio.Future[Decision], reading: asyncio.Future[Decision]) -> None:
    if reading.cancelled():
        answer.cancel()
    elif answer.done():
        reading.exception()
    elif fault := reading.exception():
        answer.set_exception(fault)
    else:
        answer.set_result(reading.result())


async def shown(context: Context, decision: Decision, named: UUID | None = None) -> Decision:
    """With the reservation as the caller may see it: as it was just left or, on a repeat, as it is now.

    One that is `named` is shown too where the step was refused before it was looked for.
    """
    just_left, id_ = decision.seen, decision.reservation or named
    if just_left is not None:
        seen = just_left.seen_by(context.scope.vendor)
    else:
        seen = await context.loaders.reservations_by_id.load(id_) if id_ else None
    return decision if seen is just_left else replace(decision, seen=seen)


async def _tried(context: Context, key: str, request: ReserveStock) -> Decision:
    """The key is examined as it will be, and not used."""
    if refusal := invalid_key(key):
        return Decision((refusal,))
    return await try_reserving(request, context.signed_in, context.reads, context.ids, context.now())
