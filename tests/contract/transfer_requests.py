"""What can be wrong with a transfer, and with a step of it."""

from tests.contract.requests import (
    BAD_TEXTS,
    LEVEL_MAX,
    TRANSFERS,
    Case,
    Input,
    Spoil,
    archived,
    unknown_sku,
    with_,
)
from tests.factories.shop import Shop, fresh

STEPS = TRANSFERS[1:]
ENDS = ("fromLocation", "toLocation")
QUANTITIES = (0, -1, LEVEL_MAX + 1, 2**31 - 1, -(2**31))


def cases() -> list[Case]:
    return [*_sent(), *_steps(), *_texts()]


def _sent() -> list[Case]:
    """10 units lie at the sender."""
    short = {"requested": 11, "available": 10}
    return [
        Case("transferStock", "UNKNOWN_SKU", "sku", unknown_sku),
        Case("transferStock", "ITEM_ARCHIVED", "sku", archived),
        *(Case("transferStock", "UNKNOWN_LOCATION", end, with_(**{end: fresh("NOWHERE")})) for end in ENDS),
        *(Case("transferStock", "LOCATION_INACTIVE", end, _closed(end)) for end in ENDS),
        Case("transferStock", "INVALID_INPUT", "toLocation", _circle, what="where it comes from"),
        Case("transferStock", "INSUFFICIENT_STOCK", "quantity", with_(quantity=11), short),
        Case("transferStock", "INSUFFICIENT_STOCK", "quantity", _never_stocked, {"available": 0}, "never stocked"),
        *_quantities("transferStock"),
    ]


def _steps() -> list[Case]:
    """4 units are on their way."""
    wrong = {"empty": "", "rubbish": "rubbish", "NUL": "a\0b", "long": "x" * 10_000}
    missing = [
        Case(name, "NOT_FOUND", "transferId", with_(transferId=id_), what=what)
        for name in STEPS
        for what, id_ in wrong.items()
    ]
    return [
        *missing,
        *(Case(name, "NOT_FOUND", "transferId", _id_of_an_item, what="of an item") for name in STEPS),
        *(Case(name, "ILLEGAL_TRANSITION", "transferId", _ended(how), what=how) for name in STEPS for how in STEPS),
        *_quantities("receiveTransfer"),
        Case("receiveTransfer", "INVALID_QUANTITY", "quantity", with_(quantity=5), {"requested": 5, "available": 4}),
        Case("receiveTransfer", "LOCATION_INACTIVE", "transferId", _receiver_closed),
        Case("receiveTransfer", "ITEM_ARCHIVED", "sku", _item_archived),
    ]


def _texts() -> list[Case]:
    slots = dict.fromkeys(STEPS, ("idempotencyKey",)) | {"transferStock": ("idempotencyKey", "sku", *ENDS, "reference")}
    return [
        Case(name, "INVALID_INPUT", slot, with_(**{slot: text}), what=what)
        for name, each in slots.items()
        for slot in each
        for what, text in BAD_TEXTS.items()
    ] + [
        Case(name, "INVALID_INPUT", "note", with_(note=BAD_TEXTS[what]), what=what)
        for name in TRANSFERS
        for what in ("NUL", "control", "too long")
    ]


def _quantities(name: str) -> list[Case]:
    return [Case(name, "INVALID_QUANTITY", "quantity", with_(quantity=value), what=str(value)) for value in QUANTITIES]


def _circle(_: Shop, given: Input) -> Input:
    return given | {"toLocation": given["fromLocation"]}


def _never_stocked(shop: Shop, given: Input) -> Input:
    return given | {"fromLocation": shop.location()}


def _closed(end: str) -> Spoil:
    def spoil(shop: Shop, given: Input) -> Input:
        shop.admin.succeed("upsertLocation", code=given[end], active=False)
        return given

    return spoil


def _ended(how: str) -> Spoil:
    def spoil(shop: Shop, given: Input) -> Input:
        shop.manager.succeed(how, transferId=given["transferId"], **({"quantity": 4} if how == STEPS[0] else {}))
        return given

    return spoil


def _id_of_an_item(shop: Shop, given: Input) -> Input:
    query = "query ($sku: String!) { item(sku: $sku) { id } }"
    return given | {"transferId": shop.admin.ask(query, sku=shop.stocked(1))["item"]["id"]}


def _receiver_closed(shop: Shop, given: Input) -> Input:
    transfer = shop.transfer(given["transferId"])
    assert transfer
    shop.admin.succeed("upsertLocation", code=transfer["to"]["code"], active=False)
    return given


def _item_archived(shop: Shop, given: Input) -> Input:
    transfer = shop.transfer(given["transferId"])
    assert transfer
    shop.admin.succeed("upsertItem", sku=transfer["sku"], archived=True)
    return given
