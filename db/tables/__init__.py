"""The tables as queries see them. Their rules (checks, foreign keys, policies) stand in the migrations alone; a test
holds columns, keys and indexes here against a migrated database."""

from __future__ import annotations

from db.tables.catalog import items, locations, reason_codes, tenants
from db.tables.columns import Xid8, metadata
from db.tables.cycle_counts import cycle_count_lines, cycle_counts
from db.tables.insight import (
    cost_layers,
    demand_daily,
    demand_feed,
    movement_daily,
    overdue_entries,
    rollup_books,
    rollup_queue,
    transit_daily,
    transit_layers,
)
from db.tables.ledger import ledger, ledger_feed, ledger_openings, ledger_seals
from db.tables.queues import audit_log, decisions, inbox, outbox, parked_messages, revoked_tokens
from db.tables.reservations import reservation_lines, reservations
from db.tables.stock import adjustments, alerts, stock_levels, transfers
from db.tables.webhooks import webhook_deliveries, webhook_messages, webhooks

__all__ = [
    "Xid8",
    "adjustments",
    "alerts",
    "audit_log",
    "cost_layers",
    "cycle_count_lines",
    "cycle_counts",
    "decisions",
    "demand_daily",
    "demand_feed",
    "inbox",
    "items",
    "ledger",
    "ledger_feed",
    "ledger_openings",
    "ledger_seals",
    "locations",
    "metadata",
    "movement_daily",
    "outbox",
    "overdue_entries",
    "parked_messages",
    "reason_codes",
    "reservation_lines",
    "reservations",
    "revoked_tokens",
    "rollup_books",
    "rollup_queue",
    "stock_levels",
    "tenants",
    "transfers",
    "transit_daily",
    "transit_layers",
    "webhook_deliveries",
    "webhook_messages",
    "webhooks",
]
