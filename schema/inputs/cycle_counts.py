"""Inputs about cycle counts: what is to be counted, what was, and which are listed."""

import strawberry

from domain.cycle_counts import LINES_MAX
from schema.enums import CycleCountStatus
from schema.fields import given, optional, required
from schema.ids import OR_UUID, uuid_named
from schema.inputs.mutations import KEY
from schema.inputs.texts import entries, texts
from services.cycle_count_reads import CycleCountFilter as CycleCountsWanted
from services.cycle_counts import CloseCycleCount, CreateCycleCount, RecordCycleCount

_CYCLE_COUNT = "Global id of the cycle count" + OR_UUID


@strawberry.input(description="A list of what is to be counted at one location.")
class CreateCycleCountInput:
    idempotency_key: str = required(KEY)
    location: str = required("Code of the location.")
    skus: list[str] = required(f"1 to {LINES_MAX} SKUs, each once; also such as the books have none of there.")
    blind: bool | None = strawberry.field(
        description="True: the list keeps what the books say from whoever counts, until it is closed.", default=False
    )
    reference: str | None = optional("Number of the document behind it, at most 200 characters.")

    def request(self) -> CreateCycleCount:
        return CreateCycleCount(self.location, tuple(self.skus), bool(self.blind), given(self.reference))


@strawberry.input(description="Units of one SKU of a list, as they were counted. It may be counted again.")
class RecordCycleCountInput:
    idempotency_key: str = required(KEY)
    cycle_count_id: strawberry.ID = required(_CYCLE_COUNT)
    sku: str = required("SKU on the list.")
    quantity_counted: int = required(
        "Units found, 0 to 100,000,000. Fewer than are allocated and unavailable: INSUFFICIENT_STOCK."
    )
    reason_code: str | None = optional("Why: an active code of the query `reasonCodes`; left out: `cycle_count`.")
    note: str | None = optional("What was found, in words; at most 2,000 characters.")

    def request(self) -> RecordCycleCount:
        return RecordCycleCount(
            uuid_named("CycleCount", self.cycle_count_id),
            self.sku,
            self.quantity_counted,
            given(self.reason_code),
            given(self.note),
        )


@strawberry.input(description="A list under which nothing more is counted.")
class CloseCycleCountInput:
    idempotency_key: str = required(KEY)
    cycle_count_id: strawberry.ID = required(_CYCLE_COUNT)

    def request(self) -> CloseCycleCount:
        return CloseCycleCount(uuid_named("CycleCount", self.cycle_count_id))


@strawberry.input(
    description="Which cycle counts. Every field that is sent must match; a list matches any of its entries, an empty "
    "list matches nothing. At most 1,000 entries a list."
)
class CycleCountFilter:
    status: list[CycleCountStatus] | None = optional("With one of these statuses.")
    locations: list[str] | None = optional("At one of these locations, by their codes.")
    skus: list[str] | None = optional("With one of these SKUs on the list.")

    def wanted(self) -> CycleCountsWanted:
        return CycleCountsWanted(
            status=entries("filter.status", given(self.status)),
            locations=texts("filter.locations", given(self.locations)),
            skus=texts("filter.skus", given(self.skus)),
        )
