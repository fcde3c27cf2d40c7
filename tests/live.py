"""Subscribers written for tests: a graphql-transport-ws socket in this process, and the npm clients as processes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from typing import Any, Self, TypeVar

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from server.embedded.node import CACHE, ROOT, packages
from tests.factories.operations import ADJUSTMENT_STREAM, ALERT_STREAM, RESERVATION_STREAM, STREAM
from tests.stack import PATIENCE_SECONDS, Stack

PROTOCOL = Subprotocol("graphql-transport-ws")
CONTRACT = ROOT / "frontend-contract"
Event = dict[str, Any]
Found = TypeVar("Found")


class LiveSocket(AbstractContextManager["LiveSocket"]):
    """One socket that has been acknowledged; `watch` starts a subscription on it."""

    def __init__(self, stack: Stack, token: str | None) -> None:
        self.closing = ExitStack()
        connecting = connect(stack.websocket_url, subprotocols=[PROTOCOL], proxy=None)
        self.socket: ClientConnection = self.closing.enter_context(connecting)
        self.numbers = count(1)
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        message = self.receive()
        assert message["type"] == "connection_ack", message

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def send(self, message: object) -> None:
        self.socket.send(json.dumps(message))

    def receive(self, timeout_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The next message; TimeoutError when none comes. A server's ping is answered."""
        while True:
            message = json.loads(self.socket.recv(timeout_seconds))
            if message["type"] != "ping":
                return message
            self.send({"type": "pong"})

    def subscribe(self, query: str, **variables: Any) -> "Stream":
        id_ = str(next(self.numbers))
        self.received[id_] = []
        self.send({"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return Stream(self, id_)

    def watch(self, **variables: Any) -> "Stream":
        """`stockLevelChanged` with `filter`, `snapshot` and `after` as given."""
        return self.subscribe(STREAM, **variables)

    def watch_reservations(self, **variables: Any) -> "Stream":
        """`reservationChanged` likewise."""
        return self.subscribe(RESERVATION_STREAM, **variables)

    def watch_adjustments(self, **variables: Any) -> "Stream":
        """`adjustmentChanged` likewise."""
        return self.subscribe(ADJUSTMENT_STREAM, **variables)

    def watch_alerts(self, **variables: Any) -> "Stream":
        """`lowStockAlerts` likewise."""
        return self.subscribe(ALERT_STREAM, **variables)


class Stream:
    """One subscription of a socket; messages of its neighbours are kept for them."""

    def __init__(self, socket: LiveSocket, id_: str) -> None:
        self.socket, self.id = socket, id_
        self.cursor: str | None = None

    def message(self) -> dict[str, Any]:
        """The next message of this subscription, whatever its type."""
        mine = self.socket.received[self.id]
        while not mine:
            message = self.socket.receive()
            self.socket.received[message["id"]].append(message)
        return mine.pop(0)

    def next(self) -> Event:
        """The next event."""
        message = self.message()
        assert message["type"] == "next", message
        assert not message["payload"].get("errors"), message
        event: Event
        [event] = message["payload"]["data"].values()  # the one root field of a subscription
        self.cursor = event["cursor"]
        return event

    def until_caught_up(self) -> list[Event]:
        """The events before the next CAUGHT_UP."""
        events: list[Event] = []
        while (event := self.next())["type"] != "CAUGHT_UP":
            events.append(event)
        return events

    def next_change(self) -> Event:
        """The next event that tells of a thing, past CAUGHT_UPs."""
        while (event := self.next())["type"] == "CAUGHT_UP":
            pass
        return event

    def complete(self) -> None:
        self.socket.send({"id": self.id, "type": "complete"})


def contract_packages() -> dict[str, str]:
    """The environment in which `node` runs the examples of frontend-contract, its npm packages fetched once."""
    return packages(CACHE / "npm.log", lambda _: None, CONTRACT)


class NodeWatcher(AbstractContextManager["NodeWatcher"]):
    """An example of frontend-contract as a process of its own: the npm client, seen through its JSON lines."""

    def __init__(self, script: str, url: str, token: str, variables: dict[str, Any], query: str | None = None) -> None:
        environ = contract_packages() | {"NODE_OPTIONS": ""}
        self.lines: list[dict[str, Any]] = []
        self.news = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable if script.endswith(".py") else "node", str(CONTRACT / "examples" / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            cwd=CONTRACT,
        )
        assert self.process.stdin is not None
        options = {"url": url, "token": token, "variables": variables} | ({"query": query} if query else {})
        with self.process.stdin as given:
            given.write(json.dumps(options).encode())
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @classmethod
    def of(cls, stack: Stack, token: str, *, sse: bool = False, **variables: Any) -> Self:
        """Watches levels over WebSocket, or over SSE; by default with a snapshot."""
        script, url = ("watch-levels-sse.mjs", stack.sse_url) if sse else ("watch-levels.mjs", stack.websocket_url)
        return cls(script, url, token, {"snapshot": True} | variables, STREAM)

    @classmethod
    def of_reservations(cls, stack: Stack, token: str, *, sse: bool = False, **variables: Any) -> Self:
        """Watches reservations likewise."""
        url = stack.sse_url if sse else stack.websocket_url
        return cls("watch-reservations.mjs", url, token, {"snapshot": True} | variables, RESERVATION_STREAM)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.news:
                self.lines.append(json.loads(line))
                self.news.notify_all()
        with self.news:
            self.lines.append({"kind": "ended"})
            self.news.notify_all()

    # ------------------------------------------------------------------ what it saw
    @property
    def events(self) -> list[Event]:
        """Every event in the order received."""
        return [line["event"] for line in self.lines if line["kind"] == "event"]

    def wait(self, find: Callable[[], Found | None], what: str, timeout_seconds: float = PATIENCE_SECONDS) -> Found:
        """Ask again with each line that comes, until the answer is truthy."""
        deadline = time.monotonic() + timeout_seconds
        with self.news:
            while not (found := find()):
                left = deadline - time.monotonic()
                assert left > 0, f"{what}: not within {timeout_seconds:.0f} s; last lines: {self.lines[-5:]}"
                assert self.lines[-1:] != [{"kind": "ended"}], f"{what}: the watcher ended: {self.lines[-5:]}"
                self.news.wait(left)
        return found

    def caught_up(self) -> None:
        self.wait(lambda: any(event["type"] == "CAUGHT_UP" for event in self.events), "CAUGHT_UP")

    def change(self, sku: str, version: int) -> Event:
        """The event that tells this version of the SKU's level, or a later one."""

        def find() -> Event | None:
            told = (event for event in self.events if event["level"])
            return next((e for e in told if e["level"]["sku"] == sku and e["level"]["version"] >= version), None)

        return self.wait(find, f"{sku} at version {version}")

    def versions(self, sku: str) -> list[int]:
        """The versions of a SKU's level as they were told."""
        return [event["level"]["version"] for event in self.events if event["level"] and event["level"]["sku"] == sku]

    def acts(self, number: int) -> list[Event]:
        """The first so many events that tell of a change of something."""

        def find() -> list[Event] | None:
            changes = [event for event in self.events if event["type"] in ("CHANGE", "REMOVED")]
            return changes if len(changes) >= number else None

        return self.wait(find, f"{number} changes")[:number]

    def final(self) -> dict[str, Any]:
        """End it; the picture it held: `{"levels" or "reservations", "events", "cursor"}`."""
        self.process.terminate()
        assert self.process.wait(PATIENCE_SECONDS) == 0
        self.reader.join()
        return next(line for line in self.lines if line["kind"] == "final")
