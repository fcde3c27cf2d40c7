"""Belongings: one tenant's people and things, one of each kind that the API can name, made through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.access import Role
from domain.identity import tenant_id
from schema.ids import global_id, read_global_id
from tests.factories.shop import Asker, Shop, fresh
from tests.faults.tenancy.things import IDENTIFIED, Thing
from tests.stack import Stack

#: The vendor of every vendor's token; each tenant has one of this name.
VENDOR = "Peak"
#: What every tenant calls a thing of each kind, beside those that have a name of their own.
BOTH = "Both-0"
#: A reason whose corrections wait for another person in every tenant.
WAITING_REASON = "theft"

_ALL = """
query ($sku: String!, $code: String!) {
  item(sku: $sku) { id } location(code: $code) { id } stock(sku: $sku) { id } viewer { tenant { id } }
  stockLevel(sku: $sku, location: $code) { id ledger(first: 1) { nodes { id } } } auditLog(first: 1) { nodes { id } }
}
"""


def shop_of(stack: Stack, slug: str) -> Shop:
    """Of people who are called the same in every tenant, so that no name keeps two tenants apart."""
    shop = Shop(stack, slug)
    for role in Role:
        vendor = VENDOR if role is Role.VENDOR else None
        shop.askers[role, vendor] = Asker(stack, stack.token(role, slug, vendor, subject=subject_of(role)))
    return shop


def subject_of(role: str) -> str:
    """The staff are one person in many roles; who asks for a correction that waits is another."""
    return "vendor@both" if role == Role.VENDOR else "staff@both"


def asker(shop: Shop, role: str) -> Asker:
    return shop.as_(role, VENDOR if role == Role.VENDOR else None)


@dataclass(slots=True)
class Belongings:
    """`names`: of each kind of thing the name of one; of those that are told by id, and of every type of `Node`, in
    `nodes` its global id by the type's name."""

    shop: Shop
    names: Mapping[Thing, str]
    nodes: Mapping[str, str]

    @classmethod
    def of(cls, shop: Shop) -> Belongings:
        """New ones: the item is the vendor's, the reservation is PENDING, the adjustment waits, the alert is open."""
        webhook = shop.webhook("LOW_STOCK")
        names = _described(shop)
        sku, location = names[Thing.SKU], names[Thing.LOCATION]
        order = {"orderId": names[Thing.ORDER], "channel": names[Thing.CHANNEL]}
        reservation = shop.reserve(sku, 1, **order)
        sent = {"quantity": 1, "reference": names[Thing.REFERENCE]}
        shop.manager.succeed("transferStock", sku=BOTH, fromLocation=BOTH, toLocation=location, **sent)
        there = {"sku": names[Thing.SENT_SKU], "fromLocation": location, "toLocation": BOTH, **sent}
        transfer = shop.manager.succeed("transferStock", **there)["transfer"]
        counted = {"location": location, "skus": [sku], "reference": names[Thing.REFERENCE]}
        count = shop.manager.succeed("createCycleCount", **counted)["cycleCount"]
        nodes = _nodes(shop, names) | {
            "Reservation": reservation["id"],
            "ReservationLine": reservation["lines"][0]["id"],
            "Adjustment": _asked(shop, names),
            "Alert": _alerted(shop, names),
            "Transfer": transfer["id"],
            "CycleCount": count["id"],
            "Webhook": webhook["id"],
        }
        nodes["WebhookDelivery"] = _told(shop, webhook)
        return cls(shop, names, nodes)

    @property
    def tenant(self) -> str:
        return str(tenant_id(self.shop.tenant))

    def asker(self, role: str) -> Asker:
        return asker(self.shop, role)

    def own(self, thing: Thing) -> str:
        """As `name`, of what every role of the tenant may see."""
        return VENDOR if thing is Thing.VENDOR else self.name(thing)

    def name(self, thing: Thing) -> str:
        """What a request names this kind of thing by."""
        if thing is Thing.NODE:
            return self.nodes["Item"]
        return self.nodes[thing.value] if thing in IDENTIFIED else self.names[thing]


