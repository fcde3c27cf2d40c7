"""Transfers: what the API reads of them and does with them."""

from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import argument

from domain.texts import storable
from domain.transfer_state import TransferState
from resolvers.admission import admitted
from schema.context import Info
from schema.inputs.transfers import CancelTransferInput, ReceiveTransferInput, TransferFilter, TransferStockInput
from schema.pages import page_of
from schema.payloads import TransferPayload
from schema.types.connection import Connection
from schema.types.transfer import Transfer
from services.decisions import Decision
from services.pages import Page
from services.transfer_reads import TransferFilter as TransfersWanted
from services.transfers import MoveTransfer, TransferStock, move_transfer

_GOODS = argument(description="What goes where.")
_STEP = argument(description="Which transfer, and how much of it.")


@strawberry.type
class TransferQueries:
    @strawberry.field(
        graphql_type=Connection[Transfer] | None, description="Transfers between locations, the newest first."
    )
    async def transfers(
        self,
        info: Info,
        filter: Annotated[TransferFilter | None, argument(description="Which; all if left out.")] = None,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[TransferState]:
        context = admitted(info)
        wanted = filter.wanted() if filter else TransfersWanted()
        with page_of(info, first, after) as page:
            return await context.reads.transfers.matching(context.scope, wanted, page)


@strawberry.type
class TransferMutations:
    @strawberry.field(
        graphql_type=TransferPayload | None,
        description="Send units to another location: off the sender's on hand, in the receiver's incoming until they "
        "are received there or the transfer is cancelled.",
    )
    async def transfer_stock(self, info: Info, input: Annotated[TransferStockInput, _GOODS]) -> Decision:
        return await _moved(info, input.idempotency_key, input.request())

    @strawberry.field(
        graphql_type=TransferPayload | None,
        description="Take units of a transfer that have arrived into the receiver's stock: from incoming to on hand. "
        "The transfer is RECEIVED once all of them have.",
    )
    async def receive_transfer(self, info: Info, input: Annotated[ReceiveTransferInput, _STEP]) -> Decision:
        return await _moved(info, input.idempotency_key, input.request())

    @strawberry.field(
        graphql_type=TransferPayload | None,
        description="Call off what is still on its way: out of the receiver's incoming, on the sender's on hand again. "
        "What was received stays where it is.",
    )
    async def cancel_transfer(self, info: Info, input: Annotated[CancelTransferInput, _STEP]) -> Decision:
        return await _moved(info, input.idempotency_key, input.request())


async def _moved(info: Info, key: str, request: MoveTransfer) -> Decision:
    context = admitted(info)
    context.forget()
    return _shown(await move_transfer(key, request, context.signed_in, context.commits), request)


def _shown(decision: Decision, request: MoveTransfer) -> Decision:
    """With what the request names, where it was refused before that was looked for."""
    if not isinstance(request, TransferStock):
        return replace(decision, transfer=decision.transfer or request.transfer)
    named = "".join((request.sku, request.origin, request.destination))
    return decision if decision.places or not storable(named) else replace(decision, places=request.route.places)
