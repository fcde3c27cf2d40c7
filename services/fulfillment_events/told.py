"""Told: what an event of another system says, as far as we read it.

Fields are found whatever their style (`orderId`, `order_id`, `OrderId`), at the top of the payload or in its `data`,
`payload` or `order`. What is not there is None; what is there, though it cannot be meant, is a refusal that names it
as the sender does.
Of an event only the fields are read that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from domain.allocation import FulfillmentPolicy
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.strategies import AllocationStrategy
from domain.texts import REFERENCE_LENGTH_MAX, invalid_identifier
from services.fulfillment_events.names import FulfillmentEvent

T = TypeVar("T")

#: The names of our sources and those beside them, in the plain style of `_plain`; the first that is there counts.
_ORDER = ("orderid", "order")
_LINES = ("lines", "items", "orderlines", "orderitems", "lineitems")
_SKU = ("sku", "productsku", "itemsku")
_PRODUCT = ("productid", "product")
_QUANTITY = ("quantity", "qty", "units")
_WAREHOUSE = ("warehouse", "warehousecode", "warehouseid")
_LOCATION = ("location", "locationcode", "locationid", *_WAREHOUSE)
_POLICY = ("fulfillmentpolicy", "policy")
_STRATEGY = ("allocationstrategy", "strategy")
_TTL = ("ttlseconds", "ttl")
_OCCURRED = ("occurredat", "occurredon")
#: Events that ask for stock, and those of which the lines are read.
_ORDERS = {FulfillmentEvent.ORDER_CREATED, FulfillmentEvent.INVENTORY_ALLOCATION_REQUESTED}
_GOODS = _ORDERS | {
    FulfillmentEvent.ITEM_PICKED,
    FulfillmentEvent.FULFILLMENT_CONFIRMED,
    FulfillmentEvent.SHIPMENT_CREATED,
    FulfillmentEvent.ITEM_RETURNED,
}
#: Our names of what a refusal may be about -> those that it may have in an event, and in a line of one.
_OF_EVENTS = {"orderId": _ORDER, "lines": _LINES, "ttlSeconds": _TTL}
_OF_LINES = {"sku": _SKU, "productId": _PRODUCT, "quantity": _QUANTITY, "location": _LOCATION}
_INNER = ("data", "payload", "order")
#: A time before is a clock that was never set.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Units of an item, named by its SKU or by the product of the catalog that it is."""

    sku: str | None
    product_id: str | None
    location: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Told:
    """`id` tells the event apart from the tenant's others; `lines` None: none were listed, and so with the others."""

    event: FulfillmentEvent
    id: str
    order_id: str
    lines: tuple[ToldLine, ...] | None = None
    policy: FulfillmentPolicy | None = None
    strategy: AllocationStrategy | None = None
    zone: str | None = None
    channel: str | None = None
    ttl_seconds: int | None = None
    occurred_at: datetime | None = None
    #: Our names of fields -> the sender's; those of lines as its first line has them, none where it is one itself.
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    def as_told(self, refusals: Sequence[Refusal]) -> tuple[Refusal, ...]:
        """The same refusals, their fields named as the sender names them."""
        return tuple(replace(refusal, field=self._path(refusal.field)) for refusal in refusals)

    def _path(self, path: tuple[str, ...]) -> tuple[str, ...]:
        if path[:1] == ("lines",) and len(path) > 1 and "lines" not in self.names:
            path = path[2:]
        return tuple(self.names.get(name, name) for name in path)


def read_told(event: FulfillmentEvent, id_: str, payload: Mapping[str, Any], time: str | None = None) -> Told | Refusal:
    """What the payload of an event says, or why it cannot be read. A `time` told beside it goes before its own."""
    try:
        return _read(event, id_, _Fields(payload), time)
    except _Unreadable as fault:
        return fault.refusal


