"""Routes: which operation a request is for. The table of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from starlette.types import Scope

from server.rest import adjustments, availability, corrections, health, inventory, products, reservations, stock_levels
from server.rest.operation import Operation
from server.rest.problems import Problem
from subscriptions.wire.http_request import RequestRefused

OPERATIONS: tuple[Operation, ...] = (
    *reservations.OPERATIONS,
    *availability.OPERATIONS,
    *corrections.OPERATIONS,
    *adjustments.OPERATIONS,
    *stock_levels.OPERATIONS,
    *inventory.OPERATIONS,
    *products.OPERATIONS,
    *health.OPERATIONS,
)
_ROOTS = ("/internal/", "/inventory/", "/api/")


class Route(NamedTuple):
    operation: Operation
    path: Mapping[str, str]


def is_rest(path: str) -> bool:
    """Whether a path is for REST, though there may be nothing at it."""
    return path.startswith(_ROOTS)


def route_of(scope: Scope) -> Route:
    """Raises Problem, RequestRefused."""
    segments = _segments(scope)
    found = [Route(each, path) for each in OPERATIONS if (path := each.match(segments)) is not None]
    if not found:
        raise Problem.of(404, "NOT_FOUND", "There is nothing at this path: see /openapi.json.")
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    for route in found:
        if route.operation.method == method:
            return route
    raise Problem.of(405, "METHOD_NOT_ALLOWED", "This path has no such method.", allow=_allowed(found))


def _segments(scope: Scope) -> list[str]:
    """The path's parts; each is decoded by itself, so that a SKU may hold a slash."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    try:
        return [unquote_to_bytes(part).decode() for part in raw.split(b"/")[1:]]
    except UnicodeDecodeError as error:
        raise RequestRefused("The address's path is not URL-encoded UTF-8.") from error


def _allowed(found: list[Route]) -> str:
    methods = [route.operation.method for route in found]
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
