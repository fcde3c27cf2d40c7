"""How connections end: with the process at once and by name, so that every screen goes elsewhere and resumes; with
whoever sends what is no WebSocket, without a word in the log; with whoever takes nothing, without waiting for it; with
whoever floods them, before it holds up others.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from server.bounded_http import Refused
from server.repeated_http import RepeatedHttp
from subscriptions.wire.pipes import DIRECT
from subscriptions.wire.turns import Turns

#: An event stream never ends by itself.
STREAM_PATH = "/graphql/stream"
NOT_UTF8 = 1007
GOING_AWAY = 1001
TRY_LATER = 1013
TOO_LONG = 1009

#: What is read at once is parsed in slices, so that a flood of tiny frames is noticed before all of them are parsed,
#: and one of large ones holds up nobody.
SLICE_BYTES = 4_096
#: Frames of whatever kind that a peer may send at once, and a second.
FRAMES_AT_ONCE = 2_048
FRAMES_A_SECOND = 4_000
#: Of one message: empty ones add nothing to its length.
FRAGMENTS_MAX = 1_024

_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


class ClosingSocket(WebSocketsSansIOProtocol):
    """Closes with 1001, which every client takes as a reason to connect again.

    It gives itself to the application (`subscriptions.wire.pipes`), which writes whole frames to it.
    """

    #: A socket that was given up may take what is under way to it, and send what it was about to, for so long.
    linger_s = 2.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._abort: asyncio.TimerHandle | None = None
        self._deaf = False
        self._frames_left = float(FRAMES_AT_ONCE)
        self._read_at = self.loop.time()
        #: What was read and is not parsed yet: nothing more is read meanwhile.
        self._unread = b""
        self._knows_opening = True

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][DIRECT] = self  # type: ignore[index]

    @property
    def keeps_up(self) -> bool:
        return not self.close_sent and not self.disconnected and self.writable.is_set()

    def write_now(self, data: bytes) -> None:
        self.transport.write(data)

    def abort(self) -> None:
        self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Closing waits until all is sent, and a peer that does not read can make that for ever."""
        super().on_task_complete(task)
        if not self.disconnected:
            answer_s = 0.0 if self.close_timer is None else self.close_timeout
            self._abort = self.loop.call_later(answer_s + self.linger_s, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._abort is not None:
            self._abort.cancel()
        super().connection_lost(exc)
        if self.handshake_complete:
            self.scope.get("extensions", {}).pop(DIRECT, None)

    def shutdown(self) -> None:
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
            return
        self.stop_keepalive()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
        self.conn.send_close(GOING_AWAY, "Going away: connect again")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._knows_opening and self.handshake_complete:
            self._forget_opening()
        now = self.loop.time()
        self._frames_left = min(FRAMES_AT_ONCE, self._frames_left + (now - self._read_at) * FRAMES_A_SECOND)
        self._read_at = now
        if self._unread:
            self._unread += data
            self.transport.pause_reading()
            return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        """A slice, and the others in turn with those of all other peers; what is said to the deaf is let go."""
        if not self._hears:
            self._unread = b""
            return
        self._unread = data[SLICE_BYTES:]
        self._parse_slice(data[:SLICE_BYTES])
        if not self._hears:
            self._unread = b""
        elif self._unread:
            self.transport.pause_reading()
            _turns_of(self.loop).soon(self._parse_on)

    def _forget_opening(self) -> None:
        """The request that opened it, the answer, the headers as ASGI tells them: kilobytes that nobody asks for."""
        self._knows_opening = False
        del self.request, self.response
        self.scope["headers"] = []

    @property
    def _hears(self) -> bool:
        return not (self._deaf or self.transport.is_closing())

    def _parse_on(self) -> None:
        self._parse(self._unread)
        if not (self._unread or self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if not self._unread:
                self.transport.resume_reading()
        return message

    def _parse_slice(self, data: bytes) -> None:
        super().data_received(data)
        self._check_frames()
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            self.transport.write(Refused(400, "BAD_REQUEST", "The request opens no WebSocket.").answer())
            self.transport.close()

    def handle_events(self) -> None:
        self._frames_left -= len(self.conn.events)
        super().handle_events()

    def _check_frames(self) -> None:
        """A peer that sends more of them than anybody needs holds up no other, and fills no memory."""
        if self._frames_left < 0:
            self._give_up(TRY_LATER, "Too many frames: send fewer, and connect again later")
        elif len(self.frames) > FRAGMENTS_MAX:
            self._give_up(TOO_LONG, f"The message has more than {FRAGMENTS_MAX} fragments")

    def _give_up(self, code: int, reason: str) -> None:
        self.frames = []
        if self.close_sent or not self.handshake_complete:
            self.transport.abort()
            return
        self.conn.send_close(code, reason)
        self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """A peer in the midst of sending learns why it is closed: with bytes of its own unread, closing at once would
        reset the connection, and the reason with it.
        """
        if self.close_sent:
            self.transport.abort()
            return
        closing = self.conn.close_sent
        assert closing is not None
        self.queue.put_nowait({"type": "websocket.disconnect", "code": closing.code, "reason": closing.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self._deaf = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.linger_s, self.transport.abort)

    def handle_ping(self) -> None:
        """Pongs do not pile up for a peer that takes none."""
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(self.frames):
            self._give_up(NOT_UTF8, "")
        else:
            super().send_receive_event_to_app()


def _turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """In which all peers of a process are parsed who sent more than a slice at once."""
    turns = _TURNS.get(loop)
    if turns is None:
        turns = _TURNS[loop] = Turns()
    return turns


class ClosingHttp(RepeatedHttp):
    """Lets every answer under way be finished, but for event streams.

    To an event stream it gives itself as `ClosingSocket` does; whole chunks are written to it.
    """

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.scope.get("path") == STREAM_PATH:  # a request that opens a WebSocket is not read so far
            self.scope.setdefault("extensions", {})[DIRECT] = self  # type: ignore[typeddict-item]

    @property
    def keeps_up(self) -> bool:
        """While the answer that was begun is in chunks, and not at its end."""
        answer = self.cycle
        under_way = answer.response_started and not answer.response_complete and not answer.disconnected
        return under_way and bool(answer.chunked_encoding) and not self.flow.write_paused

    def write_now(self, data: bytes) -> None:
        self.transport.write(data)

    def abort(self) -> None:
        self.transport.abort()

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and self.cycle.scope["path"] == STREAM_PATH and not self.cycle.response_complete:
            self.transport.close()


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
