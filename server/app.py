"""The API process: its addresses, and its life from the first socket to the last.

`/graphql` and the paths of REST are answered before any routing; the rest goes through Starlette. A process that
starts before its database listens at once, says so in `/readyz`, answers 503, and goes on by itself when it is there.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.faults import DatabaseFault, DatabaseUnavailable
from db.identity import answers
from db.outbox import OutboxTaken
from db.schema_version import SchemaOutdated, check_schema
from resolvers.build import build_schema
from schema.executor import Executor
from server import health, static
from server.answer import send_answer
from server.authentication import keys_at_start
from server.demo_tokens import demo_tokens
from server.graphql_answers import fault, unavailable
from server.ledger_heads import heads_of
from server.logging import request_id
from server.memory import spare_the_collector
from server.metrics import CONTENT_TYPE, Metrics
from server.parts import Parts, Tools, assembled
from server.persisted import persisted_of
from server.protocols import STREAM_PATH
from server.rest import openapi
from server.rest.endpoint import send_not_yet
from server.rest.routes import is_rest
from server.settings import Settings, SettingsError
from server.sign_in import origins_of, sign_in
from server.webhook_keys import webhook_policy
from services.ports import Unavailable
from subscriptions.outage import Outage
from subscriptions.wire.http_request import request_id_of

logger = logging.getLogger(__name__)

TELL_EVERY_SECONDS = 10.0
BLOCKED_AGAIN_SECONDS = 1.0
NOT_YET = "The system is starting, or its database cannot be reached. Try again in a moment."
_NO_PAGE = PlainTextResponse("There is no such page.\n", 404)

Blocked = SchemaOutdated | OutboxTaken


class Api:
    """One process's API as an ASGI application; `parts` is None until the database was reached."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.parts: Parts | None = None
        self._blocked: Blocked | None = None
        self._rest = Starlette(
            routes=[
                Route("/", partial(static.landing, origins_of(tools.settings))),
                Route("/sign-in", partial(sign_in, tools.settings)),
                Route("/assets/{name:path}", static.asset),
                Route("/healthz", _alive),
                Route("/readyz", self._ready),
                Route("/metrics", self._metrics),
                Route("/openapi.json", openapi.serve),
                Route("/demo/tokens", partial(demo_tokens, tools.settings)),
            ],
            lifespan=self._lifespan,
        )
        # To the same path with a slash: it would lead to whatever Host the request named.
        self._rest.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._rest(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["path"] in ("/graphql", "/graphql/"):
            await self._graphql(scope, receive, send)
        elif scope["path"] == STREAM_PATH:
            await self._guarded(self._stream, scope, receive, send)
        elif is_rest(scope["path"]):
            await self._by_path(scope, receive, send)
        elif scope["path"].endswith("\n"):  # whoever matches routes passes over it: a page by a second name
            await _NO_PAGE(scope, receive, send)
        else:
            await self._guarded(self._rest, scope, receive, send)

    async def _graphql(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.parts is None:
            await _not_yet(scope, send)
        else:
            await self.parts.http(scope, receive, send)

    async def _by_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.parts is None:
            await send_not_yet(scope, send, NOT_YET)
        else:
            await self.parts.rest(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.parts is None:
            await _not_yet(scope, send)
        else:
            await self.parts.stream(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.parts is not None and scope["path"] in ("/graphql", "/graphql/"):
            await self.parts.socket(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "Not here, or not yet"})

    async def _guarded(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Whatever has no answer for its own faults: they are answered as JSON, without their text."""
        identifier = request_id_of(scope)
        current = request_id.set(identifier)
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, watched)
        except Exception:
            logger.exception("a request failed")
            if not begun:
                await send_answer(scope, send, fault(identifier), identifier)
        finally:
            request_id.reset(current)

    # ------------------------------------------------------------------ life
    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        living = asyncio.create_task(self._live())
        try:
            yield
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living

    async def _live(self) -> None:
        """Assemble as soon as the database can be reached, and hold it all until the process ends."""
        outage = Outage("the database", Random())
        while True:
            try:
                async with assembled(self._tools) as parts:
                    outage.over()
                    spare_the_collector()
                    self.parts, self._blocked = parts, None
                    await asyncio.Event().wait()
            except (SchemaOutdated, OutboxTaken) as blocked:
                outage.over()
                await self._wait_for_somebody(blocked)
            except DatabaseFault as unreachable:
                self._blocked = None
                await outage.pause(unreachable)
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("the process cannot do its work")
                await asyncio.sleep(1)
            finally:
                self.parts = None

    async def _wait_for_somebody(self, blocked: Blocked) -> None:
        """The database is there, and only whoever runs the system can do what is missing: told once."""
        if type(self._blocked) is not type(blocked):
            logger.warning("not ready: %s", blocked)
        self._blocked = blocked
        await asyncio.sleep(BLOCKED_AGAIN_SECONDS)

    # ------------------------------------------------------------------ answers
    async def _ready(self, request: Request) -> Response:
        status, body = health.report(await health.examine(self._needed()))
        return JSONResponse(body, status, headers={"cache-control": "no-store"})

    def _needed(self) -> list[health.Part]:
        settings = self._tools.settings
        needed = [health.database_part(self._reached), health.schema_part(self._migrated)]
        if settings.redis_url:
            needed.append(health.redis_part(settings.redis_url))
        else:
            needed.append(health.relay_part(self._relaying))
        if settings.jwks_url:
            needed.append(health.keys_part(self._known))
        if settings.kafka_bootstrap_servers:
            needed.append(health.kafka_part(settings.kafka_bootstrap_servers))
        return needed

    async def _reached(self) -> None:
        if self.parts is not None:
            await answers(self.parts.database)
        elif self._blocked is None:
            raise DatabaseUnavailable(NOT_YET)

    async def _migrated(self) -> None:
        if self.parts is not None:
            await check_schema(self.parts.database)
        elif not isinstance(self._blocked, OutboxTaken):
            raise self._blocked or DatabaseUnavailable(NOT_YET)

    async def _relaying(self) -> None:
        """All shards are this process's own, where no other process could show their changes here."""
        if self.parts is None or not self.parts.outbox.owned:
            raise self._blocked or DatabaseUnavailable(NOT_YET)

    async def _known(self) -> None:
        """Some token can be verified."""
        if not len(self._tools.keys):
            raise LookupError("no key")

    async def _metrics(self, request: Request) -> Response:
        if self.parts is not None:
            await self.parts.measure()
        return Response(self._tools.metrics.text(), media_type=CONTENT_TYPE)


async def _not_yet(scope: Scope, send: Send) -> None:
    identifier = request_id_of(scope)
    await send_answer(scope, send, unavailable(identifier, NOT_YET), identifier)


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok\n")


def create_app(settings: Settings) -> Api:
    """The application of one process. Raises SettingsError when its keys are missing, or are those of a demo."""
    if settings.kafka_bootstrap_servers and not settings.redis_url:
        raise SettingsError("KAFKA_BOOTSTRAP_SERVERS is set and REDIS_URL is not: events reach screens through Redis.")
    if not settings.redis_url:
        heads_of(settings)  # a process that is alone seals the ledger; here it is refused in time
    executor = Executor(
        build_schema(), introspection=settings.development, persisted=persisted_of(settings), report_fault=Faults()
    )
    page = static.graphiql if settings.development else None
    keys = keys_at_start(settings)
    return Api(Tools(settings, keys, executor, Metrics(), page, webhook_policy(settings)))


class Faults:
    """Writes what failed inside an operation to the log: a bug with its traceback, a server that is away now and then
    in one line."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at = float("-inf")

    def __call__(self, cause: Exception) -> None:
        if not isinstance(cause, Unavailable):
            logger.error("an operation failed", exc_info=cause)
        elif self._clock() - self._told_at >= TELL_EVERY_SECONDS:
            self._told_at = self._clock()
            logger.warning("operations fail: %s", cause)