def _described(shop: Shop) -> dict[Thing, str]:
    """Names of things, none of them part of another; with an item and a location that are described by them."""
    names = {thing: fresh(thing.name.title()) for thing in Thing}
    names[Thing.AUDITED] = names[Thing.SKU]
    _made(shop, names)
    shop.location(names[Thing.NEW_LOCATION], parent=names[Thing.LOCATION])
    shop.stocked(10, names[Thing.LOCATION], sku=names[Thing.NEW_SKU], vendor=names[Thing.VENDOR])
    shop.stocked(10, names[Thing.LOCATION], sku=names[Thing.SENT_SKU], vendor=VENDOR)
    shop.admin.succeed("upsertReasonCode", code=names[Thing.NEW_REASON], name=fresh("Reason"))
    shop.reserve(names[Thing.SKU], 1, orderId=names[Thing.NEW_ORDER])
    _made(shop, dict.fromkeys(Thing, BOTH))
    shop.reserve(BOTH, 1, orderId=BOTH, channel=BOTH)
    _acted(shop, names)
    return names


def _made(shop: Shop, names: Mapping[Thing, str]) -> None:
    """An item of the vendor's, of which 10 lie at a location, and a reason code."""
    place = {"kind": names[Thing.PLACE], "zone": names[Thing.ZONE], "name": names[Thing.SEARCH]}
    shop.location(names[Thing.LOCATION], **place)
    shop.admin.succeed("upsertReasonCode", code=names[Thing.REASON], name=fresh("Reason"))
    item = {
        "catalogProductId": names[Thing.PRODUCT],
        "category": names[Thing.CATEGORY],
        "condition": names[Thing.CONDITION],
        "language": names[Thing.LANGUAGE],
        "barcodes": [names[Thing.BARCODE]],
        "name": names[Thing.SEARCH],
    }
    shop.item(names[Thing.SKU], vendor=VENDOR, **item)
    received = {"location": names[Thing.LOCATION], "reference": names[Thing.REFERENCE]}
    shop.manager.succeed("receiveStock", sku=names[Thing.SKU], quantity=10, **received)


def _acted(shop: Shop, names: Mapping[Thing, str]) -> None:
    """Somebody who is called so in this tenant alone: in its ledger, its audit log, and with a request that waits."""
    somebody = Asker(shop.stack, shop.stack.token(Role.ADMIN, shop.tenant, subject=names[Thing.SUBJECT]))
    somebody.succeed("setApprovalPolicy", rules=[{"reasonCodes": [WAITING_REASON]}])
    given = {"sku": names[Thing.SKU], "location": names[Thing.LOCATION], "quantityChange": -1}
    for reason in (names[Thing.REASON], WAITING_REASON):
        somebody.succeed("adjustStock", **given, reasonCode=reason, reference=names[Thing.REFERENCE])


def _asked(shop: Shop, names: Mapping[Thing, str]) -> str:
    """The vendor's request, which waits."""
    given = {"sku": names[Thing.SKU], "location": names[Thing.LOCATION], "reasonCode": names[Thing.REASON]}
    return asker(shop, Role.VENDOR).succeed("adjustStock", quantityChange=-1, **given)["adjustment"]["id"]


def _alerted(shop: Shop, names: Mapping[Thing, str]) -> str:
    """Of both items there are always too few; the first one's alert."""
    for sku in (names[Thing.NEW_SKU], names[Thing.SKU]):
        given = {"sku": sku, "location": names[Thing.LOCATION], "lowStockThreshold": 1_000}
        shop.manager.succeed("setStockPolicy", **given)
    [alert] = shop.alerts(skus=[names[Thing.SKU]])
    return alert["id"]


def _told(shop: Shop, webhook: Mapping[str, Any]) -> str:
    """What the webhook was to be told first, which was of an alert."""
    query = "query ($filter: WebhookDeliveryFilter) { webhookDeliveries(filter: $filter) { nodes { id } } }"
    *_, first = shop.admin.ask(query, filter={"webhookId": webhook["id"]})["webhookDeliveries"]["nodes"]
    return first["id"]


def _nodes(shop: Shop, names: Mapping[Thing, str]) -> dict[str, str]:
    found: dict[str, Any] = shop.admin.ask(_ALL, sku=names[Thing.SKU], code=names[Thing.LOCATION])
    level = found["stockLevel"]
    return {
        "Item": found["item"]["id"],
        "Location": found["location"]["id"],
        "Stock": found["stock"]["id"],
        "StockLevel": level["id"],
        "LedgerEntry": level["ledger"]["nodes"][0]["id"],
        "AuditEntry": found["auditLog"]["nodes"][0]["id"],
        "Tenant": found["viewer"]["tenant"]["id"],
    }


def uuid_in(id_: str) -> str:
    found = read_global_id(id_)
    assert found, id_
    return str(found[1])


def ids_in(nodes: Mapping[str, str], uuid: Any) -> set[str]:
    """Every text by which the API might tell this UUID."""
    return {str(uuid), *(global_id(kind, uuid) for kind in nodes)}
