"""Cycle counts: what the API reads of them and does with them."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import argument

from domain.cycle_counts import CycleCount as CycleCountPicture
from resolvers.admission import admitted
from schema.context import Info
from schema.cycle_count_payloads import CycleCountPayload, RecordCycleCountPayload, Recorded
from schema.ids import OR_UUID, uuid_of
from schema.inputs.cycle_counts import (
    CloseCycleCountInput,
    CreateCycleCountInput,
    CycleCountFilter,
    RecordCycleCountInput,
)
from schema.pages import page_of, reaches
from schema.types.connection import Connection
from schema.types.cycle_count import CycleCount
from services.cycle_count_reads import CycleCountFilter as CycleCountsWanted
from services.cycle_counts import close_cycle_count, create_cycle_count, record_cycle_count
from services.decisions import Decision
from services.pages import LINES_A_PAGE, Page

_LIST = argument(description="What is to be counted.")
_FOUND = argument(description="What was counted.")
_WHICH = argument(description="Which list.")


@strawberry.type
class CycleCountQueries:
    @strawberry.field(graphql_type=CycleCount | None, description="A cycle count by its id; null where there is none.")
    async def cycle_count(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="Global id of the cycle count" + OR_UUID)]
    ) -> CycleCountPicture | None:
        context = admitted(info)
        uuid = uuid_of("CycleCount", id)
        return await context.loaders.cycle_counts_by_id.load(uuid) if uuid else None

    @strawberry.field(
        graphql_type=Connection[CycleCount] | None,
        description="Cycle counts, the newest first. Where their lines are selected a page ends early, with more to "
        f"come, before they hold more than {LINES_A_PAGE:,} lines together.",
    )
    async def cycle_counts(
        self,
        info: Info,
        filter: Annotated[CycleCountFilter | None, argument(description="Which; all if left out.")] = None,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[CycleCountPicture]:
        context = admitted(info)
        wanted = filter.wanted() if filter else CycleCountsWanted()
        with page_of(info, first, after) as page:
            page = replace(page, lined=reaches(info, "lines"))
            return await context.reads.cycle_counts.matching(context.scope, wanted, page)


@strawberry.type
class CycleCountMutations:
    @strawberry.field(
        graphql_type=CycleCountPayload | None, description="Make a list of SKUs to be counted at one location."
    )
    async def create_cycle_count(self, info: Info, input: Annotated[CreateCycleCountInput, _LIST]) -> Decision:
        context = admitted(info)
        context.forget()
        request = input.request()
        return await create_cycle_count(input.idempotency_key, request, context.acting, context.units, context.ids)

    @strawberry.field(
        graphql_type=RecordCycleCountPayload | None,
        description="Count one SKU of a list: on hand becomes what was found, at once or once it is approved, as by "
        "`countStock`.",
    )
    async def record_cycle_count(self, info: Info, input: Annotated[RecordCycleCountInput, _FOUND]) -> Recorded:
        context = admitted(info)
        context.forget()
        request = input.request()
        decision = await record_cycle_count(input.idempotency_key, request, context.signed_in, context.commits)
        return Recorded(_named(decision, request.cycle_count), request.sku)

    @strawberry.field(
        graphql_type=CycleCountPayload | None,
        description="Close a list: nothing more is counted under it, and what was not counted stays as it is.",
    )
    async def close_cycle_count(self, info: Info, input: Annotated[CloseCycleCountInput, _WHICH]) -> Decision:
        context = admitted(info)
        context.forget()
        request = input.request()
        decision = await close_cycle_count(input.idempotency_key, request, context.acting, context.units, context.ids)
        return _named(decision, request.cycle_count)


def _named(decision: Decision, cycle_count: UUID) -> Decision:
    """What is named is shown too where it was not looked for."""
    return replace(decision, cycle_count=decision.cycle_count or cycle_count)
