"""GraphQL over HTTP: one ASGI endpoint for POST and GET. How it answers, `server.graphql_answers` says."""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from schema.context import Context
from schema.executor import Executor
from server.accept import media_type_for, prefers_html
from server.answer import Answer, Contexts, serve
from server.graphql_answers import failed, prepared, refusal, told
from server.metrics import Metrics
from server.persisted import revalidated
from server.repeated_graphql import RepeatedGraphQL
from server.repeated_http import AGAIN
from services import trace
from services.identity import LiveAuthenticator, Session, Unauthenticated
from subscriptions.wire.http_request import (
    Disconnected,
    RequestRefused,
    header,
    read_request,
    unauthenticated,
)
from subscriptions.wire.operations import Request

#: What tells requests under one head apart all the same.
_OF_ITS_OWN = (b"x-request-id", b"traceparent")

Page = Callable[[Scope, Receive, Send], Awaitable[None]]


class GraphQLHTTP:
    """The endpoint. `page` is shown to browsers that ask for HTML; without one they are told to send a query."""

    def __init__(
        self,
        executor: Executor,
        authenticator: LiveAuthenticator,
        contexts: Contexts,
        metrics: Metrics,
        page: Page | None = None,
    ) -> None:
        self._executor, self._authenticator, self._contexts = executor, authenticator, contexts
        self._metrics, self._page = metrics, page
        self._repeated = RepeatedGraphQL(executor, authenticator, contexts, metrics)
        self.finish = self._repeated.finish

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._page is not None and _wants_page(scope):
            await self._page(scope, receive, send)
        else:
            await serve(self._answer, self._metrics, scope, receive, send, route="/graphql")

    async def _answer(self, scope: Scope, receive: Receive, identifier: str) -> Answer:
        """Never raises but Disconnected: every fault has an answer."""
        media_type = media_type_for(header(scope, b"accept"))
        authorization = header(scope, b"authorization")
        try:
            # A stranger's body is not read.
            session = await self._authenticator.authenticate(authorization)
            request = await read_request(scope, receive)
            self._let_repeat(scope, session, media_type)
            context, method = self._contexts(session.caller, identifier), scope["method"]
            answer = await self._run(request, context, media_type, method)
            if method == "GET" and request.named is not None and answer.outcome == "ok":
                return revalidated(answer, header(scope, b"if-none-match"))
            return answer
        except RequestRefused as refused:
            return refusal(refused, identifier, media_type)
        except Unauthenticated as error:
            denied = unauthenticated(error, authorization)
            return refusal(denied, identifier, media_type)._replace(outcome="denied")
        except Disconnected:
            raise
        except Exception as cause:  # noqa: BLE001 - the log has it
            return failed(cause, identifier, media_type)

    async def _run(self, request: Request, context: Context, media_type: str, method: str) -> Answer:
        found = prepared(self._executor, request, method, context.request_id, media_type)
        if isinstance(found, Answer):
            return found
        # A client that goes away does not end this: what it asked for is carried out, and it can ask again by its key.
        return told(await self._executor.execute(found, context), found.kind, context.request_id, media_type)

    def _let_repeat(self, scope: Scope, session: Session, media_type: str) -> None:
        """Whoever is let in says the same head again; not where somebody wants to see each request by itself."""
        keep = scope.get("extensions", {}).get(AGAIN)
        alike = scope["method"] == "POST" and not any(header(scope, name) for name in _OF_ITS_OWN)
        if keep is not None and alike and not trace.taken():
            keep(self._repeated.of(session, media_type))


def _wants_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and not scope["query_string"] and prefers_html(header(scope, b"accept"))
