"""Fields that read straight from the domain's own pictures.

The objects behind the API's types are those that read models return and events carry (`LevelState`, `Item`, `Page` …),
not copies of them: a type only says how each of its fields is found there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField
from strawberry.types.field import StrawberryField

T = TypeVar("T")

#: Where Strawberry keeps its own definition of a field.
DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Made:
    """A getter: what `make` makes of the attributes at these paths. So it needs no picture where they are columns."""

    make: Callable[..., Any]
    paths: tuple[str, ...]

    def __call__(self, picture: Any) -> Any:
        return self.make(*(attrgetter(path)(picture) for path in self.paths))


def path_of(getter: "attrgetter[Any]") -> str:
    """Of one attribute."""
    (path,) = getter.__reduce__()[1]
    return path


class _FoundField(StrawberryField):
    """A field without arguments whose value `getter` finds in the picture, at once.

    `of_row` finds it in a row of columns; None where only a picture tells it.
    """

    getter: Callable[..., Any]
    of_row: "attrgetter[Any] | Made | None"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Kept as metadata too, because that is what Strawberry carries over to a copy of the field.
        self.getter = self.metadata["getter"]
        of_row = self.metadata.get("of_row", self.getter)
        self.of_row = of_row if isinstance(of_row, attrgetter | Made) else None
        self.init = self.repr = self.compare = False


class PictureField(_FoundField):
    """`getter` is given the picture alone."""

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return self.getter(source)


class SeenField(_FoundField):
    """`getter` is given the picture and the operation's context: who looks, and when."""

    @property
    def is_basic_field(self) -> bool:
        """Strawberry would hand on no context."""
        return False

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return self.getter(source, info.context)


def attribute(path: str, description: str, *, name: str | None = None, holds: int | None = None) -> Any:
    """The attribute at the end of a dotted path: `attribute("quantities.on_hand", "…")`."""
    return derived(attrgetter(path), description, name=name, holds=holds)


def derived(
    getter: Callable[[Any], Any],
    description: str,
    *,
    name: str | None = None,
    holds: int | None = None,
    of_row: Made | None = None,
) -> Any:
    """What a plain function makes of the picture. `holds`: the most things that a list has, or the price of a text.

    `of_row`: the same of a thing that is read as a row; needless where the function is `Made` itself.
    """
    metadata = {"getter": getter, **holding(holds), **({"of_row": of_row} if of_row else {})}
    return PictureField(graphql_name=name, description=description, metadata=metadata)


def seen(getter: Callable[[Any, Any], Any], description: str, *, of_row: Made | None = None) -> Any:
    """What a plain function makes of the picture for whom the operation's context names.

    `of_row`: the same of a thing that is read as a row; its function is given the context first.
    """
    return SeenField(description=description, metadata={"getter": getter, **({"of_row": of_row} if of_row else {})})


def holding(things: int | None) -> dict[str, int]:
    """Metadata of a list that holds so many things at most, or of a text that is as much."""
    return {} if things is None else {"holds": things}


def in_rows(of: str) -> dict[str, str]:
    """Metadata of a root field whose resolver may read things of this type as rows (`schema.rows.columns_of`)."""
    return {"rows": of}


def looking_back(price: int) -> dict[str, int]:
    """Metadata of a field that tells the past where it is given `asOf`, at this price for each thing."""
    return {"past": price}


def price_of_past(field: GraphQLField) -> int:
    """What each thing of a field costs as of a moment, beside what is selected of it."""
    definition = field.extensions.get(DEFINITION)
    return definition.metadata.get("past", 0) if isinstance(definition, StrawberryField) else 0


def weighing(values: int) -> dict[str, int]:
    """Metadata of a field that costs as much as so many values, whatever is selected of it."""
    return {"weighs": values}


def weight_of(field: GraphQLField) -> int:
    """What a field costs beside what is selected of it."""
    definition = field.extensions.get(DEFINITION)
    return definition.metadata.get("weighs", 0) if isinstance(definition, StrawberryField) else 0


def held_by(field: GraphQLField) -> int | None:
    """The most things that a list or a text holds; None where its field does not say it."""
    definition = field.extensions.get(DEFINITION)
    return definition.metadata.get("holds") if isinstance(definition, StrawberryField) else None


def loaded(resolver: Callable[..., Any], description: str, *, holds: int | None = None) -> Any:
    """What a resolver reads for the picture, through the context's loaders. `holds`: as in `derived`."""
    return strawberry.field(resolver=resolver, description=description, metadata=holding(holds))


def picture(of: type, description: str, *, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """A type of the API whose objects are instances of `of`."""

    def wrap(cls: type[T]) -> type[T]:
        def is_type_of(shown: object, info: object) -> bool:
            return isinstance(shown, of)

        cls.is_type_of = staticmethod(is_type_of)  # pyright: ignore[reportAttributeAccessIssue]
        return strawberry.type(cls, name=name, description=description)

    return wrap


def required(description: str, *, name: str | None = None) -> Any:
    """A field of an input that must be sent."""
    return strawberry.field(description=description, name=name)


def optional(description: str, *, name: str | None = None) -> Any:
    """A field of an input that may be left out, which is not the same as null."""
    return strawberry.field(description=description, name=name, default=strawberry.UNSET)


def given(value: T | None) -> T | None:
    """The value of an optional field for which left out and null are the same."""
    return None if value is strawberry.UNSET else value