class _Unreadable(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def _read(event: FulfillmentEvent, id_: str, fields: _Fields, time: str | None) -> Told:
    order_id = fields.text("orderId", _ORDER)
    if order_id is None:
        raise _unreadable("orderId", "orderId is missing: name the order.")
    if refusal := invalid_identifier(fields.called("orderId", _ORDER), order_id, REFERENCE_LENGTH_MAX):
        raise _Unreadable(refusal)
    lines = _lines(fields) if event in _GOODS else None
    occurred_at = _moment(time) or _moment(fields.get(_OCCURRED))
    told = Told(event, id_, order_id, lines, occurred_at=occurred_at, names=_names(fields, lines))
    return _served(told, fields) if event in _ORDERS else told


def _served(told: Told, fields: _Fields) -> Told:
    """How an order wants to be served."""
    return replace(
        told,
        policy=fields.one_of("fulfillmentPolicy", _POLICY, FulfillmentPolicy),
        strategy=fields.one_of("strategy", _STRATEGY, AllocationStrategy),
        zone=fields.text("zone", ("zone",)),
        channel=fields.text("channel", ("channel",)),
        ttl_seconds=fields.whole("ttlSeconds", _TTL),
    )


def _lines(fields: _Fields) -> tuple[ToldLine, ...] | None:
    """The lines listed; the one that the event itself is; or None."""
    listed = fields.get(_LINES)
    if listed is None:
        alone = fields.get(_SKU) is not None or fields.get(_PRODUCT) is not None
        return (_line(fields, None),) if alone else None
    called = fields.called("lines", _LINES)
    if not isinstance(listed, list):
        raise _unreadable(called, f"{called} is no list: give a list of objects with sku and quantity.")
    lines: list[ToldLine] = []
    for number, each in enumerate(cast("list[Any]", listed)):
        try:
            lines.append(_line(_Fields(each), fields.text("warehouse", _WAREHOUSE)))
        except _Unreadable as fault:
            raise _Unreadable(fault.refusal.at(called, str(number))) from None
    return tuple(lines) or None


def _names(fields: _Fields, lines: tuple[ToldLine, ...] | None) -> Mapping[str, str]:
    listed = fields.get(_LINES)
    line = _Fields(listed[0]) if lines and listed else fields
    names = {name: fields.called(name, others) for name, others in _OF_EVENTS.items()}
    names |= {name: line.called(name, others) for name, others in _OF_LINES.items()}
    if lines and not listed:
        del names["lines"]
    return names


def _line(fields: _Fields, location: str | None) -> ToldLine:
    sku, product_id = fields.text("sku", _SKU), fields.text("productId", _PRODUCT)
    if sku is None and product_id is None:
        raise _unreadable("sku", "sku is missing: name the item by sku or by productId.")
    if refusal := invalid_identifier(fields.called("productId", _PRODUCT), product_id, REFERENCE_LENGTH_MAX):
        raise _Unreadable(refusal)
    quantity = fields.whole("quantity", _QUANTITY)
    if quantity is None:
        raise _unreadable("quantity", "quantity is missing.", RefusalCode.INVALID_QUANTITY)
    return ToldLine(sku, product_id, fields.text("location", _LOCATION) or location, quantity)


def _moment(told: object) -> datetime | None:
    """When it happened, UTC where no zone is told; None where no sensible time is: then it counts from its arrival."""
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
        at = at and (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
    return at if at and at >= _EARLIEST else None


class _Fields:
    """The fields of an object, found by any of their names."""

    def __init__(self, raw: object) -> None:
        if not isinstance(raw, Mapping):
            raise _unreadable("", "Not an object: give an object with sku and quantity.")
        self._values: dict[str, Any] = {}
        self._called: dict[str, str] = {}
        self._take(cast("Mapping[str, Any]", raw))
        for name in _INNER:
            if isinstance(inner := self._values.get(name), Mapping):
                self._take(cast("Mapping[str, Any]", inner))

    def _take(self, raw: Mapping[str, Any]) -> None:
        self._values |= {_plain(name): value for name, value in raw.items()}
        self._called |= {_plain(name): name for name in raw}

    def get(self, names: Sequence[str]) -> Any:
        return next((value for name in names if (value := self._values.get(name)) is not None), None)

    def called(self, field: str, names: Sequence[str]) -> str:
        """The sender's name of what is there under one of these; where nothing is, ours."""
        return next((self._called[name] for name in names if self._values.get(name) is not None), field)

    def text(self, field: str, names: Sequence[str]) -> str | None:
        """A text, or a number as which some systems write an id; of an object that is named so, its id."""
        value = self.get(names)
        if isinstance(value, Mapping):
            value = _Fields(cast("object", value)).get(("id", "code"))
        if value is None or isinstance(value, str):
            return value
        if type(value) is int:
            return str(value)
        called = self.called(field, names)
        raise _unreadable(called, f"{called} is no text.")

    def whole(self, field: str, names: Sequence[str]) -> int | None:
        value = self.get(names)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if value is None or type(value) is int:
            return value
        code = RefusalCode.INVALID_QUANTITY if field == "quantity" else RefusalCode.INVALID_INPUT
        within = f" between 1 and {LEVEL_MAX}" if field == "quantity" else ""
        called = self.called(field, names)
        raise _unreadable(called, f"{called} is {_shown(value)}: give a whole number{within}.", code)

    def one_of(self, field: str, names: Sequence[str], kind: Callable[[str], T]) -> T | None:
        value = self.text(field, names)
        try:
            return None if value is None else kind(value.upper().replace("-", "_"))
        except ValueError:
            choices = ", ".join(each.value for each in cast("Any", kind))
            called = self.called(field, names)
            raise _unreadable(called, f"{called} is {_shown(value)}: give one of {choices}.") from None


def _plain(name: str) -> str:
    """The same for every style of writing a name."""
    return name.replace("_", "").replace("-", "").lower()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _unreadable(field: str, message: str, code: RefusalCode = RefusalCode.INVALID_INPUT) -> _Unreadable:
    return _Unreadable(Refusal(code, message, (field,) if field else ()))
