"""The published JSON Schemas say exactly what is sent: every field of every event is described, and nothing else is."""

import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from domain.adjustments import AdjustmentAct, AdjustmentStatus
from domain.alerts import AlertAct, AlertKind, AlertStatus
from domain.events import (
    AdjustmentChanged,
    AlertChanged,
    Event,
    ItemChanged,
    ReservationChanged,
    ReservationRefused,
    TransferChanged,
)
from domain.ledger import LedgerKind, Quantities
from domain.locations import Location
from domain.reservations import ReservationAct, ReservationStatus
from domain.status import StockPolicy, StockStatus
from domain.strategies import AllocationStrategy
from domain.transfers import TransferAct, TransferStatus
from services.envelope import decode, encode, traceparent_of, with_tx
from tests.factories import adjustment_events, alert_events, reservation_events, transfer_events
from tests.factories.events import START, TENANT, a_level, changed, item_changed, location_changed

FOLDER = Path(__file__).parents[2] / "frontend-contract" / "events"
SCHEMAS = {file.name.removesuffix(".schema.json"): orjson.loads(file.read_bytes()) for file in FOLDER.glob("*.json")}
OF_RESERVATIONS = (ReservationChanged, ReservationRefused)
NAMED_BY_ACT = (*OF_RESERVATIONS, TransferChanged, AdjustmentChanged, AlertChanged)
TYPES = [event.__name__ for event in get_args(Event) if event not in NAMED_BY_ACT]
TYPES += [*ReservationAct, *TransferAct, *AdjustmentAct, *AlertAct]
#: What schemas share.
PARTS = ["envelope", "reservation", "transfer", "adjustment", "alert"]
#: What events of before do not tell: nobody may rely on it.
OPTIONAL = {("ItemChanged", "previous")}

LEVEL = a_level("TÉNT-ü", vendor=None, category=None, condition=None)
FULL = replace(
    LEVEL,
    version=7,
    quantities=Quantities(100, 20, 5, 30),
    policy=StockPolicy(10, 5, 8, 500, 90),
    last_movement_at=None,
    item=replace(
        LEVEL.item,
        category="tents",
        catalog_product_id="P-1",
        vendor="Peak",
        condition="new",
        language="de",
        price=Decimal("1E+3"),
        unit_cost=Decimal("0.0001"),
        currency="EUR",
        quantity_scale=3,
        barcodes=("4006381333931",),
        lead_time_days=0,
        archived_at=START + timedelta(microseconds=1),
    ),
    location=replace(LEVEL.location, zone="north", parent="WEST", active=False),
)
EVENTS: list[Event] = [
    changed(LEVEL, None),
    changed(FULL, LEVEL),
    changed(FULL, replace(FULL, version=6), kind=None),
    *(changed(FULL, LEVEL, kind=kind) for kind in LedgerKind),
    item_changed(LEVEL.item),
    item_changed(FULL.item),
    item_changed(FULL.item, LEVEL.item),
    item_changed(LEVEL.item, FULL.item),
    location_changed(LEVEL.location),
    location_changed(FULL.location),
    *reservation_events.life(),
    *transfer_events.life(),
    *adjustment_events.life(),
    *alert_events.life(),
]


def sent(event: Event) -> dict[str, Any]:
    return orjson.loads(with_tx(encode(event, TENANT), 123))


def validator(name: str, schemas: dict[str, Any] = SCHEMAS) -> Draft202012Validator:
    known = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in schemas.values())
    return Draft202012Validator(schemas[name], registry=known, format_checker=FormatChecker())


def closed(schema: Any) -> Any:
    """The schema with every object closed to fields that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(each) for name, each in schema.items()}
    return shut | ({"additionalProperties": False} if "properties" in shut and "required" in shut else {})


def closed_schemas() -> dict[str, Any]:
    """An event's own fields are those of the envelope."""
    schemas = copy.deepcopy(SCHEMAS)
    return {name: closed(schema) for name, schema in schemas.items()}


