"""Topics: what is read from Kafka, and which events are expected on each topic.

    orders.v1=OrderCreated|OrderCancelled;tenant=acme, payments.v1

A topic alone may carry every event that we know. `THEIRS:OURS` takes an event under a name of theirs. Options:
`tenant` is meant where a message names none; `others=skip` passes over events that are not listed, which otherwise go
to the dead letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.fulfillment_events.names import FulfillmentEvent, event_named

TOPIC_LENGTH_MAX = 249
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_NAMES = ", ".join(FulfillmentEvent)
_NOTHING: Mapping[str, FulfillmentEvent] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ConsumedTopic:
    """`tenant` is a short name; `theirs` are names that only this topic knows."""

    name: str
    events: frozenset[FulfillmentEvent] = frozenset(FulfillmentEvent)
    tenant: str | None = None
    skips_others: bool = False
    theirs: Mapping[str, FulfillmentEvent] = field(default_factory=lambda: _NOTHING, hash=False)

    @property
    def only(self) -> FulfillmentEvent | None:
        """The event of a message that does not say what it is."""
        return next(iter(self.events)) if len(self.events) == 1 else None

    def event_named(self, name: str) -> FulfillmentEvent | None:
        """The event that is meant, if it is expected here."""
        event = self.theirs.get(name) or event_named(name)
        return event if event in self.events else None


def parse_topics(text: str) -> tuple[ConsumedTopic, ...]:
    """The topics that a setting names. Raises ValueError with what is wrong and what would be right."""
    topics = [_parse(part.strip()) for part in text.split(",") if part.strip()]
    names = [topic.name for topic in topics]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"names the topic {min(twice)!r} twice: put its events together with `|`")
    return tuple(topics)


def _parse(text: str) -> ConsumedTopic:
    head, *options = (part.strip() for part in text.split(";"))
    name, _, listed = (part.strip() for part in head.partition("="))
    if not _TOPIC.fullmatch(name):
        raise ValueError(f"names no topic in {text!r}: write it as `orders.v1=OrderCreated|OrderCancelled;tenant=acme`")
    theirs = dict(_event(part.strip(), name) for part in listed.split("|")) if listed else {}
    events = frozenset(theirs.values()) if theirs else frozenset(FulfillmentEvent)
    settings = dict(_option(option, name) for option in options if option)
    return ConsumedTopic(
        name, events, settings.get("tenant"), settings.get("others") == "skip", MappingProxyType(theirs)
    )


def _event(text: str, topic: str) -> tuple[str, FulfillmentEvent]:
    theirs, _, ours = (part.strip() for part in text.partition(":"))
    event = event_named(ours or theirs)
    if event is None or not theirs:
        raise ValueError(f"expects {text!r} on {topic}, which we do not know: give {_NAMES}, or THEIRS:OURS")
    return theirs, event


def _option(text: str, topic: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in text.partition("="))
    if (name == "tenant" and value) or (name == "others" and value in ("skip", "dead-letter")):
        return name, value
    raise ValueError(f"gives {topic} the option {text!r}: it may be tenant=NAME or others=skip")
