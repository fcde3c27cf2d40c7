"""The clients, as frontend-contract/examples use them, through cuts, a crash and a shutdown of the API.

All of them watch the same levels while these change without a pause: over a connection that is reset, an API that is
killed and comes back, and one that is stopped while another goes on.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests import servers
from tests.clients.outage import Changes, Road, road_to
from tests.factories.operations import STREAM
from tests.factories.shop import Shop, fresh
from tests.live import Event, NodeWatcher
from tests.stack import Stack, assert_healthy, running_stack

pytestmark = pytest.mark.node

#: The client -> its example, and where it asks.
CLIENTS = {
    "graphql-ws": ("watch-levels.mjs", "ws://127.0.0.1:{}/graphql"),
    "graphql-sse": ("watch-levels-sse.mjs", "http://127.0.0.1:{}/graphql/stream"),
    "urql": ("watch-levels-urql.mjs", "ws://127.0.0.1:{}/graphql"),
    "@apollo/client": ("watch-levels-apollo.mjs", "ws://127.0.0.1:{}/graphql"),
    "gql": ("watch_levels.py", "ws://127.0.0.1:{}/graphql"),
}
OVER_WEBSOCKET = [name for name, (_, url) in CLIENTS.items() if url.startswith("ws")]
SKUS = 5
#: Between one mishap and the next.
CHANGES = 20


@dataclass
class Journey:
    """What each client was told on the way, what it held at the end, and what the database holds."""

    lines: dict[str, list[dict[str, Any]]]
    pictures: dict[str, list[Any]]
    levels: list[Any]

    def connections(self, client: str) -> list[list[Event]]:
        """The events of each of its connections."""
        found: list[list[Event]] = []
        for line in self.lines[client]:
            if line["kind"] == "connected":
                found.append([])
            elif line["kind"] == "event":
                found[-1].append(line["event"])
        return found


@pytest.fixture(scope="module")
def stack(postgres: servers.Postgres) -> Iterator[Stack]:
    """Two APIs, `serve` and `serve-2`, and a relay."""
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, only=("serve", "relay")) as stack,
    ):
        yield stack


@pytest.fixture(scope="module")
def journey(stack: Stack) -> Journey:
    url = stack.start_beside("serve-2")
    port = int(url.rpartition(":")[2])
    shop = Shop(replace(stack, settings=replace(stack.settings, port=port)))
    vendor = fresh("vendor")
    skus = [shop.stocked(vendor=vendor) for _ in range(SKUS)]
    with ExitStack() as closing:
        road = closing.enter_context(road_to(stack.settings.port))
        watchers = {name: closing.enter_context(watcher(name, road, shop, vendor)) for name in CLIENTS}
        for each in watchers.values():
            each.caught_up()
        with Changes(shop, skus) as changes:
            changes.more(CHANGES)
            road.cut()
            go_on(watchers, 2)
            stack.kill("serve")
            changes.more(CHANGES)
            stack.start("serve")
            go_on(watchers, 3)
            road.lead_to(port)
            stack.children["serve"].ask_to_stop()
            go_on(watchers, 4)
            changes.more(CHANGES)
        for each in watchers.values():
            for sku, version in changes.versions.items():
                each.change(sku, version)
        pictures = {name: each.final()["levels"] for name, each in watchers.items()}
    assert stack.children.pop("serve").process.wait(30) == 0, "the API was stopped in order"
    assert "graceful" not in (stack.directory / "serve.log").read_text(), "nothing had to be broken off"
    assert_healthy(stack)
    levels = [shop.level(sku) for sku in skus]
    return Journey({name: each.lines for name, each in watchers.items()}, pictures, levels)


def watcher(client: str, road: Road, shop: Shop, vendor: str) -> NodeWatcher:
    script, url = CLIENTS[client]
    variables = {"snapshot": True, "filter": {"vendors": [vendor]}}
    return NodeWatcher(script, url.format(road.port), shop.analyst.token or "", variables, STREAM)


def go_on(watchers: dict[str, NodeWatcher], connection: int) -> None:
    """Each has connected for the so-manieth time, and is told changes again."""

    def told_again(each: NodeWatcher) -> bool:
        kinds = [line["kind"] if line["kind"] != "event" else line["event"]["type"] for line in each.lines]
        begun = [at for at, kind in enumerate(kinds) if kind == "connected"]
        return len(begun) >= connection and "CHANGE" in kinds[begun[connection - 1] :]

    for name, each in watchers.items():
        each.wait(lambda each=each: told_again(each), f"changes over connection {connection} of {name}")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_goes_on_by_itself_after_each_cut_from_its_last_cursor(journey: Journey, client: str) -> None:
    first, *later = journey.connections(client)
    assert len(later) >= 3
    assert sorted({event["type"] for event in first[: SKUS + 1]}) == ["CAUGHT_UP", "SNAPSHOT"]
    assert {event["type"] for events in later for event in events} <= {"CHANGE", "CAUGHT_UP"}, "no second snapshot"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_misses_nothing_and_is_told_nothing_twice_while_connected(journey: Journey, client: str) -> None:
    held: dict[str, int] = {}
    for events in journey.connections(client):
        told: dict[str, int] = {}
        for event in events:
            if event["level"] is None:
                continue
            sku, version = event["level"]["sku"], event["level"]["version"]
            assert version > told.get(sku, 0), "twice, or backwards"
            if event["type"] == "CHANGE":
                assert event["previousVersion"] <= held[sku], "a gap"
            told[sku] = version
            held[sku] = max(version, held.get(sku, 0))


def plain(thing: Any, *without: str) -> Any:
    """As it was asked for: Apollo adds types' names."""
    if not isinstance(thing, dict):
        return thing
    return {name: plain(value) for name, value in thing.items() if name not in ("__typename", *without)}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_ends_with_the_picture_of_the_database(journey: Journey, client: str) -> None:
    picture = sorted((plain(level, "nodeId") for level in journey.pictures[client]), key=lambda level: level["sku"])
    assert picture == sorted(journey.levels, key=lambda level: level["sku"])


@pytest.mark.parametrize("client", OVER_WEBSOCKET)
def test_a_client_is_told_that_the_api_goes_away_and_why_nothing_else(journey: Journey, client: str) -> None:
    codes = [line["code"] for line in journey.lines[client] if line["kind"] == "disconnected"]
    assert codes.pop() == 1001
    assert set(codes) == {1006}
    assert [line for line in journey.lines[client] if line["kind"] == "error"] == []