def test_there_is_a_schema_for_each_event_and_one_for_what_they_share() -> None:
    assert set(SCHEMAS) == {*TYPES, *PARTS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_describes_every_field(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["description"]
    for definition in (SCHEMAS[name], *SCHEMAS[name].get("$defs", {}).values()):
        if "required" in definition:
            described = [
                field for field in definition["properties"].values() if "description" in field or "$ref" in field
            ]
            assert len(described) == len(definition["properties"])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_is_sent_is_what_the_schema_says_and_nothing_more(event: Event) -> None:
    validator(event.type).validate(sent(event))
    validator(event.type, closed_schemas()).validate(sent(event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_is_sent_is_read_as_it_was_told(event: Event) -> None:
    assert decode(with_tx(encode(event, TENANT), 123)).event == event


@pytest.mark.parametrize("name", TYPES)
def test_an_event_of_another_type_or_without_a_field_is_not_valid(name: str) -> None:
    event = next(sent(event) for event in EVENTS if event.type == name)
    assert not validator(name).is_valid(event | {"type": "Other"})
    assert not validator(name).is_valid(event | {"schemaVersion": 2})
    assert not validator(name).is_valid(event | {"data": {}})
    for field in event:
        assert not validator(name).is_valid({key: value for key, value in event.items() if key != field}), field


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_nothing_of_what_an_event_tells_may_be_left_out(event: Event) -> None:
    envelope = sent(event)
    for field in envelope["data"]:
        if (event.type, field) in OPTIONAL:
            continue
        without = {key: value for key, value in envelope["data"].items() if key != field}
        assert not validator(event.type).is_valid(envelope | {"data": without}), field


@pytest.mark.parametrize("act", ReservationAct)
def test_a_reservation_is_in_a_state_that_the_act_leads_to(act: ReservationAct) -> None:
    event = next(sent(event) for event in EVENTS if event.type == act)
    states = {event.state.status for event in EVENTS if isinstance(event, ReservationChanged) and event.act is act}
    described = {
        state
        for state in ReservationStatus
        if validator(act).is_valid(event | {"data": event["data"] | {"status": state.value}})
    }
    assert states <= described
    assert ReservationStatus.REQUESTED not in described


@pytest.mark.parametrize("act", TransferAct)
def test_a_transfer_is_in_a_state_that_the_act_leads_to(act: TransferAct) -> None:
    event = next(sent(event) for event in EVENTS if event.type == act)
    states = {event.state.status for event in EVENTS if isinstance(event, TransferChanged) and event.act is act}
    described = {
        state
        for state in TransferStatus
        if validator(act).is_valid(event | {"data": event["data"] | {"status": state.value}})
    }
    assert states == described


@pytest.mark.parametrize("act", AdjustmentAct)
def test_an_adjustment_is_in_the_state_that_the_act_leads_to(act: AdjustmentAct) -> None:
    event = next(sent(event) for event in EVENTS if event.type == act)
    described = {
        state
        for state in AdjustmentStatus
        if validator(act).is_valid(event | {"data": event["data"] | {"status": state.value}})
    }
    assert described == {e.state.status for e in EVENTS if isinstance(e, AdjustmentChanged) and e.act is act}


@pytest.mark.parametrize("act", AlertAct)
def test_an_alert_is_of_a_kind_and_in_a_status_that_the_act_leads_to(act: AlertAct) -> None:
    told = [event for event in EVENTS if isinstance(event, AlertChanged) and event.act is act]
    kinds = {event.state.kind for event in told}
    assert statuses_described(act) == {event.state.status for event in told}
    for event in told:
        data = sent(event)["data"]
        described = {
            kind for kind in AlertKind if validator(act).is_valid(sent(event) | {"data": data | {"kind": kind}})
        }
        assert described == kinds


def statuses_described(act: AlertAct) -> set[AlertStatus]:
    """Those of which some event of the act may tell."""
    events = [sent(event) for event in EVENTS if event.type == act]
    return {
        status
        for status in AlertStatus
        for event in events
        if validator(act).is_valid(event | {"data": event["data"] | {"status": status}})
    }


def test_low_stock_is_told_with_the_names_of_our_sources() -> None:
    event = sent(alert_events.told(alert_events.alert(remaining=3, threshold=5), product="P-1"))
    named = ("type", "productId", "sku", "remainingQuantity", "threshold")
    assert [(event | event["data"])[name] for name in named] == ["LowStockAlert", "P-1", "TENT", 3, 5]


def test_an_order_of_which_nothing_is_kept_has_no_reservation_to_show() -> None:
    kept, refused = (
        next(
            sent(event)
            for event in reservation_events.life()
            if isinstance(event, kind) and event.type == "InventoryReservationFailed"
        )
        for kind in OF_RESERVATIONS
    )
    failed = validator("InventoryReservationFailed")
    assert not failed.is_valid(kept | {"data": refused["data"] | {"reservationId": kept["data"]["reservationId"]}})
    assert not failed.is_valid(refused | {"data": refused["data"] | {"reason": None}})
    assert not failed.is_valid(kept | {"data": kept["data"] | {"reason": None}})


def test_a_field_of_a_later_version_does_not_make_an_event_invalid() -> None:
    event = sent(changed(FULL, LEVEL))
    validator("StockLevelChanged").validate(event | {"later": 1, "data": event["data"] | {"later": 1}})


def test_an_item_of_which_an_older_event_does_not_tell_what_it_was_was_handed_over_to_nobody() -> None:
    event = sent(item_changed(FULL.item, LEVEL.item))
    assert handed_over(event) == (None, "Peak")
    assert event["data"].pop("previous") == {"vendor": None}
    validator("ItemChanged").validate(event)
    assert handed_over(event) is None


def handed_over(envelope: dict[str, Any]) -> tuple[str | None, str | None] | None:
    event = decode(orjson.dumps(envelope)).event
    assert isinstance(event, ItemChanged)
    return event.handed_over


@pytest.mark.parametrize("traced", [None, f"00-{'a' * 32}-{'b' * 16}-01"])
def test_the_trace_of_what_caused_an_event_is_told_where_there_is_one(traced: str | None) -> None:
    body = encode(changed(FULL, LEVEL), TENANT, traced)
    event = orjson.loads(with_tx(body, 123))
    assert (event["traceparent"], traceparent_of(body), decode(with_tx(body, 123)).traceparent) == (traced,) * 3
    validator("StockLevelChanged").validate(event)
    assert not validator("StockLevelChanged").is_valid(event | {"traceparent": "of my own"})


def test_the_lists_of_states_are_those_of_the_rules() -> None:
    level = SCHEMAS["StockLevelChanged"]["$defs"]["level"]
    assert level["properties"]["status"]["enum"] == [status.value for status in StockStatus]
    reservation = SCHEMAS["reservation"]["$defs"]
    assert reservation["status"]["enum"] == [status.value for status in ReservationStatus]
    assert SCHEMAS["adjustment"]["$defs"]["status"]["enum"] == [status.value for status in AdjustmentStatus]
    assert SCHEMAS["alert"]["$defs"]["kind"]["enum"] == [kind.value for kind in AlertKind]
    assert SCHEMAS["alert"]["$defs"]["status"]["enum"] == [status.value for status in AlertStatus]
    assert reservation["strategy"]["enum"] == [strategy.value for strategy in AllocationStrategy]
    assert SCHEMAS["transfer"]["$defs"]["status"]["enum"] == [status.value for status in TransferStatus]


def test_a_location_of_the_tree_is_described() -> None:
    inner = Location(LEVEL.location.id, "A-1", "Aisle 1", "aisle", parent="MAIN", version=2)
    validator("LocationChanged").validate(sent(location_changed(inner)))
