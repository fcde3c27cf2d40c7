"""One trace from the request to the frame, through real Kafka and Redis, as a collector is sent it over OTLP."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from server.embedded import database
from tests import servers
from tests.collector import Collector, TakenSpan, collecting
from tests.factories.operations import mutation
from tests.factories.shop import Shop, fresh
from tests.live import LiveSocket, Stream
from tests.stack import TENANT, Stack, eventually, running_stack

pytestmark = pytest.mark.kafka

#: The way of a change behind what asks for it, by the process that goes it.
WAY = {"publish": "stockcast-relay", "append": "stockcast-bridge", "deliver": "stockcast-api"}
RECEIVE = mutation("receiveStock")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def line(postgres: servers.Postgres, kafka: str, collector: Collector) -> Iterator[Stack]:
    """All processes, each with OpenTelemetry's own variables."""
    orders = servers.create_topic(kafka)
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "CONSUMED_TOPICS": f"{orders}=OrderCreated;tenant={TENANT}",
    }
    only = ("serve", "relay", "worker", "bridge", "consume")
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, kafka, servers.create_topic(kafka), only=only, environ=environ) as stack,
    ):
        yield stack


@pytest.fixture
def socket(shop: Shop) -> Iterator[LiveSocket]:
    with LiveSocket(shop.stack, shop.manager.token) as socket:
        yield socket


class Asked:
    """A trace that a client has begun."""

    def __init__(self) -> None:
        self.trace_id, self.span_id = secrets.token_hex(16), secrets.token_hex(8)
        self.traceparent = f"00-{self.trace_id}-{self.span_id}-01"


def whole_way(collector: Collector, trace_id: str, first: Mapping[str, str]) -> dict[str, TakenSpan]:
    """The spans of a trace by name, as soon as each part of the way, which begins with these, has told of it."""

    def told() -> dict[str, TakenSpan] | None:
        spans = collector.of(trace_id)
        found = {name: span.service for name, span in spans.items()}
        return spans if {**first, **WAY}.items() <= found.items() else None

    return eventually(told, f"the way of {trace_id}: {[*first, *WAY]}")


def change_of(stream: Stream, sku: str) -> dict[str, Any]:
    """The payload that tells of a change of the SKU."""
    while True:
        payload = stream.message()["payload"]
        [event] = payload["data"].values()
        if event["type"] == "CHANGE" and event["level"]["item"]["sku"] == sku:
            return payload


def receipt(sku: str) -> dict[str, Any]:
    return {"input": {"sku": sku, "quantity": 1, "idempotencyKey": fresh("key")}}


def watching(socket: LiveSocket, sku: str) -> Stream:
    stream = socket.watch(filter={"skus": [sku]}, snapshot=True)
    stream.until_caught_up()
    return stream


def test_a_mutation_over_http_is_one_trace_to_the_frame_that_shows_it(
    shop: Shop, collector: Collector, socket: LiveSocket
) -> None:
    sku, asked = shop.stocked(10), Asked()
    stream = watching(socket, sku)

    shop.stack.http.post(
        shop.stack.graphql_url,
        json={"query": RECEIVE, "variables": receipt(sku)},
        headers={"Authorization": f"Bearer {shop.manager.token}", "traceparent": asked.traceparent},
    ).raise_for_status()
    traceparent = change_of(stream, sku)["extensions"]["traceparent"]
    spans = whole_way(collector, asked.trace_id, {"POST /graphql": "stockcast-api", "commit": "stockcast-api"})

    request = spans["POST /graphql"]
    assert traceparent == f"00-{asked.trace_id}-{request.span_id}-01"
    assert (request.parent_id, request.kind, request.failed) == (asked.span_id, "SERVER", False)
    assert request.attributes["http.response.status_code"] == 200
    assert {span.parent_id for span in spans.values() if span is not request} == {request.span_id}


def test_a_mutation_over_a_socket_brings_its_trace_in_its_extensions(
    shop: Shop, collector: Collector, socket: LiveSocket
) -> None:
    sku, asked = shop.stocked(10), Asked()
    stream = watching(socket, sku)

    payload = {"query": RECEIVE, "variables": receipt(sku), "extensions": {"traceparent": asked.traceparent}}
    socket.received["m"] = []
    socket.send({"id": "m", "type": "subscribe", "payload": payload})
    assert asked.trace_id in change_of(stream, sku)["extensions"]["traceparent"]
    spans = whole_way(collector, asked.trace_id, {"mutation": "stockcast-api"})
    assert spans["mutation"].parent_id == asked.span_id


def test_an_event_of_another_system_is_one_trace_to_our_event_and_its_frame(
    shop: Shop, collector: Collector, socket: LiveSocket
) -> None:
    settings, sku, asked = shop.stack.settings, shop.stocked(10), Asked()
    stream, order = watching(socket, sku), fresh("order")

    async def tell() -> Mapping[str, bytes]:
        """Send the event; the headers of what we then tell of its trace, and that it is in the body too."""
        bootstrap_servers = settings.kafka_bootstrap_servers or ""
        ours = AIOKafkaConsumer(settings.topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
        async with producer, ours:
            [topic] = settings.consumed_topics
            body = {"type": "OrderCreated", "orderId": order, "items": [{"sku": sku, "quantity": 1}]}
            headers = [("traceparent", asked.traceparent.encode())]
            await producer.send_and_wait(topic.name, json.dumps(body).encode(), headers=headers)
            async for message in ours:
                headers = dict(message.headers)
                if asked.trace_id in headers.get("traceparent", b"").decode():
                    return headers | {"body": json.loads(message.value or b"")["traceparent"].encode()}
        raise AssertionError("the topic ended")

    told = database.run(tell())
    assert told["traceparent"] == told["body"]
    assert asked.trace_id in change_of(stream, sku)["extensions"]["traceparent"]
    spans = whole_way(collector, asked.trace_id, {"consume": "stockcast-consumer", "commit": "stockcast-consumer"})
    assert spans["consume"].attributes["stockcast.outcome"] == "APPLIED"
    assert not {order, sku} & {str(value) for span in spans.values() for value in span.attributes.values()}


def test_who_brings_no_trace_or_a_malformed_one_is_given_one(
    shop: Shop, collector: Collector, socket: LiveSocket
) -> None:
    sku = shop.stocked(10)
    stream = watching(socket, sku)
    for traceparent in ("", "00-xyz", f"00-{'0' * 32}-{'1' * 16}-01"):
        body = {"query": RECEIVE, "variables": receipt(sku)}
        headers = {"Authorization": f"Bearer {shop.manager.token}", "traceparent": traceparent}
        shop.stack.http.post(shop.stack.graphql_url, json=body, headers=headers).raise_for_status()
        told = change_of(stream, sku)["extensions"]["traceparent"]
        spans = whole_way(collector, told[3:35], {"POST /graphql": "stockcast-api"})
        assert spans["POST /graphql"].parent_id == ""
