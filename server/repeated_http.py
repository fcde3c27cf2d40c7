"""RepeatedHttp: a request whose head comes once more is not taken apart again.

Who asks over a connection that stays open says the same before each of its bodies: the address, its token, what it
accepts. So the application may say, while it answers a request in the general way, how it answers others under the same
head (`AGAIN`, named in the scope's `extensions`). Such a request takes neither parser nor scope nor task, where all of
it comes in one piece, nothing is under way before it, and the head is the same byte for byte but for the length of the
body. Whatever is unusual about it goes the general way, and is judged there as if it had been the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Context
from functools import partial

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.bounded_http import BoundedHttp

AGAIN = "stockcast.again"
#: Of a head that is kept.
KEPT_BYTES_MAX = 4_096
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([1-9][0-9]{0,8})(?=\r\n)", re.IGNORECASE)
_LENGTH_DIGITS_MAX = 9

#: Of an answer: its status, the lines of its head as they are sent, its body.
Tell = Callable[[int, bytes, bytes], None]
#: Whether it takes the request of this body; then it tells once, at once or later.
Again = Callable[[bytes, Tell], bool]


class RepeatedHttp(BoundedHttp):
    """Answers keep the order of their requests: what comes while one of these is under way waits for it, unread."""

    #: The head up to the length of its body, and behind it.
    _before = _behind = b""
    _again: Again | None = None
    _under_way = False
    #: What came meanwhile.
    _unread = b""
    #: The process ends: so does the connection, with the answer under way.
    _last = False

    def data_received(self, data: bytes) -> None:
        if self._under_way:
            self._unread += data
            self.flow.pause_reading()
        elif self._again is None or not self._taken(self._again, data):
            rested = not self._owes or self.scope is None
            super().data_received(data)
            if rested and self._of_body and not self._owes:
                self._offer(data)

    def _taken(self, again: Again, data: bytes) -> bool:
        body = self._body_of(data)
        if body is None or self._owes or self.flow.write_paused or not self.cycle.response_complete:
            return False
        if self._ended:
            return False
        self._under_way, self._idle_since = True, None
        if not again(body, self._tell):
            self._under_way = False
            return False
        return True

    def _body_of(self, data: bytes) -> bytes | None:
        """The body of a whole request under the head that is known; None for anything else."""
        if not data.startswith(self._before):
            return None
        begins = len(self._before)
        ends = data.find(b"\r", begins, begins + _LENGTH_DIGITS_MAX + 1)
        length = data[begins:ends]
        if ends < 0 or not length.isdigit() or not data.startswith(self._behind, ends):
            return None
        body = data[ends + len(self._behind) :]
        return body if len(body) == int(length) else None

    def _tell(self, status: int, head: bytes, body: bytes) -> None:
        self._under_way = False
        if self.transport.is_closing():
            return
        lines = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (head, b"connection: close\r\n\r\n" if self._last else b"\r\n", body)
        self.transport.write(b"".join(lines))
        if self._last:
            self.end()
        self.on_response_complete()
        if self._unread and not self._last:
            unread, self._unread = self._unread, b""
            Context().run(self.data_received, unread)  # nothing of what was told now is said of what comes behind it

    def _offer(self, data: bytes) -> None:
        """Let the application keep the head of a whole request, which is all of the data."""
        if self.expect_100_continue or not self.cycle.keep_alive:
            return
        begins = len(data) - self._of_body
        if begins > KEPT_BYTES_MAX or data.find(b"\r\n\r\n") + 4 != begins:
            return
        length = _LENGTH.search(data, 0, begins)  # the parser refuses two
        if length is not None:
            first, last = length.span(1)
            self.scope["extensions"][AGAIN] = partial(self._keep, data[:first], data[last:begins])  # type: ignore[index]

    def _keep(self, before: bytes, behind: bytes, again: Again) -> None:
        self._before, self._behind, self._again = before, behind, again

    def shutdown(self) -> None:
        if self._under_way:
            self._last = True
        else:
            super().shutdown()
