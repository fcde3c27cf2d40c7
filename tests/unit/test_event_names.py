"""Names of published events in the header of their messages, as those who read them know them."""

import pytest

from domain.alerts import AlertAct
from domain.reservations import ReservationAct
from server.settings import Settings, SettingsError
from subscriptions.relay.event_names import EventNames


def names(**environ: str) -> EventNames:
    settings = Settings.from_environment(environ)
    return EventNames(dict(settings.event_names), settings.event_prefix, settings.event_suffix)


def test_events_bear_our_names_unless_told_otherwise() -> None:
    assert [names().told(act.value) for act in ReservationAct] == [act.value for act in ReservationAct]


def test_the_names_of_our_sources_can_be_had() -> None:
    assert names(EVENT_PREFIX="I").told("InventoryReserved") == "IInventoryReserved"
    theirs = names(EVENT_NAMES="InventoryReservationFailed=StockReservationFailed", EVENT_SUFFIX="Event")
    assert theirs.told("InventoryReservationFailed") == "StockReservationFailedEvent"
    assert theirs.told("InventoryReserved") == "InventoryReservedEvent"


@pytest.mark.parametrize("act", AlertAct)
def test_events_of_alerts_may_bear_other_names(act: AlertAct) -> None:
    assert names(EVENT_PREFIX="I").told(act) == f"I{act}"
    assert names(EVENT_NAMES=f"{act}=Notice").told(act) == "Notice"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Reserved=X", "names 'Reserved', which we do not publish: give AdjustmentApplied, "),
        ("InventoryReserved", "write it as InventoryReserved=THEIRS"),
        ("InventoryReserved=a b", "write it as InventoryReserved=THEIRS"),
    ],
)
def test_a_malformed_alias_says_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=r"^EVENT_NAMES ") as told:
        names(EVENT_NAMES=text)
    assert why in str(told.value)


@pytest.mark.parametrize("name", ["EVENT_PREFIX", "EVENT_SUFFIX", "CONSUMER_GROUP", "DEAD_LETTER_SUFFIX"])
def test_a_part_of_a_name_is_what_kafka_takes(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: "a b"})


def test_topics_are_read_from_the_environment_and_a_fault_names_the_variable() -> None:
    settings = Settings.from_environment({"CONSUMED_TOPICS": "orders.v1=OrderCreated;tenant=acme"})
    assert [topic.name for topic in settings.consumed_topics] == ["orders.v1"]
    with pytest.raises(SettingsError, match=r"^CONSUMED_TOPICS expects 'Rain' on orders"):
        Settings.from_environment({"CONSUMED_TOPICS": "orders=Rain"})
