"""Tokens for whoever sits at the machine where a demo runs, so that GraphiQL can offer each role."""

import ipaddress

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.demo import welcome
from server.demo.catalogue import tenants
from server.settings import Settings


async def demo_tokens(settings: Settings, request: Request) -> Response:
    """`{"tenant", "tokens": {role: token}}`; 404 in production, and for everybody on another machine."""
    if not settings.development or not _from_here(request):
        return PlainTextResponse("There is nothing here.\n", 404)
    tenant = tenants()[0].slug
    body = {"tenant": tenant, "tokens": welcome.tokens(settings, tenant)}
    return JSONResponse(body, headers={"cache-control": "no-store"})


def _from_here(request: Request) -> bool:
    """From this machine, by a page of this machine: a name that was rebound to 127.0.0.1 does not count."""
    client = request.client.host if request.client else ""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return _is_loopback(client) and _is_loopback(request.url.hostname or "") and site in ("same-origin", "none")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
