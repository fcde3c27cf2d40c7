"""Forgeries of reservations, transfers, counts, corrections and keys, and what the invariants' checker says of each."""

from __future__ import annotations

_OF = "WHERE tenant_id = '{tenant}' AND reservation_id = '{%s}'"
_IS = "WHERE tenant_id = '{tenant}' AND id = '{%s}'"
GONE = "00000000-0000-7000-8000-000000000000"


def _sent(status: str) -> str:
    """One unit of four has arrived."""
    return (
        "INSERT INTO transfers (tenant_id, id, sku, origin, destination, quantity, created_at, received, status, "
        f"updated_at, version) VALUES ('{{tenant}}', '{GONE}', 'tent', 'MAIN', 'A', 4, now(), 1, '{status}', now(), 1)"
    )


#: A correction of three tents: as a row of the ledger, and as one of the adjustments.
_MOVED = f"""(SELECT to_jsonb(entry) FROM ledger AS entry WHERE tenant_id = '{{tenant}}' AND sku = 'tent' LIMIT 1)
    || '{{{{"kind": "ADJUSTMENT", "location": "MAIN", "on_hand_change": -3, "actor": "manager@acme",
    "reference": "INC-1", "level_version": 9999, "id": "{GONE}"}}}}'"""
_APPROVED = f"""jsonb_build_object('tenant_id', '{{tenant}}', 'requested_at', now(), 'decided_at', now()) || '{{{{
    "id": "{GONE}", "sku": "tent", "location": "MAIN", "quantity_change": -3, "reason_code": "lost", "version": 2,
    "requested_by": "manager@acme", "decided_by": "boss@acme", "status": "APPLIED", "reference": "INC-1"}}}}'"""


def _asked(status: str, **columns: object) -> str:
    """A vendor's request for three tents more, an hour ago."""
    pending = status == "PENDING_APPROVAL"
    given = {"decided_by": "NULL", "decided_at": "NULL" if pending else "now()", "expires_at": "NULL", "version": 1}
    told = given | columns
    if told["decided_by"] == "requested_by":
        told["decided_by"] = "'vendor@acme'"
    return (
        "INSERT INTO adjustments (tenant_id, id, sku, location, quantity_change, reason_code, requested_by, "
        f"requested_at, status, {', '.join(told)}) VALUES ('{{tenant}}', '{GONE}', 'tent', 'MAIN', 3, 'found', "
        f"'vendor@acme', now() - interval '1 h', '{status}', {', '.join(map(str, told.values()))})"
    )


