"""Drawer: things of one kind on the desk, as they were read and as the commands have left them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Kept(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Kept)


class Drawer(Generic[T]):
    def __init__(self, read: Iterable[T] = ()) -> None:
        self._read = {thing.id: thing for thing in read}
        self._now = dict(self._read)

    def __getitem__(self, id_: UUID) -> T:
        return self._now[id_]

    def get(self, id_: UUID) -> T | None:
        return self._now.get(id_)

    def put(self, thing: T) -> None:
        """Keep a thing that is new, or that changed."""
        self._now[thing.id] = thing

    @property
    def read(self) -> list[T]:
        return list(self._read.values())

    @property
    def made(self) -> list[T]:
        return [thing for id_, thing in self._now.items() if id_ not in self._read]

    @property
    def changed(self) -> list[tuple[T, T]]:
        """Those that were read and changed: as they were, and as they are."""
        return [(read, self._now[id_]) for id_, read in self._read.items() if self._now[id_] is not read]
