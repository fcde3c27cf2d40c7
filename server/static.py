"""Pages and their files, from what was built into `dashboard/dist`; nothing comes from another host."""

import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

DIST = Path(__file__).parents[1] / "dashboard" / "dist"

_EVERY_PAGE = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
)
_POLICY = _EVERY_PAGE + "style-src 'self'; font-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; "
#: Monaco writes style elements, runs its language services in workers and draws icons from data: addresses.
_GRAPHIQL_POLICY = _EVERY_PAGE + (
    "connect-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:"
)
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
#: Their names change with their content.
_ASSET_HEADERS = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}", re.ASCII)

_LANDING = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stockcast</title>
<h1>Stockcast</h1>
<p>Fulfillment inventory over GraphQL.</p>
<ul>
<li><a href="graphql">GraphiQL</a>: queries, mutations and live subscriptions</li>
<li><a href="readyz">Readiness</a>, <a href="healthz">liveness</a>, <a href="metrics">metrics</a></li>
</ul>
</html>
"""
_UNBUILT = "GraphiQL was not built: run `make run`, which builds it once, or send GraphQL to this address by POST.\n"


async def graphiql(scope: Scope, receive: Receive, send: Send) -> None:
    """The GraphiQL page; 404 in a sentence where it was not built."""
    page = _page(DIST / "graphiql.html", _GRAPHIQL_POLICY) or PlainTextResponse(_UNBUILT, 404)
    await page(scope, receive, send)


async def landing(origins: Sequence[str], request: Request) -> Response:
    """The dashboard, or where it was not built a short page that links what there is; `origins` it may ask as well."""
    policy = _POLICY + " ".join(("connect-src 'self'", *origins))
    return _page(DIST / "index.html", policy) or _with_policy(_LANDING, policy)


async def asset(request: Request) -> Response:
    name = request.path_params["name"]
    file = DIST / "assets" / name
    if not _ASSET.fullmatch(name) or not file.is_file():
        return PlainTextResponse("There is no such file.\n", 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(file, media_type=kind, headers=_ASSET_HEADERS)


def _page(file: Path, policy: str) -> Response | None:
    try:
        return _with_policy(file.read_bytes(), policy)
    except OSError:
        return None


def _with_policy(page: str | bytes, policy: str) -> Response:
    return HTMLResponse(page, headers=_PAGE_HEADERS | {"content-security-policy": policy})
