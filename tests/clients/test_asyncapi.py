"""The AsyncAPI document is one, and says of Kafka's messages what is sent."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from db.outbox import OutboxRow
from server import asyncapi, typed_documents
from server.contract import ASYNCAPI_FILE, EVENTS_DIR
from services.envelope import encode
from services.event_codec import READERS
from services.fulfillment_events.names import FulfillmentEvent
from subscriptions.relay import sinks
from subscriptions.relay.event_names import EventNames
from tests.factories.events import TENANT, a_level, changed

DOCUMENT = json.loads(ASYNCAPI_FILE.read_bytes())
MESSAGES = DOCUMENT["components"]["messages"]


def test_the_document_is_that_of_the_code() -> None:
    assert ASYNCAPI_FILE.read_text(encoding="utf-8") == asyncapi.text(EVENTS_DIR), "run `make schema`"


@pytest.mark.node
def test_it_is_an_asyncapi_document() -> None:
    typed_documents.environment()
    specs = typed_documents.TOOLS / "node_modules" / "@asyncapi" / "specs" / "schemas"
    validator = Draft7Validator(json.loads((specs / "3.0.0-without-$id.json").read_bytes()))
    assert [error.message for error in validator.iter_errors(DOCUMENT)] == []
    assert not validator.is_valid(DOCUMENT | {"operations": {"publish": {"action": "tell"}}})


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [each for one in part for each in references(one)]
    if not isinstance(part, dict):
        return []
    return [part["$ref"]] if "$ref" in part else [each for one in part.values() for each in references(one)]


def test_every_reference_leads_somewhere_and_every_event_has_its_message() -> None:
    found = references(DOCUMENT)
    for reference in found:
        file, _, path = reference.partition("#/")
        part = DOCUMENT
        for name in path.split("/") if path else ():
            part = part[name]
        assert not file or (ASYNCAPI_FILE.parent / file).is_file(), reference
    assert set(DOCUMENT["channels"]["events"]["messages"]) == set(READERS)
    assert set(DOCUMENT["channels"]["consumed"]["messages"]) == set(FulfillmentEvent)
    assert {f"events/{file.relative_to(EVENTS_DIR)}" for file in EVENTS_DIR.rglob("*Changed.schema.json")} <= set(found)


@pytest.mark.parametrize("traceparent", [None, f"00-{'a' * 32}-{'b' * 16}-01"])
def test_a_message_has_the_key_and_the_headers_that_it_tells_of(traceparent: str | None) -> None:
    event = changed(a_level(), None)
    row = OutboxRow(1, 0, TENANT, event.key, event.aggregate_id, 1, event.type, 7, encode(event, TENANT, traceparent))
    sink = cast(sinks.KafkaSink, SimpleNamespace(_names=EventNames()))
    sent = sinks.KafkaSink._headers(sink, row)  # pyright: ignore[reportPrivateUsage]
    headers = {name: value.decode() for name, value in sent}
    message = MESSAGES[event.type]
    told = message["headers"] | {"additionalProperties": False}
    Draft202012Validator(told).validate(headers)
    assert not Draft202012Validator(told).is_valid({name: headers[name] for name in headers if name != "type"})
    key = sinks._key(row).decode()  # pyright: ignore[reportPrivateUsage]
    Draft202012Validator(message["bindings"]["kafka"]["key"]).validate(key)
