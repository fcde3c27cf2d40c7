"""One tenant through the API: who asks in which role, and goods made as an admin would make them."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.answers import Answer
from tests.factories.operations import ALERT, ITEM, LEVEL, LOCATION, RESERVATION, TRANSFER, WEBHOOK, mutation
from tests.stack import TENANT, Stack

_numbers = count(1)
LEVEL_QUERY = f"query ($sku: String!, $location: String) {{ stockLevel(sku: $sku, location: $location) {{ {LEVEL} }} }}"
#: Of what may have many lines those fields that any change of it shows in: a query may cost only so much.
_ORDER = (
    "id version status updatedAt expiresAt "
    "lines { id quantityAllocated quantityBackordered quantityCommitted quantityReleased }"
)
_LIST_TO_COUNT = "id version status updatedAt lines { sku quantityCounted adjustment { id version status } }"
PICTURE_QUERY = f"""
query ($sku: String!, $code: String!) {{
  item(sku: $sku) {{ {ITEM} }}
  location(code: $code) {{ {LOCATION} }}
  stock(sku: $sku) {{ levels {{ {LEVEL} }} }}
  ledger(filter: {{ skus: [$sku] }}, first: 250) {{ nodes {{ id levelVersion }} }}
  reservations(filter: {{ skus: [$sku] }}, first: 20) {{ nodes {{ {_ORDER} }} }}
  transfers(filter: {{ skus: [$sku] }}, first: 20) {{ nodes {{ {TRANSFER} }} }}
  cycleCounts(filter: {{ skus: [$sku] }}, first: 20) {{ nodes {{ {_LIST_TO_COUNT} }} }}
  alerts(filter: {{ skus: [$sku] }}, first: 20) {{ nodes {{ {ALERT} }} }}
}}
"""
RESERVATION_QUERY = (
    f"query ($id: ID, $orderId: String) {{ reservation(id: $id, orderId: $orderId) {{ {RESERVATION} }} }}"
)
CYCLE_COUNT_QUERY = "query ($id: ID!) { cycleCount(id: $id) { lines { sku } } }"
ALERTS_QUERY = f"query ($filter: AlertFilter) {{ alerts(filter: $filter, first: 250) {{ nodes {{ {ALERT} }} }} }}"
ALERT_QUERY = f"query ($id: ID!) {{ node(id: $id) {{ ... on Alert {{ {ALERT} }} }} }}"
TRANSFER_QUERY = f"query ($id: ID!) {{ node(id: $id) {{ ... on Transfer {{ {TRANSFER} }} }} }}"

WEBHOOKS_QUERY = f"query {{ webhooks(first: 50) {{ nodes {{ {WEBHOOK} }} }} }}"
#: A port of this machine at which nobody listens; only where private addresses are allowed.
NOBODY = "http://127.0.0.1:1024"
#: So many webhooks of a tenant are left to a test, and the newest of them make room once there are more.
WEBHOOKS_LEFT, WEBHOOKS_KEPT = 40, 10


def fresh(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody with a token."""

    stack: Stack
    token: str | None

    def send(self, query: str, **variables: Any) -> Answer:
        return self.stack.graphql(query, variables, self.token)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        return self.send(query, **variables).data

    def try_to(self, name: str, /, **given: Any) -> Answer:
        """One mutation, under a key of its own unless one is given; an upsert keeps the name it was made with."""
        return self.send(mutation(name), input={"idempotencyKey": fresh("key"), **_named(name, given), **given})

    def do(self, name: str, /, **given: Any) -> dict[str, Any]:
        """The payload of a mutation, refused or not."""
        return self.try_to(name, **given).data[name]

    def succeed(self, name: str, /, **given: Any) -> dict[str, Any]:
        payload = self.do(name, **given)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload


