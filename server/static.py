"""Pages and their files, from what was built into `dashboard/dist`; nothing comes from another host.

The build leaves each file compressed beside it (`dashboard/tools/pack.mjs`), and that is sent to whoever takes it.
"""

import mimetypes
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from server.accept import takes_gzip

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
PACKED = ".gz"
_PACKED_HEADERS = {"content-encoding": "gzip"}
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    "vary": "accept-encoding",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
#: Their names change with their content.
_ASSET_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}
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
    page = _page(DIST / "graphiql.html", Headers(scope=scope), _GRAPHIQL_POLICY) or PlainTextResponse(_UNBUILT, 404)
    await page(scope, receive, send)


async def landing(origins: Sequence[str], request: Request) -> Response:
    """The dashboard, or where it was not built a short page that links what there is; `origins` it may ask as well."""
    policy = _POLICY + " ".join(("connect-src 'self'", *origins))
    return _page(DIST / "index.html", request.headers, policy) or _with_policy(_LANDING, policy)


async def asset(request: Request) -> Response:
    """Ranges are of what is sent, compressed or not, and so is the ETag."""
    name = request.path_params["name"]
    file = DIST / "assets" / name
    if not _ASSET.fullmatch(name) or file.suffix == PACKED or not file.is_file():
        return PlainTextResponse("There is no such file.\n", 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    sent, headers = _sent(file, request.headers)
    return FileResponse(sent, media_type=kind, headers={**_ASSET_HEADERS, **headers})


def _page(file: Path, asked: Headers, policy: str) -> Response | None:
    sent, headers = _sent(file, asked)
    try:
        return _with_policy(sent.read_bytes(), policy, headers)
    except OSError:
        return None


def _sent(file: Path, asked: Headers) -> tuple[Path, Mapping[str, str]]:
    """The file, or what it is compressed where the client takes that; with the headers that say so."""
    packed = file.with_name(file.name + PACKED)
    if takes_gzip(",".join(asked.getlist("accept-encoding"))) and packed.is_file():
        return packed, _PACKED_HEADERS
    return file, {}


def _with_policy(page: str | bytes, policy: str, headers: Mapping[str, str] = {}) -> Response:
    return HTMLResponse(page, headers={**_PAGE_HEADERS, **headers, "content-security-policy": policy})
