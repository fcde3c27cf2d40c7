"""Inputs about transfers: what is sent, received and called off, and which are listed."""

import strawberry

from schema.enums import TransferStatus
from schema.fields import given, optional, required
from schema.ids import OR_UUID, uuid_named
from schema.inputs.mutations import KEY
from schema.inputs.texts import entries, text, texts
from services.transfer_reads import TransferFilter as TransfersWanted
from services.transfers import CancelTransfer, ReceiveTransfer, TransferStock

_TRANSFER = "Global id of the transfer" + OR_UUID
_NOTE = "What happened, in words; at most 2,000 characters."


@strawberry.input(description="Units that leave one location for another.")
class TransferStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required("SKU of the item.")
    from_location: str = required("Code of the location that sends them.")
    to_location: str = required(
        "Code of the location that is to receive them: another one. A SKU without a level there gets one."
    )
    quantity: int = required("Units, 1 to what the sender has available to promise.")
    reference: str | None = optional(
        'Number of the document behind it, at most 200 characters; kept in the ledger with `referenceType` "transfer".'
    )
    note: str | None = optional(_NOTE)

    def request(self) -> TransferStock:
        return TransferStock(
            self.sku,
            self.from_location,
            self.to_location,
            self.quantity,
            given(self.reference),
            given(self.note),
        )


@strawberry.input(description="Units of a transfer that have arrived.")
class ReceiveTransferInput:
    idempotency_key: str = required(KEY)
    transfer_id: strawberry.ID = required(_TRANSFER)
    quantity: int = required("Units, 1 to what is still on its way.")
    note: str | None = optional(_NOTE)

    def request(self) -> ReceiveTransfer:
        return ReceiveTransfer(uuid_named("Transfer", self.transfer_id), self.quantity, given(self.note))


@strawberry.input(description="A transfer of which nothing more will arrive.")
class CancelTransferInput:
    idempotency_key: str = required(KEY)
    transfer_id: strawberry.ID = required(_TRANSFER)
    note: str | None = optional(_NOTE)

    def request(self) -> CancelTransfer:
        return CancelTransfer(uuid_named("Transfer", self.transfer_id), given(self.note))


@strawberry.input(
    description="Which transfers. Every field that is sent must match; a list matches any of its entries, an empty "
    "list matches nothing. At most 1,000 entries a list."
)
class TransferFilter:
    skus: list[str] | None = optional("Of one of these SKUs.")
    from_locations: list[str] | None = optional("Sent by one of these locations, by their codes.")
    to_locations: list[str] | None = optional("Sent to one of these locations, by their codes.")
    status: list[TransferStatus] | None = optional("With one of these statuses.")
    reference: str | None = optional("With this number of a document.")

    def wanted(self) -> TransfersWanted:
        return TransfersWanted(
            skus=texts("filter.skus", given(self.skus)),
            origins=texts("filter.fromLocations", given(self.from_locations)),
            destinations=texts("filter.toLocations", given(self.to_locations)),
            status=entries("filter.status", given(self.status)),
            reference=text("filter.reference", given(self.reference)),
        )
