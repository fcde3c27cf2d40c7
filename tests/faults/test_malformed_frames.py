"""Frames that no client should send: each closes its socket with a code that says why, or changes nothing."""

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.factories.frames import MALFORMED
from tests.factories.shop import Shop
from tests.faults.figures import LONG, Figures
from tests.faults.liveness import Liveness
from tests.faults.test_malformed_bodies import SCALARS, SEED
from tests.live import PROTOCOL, LiveSocket
from tests.stack import Stack

pytestmark = pytest.mark.malformed

FRAMES = 10_000 if LONG else 300
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


TYPES = ["connection_init", "ping", "pong", "subscribe", "complete", "next", "error", "connection_ack", "start"]
QUERIES = ["{ viewer { subject } }", "subscription { stockLevelChanged { type } }", "{", "mutation { a }"]
RIGHT = '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { subject } }", "variables": {}}}'
TEXTS = [scalar.decode("utf-8", "replace") for scalar in SCALARS]


class Bytes(bytes):
    """Sent as a text frame, whatever they are."""


def frames(chance: random.Random) -> Iterator[str | bytes]:
    """First each that is written down, then combinations of wrong parts, without end."""
    yield from FRAME_TEXTS
    yield from INITS
    yield from MALFORMED
    while True:
        yield chance.choice((combined, slotted, cut, spoiled))(chance)


def combined(chance: random.Random) -> str:
    """Anything in the slots of a message."""
    return "{" + ", ".join(f'"{name}": {chance.choice(TEXTS)}' for name in ("type", "id", "payload")) + "}"


def slotted(chance: random.Random) -> str:
    """A message of a type, with something wrong in some of its slots, or none of them."""

    def slot(right: str) -> str:
        return right if chance.random() < 0.6 else chance.choice(TEXTS)

    inner = {"query": slot(json.dumps(chance.choice(QUERIES))), "variables": slot("{}")}
    inner |= {"operationName": slot("null"), "extensions": slot("null")}
    payload = "{" + ", ".join(f'"{name}": {value}' for name, value in inner.items()) + "}"
    return f'{{"type": "{chance.choice(TYPES)}", "id": {slot(chr(34) + "1" + chr(34))}, "payload": {slot(payload)}}}'


def cut(chance: random.Random) -> str:
    """A right message with a piece torn out."""
    at = chance.randrange(len(RIGHT))
    return RIGHT[:at] + RIGHT[at + chance.randrange(1, 9) :]


def spoiled(chance: random.Random) -> Bytes:
    """A right message with noise put in, most often no UTF-8."""
    at = chance.randrange(len(RIGHT))
    return Bytes(RIGHT[:at].encode() + chance.randbytes(chance.randrange(1, 8)) + RIGHT[at:].encode())


def closed_with(stack: Stack, messages: list[str | bytes]) -> int | None:
    """Send frames, then a ping: the code with which the server closed, None when it answered the ping."""
    with connect(stack.websocket_url, subprotocols=[PROTOCOL], proxy=None, close_timeout=5) as socket:
        try:
            for message in messages:
                socket.send(message, text=isinstance(message, str | Bytes))
            socket.send('{"type": "ping"}')
            while json.loads(socket.recv(10))["type"] != "pong":
                pass
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except TimeoutError:
            return DEAF
    return None


ALLOWED = {1007, 1009, 4400, 4401, 4403, 4409, 4429}


def test_malformed_frames_close_with_a_code_that_says_why_or_change_nothing(
    calm_stack: Stack, calm_shop: Shop, figures: Figures
) -> None:
    init = INIT % calm_shop.admin.token
    source = frames(random.Random(SEED))
    codes: Counter[Any] = Counter()
    with LiveSocket(calm_stack, calm_shop.admin.token) as bystander, Liveness(calm_stack) as liveness:
        for number, frame in zip(range(FRAMES), source, strict=False):
            messages: list[str | bytes] = [frame] if number % 3 == 0 or frame in INITS else [init, frame]
            code = closed_with(calm_stack, messages)
            assert code is None or code in ALLOWED, f"{number}: {code} after {frame[:200]!r}"
            codes[code or "open"] += 1
            if number % 50 == 0:
                assert bystander.subscribe("{ viewer { subject } }").message()["type"] == "next"
    assert {1007, 1009, 4400, 4401, 4403} <= set(codes)
    told = ", ".join(f"{code}: {count:,}" for code, count in sorted(codes.items(), key=str))
    liveness.tell(figures, f"{FRAMES:,} frames, none 1006 ({told})", held=LONG)


OPENING = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
MASK = bytes(4)
#: What is no WebSocket, and the code that says so.
ON_THE_WIRE: list[tuple[str, bytes, int]] = [
    ("not masked", b"\x81\x02{}", 1002),
    ("a reserved bit", b"\xc1\x82" + MASK + b"{}", 1002),
    ("another reserved bit", b"\xa1\x82" + MASK + b"{}", 1002),
    ("a reserved opcode", b"\x83\x80" + MASK, 1002),
    ("a reserved control opcode", b"\x8b\x80" + MASK, 1002),
    ("a ping in fragments", b"\x09\x80" + MASK, 1002),
    ("a ping too long", b"\x89\xfe\x00\x7e" + MASK + b"x" * 126, 1002),
    ("a continuation of nothing", b"\x80\x80" + MASK, 1002),
    ("a message within a message", b"\x01\x81" + MASK + b"{" + b"\x81\x81" + MASK + b"}", 1002),
    ("a close of one byte", b"\x88\x81" + MASK + b"\x03", 1002),
    ("a close with a code that is none", b"\x88\x82" + MASK + b"\x00\x05", 1002),
    ("a close whose reason is no UTF-8", b"\x88\x83" + MASK + b"\x03\xe8\xff", 1007),
    ("a length of 2^63", b"\x81\xff\x80" + bytes(7) + MASK, 1009),
    ("a length of 2^62", b"\x81\xff\x40" + bytes(7) + MASK, 1009),
]


@pytest.mark.parametrize(("sent", "code"), [case[1:] for case in ON_THE_WIRE], ids=[case[0] for case in ON_THE_WIRE])
def test_what_is_no_websocket_is_closed_with_the_code_of_its_standard(
    calm_stack: Stack, sent: bytes, code: int
) -> None:
    port = calm_stack.settings.port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(OPENING.format(port=port).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += raw.recv(1)
        assert b" 101 " in head
        raw.sendall(sent)
        close = b""
        while piece := raw.recv(65_536):
            close += piece
    assert (close[0], int.from_bytes(close[2:4], "big")) == (0x88, code)
