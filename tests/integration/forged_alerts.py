"""Forgeries of alerts, and what the invariants' checker says of each.

By the levels of `tests.integration.orders`: of tents at MAIN and of poles at A nothing is left, and 42 lamps at MAIN
are not called low.
"""

from __future__ import annotations

FORGED = "00000000-0000-7000-8000-00000000a1e7"
_LEVEL = "WHERE tenant_id = '{tenant}' AND (sku, location) = ('%s', '%s')"
_TENT, _POLE, _LAMP = (_LEVEL % place for place in (("tent", "MAIN"), ("pole", "A"), ("lamp", "MAIN")))


def _opened(kind: str, sku: str) -> str:
    return (
        "INSERT INTO alerts (tenant_id, id, kind, sku, location, remaining, opened_at, updated_at, status, version) "
        f"VALUES ('{{tenant}}', '{FORGED}', '{kind}', '{sku}', 'MAIN', 1, now(), now(), 'OPEN', 1)"
    )


FORGED_ALERTS: dict[str, tuple[str, list[str]]] = {
    "an alert of which its level knows nothing": (
        _opened("LOW_STOCK", "lamp"),
        [f"alerts: lamp at MAIN: alert {FORGED} stands as LOW_STOCK, the level says none"],
    ),
    "an alert of age of which its level knows nothing": (
        _opened("STALE", "tent"),
        [f"alerts: tent at MAIN: alert {FORGED} stands as STALE, the level says none"],
    ),
    "two alerts of the stock of one level": (
        f"DROP INDEX alerts_one_standing; {_opened('OUT_OF_STOCK', 'tent')}",
        [f"alerts: tent at MAIN: alert {FORGED} stands as OUT_OF_STOCK, the level says none"],
    ),
    "an alert that has ended and that its level still names": (
        f"UPDATE alerts SET status = 'RESOLVED', resolved_at = opened_at {_TENT}",
        ["alerts: tent at MAIN: alert ", " stands as none, the level says OUT_OF_STOCK"],
    ),
    "an alert that is gone": (
        f"DELETE FROM alerts {_POLE}",
        ["alerts: pole at A: alert ", " stands as none, the level says OUT_OF_STOCK"],
    ),
    "an alert that is not what its level says": (
        f"UPDATE alerts SET kind = 'LOW_STOCK' {_TENT}",
        ["alerts: tent at MAIN: alert ", " stands as LOW_STOCK, the level says OUT_OF_STOCK"],
    ),
    "a level that names the alert of another": (
        f"UPDATE stock_levels SET stock_alert = (SELECT id FROM alerts {_POLE}) {_TENT}",
        [" stands as none, the level says OUT_OF_STOCK", " stands as OUT_OF_STOCK, the level says none"],
    ),
    "stock that is low, and nobody is told": (
        f"UPDATE stock_levels SET low_stock_threshold = 42, reorder_point = 1 {_LAMP}",
        ["alerts: lamp at MAIN: 42 available, low at 42, and no alert"],
    ),
    "stock at its reorder point, and nobody is told": (
        f"UPDATE stock_levels SET reorder_point = 100 {_LAMP}",
        ["alerts: lamp at MAIN: 42 available, low at 100, and no alert"],
    ),
}
#: What is no forgery: a little more than is low, nothing where none was ever called low, and what is not sold any more.
HONEST = (
    f"UPDATE stock_levels SET low_stock_threshold = 41 {_LAMP}",
    f"UPDATE stock_levels SET low_stock_threshold = 42 {_LAMP}; "
    "UPDATE items SET archived_at = now() WHERE tenant_id = '{tenant}' AND sku = 'lamp'",
)
