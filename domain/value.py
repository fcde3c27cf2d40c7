"""Value: a dataclass that nobody changes, made at the price of a plain one.

A frozen dataclass sets each of its fields through `object.__setattr__`, which takes five times as long: of a hundred
fields that an order passes through, most of what deciding it costs. These are frozen to the type checker, by which
every line of ours is checked, and plain when they run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """The class with slots, compared and hashed by its fields. For what is made for every order or every row; of what
    is made seldom a frozen dataclass says the same."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
