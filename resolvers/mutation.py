"""Mutation: what the API changes. Each is one command, decided once under its idempotency key."""

from typing import Annotated, Any

import strawberry
from strawberry import argument

from domain.movements import Count, Hold, Movement, Receive, Return, Unhold, Waste
from resolvers.adjustments import WAITS, AdjustmentMutations
from resolvers.admission import admitted
from resolvers.alerts import AlertMutations
from resolvers.cycle_counts import CycleCountMutations
from resolvers.deciding import decided, with_subject
from resolvers.levels import with_level
from resolvers.reservations import ReservationMutations
from resolvers.rules import RuleMutations
from resolvers.transfers import TransferMutations
from resolvers.webhooks import WebhookMutations
from schema.context import Info
from schema.fields import given
from schema.inputs.mutations import (
    AdjustStockInput,
    CountStockInput,
    HoldStockInput,
    ReceiveStockInput,
    ReturnStockInput,
    StockPolicyInput,
    UnholdStockInput,
    UpsertItemInput,
    UpsertLocationInput,
    WasteStockInput,
)
from schema.payloads import AdjustStockPayload, ItemPayload, LocationPayload, StockLevelPayload
from services.decisions import Decision
from services.items import UpsertItem, upsert_item
from services.locations import UpsertLocation, upsert_location
from services.policies import SetStockPolicy, set_stock_policy
from services.stock import MoveStock, move_stock

_INPUT = argument(description="What to change.")


@strawberry.type(
    description="What can be changed. What was expected to go wrong is told in `userErrors`; a repeat under the same "
    "idempotency key changes nothing and gives the decision again, with the things in it as they are now."
)
class Mutation(
    ReservationMutations,
    TransferMutations,
    CycleCountMutations,
    AdjustmentMutations,
    AlertMutations,
    RuleMutations,
    WebhookMutations,
):
    @strawberry.field(
        graphql_type=AdjustStockPayload | None,
        description="Correct what is on hand by a signed number of units. " + WAITS,
    )
    async def adjust_stock(self, info: Info, input: Annotated[AdjustStockInput, _INPUT]) -> Decision:
        return await _moved(info, input.idempotency_key, input.movement())

    @strawberry.field(graphql_type=AdjustStockPayload | None, description="Set on hand to what was counted. " + WAITS)
    async def count_stock(self, info: Info, input: Annotated[CountStockInput, _INPUT]) -> Decision:
        movement = Count(
            sku=input.sku,
            location=given(input.location),
            counted=input.quantity_counted,
            reason_code=input.reason_code,
            note=given(input.note),
            expected_version=given(input.expected_version),
            reference=given(input.reference),
        )
        return await _moved(info, input.idempotency_key, movement)

    @strawberry.field(graphql_type=StockLevelPayload | None, description="Take goods that arrived into stock.")
    async def receive_stock(self, info: Info, input: Annotated[ReceiveStockInput, _INPUT]) -> Decision:
        movement = Receive(
            sku=input.sku,
            location=given(input.location),
            quantity=input.quantity,
            unit_cost=given(input.unit_cost),
            note=given(input.note),
            reference=given(input.reference),
        )
        return await _moved(info, input.idempotency_key, movement)

    @strawberry.field(graphql_type=StockLevelPayload | None, description="Take sold goods that came back into stock.")
    async def return_stock(self, info: Info, input: Annotated[ReturnStockInput, _INPUT]) -> Decision:
        movement = Return(
            sku=input.sku,
            location=given(input.location),
            quantity=input.quantity,
            reason_code=given(input.reason_code),
            note=given(input.note),
            reference=given(input.reference),
        )
        return await _moved(info, input.idempotency_key, movement)

    @strawberry.field(
        graphql_type=StockLevelPayload | None,
        description="Set units aside: they stay on hand and cannot be promised.",
    )
    async def hold_stock(self, info: Info, input: Annotated[HoldStockInput, _INPUT]) -> Decision:
        return await _moved(info, input.idempotency_key, Hold(**_units(input)))

    @strawberry.field(graphql_type=StockLevelPayload | None, description="Put units that were set aside back on sale.")
    async def unhold_stock(self, info: Info, input: Annotated[UnholdStockInput, _INPUT]) -> Decision:
        return await _moved(info, input.idempotency_key, Unhold(**_units(input)))

    @strawberry.field(
        graphql_type=StockLevelPayload | None,
        description="Take units that are thrown away off on hand: of those that nobody was promised, or of those that "
        "are on hold.",
    )
    async def waste_stock(self, info: Info, input: Annotated[WasteStockInput, _INPUT]) -> Decision:
        movement = Waste(**_units(input), from_hold=bool(input.from_hold))
        return await _moved(info, input.idempotency_key, movement)

    @strawberry.field(
        graphql_type=StockLevelPayload | None,
        description="Set the thresholds of a SKU at a location. A SKU without a level there gets an empty one.",
    )
    async def set_stock_policy(self, info: Info, input: Annotated[StockPolicyInput, _INPUT]) -> Decision:
        command = SetStockPolicy(
            input.idempotency_key, input.sku, given(input.location), input.thresholds(), input.seen()
        )
        decision = await decided(info, set_stock_policy, command)
        return await with_level(info.context, decision, command.sku, command.location)

    @strawberry.field(
        graphql_type=ItemPayload | None, description="Make an item, or change the fields of it that are sent."
    )
    async def upsert_item(self, info: Info, input: Annotated[UpsertItemInput, _INPUT]) -> Decision:
        command = UpsertItem(input.idempotency_key, input.sku, input.changes())
        return with_subject(await decided(info, upsert_item, command), command.sku)

    @strawberry.field(
        graphql_type=LocationPayload | None, description="Make a location, or change the fields of it that are sent."
    )
    async def upsert_location(self, info: Info, input: Annotated[UpsertLocationInput, _INPUT]) -> Decision:
        command = UpsertLocation(input.idempotency_key, input.code, input.changes())
        return with_subject(await decided(info, upsert_location, command), command.code)


def _units(input: HoldStockInput | UnholdStockInput | WasteStockInput) -> dict[str, Any]:
    """What all movements of units say."""
    return {
        "sku": input.sku,
        "location": given(input.location),
        "quantity": input.quantity,
        "reason_code": given(input.reason_code),
        "note": given(input.note),
        "reference": given(input.reference),
    }


async def _moved(info: Info, key: str, movement: Movement) -> Decision:
    context = admitted(info)
    context.forget()
    request = MoveStock(key, (movement,), info.field_name)
    decision = await move_stock(request, context.signed_in, context.commits)
    return await with_level(info.context, decision, movement.sku, movement.location)
