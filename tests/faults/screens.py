"""What a screen may and may not have seen, judged from the events a watcher received."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.factories.shop import Shop
from tests.live import Event, NodeWatcher


def connections(watcher: NodeWatcher) -> list[list[Event]]:
    """The events of each connection, in their order."""
    found: list[list[Event]] = [[]]
    for line in watcher.lines:
        if line["kind"] == "connected":
            found.append([])
        elif line["kind"] == "event":
            found[-1].append(line["event"])
    return found


def assert_honest(events: Iterable[Event], held: dict[str, int] | None = None) -> dict[str, int]:
    """While live: versions of a level rise, none twice, and what was skipped in a burst is told by `previousVersion`.

    `held` is what the screen held when it connected; returns what it holds at the end.
    """
    held = dict(held or {})
    for event in events:
        if event["type"] == "RESET":
            held.clear()
        elif event["type"] == "SNAPSHOT":
            held[event["nodeId"]] = event["level"]["version"]
        elif event["type"] == "CHANGE":
            _assert_next(event, held)
    return held


def _assert_next(event: Event, held: dict[str, int]) -> None:
    version, known = event["level"]["version"], held.get(event["nodeId"])
    if known is not None:
        assert version > known, f"{event['level']['sku']}: {version} told after {known}"
        assert event["previousVersion"] == known, (
            f"{event['level']['sku']}: {version} follows {event['previousVersion']}, but the screen holds {known}"
        )
    held[event["nodeId"]] = version


def assert_shows_the_database(watcher: NodeWatcher, shop: Shop, acknowledged: Mapping[str, int]) -> None:
    """Wait for the last version of each SKU, end the watcher, and compare its picture with what the API reads."""
    levels = {sku: _level(shop, sku) for sku in acknowledged}
    for sku, times in acknowledged.items():
        assert levels[sku]["version"] == times + 1, "each acknowledged change was made once"
        watcher.change(sku, times + 1)
    picture = {level["sku"]: level for level in watcher.final()["levels"]}
    for sku, level in levels.items():
        assert {name: picture[sku][name] for name in level} == level


def _level(shop: Shop, sku: str) -> dict[str, Any]:
    level = shop.level(sku)
    assert level is not None
    return level
