"""What can be wrong with an order, and with a step in the life of its reservation."""

from collections.abc import Callable
from typing import Any

from tests.contract.requests import BAD_TEXTS, LEVEL_MAX, STEPS, Case, Input, Spoil, archived, closed, with_
from tests.factories.shop import Shop

LINES_MAX = 1_000
TTL_SECONDS_MAX = 2_678_400
WITH_LINES = ("commitReservation", "releaseReservation")
_TOO_MANY = [{"sku": "A", "quantity": 1}] * (LINES_MAX + 1)
ITEM_ID = "query ($sku: String!) { item(sku: $sku) { id } }"


def line(**fields: Any) -> Spoil:
    """The right order with these fields in its only line."""
    return lambda _, given: given | {"lines": [given["lines"][0] | fields]}


def _of_line(spoil: Spoil) -> Spoil:
    """The right order, its line spoiled as the request about a level would be."""
    return lambda shop, given: given | {"lines": [spoil(shop, given["lines"][0])]}


def _other_lines(shop: Shop, given: Input) -> Input:
    """An order that is reserved already, with another quantity."""
    shop.system.succeed("reserveStock", **given)
    return given | {"lines": [given["lines"][0] | {"quantity": 4}]}


def _twice(quantity: int) -> Spoil:
    return lambda _, given: given | {"lines": [given["lines"][0] | {"quantity": quantity}] * 2}


def orders() -> list[Case]:
    """Orders that cannot be, or not now: 10 units lie at the default location."""
    quantities = [
        Case("reserveStock", "INVALID_QUANTITY", "lines.0.quantity", line(quantity=quantity), what=str(quantity))
        for quantity in (0, -1, LEVEL_MAX + 1, 2**31 - 1, -(2**31))
    ]
    many = {"requested": LINES_MAX + 1, "limit": LINES_MAX}
    short = {"requested": 11, "available": 10}
    return [
        *quantities,
        *_ttls("reserveStock"),
        Case("reserveStock", "INVALID_QUANTITY", "lines.1.quantity", _twice(LEVEL_MAX), what="together"),
        Case("reserveStock", "INVALID_INPUT", "lines", with_(lines=[])),
        Case("reserveStock", "LIMIT_EXCEEDED", "lines", with_(lines=_TOO_MANY), many),
        Case("reserveStock", "UNKNOWN_SKU", "lines.0.sku", line(sku="NO-SUCH-SKU"), {"sku": "NO-SUCH-SKU"}),
        Case("reserveStock", "UNKNOWN_LOCATION", "lines.0.location", line(location="NO-SUCH"), {"location": "NO-SUCH"}),
        Case("reserveStock", "ITEM_ARCHIVED", "lines.0.sku", _of_line(archived)),
        Case("reserveStock", "LOCATION_INACTIVE", "lines.0.location", _of_line(closed)),
        Case("reserveStock", "INSUFFICIENT_STOCK", "lines.0.quantity", line(quantity=11), short),
        Case("reserveStock", "INSUFFICIENT_STOCK", "lines.0.quantity", _twice(6), {"requested": 12}, "together"),
        Case("reserveStock", "ORDER_ALREADY_RESERVED", "orderId", _other_lines),
    ]


def _ttls(mutation: str) -> list[Case]:
    return [
        Case(
            mutation, "INVALID_INPUT", "ttlSeconds", with_(ttlSeconds=seconds), {"limit": TTL_SECONDS_MAX}, str(seconds)
        )
        for seconds in (0, -1, TTL_SECONDS_MAX + 1, 2**31 - 1, -(2**31))
    ]


def _id_of_the_item(shop: Shop, given: Input) -> Input:
    """A global id, but of another kind."""
    [sku] = shop.skus_of(given)
    return given | {"reservationId": shop.admin.ask(ITEM_ID, sku=sku)["item"]["id"]}


def _id_of_a_dry_run(shop: Shop, given: Input) -> Input:
    return given | {"reservationId": shop.reserve(shop.stocked(1), 1, dryRun=True)["id"]}


def steps() -> list[Case]:
    """Reservations that are not there, and times that cannot be."""
    wrong: dict[str, Spoil] = {
        "empty": with_(reservationId=""),
        "rubbish": with_(reservationId="rubbish"),
        "NUL": with_(reservationId="a\0b"),
        "long": with_(reservationId="x" * 10_000),
        "of an item": _id_of_the_item,
        "of a dry run": _id_of_a_dry_run,
    }
    missing = [
        Case(name, "NOT_FOUND", "reservationId", spoil, what=what) for name in STEPS for what, spoil in wrong.items()
    ]
    return [*missing, *_ttls("extendReservation")]


Line = Callable[[Shop, Input], dict[str, Any]]


