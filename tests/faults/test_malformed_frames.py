"""Frames that no client should send: each closes its socket with a code that says why, or changes nothing."""

import json
import random
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.factories.shop import Shop
from tests.faults.test_malformed_bodies import SCALARS, SEED
from tests.live import PROTOCOL, LiveSocket
from tests.stack import Stack

FRAMES = 200
#: No code of the protocol: the server neither answered nor closed.
DEAF = -1
INIT = '{"type": "connection_init", "payload": {"Authorization": "Bearer %s"}}'
FRAME_TEXTS: list[str | bytes] = [
    "", " ", "null", "true", "1", '"x"', "[]", "{}", "[1, 2]", '{"type": null}', '{"type": 1}', '{"type": []}',
    '{"type": "nope"}', '{"type": "connection_ack"}', '{"type": "next", "id": "1", "payload": {}}',
    '{"type": "error", "id": "1", "payload": []}', '{"type": "subscribe"}', '{"type": "subscribe", "id": 1}',
    '{"type": "subscribe", "id": null, "payload": {"query": "{ a }"}}', '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": null}', '{"type": "subscribe", "id": "1", "payload": []}',
    '{"type": "subscribe", "id": "1", "payload": {}}', '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ viewer { subject } }"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "variables": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "extensions": "x"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "\\ud800"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{"}}',
    '{"type": "subscribe", "id": "\\ud800", "payload": {"query": "{ viewer { subject } }"}}',
    '{"type": "complete"}', '{"type": "complete", "id": 1}', '{"type": "complete", "id": null}',
    '{"type": "complete", "id": "never"}', '{"type": "ping", "payload": 1}', '{"type": "pong", "payload": []}',
    '{"type": "ping", "payload": {"deep": ' + "[" * 10_000 + "]" * 10_000 + "}}", "[" * 60_000, '{"a":' * 10_000,
    '{"type": "connection_init"', "x" * 70_000, '{"type": "ping", "payload": {"x": "' + "y" * 70_000 + '"}}',
    b"\x00\x01\x02", b'{"type": "ping"}', b"\xff" * 100,
    '{"type": "subscribe", "id": "1", "payload": {"query": 1e400}}',
    '{"type": "subscribe", "id": "' + "9" * 5_000 + '", "payload": {"query": "{ viewer { subject } }"}}',
]  # fmt: skip
INITS = [
    '{"type": "connection_init", "payload": 1}', '{"type": "connection_init", "payload": []}',
    '{"type": "connection_init", "payload": null}', '{"type": "connection_init"}',
    '{"type": "connection_init", "payload": {"Authorization": 1}}',
    '{"type": "connection_init", "payload": {"Authorization": null}}',
    '{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}',
    '{"type": "connection_init", "payload": {"authorization": ["Bearer x"]}}',
    '{"type": "connection_init", "payload": {"Authorization": "\\ud800"}}',
]  # fmt: skip


def frames(chance: random.Random) -> Iterator[str | bytes]:
    yield from FRAME_TEXTS
    yield from INITS
    right = '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "variables": {}}}'
    scalars = [scalar.decode("utf-8", "replace") for scalar in SCALARS]
    while True:
        at = chance.randrange(len(right))
        if chance.random() < 0.5:
            yield right[:at] + right[at + chance.randrange(1, 9) :]
        else:
            parts = ", ".join(f'"{name}": {chance.choice(scalars)}' for name in ("type", "id", "payload"))
            yield "{" + parts + "}"


def closed_with(stack: Stack, messages: list[str | bytes]) -> int | None:
    """Send frames, then a ping: the code with which the server closed, None when it answered the ping."""
    with connect(stack.websocket_url, subprotocols=[PROTOCOL], proxy=None, close_timeout=5) as socket:
        try:
            for message in messages:
                socket.send(message)
            socket.send('{"type": "ping"}')
            while json.loads(socket.recv(10))["type"] != "pong":
                pass
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except TimeoutError:
            return DEAF
    return None


ALLOWED = {1003, 1007, 1009, 4400, 4401, 4403, 4408, 4409, 4429}


def test_malformed_frames_close_with_a_code_that_says_why_or_change_nothing(calm_stack: Stack, calm_shop: Shop) -> None:
    init = INIT % calm_shop.admin.token
    source = frames(random.Random(SEED))
    with LiveSocket(calm_stack, calm_shop.admin.token) as bystander:
        for number, frame in zip(range(FRAMES), source, strict=False):
            messages: list[str | bytes] = [frame] if number % 3 == 0 or frame in INITS else [init, frame]
            code = closed_with(calm_stack, messages)
            assert code is None or code in ALLOWED, f"{number}: {code} after {frame[:200]!r}"
        assert bystander.subscribe("{ viewer { subject } }").message()["type"] == "next"
    assert calm_stack.http.get(f"{calm_stack.url}/healthz").status_code == 200


ASK = '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }"}}'
WATCH = '{"type": "subscribe", "id": "1", "payload": {"query": "subscription { stockLevelChanged { type } }"}}'
#: `@` stands for an init with a good token.
CLOSES: list[tuple[str, list[str | bytes], int]] = [
    ("subscribe before init", [ASK], 4401),
    ("a second init", ["@", "@"], 4429),
    ("not JSON", ["@", "{"], 4400),
    ("binary", ["@", b"\x00"], 4400),
    ("a wrong token", ['{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}'], 4403),
    ("no token", ['{"type": "connection_init"}'], 4403),
    ("one id twice", ["@", WATCH, WATCH], 4409),
]


@pytest.mark.parametrize(("messages", "code"), [case[1:] for case in CLOSES], ids=[case[0] for case in CLOSES])
def test_a_breach_of_the_protocol_closes_with_the_code_of_the_protocol(
    calm_stack: Stack, calm_shop: Shop, messages: list[str | bytes], code: int
) -> None:
    init = INIT % calm_shop.admin.token
    assert closed_with(calm_stack, [init if message == "@" else message for message in messages]) == code


def test_a_foreign_page_is_turned_away(calm_stack: Stack) -> None:
    with pytest.raises(InvalidHandshake, match="403"):
        connect(calm_stack.websocket_url, subprotocols=[PROTOCOL], origin=Origin("https://evil.example"), proxy=None)


def test_the_legacy_protocol_is_not_spoken(calm_stack: Stack, calm_shop: Shop) -> None:
    refused = (InvalidHandshake, ConnectionClosed)
    with (
        pytest.raises(refused),
        connect(calm_stack.websocket_url, subprotocols=[Subprotocol("graphql-ws")], proxy=None) as socket,
    ):
        socket.send(INIT % calm_shop.admin.token)
        socket.recv(10)
