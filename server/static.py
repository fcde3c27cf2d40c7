"""Pages and their files, from what was built into `dashboard/dist`; nothing comes from another host."""

import mimetypes
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

DIST = Path(__file__).parents[1] / "dashboard" / "dist"

#: Monaco writes style elements, runs its language services in workers and draws icons from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "content-security-policy": _POLICY,
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
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
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
    await _page(DIST / "graphiql.html", PlainTextResponse(_UNBUILT, 404))(scope, receive, send)


async def landing(request: Request) -> Response:
    """The dashboard, or a short page that links what there is."""
    return _page(DIST / "index.html", HTMLResponse(_LANDING, headers=_PAGE_HEADERS))


async def asset(request: Request) -> Response:
    name = request.path_params["name"]
    file = DIST / "assets" / name
    if not _ASSET.fullmatch(name) or not file.is_file():
        return PlainTextResponse("There is no such file.\n", 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(file, media_type=kind, headers=_ASSET_HEADERS)


def _page(file: Path, otherwise: Response) -> Response:
    try:
        return HTMLResponse(file.read_bytes(), headers=_PAGE_HEADERS)
    except OSError:
        return otherwise
