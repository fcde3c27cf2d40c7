"""Payloads: what mutations answer. Behind each is the `Decision`; the things are read as they are now.

A reservation is the exception: `Decision.seen` holds it as the caller may see it, so that an order costs no read.
"""

import strawberry
from strawberry import Parent

from domain.adjustment_state import AdjustmentState
from domain.alert_state import AlertState
from domain.approvals import ApprovalPolicy as PolicyPicture
from domain.items import Item as ItemPicture
from domain.levels import LevelState
from domain.locations import Location as LocationPicture
from domain.reasons import ReasonCode as ReasonCodePicture
from domain.transfer_state import TransferState
from schema.context import Info
from schema.fields import attribute, derived, loaded
from schema.types.adjustment import Adjustment, ReasonCode
from schema.types.alert import Alert
from schema.types.approval import ApprovalPolicy
from schema.types.errors import UserError
from schema.types.item import Item
from schema.types.location import Location
from schema.types.reservation import Reservation, Shortage
from schema.types.stock import StockLevel
from schema.types.transfer import Transfer
from services.decisions import Decision

_LEVEL = "The level as it is now, also where the change was refused; null where there is no such level."


def _user_errors() -> list[UserError]:
    return derived(
        lambda decision: list(decision.refusals), "Why nothing was changed; empty where the change was made."
    )


async def _stock_level(decision: Parent[Decision], info: Info) -> LevelState | None:
    return await info.context.loaders.levels_at.load(decision.places[0]) if decision.places else None


async def _adjustment(decision: Parent[Decision], info: Info) -> AdjustmentState | None:
    made = decision.adjustment
    return await info.context.loaders.adjustments_by_id.load(made) if made else None


async def _alert(decision: Parent[Decision], info: Info) -> AlertState | None:
    return await info.context.loaders.alerts_by_id.load(decision.alert) if decision.alert else None


async def _item(decision: Parent[Decision], info: Info) -> ItemPicture | None:
    return await info.context.loaders.items.load(decision.subject) if decision.subject else None


async def _location(decision: Parent[Decision], info: Info) -> LocationPicture | None:
    return await info.context.loaders.locations.load(decision.subject) if decision.subject else None


async def _reason_code(decision: Parent[Decision], info: Info) -> ReasonCodePicture | None:
    return await info.context.loaders.reason_codes.load(decision.subject) if decision.subject else None


async def _policy(decision: Parent[Decision], info: Info) -> PolicyPicture:
    return await info.context.reads.catalog.approval_policy(info.context.scope.tenant)


async def _transfer(decision: Parent[Decision], info: Info) -> TransferState | None:
    named = decision.transfer
    return await info.context.loaders.transfers_by_id.load(named) if named else None


async def _from_level(decision: Parent[Decision], info: Info) -> LevelState | None:
    return await _end(decision, info, 0)


async def _to_level(decision: Parent[Decision], info: Info) -> LevelState | None:
    return await _end(decision, info, 1)


async def _end(decision: Decision, info: Info, end: int) -> LevelState | None:
    """The level of the sender (0) or the receiver (1), by what was asked for or by the transfer itself."""
    transfer = None if decision.places else await _transfer(decision, info)
    places = decision.places or (transfer and transfer.transfer.route.places)
    return await info.context.loaders.levels_at.load(places[end]) if places else None


@strawberry.type(description="What became of `adjustStock` or `countStock`.")
class AdjustStockPayload:
    adjustment: Adjustment | None = loaded(
        _adjustment,
        "The record of the correction, PENDING_APPROVAL where it waits for another person; null where it was refused.",
    )
    stock_level: StockLevel | None = loaded(_stock_level, _LEVEL)
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `adjustStockBatch`.")
class AdjustStockBatchPayload:
    results: list[AdjustStockPayload] = attribute(
        "lines", "What became of each line, in the order of the lines; none where the batch itself was refused."
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of a decision on an adjustment that waits.")
class DecideAdjustmentPayload:
    adjustment: Adjustment | None = loaded(
        _adjustment, "The adjustment as it is now, also where the decision was refused; null where there is none."
    )
    stock_level: StockLevel | None = loaded(_stock_level, _LEVEL)
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `acknowledgeAlert`.")
class AlertPayload:
    alert: Alert | None = loaded(
        _alert, "The alert as it is now, also where the step was refused; null where there is no such one."
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of a change of one level.")
class StockLevelPayload:
    stock_level: StockLevel | None = loaded(_stock_level, _LEVEL)
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `upsertItem`.")
class ItemPayload:
    item: Item | None = loaded(_item, "The item as it is now; null where a new one was refused.")
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `upsertLocation`.")
class LocationPayload:
    location: Location | None = loaded(_location, "The location as it is now; null where a new one was refused.")
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of a transfer.")
class TransferPayload:
    transfer: Transfer | None = loaded(
        _transfer, "The transfer as it is now, also where the step was refused; null where there is no such one."
    )
    from_level: StockLevel | None = loaded(_from_level, "The sender's level as it is now; null where there is none.")
    to_level: StockLevel | None = loaded(_to_level, "The receiver's level as it is now; null where there is none.")
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `upsertReasonCode`.")
class ReasonCodePayload:
    reason_code: ReasonCode | None = loaded(_reason_code, "The code as it is now; null where a new one was refused.")
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `setApprovalPolicy`.")
class ApprovalPolicyPayload:
    policy: ApprovalPolicy | None = loaded(_policy, "The policy as it is now, also where the new one was refused.")
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `reserveStock`.")
class ReserveStockPayload:
    reservation: Reservation | None = attribute(
        "seen",
        "The reservation: as it was made, on a repeat as it is now. Null where the order was refused. That of a dry "
        "run is kept nowhere.",
    )
    shortages: list[Shortage] = attribute(
        "shortages", "What the order asked for and there was not, whether it was refused, served in part or queued."
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of a step in a reservation's life.")
class ReservationPayload:
    reservation: Reservation | None = attribute(
        "seen", "The reservation as it is now, also where the step was refused; null where there is no such one."
    )
    user_errors: list[UserError] = _user_errors()
