"""Watches stock levels with Python's gql, over WebSocket, through cuts and restarts of the service.

    pip install "gql[websockets]"
    python frontend-contract/examples/watch_levels.py .data/demo.json

That is the demo of `make run`, seen by its manager. Any other service:

    echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…"}' | python frontend-contract/examples/watch_levels.py

Prints JSON lines as the examples beside it do. SIGTERM or Ctrl-C ends it and prints the final picture.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

DOCUMENT = Path(__file__).parents[1] / "operations" / "stock-level-changed.graphql"


class Picture:
    """The levels that match, kept true by the events of the stream."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self._levels: dict[str, dict[str, Any]] = {}

    def apply(self, event: dict[str, Any]) -> None:
        self.cursor = event["cursor"]
        match event["type"]:
            case "SNAPSHOT" | "CHANGE":
                held = self._levels.get(event["nodeId"])
                # Across a resume a version may come again; an older one must never overwrite a newer one.
                if held is None or held["version"] < event["level"]["version"]:
                    self._levels[event["nodeId"]] = event["level"]
            case "REMOVED":
                self._levels.pop(event["nodeId"], None)
            case "RESET":
                self._levels.clear()
            case _:
                pass  # CAUGHT_UP, and whatever a later server adds: only the cursor moves on.

    def levels(self) -> list[dict[str, Any]]:
        return [{"nodeId": id_, **level} for id_, level in sorted(self._levels.items())]


def report(kind: str, **fields: Any) -> None:
    print(json.dumps({"kind": kind, "atMs": time.time() * 1000, **fields}), flush=True)


async def one_connection(options: dict[str, Any], picture: Picture) -> AsyncIterator[dict[str, Any]]:
    """The events of one connection, from where the picture ends."""
    transport = WebsocketsTransport(
        options["url"],
        # Asked anew with each connection: an application brings a fresh token after close code 4403.
        init_payload={"Authorization": f"Bearer {options['token']}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        # A dead link closes nothing: ask, and when nothing answers give the socket up.
        ping_interval=10,
        pong_timeout=5,
    )
    async with Client(transport=transport) as session:
        report("connected", after=picture.cursor)
        document = gql(options.get("query") or DOCUMENT.read_text(encoding="utf-8"))
        document.variable_values = {**options.get("variables", {"snapshot": True}), "after": picture.cursor}
        async for result in session.subscribe(document):
            (event,) = result.values()
            yield event


async def follow(options: dict[str, Any], picture: Picture) -> None:
    """For ever, unless the service refuses the operation itself."""
    tries = 0
    while True:
        try:
            async for event in one_connection(options, picture):
                tries = 0
                picture.apply(event)
                report("event", event=event)
            return
        except TransportQueryError as refused:
            report("error", errors=refused.errors)
            raise
        except (TransportError, TimeoutError) as cut:
            report("disconnected", code=close_code(cut))
        # Doubling from 0.1 s to 5 s, half of it random, so that many clients do not return at once.
        await asyncio.sleep(min(0.1 * 2**tries, 5) * random.uniform(0.5, 1))
        tries += 1


def close_code(fault: BaseException | None) -> int:
    """The service's, or 1006 where it could say none."""
    while fault is not None:
        if received := getattr(fault, "rcvd", None):
            return received.code
        fault = fault.__cause__
    return 1006


def read_options() -> dict[str, Any]:
    given = json.loads(Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else sys.stdin.read())
    return {"url": given["websocket"], "token": given["tokens"]["manager"]} if "tokens" in given else given


async def main() -> int:
    picture = Picture()
    watching = asyncio.ensure_future(follow(read_options(), picture))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, watching.cancel)
    (outcome,) = await asyncio.gather(watching, return_exceptions=True)
    report("final", cursor=picture.cursor, levels=picture.levels())
    return int(isinstance(outcome, TransportQueryError))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
