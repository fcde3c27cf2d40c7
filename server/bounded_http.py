"""BoundedHttp: what a client may send and how long it may take, before any application sees its request.

400 BAD_REQUEST         no Host, a malformed one or two; two Authorization headers; what is not HTTP
405 METHOD_NOT_ALLOWED  CONNECT
408 REQUEST_TIMEOUT     a request that does not come to its end
431 HEADERS_TOO_LARGE   more than HEAD_BYTES_MAX beside the body
503 UNAVAILABLE         the process ends, and of the body some is still to come
"""

from __future__ import annotations

import asyncio
import http
import re
import secrets
from typing import Any

import orjson

from server.lean_http import LeanHttp

HEAD_BYTES_MAX = 64 * 1024

#: Of two of them, whoever stands before this process may have read the other one.
_SINGLE = (b"host", b"authorization", b"origin")
_HOST = re.compile(rb"([A-Za-z0-9._~%!$&'()*+,;=-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")


class Refused(Exception):
    """A connection's last answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self._status, self._code = http.HTTPStatus(status), code

    def answer(self) -> bytes:
        """As HTTP, with the body that GraphQL's clients read."""
        identifier = secrets.token_hex(16)
        told = {"message": str(self), "extensions": {"code": self._code, "requestId": identifier}}
        body = orjson.dumps({"errors": [told]})
        head = (
            f"HTTP/1.1 {self._status.value} {self._status.phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {identifier}\r\nconnection: close\r\n\r\n"
        )
        return head.encode() + body


class BoundedHttp(LeanHttp):
    """The client owes a request from the moment it connects, or sends something more, until that request is whole."""

    head_s = 15.0
    body_s = 30.0
    #: Between two pieces of a body.
    silence_s = 15.0
    #: What is still sent behind the last answer is taken for so long: it is read only when nothing is left unread.
    linger_s = 1.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refusal: Refused | None = None
        self._owes, self._in_body = True, False
        self._since = self._heard = self.loop.time()
        self._patience: asyncio.TimerHandle | None = None
        #: The last one that was found in order: most connections name one alone.
        self._host = b""
        #: Bytes of the request that are not its body; of the data at hand, those of a body, and if a request began.
        self._beside = self._of_body = 0
        self._begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._owes = False
        self._stop_waiting()
        super().handle_websocket_upgrade()

    # ------------------------------------------------------------------ what is sent
    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        self._begun, self._of_body = False, 0
        if not self._owes:
            self._owes, self._since = True, self.loop.time()
        super().data_received(data)
        # How much of the data came before a request that begins in its midst is not known; it is bounded.
        self._beside = 0 if self._begun else self._beside + len(data) - self._of_body
        if self._owes and self._beside > HEAD_BYTES_MAX:
            self._refuse(_too_large())
        elif self._owes and self._patience is None and not self.transport.is_closing():
            self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun, self._owes, self._since = True, True, self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:  # a trailer is no header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._refusal = self._fault_of_head()
        if self._refusal is not None:
            raise self._refusal
        super().on_headers_complete()
        self._in_body = True
        self._since = self._heard = self.loop.time()

    def on_body(self, body: bytes) -> None:
        self._of_body += len(body)
        self._heard = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        if not self._declined:
            self._owes = False
            self._stop_waiting()
        super().on_message_complete()

    def _fault_of_head(self) -> Refused | None:
        if self.parser.get_method() == b"CONNECT":  # pyright: ignore[reportOptionalMemberAccess]
            return Refused(405, "METHOD_NOT_ALLOWED", "CONNECT: this is no proxy. Send GET or POST.")
        size, single = len(self.url), {}
        for name, value in self.headers:
            size += len(name) + len(value)
            if name in _SINGLE:
                if name in single:
                    return _bad(f"There are two headers {name.decode().title()}: send one.")
                single[name] = value
        if size > HEAD_BYTES_MAX:
            return _too_large()
        return None if single.get(b"host") == self._host else self._fault_of_host(single.get(b"host"))

    def _fault_of_host(self, host: bytes | None) -> Refused | None:
        if host is None:
            return _bad("HTTP/1.1 wants the header Host.") if self.parser.get_http_version() == "1.1" else None  # pyright: ignore[reportOptionalMemberAccess]
        if _HOST.fullmatch(host) is None:
            return _bad("The header Host must be a name or an address, and a port.")
        self._host = host
        return None

    # ------------------------------------------------------------------ how long it takes
    def _due(self) -> float:
        if self._in_body:
            return min(self._since + self.body_s, self._heard + self.silence_s)
        return self._since + self.head_s

    def _wait(self) -> None:
        self._patience = self.loop.call_at(self._due(), self._look)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _look(self) -> None:
        """The request is late, unless more of it came since this was planned."""
        self._patience = None
        if self._due() > self.loop.time():
            self._wait()
        elif self.scope is None:  # who never said a word is told none
            self.transport.close()
        elif not self._in_body and self._answering():
            self._since = self.loop.time()
            self._wait()
        else:
            self._refuse(Refused(408, "REQUEST_TIMEOUT", "The request did not come to its end in time."))

    # ------------------------------------------------------------------ refusals
    def shutdown(self) -> None:
        """Of the process, which does not wait for a request that is not whole yet, but for the answers before it."""
        if self._in_body and not self.pipeline:
            self._refuse(Refused(503, "UNAVAILABLE", "This process ends before the request is whole: send it again."))
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or _bad(msg))

    def _refuse(self, refusal: Refused) -> None:
        """Answer once, where no other answer is begun, and end; an application that waits finds its client gone."""
        self._refusal = refusal
        self._ended = True
        self._owes = False
        self._stop_waiting()
        answering = self._answering()
        # The answer under way may be to an earlier request: nothing can be said in its midst, or in its stead.
        silent = bool(self.pipeline) or (self.cycle.response_started if self._in_body else answering)
        if answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if silent or self.transport.is_closing():
            self.transport.close()
            return
        self.transport.write(refusal.answer())
        self._linger()

    def end(self) -> None:
        if not (self._owes or self.flow.read_paused) or self.transport.is_closing():
            super().end()
            return
        self._ended = True
        self._owes = False
        self._stop_waiting()
        self._linger()

    def _linger(self) -> None:
        """With bytes of the client's unread, closing at once would reset the connection, and the answer with it."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(self.linger_s, self.transport.close)


def _bad(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)


def _too_large() -> Refused:
    return Refused(431, "HEADERS_TOO_LARGE", f"The request has more than {HEAD_BYTES_MAX:,} bytes beside its body.")
