"""The endpoint of GraphQL over fakes, with an HTTP client in front of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from schema.context import Context
from server.accept import JSON
from server.graphql_http import GraphQLHTTP
from server.metrics import Metrics
from services.identity import Session, Unauthenticated
from tests.fakes.api import MANAGER, FakeApi

URL = "http://api/graphql"
TYPED = {"content-type": JSON}
POST = {
    "type": "http",
    "method": "POST",
    "headers": [(b"content-type", JSON.encode()), (b"authorization", b"Bearer yes")],
    "query_string": b"",
}


class Doorkeeper:
    """Lets in who says `Bearer yes`, until it `ended`."""

    ended = False

    async def authenticate(self, authorization: str | None) -> Session:
        if authorization != "Bearer yes":
            raise Unauthenticated("No token: send one.")
        return Session(MANAGER, datetime.now(UTC) + timedelta(hours=1))

    def holds(self, session: Session) -> bool:
        return not self.ended

    def revoked(self, session: Session) -> bool:
        return self.ended


class Endpoint:
    """The endpoint over fakes, with an HTTP client in front of it."""

    def __init__(self, api: FakeApi) -> None:
        self.api, self.metrics = api, Metrics()
        self.doorkeeper = Doorkeeper()
        self.app = GraphQLHTTP(api.executor, self.doorkeeper, self._context, self.metrics, self._page)
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url=URL, headers={"authorization": "Bearer yes"}
        )

    def _context(self, caller: Any, request_id: str) -> Context:
        made = self.api.context
        made.caller, made.request_id = caller, request_id
        return made

    async def _page(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<html>"})

    async def post(self, content: Any, **headers: str) -> httpx2.Response:
        body = content if isinstance(content, (bytes, str)) else json.dumps(content)
        sent = TYPED | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(URL, content=body, headers=sent)
