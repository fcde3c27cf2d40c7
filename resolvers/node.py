"""Node: whatever a global id names, if the caller may see it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.items import Item
from domain.levels import PastLevel, SkuState
from domain.reservation_lines import reservation_id
from domain.reservation_state import LineState
from domain.webhooks import Webhook, WebhookDelivery
from schema.context import Context
from schema.ids import read_global_id, read_kind
from schema.past import told
from services.audit_reads import AuditRecord


async def find(context: Context, id_: str) -> object | None:
    """The thing behind a global id; None for rubbish, for what is not there and for what is another's alike."""
    named = read_global_id(id_)
    if named is None:
        return None
    kind, uuid = named
    if "@" in kind:
        return await _as_of(context, kind, uuid)
    return await _FINDERS[kind](context, uuid) if kind in _FINDERS else None


async def _as_of(context: Context, kind: str, uuid: UUID) -> PastLevel | None:
    """A level as of a moment is the one thing of the past that has an id."""
    try:
        name, at = read_kind(kind)
    except ValueError:
        return None
    if name != "StockLevel" or at is None or at > context.moment:
        return None
    with told("id"):
        return await context.loaders.past_levels_by_id.load((uuid, at))


async def stock_of(context: Context, item: Item) -> SkuState:
    return SkuState(item, await context.loaders.levels_of.load(item.sku) or ())


async def _stock(context: Context, item_id: UUID) -> SkuState | None:
    item = await context.loaders.items_by_id.load(item_id)
    return None if item is None else await stock_of(context, item)


async def _reservation_line(context: Context, line_id: UUID) -> LineState | None:
    reservation = await context.loaders.reservations_by_id.load(reservation_id(line_id))
    return next((line for line in reservation.lines if line.id == line_id), None) if reservation else None


async def _audit_entry(context: Context, id_: UUID) -> AuditRecord | None:
    """Whoever may not read the log finds none of its entries either."""
    return await context.loaders.audit_entries_by_id.load(id_) if context.signed_in.may("auditLog") else None


async def _webhook(context: Context, id_: UUID) -> Webhook | None:
    return await context.loaders.webhooks_by_id.load(id_) if context.signed_in.may("webhooks") else None


async def _webhook_delivery(context: Context, id_: UUID) -> WebhookDelivery | None:
    may = context.signed_in.may("webhookDeliveries")
    return await context.loaders.webhook_deliveries_by_id.load(id_) if may else None


_FINDERS: dict[str, Callable[[Context, UUID], Awaitable[object | None]]] = {
    "Tenant": lambda context, id_: context.loaders.tenants.load(id_),
    "Item": lambda context, id_: context.loaders.items_by_id.load(id_),
    "Location": lambda context, id_: context.loaders.locations_by_id.load(id_),
    "Stock": _stock,
    "StockLevel": lambda context, id_: context.loaders.levels_by_id.load(id_),
    "LedgerEntry": lambda context, id_: context.loaders.entries_by_id.load(id_),
    "Adjustment": lambda context, id_: context.loaders.adjustments_by_id.load(id_),
    "Alert": lambda context, id_: context.loaders.alerts_by_id.load(id_),
    "Reservation": lambda context, id_: context.loaders.reservations_by_id.load(id_),
    "ReservationLine": _reservation_line,
    "AuditEntry": _audit_entry,
    "CycleCount": lambda context, id_: context.loaders.cycle_counts_by_id.load(id_),
    "Transfer": lambda context, id_: context.loaders.transfers_by_id.load(id_),
    "Webhook": _webhook,
    "WebhookDelivery": _webhook_delivery,
}
