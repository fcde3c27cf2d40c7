"""Tokens for whoever sits at the machine where a demo runs, so that GraphiQL can offer each role."""

import ipaddress
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.demo import welcome
from server.demo.catalogue.items import tenants
from server.settings import Settings

_HOST = re.compile(r"((?P<name>[a-z0-9.-]+)|\[(?P<address>[0-9a-f:.]+)\])(:[0-9]{1,5})?", re.ASCII)


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
    host = _only(request, "host")
    if host is None or not _is_loopback(client) or not _is_loopback(_name_in(host)):
        return False
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return "origin" not in request.headers or _only(request, "origin") in (f"http://{host}", f"https://{host}")


def _only(request: Request, name: str) -> str | None:
    """The header as it came, in lower case; None where there is none, or where two could mean two things."""
    given = request.headers.getlist(name)
    return given[0].lower() if len(given) == 1 else None


def _name_in(host: str) -> str:
    """The name or address in `host[:port]`; nothing where it is anything else."""
    found = _HOST.fullmatch(host)
    return (found["name"] or found["address"]) if found else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
