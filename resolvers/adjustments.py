"""Adjustments: what the API reads of them, many at once, and what becomes of those that wait."""

import asyncio
from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import argument

from domain.adjustment_state import AdjustmentState
from resolvers.admission import admitted, check_may_name
from resolvers.levels import with_level
from schema.context import Context, Info
from schema.enums import AdjustmentSort
from schema.inputs.adjustments import AdjustStockBatchInput, DecideAdjustmentInput
from schema.inputs.filters import AdjustmentFilter
from schema.inputs.mutations import AdjustStockLineInput
from schema.pages import page_of
from schema.payloads import AdjustStockBatchPayload, DecideAdjustmentPayload
from schema.types.adjustment import Adjustment
from schema.types.connection import Connection
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    DecideAdjustment,
    RejectAdjustment,
    decide_adjustment,
)
from services.decisions import Decision
from services.reads import AdjustmentFilter as AdjustmentsWanted
from services.reads import Page
from services.stock import MoveStock, move_each

WAITS = (
    "What could be done now waits for another person where a rule of the tenant's approval policy is met, and always "
    "where a vendor asks for it; nothing has moved then."
)
_DECISION = argument(description="Which adjustment, and why.")


@strawberry.type
class AdjustmentQueries:
    @strawberry.field(
        graphql_type=Connection[Adjustment] | None,
        description="Adjustments, in the order of `sort`; what waits for approval: `filter: {status: "
        "[PENDING_APPROVAL]}`. A vendor sees those of its items, and finds its own by its own name.",
    )
    async def adjustments(
        self,
        info: Info,
        filter: Annotated[AdjustmentFilter | None, argument(description="Which; all if left out.")] = None,
        sort: Annotated[
            AdjustmentSort | None, argument(description="In which order; ENDED_DESC leaves out what never waited.")
        ] = AdjustmentSort.REQUESTED_DESC,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[AdjustmentState]:
        context = admitted(info)
        wanted = filter.wanted() if filter else AdjustmentsWanted()
        check_may_name(wanted.requested_by, "filter.requestedBy", context)
        with page_of(info, first, after) as page:
            return await context.reads.adjustments.newest(
                context.scope, wanted, page, sort or AdjustmentSort.REQUESTED_DESC
            )


@strawberry.type
class AdjustmentMutations:
    @strawberry.field(
        graphql_type=AdjustStockBatchPayload | None,
        description="Correct what is on hand of many SKUs, each line decided for itself in the order of the lines. "
        + WAITS,
    )
    async def adjust_stock_batch(
        self, info: Info, input: Annotated[AdjustStockBatchInput, argument(description="What to change.")]
    ) -> Decision:
        context = admitted(info)
        context.forget()
        movements = tuple(line.movement() for line in input.lines)
        request = MoveStock(input.idempotency_key, movements, info.field_name)
        decision = await move_each(request, context.signed_in, context.commits)
        return await _with_levels(context, decision, input.lines)

    @strawberry.field(
        graphql_type=DecideAdjustmentPayload | None,
        description="Carry out an adjustment that another person asked for. The stock is looked at again: where it "
        "does not allow the change now, the adjustment goes on waiting. `expectedVersion` plays no part any more.",
    )
    async def approve_adjustment(self, info: Info, input: Annotated[DecideAdjustmentInput, _DECISION]) -> Decision:
        return await _decided(info, input.idempotency_key, ApproveAdjustment(input.adjustment, input.said))

    @strawberry.field(
        graphql_type=DecideAdjustmentPayload | None,
        description="Say no to an adjustment that another person asked for; nothing moves.",
    )
    async def reject_adjustment(self, info: Info, input: Annotated[DecideAdjustmentInput, _DECISION]) -> Decision:
        return await _decided(info, input.idempotency_key, RejectAdjustment(input.adjustment, input.said))

    @strawberry.field(
        graphql_type=DecideAdjustmentPayload | None,
        description="Withdraw an adjustment that you asked for and that still waits; nothing moves.",
    )
    async def cancel_adjustment(self, info: Info, input: Annotated[DecideAdjustmentInput, _DECISION]) -> Decision:
        return await _decided(info, input.idempotency_key, CancelAdjustment(input.adjustment, input.said))


async def _decided(info: Info, key: str, request: DecideAdjustment) -> Decision:
    context = admitted(info)
    context.forget()
    decision = await decide_adjustment(key, request, context.acting, context.commits)
    return await shown(context, decision, request)


async def shown(context: Context, decision: Decision, request: DecideAdjustment) -> Decision:
    """What was refused before it was looked for is shown too, where the caller may see it."""
    if decision.adjustment is not None:
        return decision
    state = await context.loaders.adjustments_by_id.load(request.adjustment)
    if state is None:
        return decision
    return replace(decision, adjustment=state.id, places=(state.adjustment.place,))


async def _with_levels(context: Context, decision: Decision, lines: list[AdjustStockLineInput]) -> Decision:
    shown = (
        with_level(context, each, line.sku, line.movement().location)
        for each, line in zip(decision.lines, lines, strict=False)
    )
    return replace(decision, lines=tuple(await asyncio.gather(*shown)))
