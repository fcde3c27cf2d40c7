"""LeanHttp: uvicorn's connection, with less to do for each request.

A request that is answered in some tens of microseconds notices each timer, each callback and each look at a header.
To ASGI's two messages of an answer it adds one (`WHOLE`, named in the scope's `extensions`): `status`, `head`, which
is the lines of the head as they are sent, and `body`. Nothing in it is looked at again: it holds what is our own alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGI3Application, ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

WHOLE = "stockcast.whole"
#: Of a head: what goes with an offer to change the protocol. Without it `Connection: upgrade` says nothing.
_OFFER = (b"upgrade", b"http2-settings")
_EXTENSIONS: dict[str, dict[object, object]] = {WHOLE: {}}


def _nothing() -> None: ...


class Exchange(RequestResponseCycle):
    """One request and its answer; where that is the connection's last, `end` is called behind it."""

    end: Callable[[], None] = staticmethod(_nothing)

    async def send(self, message: ASGISendEvent) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()  # and whoever was waited for may be gone
        if self.transport.is_closing():
            self.disconnected = True  # of several requests that came together the last alone is told
        if message["type"] != WHOLE:
            if self.response_started and not (self.keep_alive or message.get("more_body")):
                self.keep_alive = True  # or the connection would be closed here
                self.on_response = partial(self._end, self.on_response)
            await super().send(message)
        elif not self.disconnected:
            self._send_whole(cast("dict[str, Any]", message))

    def _send_whole(self, answer: dict[str, Any]) -> None:
        if self.response_started:
            raise RuntimeError("A whole answer was sent in the midst of another.")
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        lines = [STATUS_LINE[answer["status"]]]
        for name, value in self.default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines.append(answer["head"])
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        if self.scope["method"] != "HEAD":
            lines.append(answer["body"])
        self.transport.write(b"".join(lines))
        self.message_event.set()
        if not self.keep_alive:
            self.end()
        self.on_response()

    def _end(self, on_response: Callable[[], None]) -> None:
        self.end()
        on_response()


class LeanHttp(HttpToolsProtocol):
    """Of uvicorn's settings those are left out that nobody here sets: a root path, a limit of connections, an access
    log, fresh context variables.

    An offer to go on in another protocol than that of WebSockets is passed over (RFC 9110, 7.8): clients offer HTTP/2
    with any request. The parser would end such a request at its head, and take its body for the next one.
    """

    #: Since when the connection has nothing to do; None while it has.
    _idle_since: float | None = None
    #: Whether the request offers a protocol that is passed over.
    _declined = False
    #: Whether the connection becomes a WebSocket's, once all is answered that was asked before.
    _upgrades = False
    #: The last answer was given: what still comes is neither read nor answered.
    _ended = False

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while data:
            data = self._parsed(data)

    def _parsed(self, data: bytes) -> bytes:
        """What is to be parsed anew."""
        assert self.parser is not None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as offer:
            if self._declined:
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
                return self._head_without_offer() + data[offer.args[0] :]
            self.handle_websocket_upgrade()
            self.parser = None  # each holds the other, and neither is needed any more
        return b""

    def handle_websocket_upgrade(self) -> None:
        """Its answer is the last that HTTP gives."""
        self._upgrades = self._answering()
        if self._upgrades:
            self.flow.pause_reading()
        else:
            super().handle_websocket_upgrade()

    def _answering(self) -> bool:
        """Whether an answer to a request is still to come, or to be finished."""
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    def _head_without_offer(self) -> bytes:
        lines = [b"%b %b HTTP/%b" % (self._method, self.url, self.scope["http_version"].encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])

    @property
    def _method(self) -> bytes:
        return self.scope["method"].encode()

    def on_message_begin(self) -> None:
        self._declined = False
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        if not self._declined:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._declined:
            super().on_message_complete()

    def on_headers_complete(self) -> None:
        scope, parser = self.scope, self.parser
        assert parser is not None  # it calls
        version = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        if parser.should_upgrade():
            self._declined = not self._should_upgrade()
            return
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"], scope["query_string"] = address.path, address.query or b""
        scope["extensions"] = dict(_EXTENSIONS)
        app = cast("ASGI3Application", self.app)
        earlier, self.cycle = self.cycle, self._exchange(keep_alive=version != "1.0" and parser.should_keep_alive())
        if earlier is None or earlier.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:  # pipelined
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def _exchange(self, *, keep_alive: bool) -> Exchange:
        made = Exchange(
            self.scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            False,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            keep_alive,
            self.on_response_complete,
        )
        made.end = self.end
        return made

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.tasks.add(self.loop.create_task(self._run(cycle, app)))

    async def _run(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        try:
            await cycle.run_asgi(app)
        finally:
            cast("Exchange", cycle).end = _nothing  # they would hold each other
            self.tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def end(self) -> None:
        """Behind the last answer."""
        self.transport.close()

    # ------------------------------------------------------------------ between two requests
    def connection_lost(self, exc: Exception | None) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        """Something comes: the timer finds out when it is due, and is neither taken back nor set anew until then."""
        self._idle_since = None

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self._ended or self.transport.is_closing():
            return
        if self.pipeline:
            if not self._upgrades:
                self.flow.resume_reading()
            self._start_asgi_task(*self.pipeline.pop())
            return
        self.flow.resume_reading()
        if self._upgrades:
            self.handle_websocket_upgrade()
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_next(self._idle_since)

    def _wait_for_next(self, since: float) -> None:
        """One timer for all pauses of a connection: it looks when this one could be too long at the soonest."""
        due = since + self.timeout_keep_alive
        self.timeout_keep_alive_task = self.loop.call_at(due, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since is None or self.transport.is_closing():
            return
        if self._idle_since + self.timeout_keep_alive > self.loop.time():
            self._wait_for_next(self._idle_since)
        else:
            self.transport.close()
