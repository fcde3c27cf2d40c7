"""The AsyncAPI document of what goes over Kafka, kept in frontend-contract: its topics, keys, headers and messages.

The schemas of the messages are written by hand and lie beside it; what is said of them here is taken from them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from server.settings import DEFAULT_TOPIC
from services.envelope import SCHEMA_VERSION
from services.event_codec import READERS
from services.fulfillment_events.names import FulfillmentEvent
from services.trace import TRACEPARENT
from subscriptions.relay.topic import PARTITIONS

Part = dict[str, Any]

#: Of this document: grows when a message or a channel is added.
VERSION = "1.0"
_FORMAT = "application/schema+json;version=draft-2020-12"
_ABOUT = (
    "What the service tells and takes over Kafka. Events come at least once, those of one `aggregateId` in the order "
    "of their versions: keep the `aggregateVersion` of each thing and drop what is not above it. Fields and types may "
    "be added under the same `schemaVersion`."
)
_PUBLISHED = (
    "Every change, as it is after it. The setting TOPIC gives another name. `tenant:key` chooses the partition; `key` "
    "is the SKU for stock levels and alerts, and the thing's id for the rest."
)
_CONSUMED = (
    "Topics of yours, which CONSUMED_TOPICS names (docs/consumed-events.md): orders, payments and the warehouse. A "
    "message of which nothing can be made is written to the topic's name with `.dead-letter` behind it."
)
_TEXT: Part = {"type": "string"}


def document(events: Path) -> Part:
    """`events`: the folder of the schemas, beside which the document lies."""
    published = {name: _message(events, f"{name}.schema.json", _published(name)) for name in READERS}
    consumed = {name.value: _message(events, f"consumed/{name}.schema.json", _taken(name)) for name in FulfillmentEvent}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Stockcast events", "version": VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "events": _channel(
                DEFAULT_TOPIC, _PUBLISHED, published, {"topic": DEFAULT_TOPIC, "partitions": PARTITIONS}
            ),
            "consumed": _channel(None, _CONSUMED, consumed, {}),
        },
        "operations": {
            "publish": _operation("send", "events", "Each change is told once it is committed, and never before."),
            "consume": _operation("receive", "consumed", "Each has one effect, however often it comes."),
        },
        "components": {"messages": published | consumed},
    }


def text(events: Path) -> str:
    return json.dumps(document(events), indent=2, ensure_ascii=False) + "\n"


def _channel(address: str | None, description: str, messages: Part, kafka: Part) -> Part:
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": kafka | {"bindingVersion": "0.5.0"}},
    }


def _operation(action: str, channel: str, summary: str) -> Part:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(events: Path, file: str, more: Part) -> Part:
    schema = json.loads((events / file).read_text(encoding="utf-8"))
    reference = {"schemaFormat": _FORMAT, "schema": {"$ref": f"{events.name}/{file}"}}
    return {"name": schema["title"], "summary": schema["description"], "payload": reference} | more


def _published(name: str) -> Part:
    headers: Part = {
        "id": _TEXT | {"format": "uuid", "description": "Of the event; the same when it is sent again."},
        "type": _TEXT | {"default": name, "description": "Or the name that EVENT_NAMES and its like give it."},
        "schemaVersion": _TEXT | {"const": str(SCHEMA_VERSION)},
        TRACEPARENT: _TEXT | {"description": "W3C trace context of what caused it, where that was traced."},
    }
    key = _TEXT | {"description": "`tenant:key` of the envelope.", "pattern": "^[0-9a-f-]{36}:."}
    return {
        "headers": {
            "type": "object",
            "properties": headers,
            "required": [each for each in headers if each != TRACEPARENT],
        },
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }


def _taken(name: FulfillmentEvent) -> Part:
    """Only what says which event it is: where the rest may stand, the guide tells."""
    type_ = _TEXT | {"default": name.value, "description": "Or as the body's `type`, or by the topic's only event."}
    return {"headers": {"type": "object", "properties": {"type": type_}}}
