"""Pages: how a list is read by path, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from schema.errors import bad_input
from schema.inputs.texts import entries
from server.rest.address_shapes import Digits
from server.rest.operation import Call, Parameter, Told
from server.rest.shapes import Field, ListOf, Record, Text
from services.pages import CURSOR_LENGTH_MAX, PAGE_SIZE, PAGE_SIZE_MAX, BadCursor, Page, PageRequest

T = TypeVar("T")

#: The parameters of every list.
PARAMETERS = (
    Parameter("limit", "How many at most.", 50, Digits(1, PAGE_SIZE_MAX, PAGE_SIZE)),
    Parameter(
        "after",
        "Those after this: `next_cursor` of the page before, asked for with the same filters.",
        "WyJTS1UiLCJBIiwiTUFJTiJd",
        Text(CURSOR_LENGTH_MAX),
        told=True,
    ),
)


def page_record(name: str, description: str, row: Record) -> Record:
    return Record(
        name,
        description,
        (
            Field("items", ListOf(row), "Those of this page."),
            Field(
                "next_cursor", Text(), "Give it as `after` to get the next page; null: this is the last.", nullable=True
            ),
        ),
    )


@contextmanager
def page_of(call: Call) -> Iterator[PageRequest]:
    """The page asked for, to be read inside. A cursor that the list does not know is bad input."""
    try:
        yield PageRequest(call.one("limit") or PAGE_SIZE, call.one("after"))
    except BadCursor:
        raise bad_input("after", "is no cursor of this list: give the next_cursor that a page of it told") from None


def several(call: Call, name: str) -> Any:
    """What a parameter that may be given many times names; None where it was not given: any. Raises ApiError."""
    return entries(name, call.query[name]) or None


def page_told(page: Page[T], told: Callable[[T], Any]) -> Told:
    following = page.edges[-1].cursor if page.has_next else None
    return Told({"items": [told(edge.node) for edge in page.edges], "next_cursor": following})
