"""How connections end when the process does: at once and by name, so that every screen goes elsewhere and resumes."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: An event stream never ends by itself.
STREAM_PATH = "/graphql/stream"
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


class ClosingHttp(HttpToolsProtocol):
    """Lets every answer under way be finished, but for event streams."""

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and self.cycle.scope["path"] == STREAM_PATH:
            self.transport.close()
