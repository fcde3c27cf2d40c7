"""What can be wrong with a list to count, and with a step of it."""

from tests.contract.requests import BAD_TEXTS, CYCLE_COUNTS, LEVEL_MAX, Case, Input, Spoil, archived, with_
from tests.factories.shop import Shop, fresh

LINES_MAX = 250
STEPS = CYCLE_COUNTS[1:]


def cases() -> list[Case]:
    return [*_lists(), *_steps(), *_texts()]


def _lists() -> list[Case]:
    many = {"requested": LINES_MAX + 1, "limit": LINES_MAX}
    return [
        Case("createCycleCount", "UNKNOWN_LOCATION", "location", with_(location=fresh("NOWHERE"))),
        Case("createCycleCount", "LOCATION_INACTIVE", "location", _closed),
        Case("createCycleCount", "UNKNOWN_SKU", "skus.1", _with_sku(fresh("NOWHERE"))),
        Case("createCycleCount", "DUPLICATE_LINE", "skus.1", lambda _, given: given | {"skus": given["skus"] * 2}),
        Case("createCycleCount", "INVALID_INPUT", "skus", with_(skus=[])),
        Case("createCycleCount", "LIMIT_EXCEEDED", "skus", with_(skus=["A"] * (LINES_MAX + 1)), many),
        Case("createCycleCount", "ITEM_ARCHIVED", "skus.0", _archived),
    ]


def _steps() -> list[Case]:
    """10 units are on hand of the one SKU of the list."""
    wrong = {"empty": "", "rubbish": "rubbish", "NUL": "a\0b", "long": "x" * 10_000}
    missing = [
        Case(name, "NOT_FOUND", "cycleCountId", with_(cycleCountId=id_), what=what)
        for name in STEPS
        for what, id_ in wrong.items()
    ]
    quantities = [
        Case("recordCycleCount", "INVALID_QUANTITY", "quantityCounted", with_(quantityCounted=value), what=str(value))
        for value in (-1, LEVEL_MAX + 1, 2**31 - 1, -(2**31))
    ]
    return [
        *missing,
        *quantities,
        *(Case(name, "ILLEGAL_TRANSITION", "cycleCountId", _ended) for name in STEPS),
        Case("recordCycleCount", "NOT_FOUND", "sku", with_(sku=fresh("ELSE"))),
        Case("recordCycleCount", "ITEM_ARCHIVED", "sku", archived),
        Case("recordCycleCount", "UNKNOWN_REASON_CODE", "reasonCode", with_(reasonCode="no_such_reason")),
        Case("recordCycleCount", "REASON_DIRECTION_MISMATCH", "reasonCode", with_(reasonCode="found")),
        Case("recordCycleCount", "NOTE_REQUIRED", "note", with_(reasonCode="other")),
    ]


def _texts() -> list[Case]:
    slots = {
        "createCycleCount": ("idempotencyKey", "location", "reference"),
        "recordCycleCount": ("idempotencyKey", "sku", "reasonCode"),
        "closeCycleCount": ("idempotencyKey",),
    }
    own = [
        Case(name, "INVALID_INPUT", slot, with_(**{slot: text}), what=what)
        for name, each in slots.items()
        for slot in each
        for what, text in BAD_TEXTS.items()
    ]
    skus = [
        Case("createCycleCount", "INVALID_INPUT", "skus.1", _with_sku(text), what=w) for w, text in BAD_TEXTS.items()
    ]
    notes = [
        Case("recordCycleCount", "INVALID_INPUT", "note", with_(note=BAD_TEXTS[what]), what=what)
        for what in ("NUL", "control", "too long")
    ]
    return [*own, *skus, *notes]


def _with_sku(sku: str) -> Spoil:
    return lambda _, given: given | {"skus": [*given["skus"], sku]}


def _closed(shop: Shop, given: Input) -> Input:
    return given | {"location": shop.location(active=False)}


def _archived(shop: Shop, given: Input) -> Input:
    shop.admin.succeed("upsertItem", sku=given["skus"][0], archived=True)
    return given


def _ended(shop: Shop, given: Input) -> Input:
    shop.manager.succeed("closeCycleCount", cycleCountId=given["cycleCountId"])
    return given
