"""Reading: whose event a message is, which one, and what it says; or why it cannot be read.

Headers come first, their names in any style (`event-id`, `eventId`, `ce_id`), then the body, then the topic's setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import orjson

from domain.identity import tenant_id
from domain.refusals import Refusal, RefusalCode
from domain.texts import REFERENCE_LENGTH_MAX, invalid_identifier, storable
from services.fulfillment_events.names import FulfillmentEvent
from services.fulfillment_events.told import Told, read_told
from services.parking import Lane, Message
from services.trace import TRACEPARENT
from subscriptions.consumers.topics import ConsumedTopic

_TENANT = ("tenant", "tenantid", "xtenant", "xtenantid", "cetenant", "cetenantid")
_ID = ("id", "eventid", "messageid", "ceid")
_TYPE = ("type", "eventtype", "cetype", "messagetype", "typeid")
_TIME = ("time", "cetime", "occurredat")
_BODY_TYPE = ("type", "eventType", "event_type", "event", "eventName")
KEY_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """A message that can be read: the lane in which it keeps its place, what it says, and the trace that it names."""

    lane: Lane
    told: Told
    traceparent: str | None = None

    def in_lane(self, lane: Lane) -> Reading:
        return replace(self, lane=lane)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that nobody can make sense of. `skipped`: nor need anybody."""

    refusals: tuple[Refusal, ...]
    skipped: bool = False


class _Stop(Exception):
    def __init__(self, unreadable: Unreadable) -> None:
        super().__init__()
        self.unreadable = unreadable


def readable(header: str) -> str:
    """A header's name, what is no UTF-8 in it told as `\\xff`."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read(message: Message, topic: ConsumedTopic) -> Reading | Unreadable:
    """What a message of this topic says."""
    try:
        return _read(message, topic)
    except _Stop as stop:
        return stop.unreadable


def _read(message: Message, topic: ConsumedTopic) -> Reading:
    headers = _Headers(message)
    body = _body(message)
    event = _event(headers, body, topic)
    tenant = _tenant(headers, topic)
    told = read_told(event, _id(event, headers, message), body, headers.text(_TIME))
    if isinstance(told, Refusal):
        raise _Stop(Unreadable((told,)))
    return Reading(Lane(tenant, message.topic, _key(message, told)), told, _traceparent(message))


class _Headers:
    """The headers of a message by their plain names; of several with one name the last."""

    def __init__(self, message: Message) -> None:
        for name, _ in message.headers:
            if (told := readable(name)) != name:
                raise _stop("headers", f"The name of the header {told} is no UTF-8.")
        self._values = {name.strip("_").replace("_", "").replace("-", "").lower(): v for name, v in message.headers}

    def text(self, names: Sequence[str]) -> str | None:
        """The first that says something."""
        for name in names:
            try:
                text = (self._values.get(name) or b"").decode().strip()
            except UnicodeDecodeError:
                raise _stop("headers", f"The header {name} is no UTF-8.") from None
            if text:
                return text
        return None


def _body(message: Message) -> dict[str, Any]:
    try:
        body = orjson.loads(message.value or b"")
    except orjson.JSONDecodeError as fault:
        raise _stop("", f"The value is no JSON: {fault}.") from None
    if not isinstance(body, dict):
        raise _stop("", "The value is no JSON object.")
    return cast("dict[str, Any]", body)


def _event(headers: _Headers, body: Mapping[str, Any], topic: ConsumedTopic) -> FulfillmentEvent:
    """The first name that is one of an event expected here; the topic's only event where nothing is named."""
    told = [headers.text((name,)) for name in _TYPE] + [body.get(name) for name in _BODY_TYPE]
    names = [name for name in told if isinstance(name, str) and name]
    for name in names:
        if event := topic.event_named(name):
            return event
    if not names and topic.only:
        return topic.only
    what = f"the event is {names[0][:100]!r}" if names else "it does not say which event it is"
    expected = ", ".join(sorted(topic.events))
    raise _stop("type", f"{what}: {topic.name} carries {expected}.", skipped=topic.skips_others)


def _tenant(headers: _Headers, topic: ConsumedTopic) -> UUID:
    """A tenant is named by its short name or its id."""
    name = headers.text(_TENANT) or topic.tenant
    if name is None:
        raise _stop("tenant", f"No tenant: give the header tenant, or {topic.name} a tenant in CONSUMED_TOPICS.")
    try:
        return UUID(name)
    except ValueError:
        return tenant_id(name)


def _id(event: FulfillmentEvent, headers: _Headers, message: Message) -> str:
    """Two events of one id are the same if they are of one type. Without an id of its own, a message is told apart by
    its place; a topic that was made anew has other times at its places."""
    id_ = headers.text(_ID)
    if id_ is None:
        return f"{message.topic}/{message.partition}/{message.offset}@{message.sent_at_ms}"
    if refusal := invalid_identifier("id", id_, REFERENCE_LENGTH_MAX):
        raise _Stop(Unreadable((refusal,)))
    return f"{event.value}/{id_}"


def _key(message: Message, told: Told) -> str:
    """What order is kept by: the message's key, the order where it has none."""
    if not message.key:
        return told.order_id
    try:
        text = message.key.decode()
    except UnicodeDecodeError:
        text = ""
    return (
        text if text and len(text) <= KEY_LENGTH_MAX and storable(text) else f"0x{message.key.hex()}"[:KEY_LENGTH_MAX]
    )


def _traceparent(message: Message) -> str | None:
    """As it was given: a trace that nobody can read keeps no message from being taken."""
    given = next((value for name, value in message.headers if name.lower() == TRACEPARENT), None)
    return None if given is None else given.decode("latin-1")


def _stop(field: str, message: str, *, skipped: bool = False) -> _Stop:
    refusal = Refusal(RefusalCode.INVALID_INPUT, message, (field,) if field else ())
    return _Stop(Unreadable((refusal,), skipped))
