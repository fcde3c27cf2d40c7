"""User errors: why a mutation was refused."""

import strawberry

from schema.enums import RefusalCode
from schema.fields import attribute, derived
from schema.scalars import BigInt


@strawberry.type(
    description="Why a mutation changed nothing, with details: what there was, what is allowed, when to come back."
)
class UserError:
    code: RefusalCode = attribute("code", "What to branch on; `message` is for people and may change.")
    field: list[str] | None = derived(
        lambda refusal: list(refusal.field) or None,
        'Path of the field at fault below `input`, like `["quantity"]` or `["lines", "2", "sku"]`; null: none alone.',
    )
    message: str = attribute("message", "A sentence for a person: what is wrong, and the remedy.")
    sku: str | None = attribute("sku", "The SKU concerned.")
    location: str | None = attribute("location", "Code of the location concerned.")
    requested: int | None = attribute("requested", "How many units were asked for.")
    available: int | None = attribute("available", "How many there are of what was asked for.")
    current_version: BigInt | None = attribute("current_version", "The version at which the level is now.")
    limit: int | None = attribute("limit", "The limit that would be passed.")
    retry_after_ms: int | None = attribute("retry_after_ms", "Try again after so many milliseconds.")