def _lines(*made: Line) -> Spoil:
    """The right step with these lines, each made of what the right one names."""
    return lambda shop, given: given | {"lines": [each(shop, given) for each in made]}


def by_sku(quantity: int = 1, **more: Any) -> Line:
    return lambda shop, given: {"sku": shop.skus_of(given)[0], "quantity": quantity, **more}


def by_id(quantity: int = 1, **more: Any) -> Line:
    return lambda shop, given: {"lineId": line_of(shop, given)["id"], "quantity": quantity, **more}


def line_of(shop: Shop, given: Input) -> dict[str, Any]:
    reservation = shop.reservation(given["reservationId"])
    assert reservation
    return reservation["lines"][0]


def plain(**fields: Any) -> Line:
    return lambda shop, given: {"quantity": 1, **fields}


def _of_another(shop: Shop, given: Input) -> dict[str, Any]:
    return {"lineId": shop.reserve(shop.stocked(1), 1)["lines"][0]["id"], "quantity": 1}


def lines() -> list[Case]:
    """Lines of a commit or a release of an order that holds 3."""
    wrong: list[tuple[str, str, Spoil, dict[str, Any], str]] = [
        ("INVALID_INPUT", "lines", with_(lines=[]), {}, ""),
        ("LIMIT_EXCEEDED", "lines", with_(lines=_TOO_MANY), {"requested": LINES_MAX + 1, "limit": LINES_MAX}, ""),
        ("INVALID_INPUT", "lines.0.lineId", _lines(plain()), {}, "neither"),
        ("INVALID_INPUT", "lines.0.lineId", _lines(by_id(sku="A")), {}, "both"),
        ("INVALID_INPUT", "lines.0.location", _lines(by_id(location="MAIN")), {}, "with lineId"),
        ("INVALID_INPUT", "lines.1.sku", _lines(by_sku(), plain(sku="a\0b")), {}, "NUL"),
        ("INVALID_INPUT", "lines.0.sku", _lines(plain(sku="")), {}, "empty"),
        ("INVALID_INPUT", "lines.0.location", _lines(by_sku(location="a\0b")), {}, "NUL"),
        ("NOT_FOUND", "lines.0.lineId", _lines(plain(lineId="rubbish")), {}, "rubbish"),
        ("NOT_FOUND", "lines.0.lineId", _lines(_of_another), {}, "of another reservation"),
        ("NOT_FOUND", "lines.0.sku", _lines(plain(sku="NO-SUCH-SKU")), {"sku": "NO-SUCH-SKU"}, ""),
        ("NOT_FOUND", "lines.0.sku", _lines(by_sku(location="NO-SUCH")), {"location": "NO-SUCH"}, "location"),
        ("DUPLICATE_LINE", "lines.1.sku", _lines(by_id(), by_sku()), {}, ""),
        ("DUPLICATE_LINE", "lines.1.lineId", _lines(by_sku(), by_id()), {}, ""),
        ("INVALID_QUANTITY", "lines.0.quantity", _lines(by_sku(4)), {"requested": 4, "available": 3}, "by SKU"),
        ("INVALID_QUANTITY", "lines.0.quantity", _lines(by_id(4)), {"requested": 4, "available": 3}, "by id"),
        *(
            ("INVALID_QUANTITY", "lines.0.quantity", _lines(by_id(quantity)), {"sku": None}, str(quantity))
            for quantity in (0, -1, LEVEL_MAX + 1, 2**31 - 1, -(2**31))
        ),
    ]
    return [Case(name, code, at, spoil, told, what) for name in WITH_LINES for code, at, spoil, told, what in wrong] + [
        Case("releaseReservation", "UNKNOWN_REASON_CODE", "reasonCode", with_(reasonCode="no_such_reason"))
    ]


def texts() -> list[Case]:
    """Texts that are blank, too long or not storable, in every slot that takes one."""
    slots = {
        "reserveStock": ("idempotencyKey", "orderId", "zone", "channel"),
        "confirmReservation": ("idempotencyKey",),
        "commitReservation": ("idempotencyKey", "reference"),
        "releaseReservation": ("idempotencyKey", "reasonCode"),
        "extendReservation": ("idempotencyKey",),
    }
    own = [
        Case(name, "INVALID_INPUT", slot, with_(**{slot: text}), what=what)
        for name, each in slots.items()
        for slot in each
        for what, text in BAD_TEXTS.items()
    ]
    in_lines = [
        Case("reserveStock", "INVALID_INPUT", f"lines.0.{slot}", line(**{slot: text}), what=what)
        for slot in ("sku", "location")
        for what, text in BAD_TEXTS.items()
    ]
    notes = [
        Case("releaseReservation", "INVALID_INPUT", "note", with_(note=BAD_TEXTS[what]), what=what)
        for what in ("NUL", "control", "too long")
    ]
    return own + in_lines + notes
