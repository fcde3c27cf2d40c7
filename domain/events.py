"""Events: what happened, told in the past tense to whoever listens outside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentAct, AdjustmentStatus
from domain.alert_state import AlertState
from domain.alerts import AlertAct, AlertKind, AlertStatus
from domain.allocation import Shortage
from domain.items import Item
from domain.ledger import Cause, LedgerKind, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.refusals import RefusalCode
from domain.reservation_lines import Moved
from domain.reservation_state import ReservationState
from domain.reservations import Order, ReservationAct, ReservationStatus
from domain.status import StockStatus
from domain.transfer_state import TransferState
from domain.transfers import TransferAct, TransferStatus
from domain.value import value


@value
class Before:
    """What a filter or a screen needs to know of a level's state before the change."""

    available_to_promise: int
    status: StockStatus
    category: str | None
    vendor: str | None
    condition: str | None


@value
class StockLevelChanged:
    """One level changed in one transaction. `before` is None for a level that is new; `previous_version` is then 0.

    `kind` and `cause` are those of the last movement, None where nothing moved (a policy, the item's own attributes).
    """

    id: UUID
    level: LevelState
    previous_version: int
    before: Before | None
    kind: LedgerKind | None
    cause: Cause | None
    stamp: Stamp

    @property
    def type(self) -> str:
        return "StockLevelChanged"

    @property
    def key(self) -> str:
        """Chooses where the event travels, the same way for all levels of a SKU; order is kept for each level alone."""
        return self.level.item.sku

    @property
    def aggregate_id(self) -> UUID:
        return self.level.id

    @property
    def version(self) -> int:
        return self.level.version


@value
class ItemBefore:
    """What a stream needs to know of an item's state before the change."""

    vendor: str | None


@value
class ItemChanged:
    """An item was made, described anew or archived. `before` is None for one that is new."""

    id: UUID
    item: Item
    actor: str
    at: datetime
    before: ItemBefore | None = None

    @property
    def type(self) -> str:
        return "ItemChanged"

    @property
    def key(self) -> str:
        return str(self.item.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.item.id

    @property
    def version(self) -> int:
        return self.item.version

    @property
    def handed_over(self) -> tuple[str | None, str | None] | None:
        """From which vendor to which it went; None where it stayed whose it was."""
        before, now = self.before, self.item.vendor
        return None if before is None or before.vendor == now else (before.vendor, now)


@value
class LocationChanged:
    """A location was made, described anew or closed."""

    id: UUID
    location: Location
    actor: str
    at: datetime

    @property
    def type(self) -> str:
        return "LocationChanged"

    @property
    def key(self) -> str:
        return str(self.location.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.location.id

    @property
    def version(self) -> int:
        return self.location.version


class _State(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


ActT = TypeVar("ActT", bound=StrEnum)
StateT = TypeVar("StateT", bound=_State)


@value
class _LifeEvent(Generic[ActT, StateT]):
    """What was done to something that has a life of its own: each act is a type of event, and all travel with it."""

    id: UUID
    act: ActT
    state: StateT

    @property
    def type(self) -> str:
        return self.act.value

    @property
    def key(self) -> str:
        return str(self.state.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.state.id

    @property
    def version(self) -> int:
        return self.state.version


@value
class ReservationChanged(_LifeEvent[ReservationAct, ReservationState]):
    """A reservation was made or changed. `moved` are the units that this promised, shipped or gave back.

    `status_before` is None for one that is new.
    """

    status_before: ReservationStatus | None
    moved: tuple[Moved, ...]
    cause: Cause
    at: datetime


@value
class ReservationRefused:
    """An order was refused, and no reservation is kept of it. Told once, as a thing of its own."""

    id: UUID
    order: Order
    reason: RefusalCode
    shortages: tuple[Shortage, ...]
    cause: Cause
    at: datetime

    @property
    def type(self) -> str:
        return ReservationAct.FAILED.value

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.id

    @property
    def version(self) -> int:
        return 1


@value
class TransferChanged(_LifeEvent[TransferAct, TransferState]):
    """Units were sent to another location, arrived there, or will not. `moved`: how many by this.

    `status_before` is None for a transfer that is new.
    """

    status_before: TransferStatus | None
    moved: int
    cause: Cause
    at: datetime


@value
class AdjustmentChanged(_LifeEvent[AdjustmentAct, AdjustmentState]):
    """An adjustment was made or ended. `status_before` is None for one that is new: applied at once, or asked for."""

    status_before: AdjustmentStatus | None
    cause: Cause
    at: datetime


@value
class AdjustmentApproved:
    """A request was approved: told before AdjustmentApplied, which bears its new version. Told once, as a thing of its
    own that travels with the adjustment."""

    id: UUID
    state: AdjustmentState
    cause: Cause
    at: datetime

    @property
    def type(self) -> str:
        return "AdjustmentApproved"

    @property
    def key(self) -> str:
        return str(self.state.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.id

    @property
    def version(self) -> int:
        return 1


@value
class AlertChanged(_LifeEvent[AlertAct, AlertState]):
    """An alert was opened, turned, was seen or has ended. What it was before is None for one that is new."""

    kind_before: AlertKind | None
    status_before: AlertStatus | None
    cause: Cause
    at: datetime

    @property
    def key(self) -> str:
        """It travels with its level."""
        return self.state.alert.sku


Event = (
    StockLevelChanged
    | ItemChanged
    | LocationChanged
    | ReservationChanged
    | ReservationRefused
    | TransferChanged
    | AdjustmentChanged
    | AdjustmentApproved
    | AlertChanged
)
