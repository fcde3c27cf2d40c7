"""Row-level security and grants: one place that says who sees which rows of which table.

A table of the schema belongs in `PRIVILEGES`; each has a column tenant_id, and its rows are seen by a session of that
tenant alone. The owner is held to it too (FORCE); only a superuser sees all.
"""

from __future__ import annotations

from alembic import op

from db.pool import WORKER_ROLE

LOCK_KEY = 0x57_0C_CA_57  # the advisory lock that migrations take

#: Table -> what the application's role may do with its tenant's rows. Nothing else is granted to it.
PRIVILEGES: dict[str, str] = {
    "tenants": "SELECT, INSERT, UPDATE (reservation_ttls, approval_policy, ledger_months)",
    "items": "SELECT, INSERT, UPDATE",
    "locations": "SELECT, INSERT, UPDATE",
    "reason_codes": "SELECT, INSERT, UPDATE",
    "stock_levels": "SELECT, INSERT, UPDATE",
    "alerts": "SELECT, INSERT, UPDATE",
    "ledger": "SELECT, INSERT",
    "ledger_feed": "SELECT, INSERT, DELETE",
    "ledger_seals": "SELECT, INSERT",
    "ledger_openings": "SELECT",
    "movement_daily": "SELECT, INSERT, UPDATE, DELETE",
    "transit_daily": "SELECT, INSERT, UPDATE, DELETE",
    "cost_layers": "SELECT, INSERT, DELETE, UPDATE (unit_cost)",
    "transit_layers": "SELECT, INSERT, DELETE, UPDATE (unit_cost)",
    "demand_daily": "SELECT, INSERT, UPDATE (asked, served)",
    "demand_feed": "SELECT, INSERT, DELETE",
    "rollup_books": "SELECT, INSERT, UPDATE (time_zone, currency, floor_month, floor)",
    "rollup_queue": "SELECT, INSERT, DELETE, UPDATE (since, forget_costs)",
    "overdue_entries": "SELECT, INSERT",
    "adjustments": "SELECT, INSERT, UPDATE (status, decided_by, decided_at, decision_note, version)",
    "reservations": "SELECT, INSERT, UPDATE",
    "reservation_lines": "SELECT, INSERT, UPDATE",
    "transfers": "SELECT, INSERT, UPDATE (received, status, updated_at, version)",
    "cycle_counts": "SELECT, INSERT, UPDATE (status, updated_at, version)",
    "cycle_count_lines": "SELECT, INSERT, UPDATE (expected, counted, counted_by, counted_at, adjustment_id)",
    "decisions": "SELECT, INSERT",
    "inbox": "SELECT, INSERT",
    "parked_messages": "SELECT, INSERT",
    "outbox": "INSERT",
    "revoked_tokens": "SELECT, INSERT, UPDATE (revoked_at, expires_at)",
    "audit_log": "SELECT, INSERT",
    "webhooks": "SELECT, INSERT, DELETE, UPDATE (url, events, updated_at, description, active, disabled_reason, "
    "version, secret, previous_secret, previous_until, failing_since)",
    "webhook_messages": "SELECT, INSERT",
    "webhook_deliveries": "SELECT, INSERT, UPDATE (state, attempts, tries, claims, next_attempt_at, settled_at)",
}
#: What the worker's role may do with the rows of every tenant.
WORKER_PRIVILEGES: dict[str, str] = {
    "outbox": "SELECT, UPDATE (put_aside_at), DELETE",
    "ledger_feed": "SELECT (tenant_id, id)",
    "ledger_seals": "SELECT (tenant_id, number)",
    "demand_feed": "SELECT (tenant_id, id)",
    "rollup_queue": "SELECT (tenant_id, sku)",
    "reservations": "SELECT (tenant_id, id, status, expires_at)",
    "adjustments": "SELECT (tenant_id, id, status, expires_at)",
    "stock_levels": "SELECT (tenant_id, id, sku, location, stale_due, stale_alert)",
    "alerts": "SELECT (tenant_id, kind, status)",
    "reservation_lines": "SELECT (tenant_id, sku, reservation_id, backordered)",
    "decisions": "SELECT (tenant_id, subject, operation, key, claimed_at), DELETE",
    "inbox": "SELECT (tenant_id, id, received_at), DELETE",
    "parked_messages": "SELECT, UPDATE (reason, attempts, next_try_at), DELETE",
    "revoked_tokens": "SELECT, DELETE",
    "audit_log": "SELECT (tenant_id, id, recorded_at), DELETE",
    "webhook_messages": "SELECT (tenant_id, id), DELETE",
    "webhook_deliveries": "SELECT (tenant_id, id, webhook_id, message_id, state, next_attempt_at, claims, settled_at), "
    "UPDATE (next_attempt_at, claims), DELETE",
}
#: The version of the schema, which a process compares with its own.
UNPROTECTED: dict[str, str] = {"alembic_version": "SELECT"}


def protect(table: str) -> None:
    """Let sessions of one tenant see and write that tenant's rows of a new table only."""
    for statement in protection(table):
        op.execute(statement)


def protection(table: str) -> list[str]:
    """The statements of `protect`."""
    own = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY own_tenant ON {table} USING ({own}) WITH CHECK ({own})",
    ]


def open_to_worker(table: str) -> None:
    """Let the worker's role see every tenant's rows of a queue."""
    op.execute(f"CREATE POLICY every_tenant ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true)")


#: A table of the session's own named as one of ours would stand before it.
NO_TEMPORARY_TABLES = """
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$
"""


def grants(application: str) -> list[str]:
    """The statements that give both roles exactly what is listed here; safe to repeat."""
    role = '"' + application.replace('"', '""') + '"'
    statements = [
        NO_TEMPORARY_TABLES,
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}, {WORKER_ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {role}, {WORKER_ROLE}",
    ]
    statements += [f"GRANT {rights} ON {table} TO {role}" for table, rights in (PRIVILEGES | UNPROTECTED).items()]
    statements += [f"GRANT {rights} ON {table} TO {WORKER_ROLE}" for table, rights in WORKER_PRIVILEGES.items()]
    return statements
