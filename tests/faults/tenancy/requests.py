"""Requests: for every operation of the API one that is right, and how a slot of it is filled with something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from domain.access import Role
from tests.contract.requests import right
from tests.factories.shop import Shop, fresh
from tests.faults.tenancy.belongings import VENDOR, WAITING_REASON, Belongings, asker
from tests.faults.tenancy.slots import EACH, Slot
from tests.faults.tenancy.things import Thing

Given = dict[str, Any]

#: Names of one thing, of which a request holds one.
INSTEAD = (
    frozenset({"sku", "productId", "product_id", "lineId"}),
    frozenset({"id", "orderId"}),
    frozenset({"Idempotency-Key", "idempotencyKey", "idempotency_key"}),
)
#: What an entry of a list holds at least, where a right request has no such list.
AT_LEAST: dict[str, Given] = {"lines": {"quantity": 1}, "items": {"quantity": 1}, "rules": {}}


def filled(given: Given, slot: Slot, value: str, own: str | None = None) -> Given:
    """A copy of a request, under a key of its own, with the value in the slot; in a list beside `own`, if given."""
    copy = with_key(given, fresh("key"))
    holder: Any = copy
    for name, below in zip(slot.path, slot.path[1:], strict=False):
        if name == EACH:
            holder = holder[0]
        elif below == EACH:
            holder[name] = holder.get(name) or [deepcopy(AT_LEAST[name])]
            holder = holder[name]
        else:
            holder = holder.setdefault(name, {})
    name = slot.path[-1]
    if slot.path[0] in ("header", "body"):
        _without_twins(copy.get("header", {}), copy.get("body"), name)
    for twin in next((each - {name} for each in INSTEAD if name in each), ()):
        holder.pop(twin, None)
    holder[name] = [*([own] if own else []), value] if slot.many else value
    return copy


def with_key(given: Given, key: str) -> Given:
    """A copy of a request under this key; of one that takes none, just a copy."""
    copy = deepcopy(given)
    for place, name in (("input", "idempotencyKey"), ("header", "Idempotency-Key")):
        if place in copy:
            copy[place][name] = key
    return copy


def _without_twins(header: Given, body: Any, name: str) -> None:
    """An idempotency key stands in the header or in the body."""
    if name in INSTEAD[2]:
        for place in (header, body):
            for twin in INSTEAD[2]:
                place.pop(twin, None)


# ---------------------------------------------------------------------- GraphQL
_WAITING_RULE = {"reasonCodes": [WAITING_REASON]}
#: Mutations that need nothing that is there before.
_NEW: Mapping[str, Callable[[], Given]] = {
    "upsertItem": lambda: {"sku": fresh("SKU"), "name": "Renamed"},
    "upsertLocation": lambda: {"code": fresh("LOC"), "name": "Renamed"},
    "upsertReasonCode": lambda: {"code": fresh("reason"), "name": "Renamed"},
    "setApprovalPolicy": lambda: {"rules": [_WAITING_RULE]},
}


def right_input(name: str, mine: Belongings, role: str) -> Given:
    """The variables of a mutation that succeeds for every role that may call it, each time with new things."""
    shop = mine.shop
    if name in _NEW:
        given = _NEW[name]()
    elif name == "cancelAdjustment":
        given = {"adjustmentId": _waiting(shop, role)}
    else:
        given = right(name, shop)
        if role == Role.VENDOR:
            for sku in shop.skus_of(given):
                shop.admin.succeed("upsertItem", sku=sku, vendor=VENDOR)
    return {"input": {"idempotencyKey": fresh("key"), **given}}


def _waiting(shop: Shop, role: str) -> str:
    """A request that waits, asked for by who is to withdraw it; by a vendor where that role asks for none."""
    by = role if role in (Role.VENDOR, Role.MANAGER, Role.ADMIN) else Role.VENDOR
    shop.admin.succeed("setApprovalPolicy", rules=[_WAITING_RULE])
    given = {"sku": shop.stocked(10, vendor=VENDOR), "quantityChange": -1, "reasonCode": WAITING_REASON}
    return asker(shop, by).succeed("adjustStock", **given)["adjustment"]["id"]


# ---------------------------------------------------------------------- by path
def right_call(operation: str, mine: Belongings, role: str) -> Given:
    """The parts of a request by path that succeeds likewise. Raises KeyError for an operation that is not known."""
    shop = mine.shop
    given = _CALLS[operation](mine, role)
    if role == Role.VENDOR:
        for sku in _skus_of(given, shop):
            shop.admin.succeed("upsertItem", sku=sku, vendor=VENDOR)
    return {"path": {}, "query": {}, **given}


def _skus_of(given: Given, shop: Shop) -> list[str]:
    body = given.get("body")
    if isinstance(body, dict) and isinstance(body.get("sku"), str):
        return [body["sku"]]
    if "reservationId" in given.get("path", {}):
        reservation = shop.reservation(given["path"]["reservationId"])
        return [line["sku"] for line in reservation["lines"]] if reservation else []
    return []


def _write(body: Any, **path: str) -> Given:
    return {"path": path, "body": body, "header": {"Idempotency-Key": fresh("key")}}


def _reserve(mine: Belongings, _: str) -> Given:
    return _write({"orderId": fresh("ORDER"), "items": [{"sku": mine.shop.stocked(10), "quantity": 1}]})


def _step(mine: Belongings, _: str) -> Given:
    return _write({}, reservationId=mine.shop.reserve(mine.shop.stocked(10))["id"])


def _correct(**body: Any) -> Callable[[Belongings, str], Given]:
    return lambda mine, _: _write({"sku": mine.shop.stocked(10), **body})


def _decide(mine: Belongings, _: str) -> Given:
    return _write({}, adjustmentId=mine.shop.ask(vendor=VENDOR)["id"])


def _of(kind: str, name: str) -> Callable[[Belongings, str], Given]:
    return lambda mine, _: {"path": {name: mine.nodes[kind]}}


def _named(thing: Thing, name: str) -> Callable[[Belongings, str], Given]:
    return lambda mine, _: {"path": {name: mine.name(thing)}}


_CALLS: Mapping[str, Callable[[Belongings, str], Given]] = {
    "reserve": _reserve,
    "getReservation": _of("Reservation", "reservationId"),
    "confirmReservation": _step,
    "commitReservation": _step,
    "releaseReservation": _step,
    "getAvailability": lambda mine, _: {"query": {"sku": [mine.name(Thing.SKU)]}},
    "adjust": _correct(quantity_change=1, reason_code="correction"),
    "adjustProduct": _correct(quantity_change=1, reason_code="correction"),
    "addStock": _correct(quantity=1),
    "auditStock": _correct(quantity_counted=7),
    "getAdjustments": lambda mine, _: {},
    "getAdjustment": _of("Adjustment", "adjustmentId"),
    "approveAdjustment": _decide,
    "rejectAdjustment": _decide,
    "cancelAdjustment": lambda mine, role: _write({}, adjustmentId=_waiting(mine.shop, role)),
    "getStockLevels": _named(Thing.SKU, "sku"),
    "getInventory": lambda mine, _: {},
    "getHealthReport": lambda mine, _: {"query": {"group_by": "SKU"}},
    "getProduct": _named(Thing.PRODUCT, "productId"),
    "checkProducts": lambda mine, _: {"body": [mine.name(Thing.PRODUCT)]},
}
