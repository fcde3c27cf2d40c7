"""EventSource: a request for an event stream, and what comes of it, read as browsers read it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.stack import PATIENCE_SECONDS, Stack

PATH = "/graphql/stream"
WANTED = {"accept": "text/event-stream", "content-type": "application/json"}


class Told(NamedTuple):
    """An event, or a comment: then all of it is None but its text."""

    event: str | None
    data: str | None
    id: str | None
    comment: str | None = None

    @property
    def result(self) -> Any:
        assert self.event == "next", self
        return json.loads(self.data or "")


class EventSource(AbstractContextManager["EventSource"]):
    """Answered; `headers` of None are left out."""

    def __init__(
        self,
        stack: Stack,
        token: str | None,
        body: object = None,
        *,
        method: str = "POST",
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> None:
        self._connection = HTTPConnection(stack.url.removeprefix("http://"), timeout=PATIENCE_SECONDS)
        given = WANTED | ({"authorization": f"Bearer {token}"} if token else {}) | dict(headers or {})
        sent = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        address = f"{PATH}?{urlencode(parameters)}" if parameters else PATH
        self._connection.request(method, address, sent, {name: value for name, value in given.items() if value})
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.headers = {name.lower(): value for name, value in self._answer.getheaders()}

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def json(self) -> Any:
        """The whole body, which is no stream."""
        return json.loads(self._answer.read())

    def told(self) -> Iterator[Told]:
        """Each comment and each event, until the stream ends."""
        fields: dict[str, str] = {}
        while line := self._answer.readline().decode():
            if line == "\n":
                if fields:
                    yield Told(fields.get("event"), fields.get("data"), fields.get("id"))
                fields = {}
            elif line.startswith(":"):
                yield Told(None, None, None, line[1:].strip())
            else:
                name, _, value = line.removesuffix("\n").partition(":")
                assert name not in fields, f"{name} twice"
                fields[name] = value.removeprefix(" ")

    def events(self) -> Iterator[Told]:
        """Each event."""
        return (told for told in self.told() if told.comment is None)
