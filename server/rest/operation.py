"""Operation: one method of one path, with all that a caller must know of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.access import Caller
from domain.refusals import RefusalCode
from schema.context import Context
from schema.inputs.texts import TEXT_LENGTH_MAX
from server.rest.shapes import Record, Shape, identifier

#: What an idempotency key is called in a body, in the manner of the source that names the path.
KEY_FIELDS = ("idempotencyKey", "idempotency_key")


@dataclass(frozen=True, slots=True)
class Parameter:
    """Of the address; `listed`: it may be given many times; `told`: it is whatever text this API told for it."""

    name: str
    description: str
    example: str | int
    shape: Shape = identifier(TEXT_LENGTH_MAX)  # noqa: RUF009 - a value
    listed: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """`may_be_left_out`: a request without one is as one with `{}`. `at`: what a list is called where one is wrong."""

    shape: Shape
    example: Any
    may_be_left_out: bool = False
    at: str = ""

    @property
    def key_field(self) -> str | None:
        """The name under which it takes an idempotency key; None where it takes none."""
        fields = self.shape.fields if isinstance(self.shape, Record) else ()
        return next((each.name for each in fields if each.name in KEY_FIELDS), None)


@dataclass(frozen=True, slots=True)
class Told:
    """What an operation answers where nothing went wrong."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Telling:
    """What the document says of an answer."""

    description: str
    shape: Shape
    example: Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: the parameters of its path and query by name, its body in shape, its idempotency key."""

    context: Context
    path: Mapping[str, str]
    query: Mapping[str, Sequence[Any]]
    body: Any
    key: str

    @property
    def caller(self) -> Caller:
        return self.context.acting

    def one(self, name: str) -> Any:
        """A parameter of the query that is given at most once; None where it is not."""
        return next(iter(self.query[name]), None)


@dataclass(frozen=True, slots=True)
class Operation:
    """`name` is the API's own for it, which says who may call it and under which its idempotency keys are kept.

    `path` is a template such as `/inventory/stock_levels/{sku}`; `refusals` are the codes that it may be refused with.
    """

    id: str
    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    answers: Mapping[int, Telling]
    serve: Callable[[Call], Awaitable[Told]]
    path_parameters: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    body: Body | None = None
    #: Whether it takes an idempotency key.
    writes: bool = False
    refusals: tuple[RefusalCode, ...] = ()

    def match(self, segments: Sequence[str]) -> Mapping[str, str] | None:
        """The parameters of a path that is this one's, by name."""
        template = self.path.split("/")[1:]
        if len(template) != len(segments):
            return None
        found: dict[str, str] = {}
        for name, segment in zip(template, segments, strict=True):
            if name.startswith("{") and segment:
                found[name[1:-1]] = segment
            elif name != segment:
                return None
        return found
