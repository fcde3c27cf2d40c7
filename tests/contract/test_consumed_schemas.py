"""The schemas of what other systems tell say what is read: what they allow is taken, what they forbid is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from domain.access import Caller, Role
from domain.allocation import FulfillmentPolicy
from domain.refusals import Refusal
from domain.strategies import AllocationStrategy
from services.commands import Command
from services.fulfillment_events.commands import command_of
from services.fulfillment_events.names import FulfillmentEvent
from services.fulfillment_events.told import read_told
from tests.conformance.units_worlds import ACME
from tests.fakes.fulfillment import NOON

FOLDER = Path(__file__).parents[2] / "frontend-contract" / "events" / "consumed"
SCHEMAS = {file.name.removesuffix(".schema.json"): orjson.loads(file.read_bytes()) for file in FOLDER.glob("*.json")}
KNOWN = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())
CALLER = Caller(ACME.id, ACME.slug, "topic:shop.v1", frozenset({Role.SYSTEM}))

LINE = {"sku": "TENT", "quantity": 2}
LINES: tuple[dict[str, Any], ...] = (
    {},
    {"items": []},
    {"items": [LINE]},
    {"lines": [LINE | {"location": "A"}, {"productId": "P-1", "quantity": 100_000_000}]},
    {"sku": "TENT", "quantity": 1},
    {"productId": 4711, "quantity": 1},
    {"warehouse": "A", "items": [LINE] * 1_000},
    {"items": [LINE] * 1_001},
    {"items": [{}]},
    {"items": [{"sku": "TENT"}]},
    {"items": [{"quantity": 1}]},
    {"items": [LINE | {"sku": "x" * 65}]},
    {"items": [LINE | {"location": "x" * 65}]},
    {"items": [LINE, LINE | {"quantity": 1.5}]},
    {"items": [LINE | {"quantity": "2"}]},
    {"items": [LINE | {"quantity": 0}]},
    {"items": [LINE | {"quantity": 100_000_001}]},
    {"items": "TENT"},
)
HEADS: tuple[dict[str, Any], ...] = (
    {"orderId": "O-1"},
    {"orderId": 4711, "note": "other fields are passed over", "occurredAt": "2026-05-04T12:00:00Z"},
    {},
    {"orderId": ""},
    {"orderId": None},
    {"orderId": True},
    {"orderId": "O" * 201},
)
SERVED: tuple[dict[str, Any], ...] = (
    {"fulfillmentPolicy": "BACKORDER", "strategy": "NEAREST", "zone": "north", "channel": "web", "ttlSeconds": 60},
    {"fulfillmentPolicy": "SOME"},
    {"strategy": "NONE"},
    {"ttlSeconds": 0},
    {"ttlSeconds": 2_678_401},
    {"channel": ""},
    {"zone": "x" * 65},
)


def allowed(event: FulfillmentEvent, body: dict[str, Any]) -> bool:
    return Draft202012Validator(SCHEMAS[event.value], registry=KNOWN).is_valid(body)


def taken(event: FulfillmentEvent, body: dict[str, Any]) -> bool:
    """Whether anything could come of it."""
    told = read_told(event, "1", body)
    if isinstance(told, Refusal):
        return False
    lines = tuple(replace(line, sku=line.sku or line.product_id) for line in told.lines or ())
    return isinstance(command_of(replace(told, lines=lines or None), CALLER, NOON), Command)


def test_there_is_a_schema_for_each_event_and_one_of_what_they_share() -> None:
    assert set(SCHEMAS) == {*(event.value for event in FulfillmentEvent), "event"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_describes_every_field(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    fields = [schema, *schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    assert all(each["description"] for each in fields)


@pytest.mark.parametrize("event", FulfillmentEvent)
def test_what_a_schema_allows_is_taken_and_what_it_forbids_is_not(event: FulfillmentEvent) -> None:
    bodies = [head | lines for head, lines in product(HEADS, LINES)]
    told = {allowed(event, body): body for body in bodies}
    assert len(told) == 2
    for body in bodies:
        assert allowed(event, body) == taken(event, body), body


@pytest.mark.parametrize("event", [FulfillmentEvent.ORDER_CREATED, FulfillmentEvent.INVENTORY_ALLOCATION_REQUESTED])
@pytest.mark.parametrize("served", SERVED)
def test_how_an_order_is_served_is_told_as_its_schema_says(event: FulfillmentEvent, served: dict[str, Any]) -> None:
    body = {"orderId": "O-1", "items": [LINE], **served}
    assert allowed(event, body) == taken(event, body)
    properties = SCHEMAS[event.value]["properties"]
    assert properties["fulfillmentPolicy"]["enum"] == list(FulfillmentPolicy)
    assert properties["strategy"]["enum"] == list(AllocationStrategy)
