"""The doors of an API: what a token gets at each, and what stays open behind it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, IncompleteRead
from socket import SHUT_RDWR
from socket import socket as Socket
from typing import Self

import httpx2
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.live import PROTOCOL

QUERY = {"query": "{ viewer { subject } }"}
WATCH = {"query": "subscription { stockLevelChanged { type } }"}
BY_PATH = "/internal/inventory/availability?skus=NONE"
PATIENCE_S = 15.0
#: What each door says to whom it lets in.
OPEN = {"HTTP": "200", "by path": "200", "WebSocket": "ack", "SSE": "200"}


@dataclass(frozen=True, slots=True)
class Said:
    """A status or close code, and the sentence beside it."""

    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Doors:
    """Of the API at `url`."""

    url: str
    http: httpx2.Client

    def tried(self, token: str | None) -> dict[str, Said]:
        """What a token gets at every door."""
        return {
            "HTTP": self._said(self.http.post(f"{self.url}/graphql", json=QUERY, headers=_header(token))),
            "by path": self._said(self.http.get(f"{self.url}{BY_PATH}", headers=_header(token))),
            "WebSocket": self._connected(token),
            "SSE": self._said(self.http.post(f"{self.url}/graphql/stream", json=QUERY, headers=_header(token))),
        }

    def status(self, token: str) -> int:
        return self.http.post(f"{self.url}/graphql", json=QUERY, headers=_header(token)).status_code

    def _said(self, response: httpx2.Response) -> Said:
        if response.status_code != 401:
            return Said(str(response.status_code))
        assert "www-authenticate" in response.headers
        body = response.json()
        return Said("401", body.get("detail") or body["errors"][0]["message"])

    def _connected(self, token: str | None) -> Said:
        with self.socket() as socket:
            try:
                socket.send(_init(token))
                return Said(json.loads(socket.recv(PATIENCE_S))["type"].removeprefix("connection_"))
            except ConnectionClosed as closed:
                assert closed.rcvd is not None
                return Said(str(closed.rcvd.code), closed.rcvd.reason.removeprefix("Forbidden: "))

    def socket(self) -> ClientConnection:
        url = self.url.replace("http", "ws", 1)
        return connect(f"{url}/graphql", subprotocols=[PROTOCOL], proxy=None, close_timeout=1)


def _header(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def _init(token: str | None) -> str:
    payload = {} if token is None else {"payload": _header(token)}
    return json.dumps({"type": "connection_init", **payload})


@dataclass
class Ajar(AbstractContextManager["Ajar"]):
    """A socket and an event stream of a token, each with a live operation; `ended` says how and when each was ended."""

    doors: Doors
    token: str
    ended: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    _open: list[Socket] = field(default_factory=list[Socket])

    def __enter__(self) -> Self:
        self._ready = threading.Barrier(3)
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._sit, self._listen)]
        for thread in self._threads:
            thread.start()
        self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        """What is still open is cut."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(SHUT_RDWR)
        self.wait()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def _sit(self) -> None:
        with self.doors.socket() as socket:
            self._open.append(socket.socket)
            socket.send(_init(self.token))
            assert json.loads(socket.recv(PATIENCE_S))["type"] == "connection_ack"
            socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": WATCH}))
            socket.recv(PATIENCE_S)
            self._ready.wait(PATIENCE_S)
            try:
                while True:
                    if json.loads(socket.recv())["type"] == "ping":
                        socket.send('{"type": "pong"}')
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
                self.ended["WebSocket"] = (str(code), time.time())

    def _listen(self) -> None:
        headers = _header(self.token) | {"accept": "text/event-stream", "content-type": "application/json"}
        with closing(HTTPConnection(self.doors.url.removeprefix("http://"))) as connection:
            connection.request("POST", "/graphql/stream", json.dumps(WATCH), headers)
            self._open.append(connection.sock)
            answer = connection.getresponse()
            while b"CAUGHT_UP" not in answer.readline():
                pass
            self._ready.wait(PATIENCE_S)
            try:
                how = "complete" if b"event: complete" in answer.read() else "end"
            except IncompleteRead:
                how = "cut"
            self.ended["SSE"] = (how, time.time())
