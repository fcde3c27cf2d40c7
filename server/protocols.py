"""How connections end: with the process at once and by name, so that every screen goes elsewhere and resumes; with
whoever sends what is no WebSocket, without a word in the log.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.bounded_http import BoundedHttp, Refused

#: An event stream never ends by itself.
STREAM_PATH = "/graphql/stream"
NOT_UTF8 = 1007
GOING_AWAY = 1001


class ClosingSocket(WebSocketsSansIOProtocol):
    """Closes with 1001, which every client takes as a reason to connect again."""

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
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            self.transport.write(Refused(400, "BAD_REQUEST", "The request opens no WebSocket.").answer())
            self.transport.close()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(self.frames):
            self.frames = []
            self.conn.send_close(NOT_UTF8)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()


class ClosingHttp(BoundedHttp):
    """Lets every answer under way be finished, but for event streams."""

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and self.cycle.scope["path"] == STREAM_PATH:
            self.transport.close()


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