@dataclass(slots=True)
class Shop:
    """A tenant's goods; every SKU and code it makes is new."""

    stack: Stack
    tenant: str = TENANT
    askers: dict[tuple[str, str | None], Asker] = field(default_factory=dict[tuple[str, str | None], Asker])

    def as_(self, role: str, vendor: str | None = None) -> Asker:
        if (role, vendor) not in self.askers:
            self.askers[role, vendor] = Asker(self.stack, self.stack.token(role, self.tenant, vendor))
        return self.askers[role, vendor]

    @property
    def admin(self) -> Asker:
        return self.as_("admin")

    @property
    def manager(self) -> Asker:
        return self.as_("manager")

    @property
    def system(self) -> Asker:
        return self.as_("system")

    @property
    def analyst(self) -> Asker:
        return self.as_("analyst")

    def item(self, sku: str | None = None, **fields: Any) -> str:
        """A new item; returns its SKU."""
        sku = sku or fresh("SKU")
        self.admin.succeed("upsertItem", sku=sku, **fields)
        return sku

    def location(self, code: str | None = None, **fields: Any) -> str:
        """A new location; returns its code."""
        code = code or fresh("LOC")
        self.admin.succeed("upsertLocation", code=code, **fields)
        return code

    def stocked(self, quantity: int = 10, *locations: str, **fields: Any) -> str:
        """A new item with `quantity` at each location (at the default one if none is named); returns its SKU."""
        sku = self.item(**fields)
        for location in locations or (None,):
            self.manager.succeed("receiveStock", sku=sku, quantity=quantity, **_at(location))
        return sku

    def adjust(self, sku: str, change: int, location: str | None = None, **more: Any) -> dict[str, Any]:
        """Correct on hand; the level afterwards."""
        given = {"sku": sku, "quantityChange": change, "reasonCode": "correction", **_at(location), **more}
        return self.manager.succeed("adjustStock", **given)["stockLevel"]

    def ask(self, change: int = -2, vendor: str = "Nordlys", **said: Any) -> dict[str, Any]:
        """A vendor's request, on an item of which 10 lie at the default location."""
        given = {"sku": self.stocked(10, vendor=vendor), "quantityChange": change, "reasonCode": "correction", **said}
        return self.as_("vendor", vendor).succeed("adjustStock", **given)["adjustment"]

    def reserve(self, sku: str, quantity: int = 3, **more: Any) -> dict[str, Any]:
        """A new order's reservation."""
        given = {"orderId": fresh("ORDER"), "lines": [{"sku": sku, "quantity": quantity}], **more}
        return self.system.succeed("reserveStock", **given)["reservation"]

    def send(self, quantity: int = 4, stock: int = 10, **fields: Any) -> dict[str, Any]:
        """A new transfer of a new item from one new location to another."""
        origin = self.location()
        sku = self.stocked(stock, origin, **fields)
        given = {"sku": sku, "fromLocation": origin, "toLocation": self.location(), "quantity": quantity}
        return self.manager.succeed("transferStock", **given)["transfer"]

    def cycle_count(self, blind: bool = False, **fields: Any) -> dict[str, Any]:
        """A new list of one new item, of which 10 lie at a new location."""
        location = self.location()
        skus = [self.stocked(10, location, **fields)]
        return self.manager.succeed("createCycleCount", location=location, skus=skus, blind=blind)["cycleCount"]

    def low(self, left: int = 3, low_at: int = 5, **fields: Any) -> dict[str, Any]:
        """A new item of which so few are left that an alert stands; the alert."""
        sku = self.stocked(left, **fields)
        self.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=low_at)
        [alert] = self.alerts(skus=[sku])
        return alert

    def address(self) -> str:
        """Of a webhook that may be made."""
        every = self.webhooks()
        for webhook in every[: len(every) - WEBHOOKS_KEPT] if len(every) >= WEBHOOKS_LEFT else ():
            self.admin.succeed("deleteWebhook", webhookId=webhook["id"])
        return f"{NOBODY}/{fresh('hook')}"

    def webhook(self, *events: str, **fields: Any) -> dict[str, Any]:
        """A new webhook that listens to these, or to what no test makes happen."""
        given = {"url": self.address(), "events": events or ("STALE",), **fields}
        return self.admin.succeed("createWebhook", **given)["webhook"]

    def webhooks(self) -> list[dict[str, Any]]:
        """Newest first."""
        return self.analyst.ask(WEBHOOKS_QUERY)["webhooks"]["nodes"]

    def alerts(self, **filter: Any) -> list[dict[str, Any]]:
        """Newest first."""
        return self.analyst.ask(ALERTS_QUERY, filter=filter)["alerts"]["nodes"]

    def alert(self, id_: str) -> dict[str, Any] | None:
        return self.analyst.ask(ALERT_QUERY, id=id_)["node"]

    def transfer(self, id_: str) -> dict[str, Any] | None:
        return self.admin.ask(TRANSFER_QUERY, id=id_)["node"]

    def reservation(self, id_: str | None = None, order: str | None = None) -> dict[str, Any] | None:
        named = {"id": id_} if order is None else {"orderId": order}
        return self.admin.ask(RESERVATION_QUERY, **named)["reservation"]

    def level(self, sku: str, location: str | None = None) -> dict[str, Any] | None:
        return self.admin.ask(LEVEL_QUERY, sku=sku, location=location)["stockLevel"]

    def picture(self, sku: str, code: str) -> dict[str, Any]:
        """Everything an unwanted effect on this SKU or location would show in."""
        return self.admin.ask(PICTURE_QUERY, sku=sku, code=code)

    def picture_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """Everything an unwanted effect of a mutation with this input would show in."""
        if given.keys() & {"webhookId", "url"}:
            return {"webhooks": self.webhooks()}
        return self.picture(next(iter(self.skus_of(given)), "-"), given.get("code") or "-")

    def skus_of(self, given: dict[str, Any]) -> list[str]:
        """The SKUs that a mutation with this input works on."""
        lines = given.get("lines") or ()
        if "reservationId" in given:
            reservation = self.reservation(given["reservationId"])
            lines = reservation["lines"] if reservation else ()
        if "transferId" in given:
            transfer = self.transfer(given["transferId"])
            lines = [transfer] if transfer else ()
        if "alertId" in given:
            alert = self.alert(given["alertId"])
            lines = [alert] if alert else ()
        if "skus" in given:
            lines = [{"sku": sku} for sku in given["skus"]]
        if "cycleCountId" in given and "sku" not in given:
            found = self.admin.ask(CYCLE_COUNT_QUERY, id=given["cycleCountId"])["cycleCount"]
            lines = found["lines"] if found else ()
        return [given["sku"]] if "sku" in given else [line["sku"] for line in lines]


def _named(mutation: str, given: dict[str, Any]) -> dict[str, str]:
    """The name, which an upsert must tell each time."""
    made_by = {"upsertItem": ("sku", "Goods"), "upsertLocation": ("code", "Place")}
    if mutation not in made_by:
        return {}
    slot, kind = made_by[mutation]
    return {"name": f"{kind} {given.get(slot)}"}


def _at(location: str | None) -> dict[str, str]:
    return {} if location is None else {"location": location}
