"""A receiver of webhooks on this machine, which keeps what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Of those paths that are not answered with 200.
ANSWERS = {"/gone": 410}


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Receiver:
    port: int
    requests: list[Received] = field(default_factory=list[Received])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def received(self, path: str) -> list[Received]:
        return [each for each in self.requests if each.path == f"/{path}"]


@contextmanager
def receiving() -> Iterator[Receiver]:
    requests: list[Received] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            requests.append(Received(self.path, headers, body))
            answer = b"thank you"
            self.send_response(ANSWERS.get(self.path, 200))
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what it was sent is kept."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Receiver(server.server_port, requests)
        finally:
            server.shutdown()
            thread.join()