_UNCHECKED = "ALTER TABLE adjustments DROP CONSTRAINT adjustments_decision_check"
#: By the orders of `tests.integration.orders`; {paid} is the id of the reservation of the order of that name.
FORGED_ORDERS: dict[str, tuple[str, list[str]]] = {
    "more held than is allocated": (
        f"UPDATE reservation_lines SET allocated = 2, quantity = 2 {_OF % 'paid'}",
        [
            "I1: tent at MAIN: 20 allocated, reservations hold 21",
            "I3: reservation {paid} asks for 1 of tent, its lines",
        ],
    ),
    "more allocated than is held": (
        "UPDATE stock_levels SET allocated = 8 WHERE tenant_id = '{tenant}' AND (sku, location) = ('lamp', 'MAIN')",
        ["I1: lamp at MAIN: 8 allocated, reservations hold 7"],
    ),
    "units held where there is no level": (
        f"UPDATE reservation_lines SET location = 'A-1' {_OF % 'paid'}",
        ["I1: tent at A-1: 0 allocated, reservations hold 1", "I1: tent at MAIN: 20 allocated, reservations hold 19"],
    ),
    "an ended reservation that holds something": (
        f"UPDATE reservations SET status = 'RELEASED' {_IS % 'paid'}",
        ["I3: reservation {paid} of order paid is RELEASED: 1 held, 0 awaited, 0 shipped, 0 given up"],
    ),
    "a confirmed reservation that holds nothing": (
        f"UPDATE reservation_lines SET allocated = 0, committed = 1 {_OF % 'paid'}",
        ["I3: reservation {paid} of order paid is CONFIRMED: 0 held", "I1: tent at MAIN"],
    ),
    "a pending reservation that was paid for": (
        f"UPDATE reservations SET confirmed = true {_IS % 'pending'}",
        ["I3: reservation {pending} of order pending is PENDING: 3 held"],
    ),
    "one that waits for nothing": (
        f"UPDATE reservations SET status = 'BACKORDERED', expires_at = NULL {_IS % 'later'}",
        ["I3: reservation {later} of order later is BACKORDERED: 3 held, 0 awaited"],
    ),
    "one that waits and does not say so": (
        f"UPDATE reservations SET status = 'CONFIRMED', confirmed = true {_IS % 'queued'}",
        ["I3: reservation {queued} of order queued is CONFIRMED: "],
    ),
    "committed, but nothing was shipped": (
        f"UPDATE reservations SET status = 'COMMITTED', order_id = 'x' {_IS % 'dropped'}",
        ["I3: reservation {dropped} of order x is COMMITTED: 0 held, 0 awaited, 0 shipped, 1 given up"],
    ),
    "expired, but something was shipped": (
        f"UPDATE reservations SET status = 'EXPIRED', confirmed = false {_IS % 'shipped'}",
        ["I3: reservation {shipped} of order shipped is EXPIRED: 0 held, 0 awaited, 3 shipped"],
    ),
    "failed, but it holds something": (
        f"UPDATE reservations SET status = 'FAILED', failure = 'X' {_IS % 'paid'}",
        ["I3: reservation {paid} of order paid is FAILED: 1 held"],
    ),
    "a reservation without its lines": (
        f"DELETE FROM reservation_lines {_OF % 'shipped'}",
        ["I3: reservation {shipped} of order shipped is COMMITTED:  held", "asks for 2 of tent, its lines are of 0"],
    ),
    "lines and a key without their reservation": (
        f"DELETE FROM reservations {_IS % 'shipped'}",
        ["I3: reservation {shipped} of order  is : 0 held", "made reservation {shipped}, which is not there"],
    ),
    "pending for ever": (
        "ALTER TABLE reservations DROP CONSTRAINT reservations_expiry_check; "
        f"UPDATE reservations SET expires_at = NULL {_IS % 'pending'}",
        ["I3: reservation {pending} of order pending is PENDING and expires at no time"],
    ),
    "paid for, and expires all the same": (
        "ALTER TABLE reservations DROP CONSTRAINT reservations_expiry_check; "
        f"UPDATE reservations SET expires_at = '2026-01-01Z' {_IS % 'paid'}",
        ["I3: reservation {paid} of order paid is CONFIRMED and expires at 2026-01-01"],
    ),
    "an order that stands twice": (
        f"DROP INDEX reservations_standing; UPDATE reservations SET order_id = 'paid' {_IS % 'shipped'}",
        ["I3: order paid has 2 reservations that stand"],
    ),
    "a line that does not add up": (
        "ALTER TABLE reservation_lines DROP CONSTRAINT reservation_lines_sum_check; "
        f"UPDATE reservation_lines SET committed = committed + 1 {_OF % 'shipped'} AND sku = 'pole'",
        ["of reservation {shipped} is of 1: 0 held, 0 awaited, 2 shipped, 0 given up"],
    ),
    "less than nothing given up": (
        "ALTER TABLE reservation_lines DROP CONSTRAINT reservation_lines_released_check; "
        f"UPDATE reservation_lines SET committed = 2, released = -1 {_OF % 'shipped'} AND sku = 'pole'",
        ["of reservation {shipped} is of 1: 0 held, 0 awaited, 2 shipped, -1 given up"],
    ),
    "a line that nobody asked for": (
        f"UPDATE reservation_lines SET sku = 'bulb' {_OF % 'shipped'} AND sku = 'pole'",
        [
            "I3: reservation {shipped} asks for 0 of bulb, its lines are of 1",
            "I3: reservation {shipped} asks for 1 of pole, its lines are of 0",
        ],
    ),
    "a short line of more than there was": (
        f"UPDATE reservation_lines SET quantity = quantity + 1, released = 1 {_OF % 'split'} AND location = 'SHOP'",
        ["I3: reservation {split} asks for 22 of tent, its lines are of"],
    ),
    "a key whose correction is gone": (
        f'UPDATE decisions SET decision = \'{{{{"adjustment": "{GONE}"}}}}\' '
        "WHERE tenant_id = '{tenant}' AND key IN ('key-1', 'key-2')",
        [
            f"I7: the key key-1 of admin@acme (receiveStock) made adjustment {GONE}, which is not there",
            f"I7: 2 keys made adjustment {GONE}",
        ],
    ),
    "units incoming that nobody sent": (
        "UPDATE stock_levels SET incoming = 3 WHERE tenant_id = '{tenant}' AND (sku, location) = ('tent', 'MAIN')",
        ["I1: tent at MAIN: 3 incoming, 0 on the way"],
    ),
    "units on their way of which the receiver knows nothing": (
        _sent("IN_TRANSIT"),
        ["I1: tent at A: 0 incoming, 3 on the way"],
    ),
    "received, but not all of it": (
        f"ALTER TABLE transfers DROP CONSTRAINT transfers_status_received_check; {_sent('RECEIVED')}",
        [f"I1: transfer {GONE} is RECEIVED: 1 of 4 received"],
    ),
    "an adjustment that whoever asked approved": (
        f"{_UNCHECKED}; {_asked('APPLIED', decided_by='requested_by', version=2)}",
        [f"I9: adjustment {GONE}, asked for by vendor@acme, is APPLIED at version 2: decided by vendor@acme at 20"],
    ),
    "an adjustment that expired before its time": (
        f"{_UNCHECKED}; {_asked('EXPIRED', expires_at='now() + interval $$1 h$$', version=2)}",
        [f"I9: adjustment {GONE}, asked for by vendor@acme, is EXPIRED at version 2: decided by nobody at 20"],
    ),
    "an adjustment that a key rejected, and that still waits": (
        f"{_asked('PENDING_APPROVAL')}; UPDATE decisions SET operation = 'rejectAdjustment', "
        f"decision = '{{{{\"adjustment\": \"{GONE}\"}}}}' WHERE tenant_id = '{{tenant}}' AND key = 'key-1'",
        [f"I7: adjustment {GONE} is PENDING_APPROVAL, and 1 keys have ended it: rejectAdjustment"],
    ),
    "a line of a batch whose correction is gone": (
        f'UPDATE decisions SET decision = \'{{{{"lines": [{{{{"adjustment": "{GONE}"}}}}]}}}}\' '
        "WHERE tenant_id = '{tenant}' AND key = 'key-1'",
        [f"I7: the key key-1 of admin@acme (receiveStock) made adjustment {GONE}, which is not there"],
    ),
    "a key whose transfer is gone": (
        f'UPDATE decisions SET decision = \'{{{{"transfer": "{GONE}"}}}}\' '
        "WHERE tenant_id = '{tenant}' AND key = 'key-1'",
        [f"I7: the key key-1 of admin@acme (receiveStock) made transfer {GONE}, which is not there"],
    ),
    "a line of which no count was made": (
        "INSERT INTO cycle_counts (tenant_id, id, location, created_by, created_at, blind, status, updated_at, version)"
        f" VALUES ('{{tenant}}', '{GONE}', 'MAIN', 'x', now(), false, 'OPEN', now(), 2); "
        "INSERT INTO cycle_count_lines (tenant_id, cycle_count_id, number, sku, expected, counted, counted_by, "
        f"counted_at, adjustment_id) VALUES ('{{tenant}}', '{GONE}', 0, 'tent', 5, 4, 'x', now(), '{GONE}')",
        [f"I7: line 0 of cycle count {GONE} says 4 of tent counted, its adjustment is not there"],
    ),
    "a key whose step left no trace": (
        f"UPDATE reservations SET version = 1 {_IS % 'paid'}",
        ["I7: reservation {paid} is at version 1, but 1 keys have changed it since it was made"],
    ),
    "stock that moved before its approval": (
        f"INSERT INTO ledger SELECT * FROM jsonb_populate_record(NULL::ledger, {_MOVED})",
        [
            "I9: adjustment of -3 units of tent at MAIN by manager@acme at",
            "for INC-1: 0 applied (none), 1 in the ledger",
        ],
    ),
    "an approval that moved nothing": (
        f"INSERT INTO adjustments SELECT * FROM jsonb_populate_record(NULL::adjustments, {_APPROVED})",
        [
            "I9: adjustment of -3 units of tent at MAIN by boss@acme at",
            f"for INC-1: 1 applied ({GONE}), 0 in the ledger",
        ],
    ),
    "a request whose asker decided it": (
        "ALTER TABLE adjustments DROP CONSTRAINT adjustments_decision_check; INSERT INTO adjustments SELECT * FROM "
        f'jsonb_populate_record(NULL::adjustments, {_APPROVED} || \'{{{{"requested_by": "boss@acme"}}}}\')',
        [f"I9: adjustment {GONE}, asked for by boss@acme, is APPLIED at version 2: decided by boss@acme"],
    ),
}
