"""Requests that are right, one for each mutation, and tables of what makes them wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.factories.shop import Shop, fresh

Input = dict[str, Any]
MOVEMENTS = ("adjustStock", "countStock", "receiveStock", "returnStock", "holdStock", "unholdStock", "wasteStock")
REASONED = tuple(name for name in MOVEMENTS if name != "receiveStock")
AT_A_LEVEL = (*MOVEMENTS, "setStockPolicy")
STEPS = ("confirmReservation", "commitReservation", "releaseReservation", "extendReservation")
ORDERS = ("reserveStock", *STEPS)
TRANSFERS = ("transferStock", "receiveTransfer", "cancelTransfer")
VERDICTS = ("approveAdjustment", "rejectAdjustment")
CYCLE_COUNTS = ("createCycleCount", "recordCycleCount", "closeCycleCount")
WEBHOOKS = ("createWebhook", "updateWebhook", "deleteWebhook", "rotateWebhookSecret", "replayWebhookDeliveries")
ALL = (
    *(*AT_A_LEVEL, "adjustStockBatch", *VERDICTS, *ORDERS, *TRANSFERS, *CYCLE_COUNTS),
    *("acknowledgeAlert", "upsertItem", "upsertLocation", "upsertReasonCode", "setApprovalPolicy", *WEBHOOKS),
)
LEVEL_MAX = 100_000_000
#: The input field that holds a movement's quantity.
QUANTITY = {
    "adjustStock": "quantityChange",
    "countStock": "quantityCounted",
    "receiveStock": "quantity",
    "returnStock": "quantity",
    "holdStock": "quantity",
    "unholdStock": "quantity",
    "wasteStock": "quantity",
}
_RIGHT: dict[str, Input] = {
    "adjustStock": {"quantityChange": 1, "reasonCode": "correction"},
    "countStock": {"quantityCounted": 7, "reasonCode": "cycle_count"},
    "receiveStock": {"quantity": 1},
    "returnStock": {"quantity": 1},
    "holdStock": {"quantity": 1},
    "unholdStock": {"quantity": 1},
    "wasteStock": {"quantity": 1},
    "setStockPolicy": {"reorderPoint": 5},
    "extendReservation": {"ttlSeconds": 600},
    "receiveTransfer": {"quantity": 1},
    "upsertItem": {"name": "Renamed"},
    "upsertLocation": {"name": "Renamed"},
    "upsertReasonCode": {"direction": "DECREASE"},
    "setApprovalPolicy": {"rules": []},
    "createWebhook": {"events": ["STALE"]},
    "updateWebhook": {"description": "Renamed"},
}


def right(mutation: str, shop: Shop) -> Input:
    """An input that succeeds: on an item of which 10 lie at the default location, on an order that holds 3 of them, on
    a transfer of 4, on a vendor's request for one more, on an alert that is open, on a webhook, or on a new
    location."""
    if mutation == "upsertLocation":
        return {"code": shop.location(), **_RIGHT[mutation]}
    if mutation == "upsertReasonCode":
        return {"code": fresh("reason"), **_RIGHT[mutation]}
    if mutation == "setApprovalPolicy":
        return dict(_RIGHT[mutation])
    if mutation == "reserveStock":
        return {"orderId": fresh("ORDER"), "lines": [{"sku": shop.stocked(10), "quantity": 3}]}
    if mutation in STEPS:
        return {"reservationId": shop.reserve(shop.stocked(10))["id"], **_RIGHT.get(mutation, {})}
    if mutation == "transferStock":
        origin = shop.location()
        sku = shop.stocked(10, origin)
        return {"sku": sku, "fromLocation": origin, "toLocation": shop.location(), "quantity": 3}
    if mutation == "createCycleCount":
        location = shop.location()
        return {"location": location, "skus": [shop.stocked(10, location)]}
    if mutation in CYCLE_COUNTS:
        made = shop.cycle_count()
        counted = {"sku": made["lines"][0]["sku"], "quantityCounted": 7} if mutation == "recordCycleCount" else {}
        return {"cycleCountId": made["id"], **counted}
    if mutation == "acknowledgeAlert":
        return {"alertId": shop.low()["id"]}
    if mutation == "createWebhook":
        return {"url": shop.address(), **_RIGHT[mutation]}
    if mutation in WEBHOOKS:
        return {"webhookId": shop.webhook()["id"], **_RIGHT.get(mutation, {})}
    if mutation in TRANSFERS:
        return {"transferId": shop.send()["id"], **_RIGHT.get(mutation, {})}
    if mutation in (*VERDICTS, "cancelAdjustment"):
        given = {"sku": shop.stocked(10, vendor="Peak"), **_RIGHT["adjustStock"]}
        return {"adjustmentId": shop.as_("vendor", "Peak").succeed("adjustStock", **given)["adjustment"]["id"]}
    sku = shop.stocked(10)
    if mutation == "adjustStockBatch":
        return {"lines": [{"sku": sku, **_RIGHT["adjustStock"]}]}
    if mutation == "unholdStock":
        shop.manager.succeed("holdStock", sku=sku, quantity=4)
    return {"sku": sku, **_RIGHT[mutation]}


Spoil = Callable[[Shop, Input], Input]


@dataclass(frozen=True, slots=True)
class Case:
    """A right request made wrong: the code, the field at fault, and what else the error tells."""

    mutation: str
    code: str
    at: str
    spoil: Spoil
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    #: What is wrong, where the code does not say it.
    what: str = ""
    #: Whether the request names a level that exists, so that the payload must hold it.
    level_known: bool = True

    def __str__(self) -> str:
        return "-".join(part for part in (self.mutation, self.code, self.at, self.what) if part)

    def at_fault(self, field: list[str]) -> bool:
        """Whether a path below `input` is that of the field at fault (`lines.0.sku`), or of an entry of its list."""
        return ".".join(field) == self.at or field[:-1] == [self.at]


def unknown_sku(_: Shop, given: Input) -> Input:
    return given | {"sku": fresh("NOWHERE")}


def unknown_location(_: Shop, given: Input) -> Input:
    return given | {"location": fresh("NOWHERE")}


def no_location(shop: Shop, given: Input) -> Input:
    """The SKU lies at two locations and none is named."""
    shop.manager.succeed("receiveStock", sku=given["sku"], quantity=1, location=shop.location())
    return given


def archived(shop: Shop, given: Input) -> Input:
    shop.admin.succeed("upsertItem", sku=given["sku"], archived=True)
    return given


def closed(shop: Shop, given: Input) -> Input:
    code = shop.location()
    shop.manager.succeed("receiveStock", sku=given["sku"], quantity=10, location=code)
    shop.admin.succeed("upsertLocation", code=code, active=False)
    return given | {"location": code}


def with_(**fields: Any) -> Spoil:
    """The right request with these fields in place of its own."""
    return lambda _, given: given | fields


def everywhere() -> list[Case]:
    """What can be wrong with every request about a level."""
    return [
        case
        for name in AT_A_LEVEL
        for case in (
            Case(name, "UNKNOWN_SKU", "sku", unknown_sku, level_known=False),
            Case(name, "UNKNOWN_LOCATION", "location", unknown_location, level_known=False),
            Case(name, "LOCATION_REQUIRED", "location", no_location, level_known=False),
            Case(name, "ITEM_ARCHIVED", "sku", archived),
            Case(name, "LOCATION_INACTIVE", "location", closed),
        )
    ]


def quantities() -> list[Case]:
    """Quantities that no level can take."""
    wrong = {
        "adjustStock": (0, LEVEL_MAX + 1, -LEVEL_MAX - 1, 2**31 - 1, -(2**31)),
        "countStock": (-1, LEVEL_MAX + 1, 2**31 - 1, -(2**31)),
        "receiveStock": (0, -1, LEVEL_MAX + 1, 2**31 - 1, -(2**31)),
        **dict.fromkeys(
            ("returnStock", "holdStock", "unholdStock", "wasteStock"), (0, -1, LEVEL_MAX + 1, 2**31 - 1, -(2**31))
        ),
    }
    return [
        Case(name, "INVALID_QUANTITY", QUANTITY[name], with_(**{QUANTITY[name]: value}), what=str(value))
        for name, values in wrong.items()
        for value in values
    ]


def reasons() -> list[Case]:
    """Reason codes that are unknown, point the other way, or need a note."""
    unknown = [Case(name, "UNKNOWN_REASON_CODE", "reasonCode", with_(reasonCode="no_such_reason")) for name in REASONED]
    noted = [
        Case(name, "NOTE_REQUIRED", "note", with_(reasonCode="other", note=note), what=repr(note))
        for name in REASONED
        for note in (None, "", "  \n")
    ]
    lowering, raising = ("damaged", "lost", "theft", "sample", "waste"), ("found", "received", "returned")
    return [
        *unknown,
        *noted,
        *(_mismatch("adjustStock", code, quantityChange=1) for code in lowering),
        *(_mismatch("adjustStock", code, quantityChange=-1) for code in raising),
        *(_mismatch("countStock", code, quantityCounted=11) for code in lowering),
        *(_mismatch("countStock", code, quantityCounted=9) for code in raising),
        *(_mismatch("returnStock", code) for code in lowering),
        *(_mismatch("wasteStock", code) for code in raising),
    ]


def _mismatch(mutation: str, code: str, **fields: Any) -> Case:
    return Case(mutation, "REASON_DIRECTION_MISMATCH", "reasonCode", with_(reasonCode=code, **fields), what=code)


def stock() -> list[Case]:
    """What the level as it is does not allow: 10 on hand at version 1."""
    stale = [
        Case(
            name,
            "STALE_VERSION",
            "expectedVersion",
            with_(expectedVersion=version),
            {"currentVersion": 1},
            str(version),
        )
        for name in ("adjustStock", "countStock")
        for version in (0, 2, 2**53 - 1)
    ]
    over = {
        "adjustStock": {"quantityChange": LEVEL_MAX},
        "receiveStock": {"quantity": LEVEL_MAX - 9},
        "returnStock": {"quantity": LEVEL_MAX},
    }
    limits = [
        Case(name, "LIMIT_EXCEEDED", QUANTITY[name], with_(**fields), {"limit": LEVEL_MAX})
        for name, fields in over.items()
    ]
    short = {
        "adjustStock": ({"quantityChange": -11}, 10),
        "holdStock": ({"quantity": 11}, 10),
        "unholdStock": ({"quantity": 11}, 4),
        "wasteStock": ({"quantity": 11}, 10),
    }
    shortages = [
        Case(name, "INSUFFICIENT_STOCK", QUANTITY[name], with_(**fields), {"requested": 11, "available": available})
        for name, (fields, available) in short.items()
    ]
    none_held = with_(quantity=1, fromHold=True)
    unheld = Case("wasteStock", "INSUFFICIENT_STOCK", "quantity", none_held, {"available": 0}, "none on hold")
    return [*stale, *limits, *shortages, unheld]


BAD_TEXTS = {
    "empty": "",
    "blank": " \t ",
    "NUL": "a\0b",
    "control": "a\x1bb",
    "too long": "x" * 10_000,
}


def texts() -> list[Case]:
    """Texts that are blank, too long or not storable, in every slot that takes one."""
    required: dict[str, tuple[str, ...]] = dict.fromkeys(AT_A_LEVEL, ("idempotencyKey", "sku", "location"))
    required |= {
        "upsertItem": (
            "idempotencyKey", "sku", "name", "category", "catalogProductId", "vendor", "condition", "language",
            "currency", "unitOfMeasure", "barcodes",
        ),
        "upsertLocation": ("idempotencyKey", "code", "name", "kind", "zone", "parent"),
        "upsertReasonCode": ("idempotencyKey", "code", "name"),
        "setApprovalPolicy": ("idempotencyKey",),
    }  # fmt: skip
    required["receiveStock"] += ("reference",)
    for name in REASONED:
        required[name] += ("reasonCode", "reference")
    cases = [
        Case(name, "INVALID_INPUT", slot, _text(slot, text), what=what, level_known=False)
        for name, slots in required.items()
        for slot in slots
        for what, text in BAD_TEXTS.items()
    ]
    notes = [
        Case(name, "INVALID_INPUT", "note", _text("note", BAD_TEXTS[what]), what=what, level_known=False)
        for name in MOVEMENTS
        for what in ("NUL", "control", "too long")
    ]
    return cases + notes


def _text(slot: str, text: str) -> Spoil:
    return with_(**{slot: [text] if slot == "barcodes" else text})


def descriptions() -> list[Case]:
    """Items, locations and policies that cannot be."""
    item = {
        "quantityScale": (-1, 1_000),
        "leadTimeDays": (-1, 10**9),
        "currency": ("EURO", "eur", "E1R"),
        "barcodes": (["4006381333931"] * 2, [str(n) for n in range(1_000)]),
    }
    policy = {
        "reorderPoint": (-1, LEVEL_MAX + 1),
        "safetyStock": (-1, LEVEL_MAX + 1),
        "lowStockThreshold": (-1, LEVEL_MAX + 1),
        "overstockThreshold": (-1, LEVEL_MAX + 1),
        "staleAfterDays": (-1, 0, 10**9),
    }
    slots = {
        "upsertItem": item,
        "setStockPolicy": policy,
        "upsertLocation": {"priority": (-1, 2**31 - 1)},
        "setApprovalPolicy": {"expiresAfterHours": (-1, 0, 8_761)},
    }
    return [
        Case(name, "INVALID_INPUT", slot, with_(**{slot: value}), what=str(value)[:30], level_known=False)
        for name, fields in slots.items()
        for slot, values in fields.items()
        for value in values
    ]
