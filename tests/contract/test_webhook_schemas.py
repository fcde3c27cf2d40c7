"""The published JSON Schemas of messages to webhooks say exactly what is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from domain.events import Event
from domain.webhooks import WebhookEventType, listened_to
from services.webhook_messages import body_of
from tests.contract.test_event_schemas import SCHEMAS as EVENTS
from tests.contract.test_event_schemas import closed
from tests.factories import adjustment_events, alert_events, reservation_events, transfer_events

FOLDER = Path(__file__).parents[2] / "frontend-contract" / "webhooks"
SCHEMAS = {file.name.removesuffix(".schema.json"): orjson.loads(file.read_bytes()) for file in FOLDER.glob("*.json")}
HAPPENINGS: list[Event] = [
    *alert_events.life(),
    *reservation_events.life(),
    *adjustment_events.life(),
    *transfer_events.life(),
]
TOLD = [(type_, event) for event in HAPPENINGS if (type_ := listened_to(event))]


def sent(type_: WebhookEventType, event: Event) -> dict[str, Any]:
    return orjson.loads(body_of(event, type_))


def validator(name: str, *, exactly: bool = False) -> Draft202012Validator:
    """`exactly`: of a message with no field beside those that are described."""
    every = [closed(schema) if exactly else schema for schema in (*SCHEMAS.values(), *EVENTS.values())]
    known = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in every)
    return Draft202012Validator(SCHEMAS[name], registry=known, format_checker=FormatChecker())


def test_there_is_a_schema_for_each_type_and_one_for_what_they_share() -> None:
    assert set(SCHEMAS) == {"message", *(type_.told_as for type_ in WebhookEventType)}
    assert {type_ for type_, _ in TOLD} == set(WebhookEventType)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_says_what_it_is_of(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"urn:stockcast:webhooks:1:{name}"
    assert SCHEMAS[name]["title"] == name
    assert SCHEMAS[name]["description"]


@pytest.mark.parametrize(("type_", "event"), TOLD, ids=lambda each: getattr(each, "told_as", None) or each.type)
def test_what_is_sent_is_what_its_schema_says_and_nothing_more(type_: WebhookEventType, event: Event) -> None:
    message = sent(type_, event)
    for exactly in (False, True):
        validator(type_.told_as, exactly=exactly).validate(message)
    assert not validator(type_.told_as, exactly=True).is_valid(message | {"more": 1})


@pytest.mark.parametrize("type_", WebhookEventType)
def test_a_message_of_another_type_or_without_a_field_is_not_valid(type_: WebhookEventType) -> None:
    for other, event in TOLD:
        message = sent(other, event)
        assert validator(type_.told_as).is_valid(message) is (other is type_)
        assert not validator(type_.told_as).is_valid(message | {"type": "inventory.other"})
        assert not validator(type_.told_as).is_valid(message | {"data": {}})
        for field in message:
            rest = {name: value for name, value in message.items() if name != field}
            assert not validator(type_.told_as).is_valid(rest), field


def test_alerts_of_one_kind_are_not_valid_as_another() -> None:
    alerts = [(type_, event) for type_, event in TOLD if event in alert_events.life()]
    for type_, event in alerts:
        for other in {type_ for type_, _ in alerts} - {type_}:
            assert not validator(other.told_as).is_valid(sent(type_, event) | {"type": other.told_as})


def test_the_guide_names_every_type() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{type_.told_as}`" in readme for type_ in WebhookEventType)
