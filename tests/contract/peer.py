"""Peer: a WebSocket client that does as it is told, right or wrong, frame by frame."""

import json
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.live import PROTOCOL
from tests.stack import PATIENCE_SECONDS, Stack

PING = {"type": "ping"}
VIEWER = "{ viewer { subject } }"
Message = dict[str, Any]


class Peer(AbstractContextManager["Peer"]):
    """Connected; the rest is up to the test."""

    def __init__(self, stack: Stack, *, protocols: tuple[Subprotocol, ...] = (PROTOCOL,), **options: Any) -> None:
        self._closing = ExitStack()
        connecting = connect(stack.websocket_url, subprotocols=protocols or None, proxy=None, **options)
        self.socket: ClientConnection = self._closing.enter_context(connecting)

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def say(self, *messages: Message | str | bytes) -> None:
        """Each as a frame of its own; a dict as JSON, bytes as a binary frame."""
        for message in messages:
            self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    def flood(self, *messages: Message | str | bytes) -> None:
        """Say them until the server has closed: it may have heard enough before the last, or in its midst."""
        with suppress(ConnectionClosed):
            self.say(*messages)

    def hear(self, timeout_seconds: float = PATIENCE_SECONDS) -> Message:
        """The next message."""
        return json.loads(self.socket.recv(timeout_seconds))

    def initialise(self, token: str | None) -> "Peer":
        self.say(init(token))
        assert self.hear() == {"type": "connection_ack"}
        return self

    def heard_until_pong(self) -> list[Message]:
        """What comes before the answer to a ping that is sent now."""
        self.say({"type": "ping", "payload": {"until": "here"}})
        heard: list[Message] = []
        while (message := self.hear()) != {"type": "pong", "payload": {"until": "here"}}:
            heard.append(message)
        return heard

    def closed(self, timeout_seconds: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """Code and reason with which the server closes, whatever it says before; 1006 where it says nothing."""
        try:
            while True:
                self.socket.recv(timeout_seconds)
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")


def init(token: str | None) -> Message:
    return {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}


def subscribe(id_: str, query: str, **payload: Any) -> Message:
    return {"id": id_, "type": "subscribe", "payload": {"query": query, **payload}}


def complete(id_: str) -> Message:
    return {"id": id_, "type": "complete"}


def next_(id_: str, payload: Message) -> Message:
    return {"id": id_, "type": "next", "payload": payload}
