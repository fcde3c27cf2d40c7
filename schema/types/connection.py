"""Connections: pages of a list, as Relay's cursor connections specification names them."""

from typing import Any, Generic, TypeVar

import strawberry

from schema.fields import attribute, derived

T = TypeVar("T")

_NODES = "The things of this page, in order: `edges` without their cursors."


@strawberry.type(description="Where a page lies in its list, and what lies around it.")
class PageInfo:
    has_next_page: bool = attribute("has_next", "Whether the list goes on after this page.")
    has_previous_page: bool = attribute("has_previous", "Whether the list has more before this page.")
    start_cursor: str | None = attribute(
        "start_cursor", "Cursor of the first thing: page on backward with `before`. Null on an empty page."
    )
    end_cursor: str | None = attribute(
        "end_cursor", "Cursor of the last thing: page on forward with `after`. Null on an empty page."
    )


def page_info() -> Any:
    return derived(lambda page: page, "Where this page lies in the list.")


@strawberry.type(description="A thing in its place in a list.")
class Edge(Generic[T]):
    cursor: str = attribute("cursor", "Opaque; of use only with the same list in the same order.")
    node: T = attribute("node", "The thing itself.")


@strawberry.type(description="A page of a list: at most 250 things, 50 where neither `first` nor `last` is given.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = attribute("edges", "The things of this page with their cursors, in order.")
    nodes: list[T] = attribute("nodes", _NODES)
    page_info: PageInfo = page_info()
    total_count: int = attribute("total", "How many things the whole list holds. Counted only when selected.")
