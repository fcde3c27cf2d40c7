"""Transfers: units on their way from one location to another."""

from datetime import datetime

import strawberry

from domain.transfer_state import TransferState
from schema.enums import TransferStatus
from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.item import Item
from schema.types.location import Location
from schema.types.node import Node


@picture(
    TransferState,
    "Units of one SKU that go from one location to another. IN_TRANSIT until all of them are received or the rest is "
    "cancelled: off the sender's `quantityOnHand`, in the receiver's `quantityIncoming`. In the ledger its entries are "
    "TRANSFER_OUT at the sender and TRANSFER_IN at the receiver, with its `reference` or else the UUID that events "
    "call `transferId`.",
)
class Transfer(Node):
    id: strawberry.ID = derived(global_id_of("Transfer"), "Global id.")
    version: BigInt = attribute("transfer.version", "Grows by 1 with each change of this transfer.")
    sku: str = attribute("transfer.route.sku", "SKU of the item.")
    item: Item = attribute("item", "What is on its way.")
    origin: Location = attribute("origin", "The sender.", name="from")
    destination: Location = attribute("destination", "The receiver.", name="to")
    quantity: int = attribute("transfer.quantity", "Units that were sent.")
    quantity_received: int = attribute("transfer.received", "Units of them that have arrived.")
    status: TransferStatus = attribute("status", "How far it has come.")
    reference: str | None = attribute("transfer.reference", "Number of the document behind it, as it was given.")
    created_at: datetime = attribute("transfer.created_at", "When the units left.")
    updated_at: datetime = attribute("transfer.updated_at", "When it last changed.")
