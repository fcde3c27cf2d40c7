"""Outbox: what the relay needs of the table in which events wait, and what it asks of whoever takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class OutboxRow(Protocol):
    """An event that waits. Rows of one key lie in one shard, in the order of their ids."""

    @property
    def id(self) -> int: ...
    @property
    def tenant(self) -> UUID: ...
    @property
    def key(self) -> str: ...
    @property
    def aggregate_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def tx(self) -> int:
        """The transaction that wrote it."""
        ...

    @property
    def body(self) -> bytes:
        """The envelope without `tx`."""
        ...


Row = TypeVar("Row", bound=OutboxRow, covariant=True)


class OutboxLag(Protocol):
    @property
    def rows(self) -> int:
        """How many rows wait, whichever relay owns them."""
        ...

    @property
    def oldest_s(self) -> float:
        """The age of the oldest."""
        ...

    @property
    def put_aside(self) -> int:
        """How many do not wait: they were put aside."""
        ...


class OutboxShards(Protocol[Row]):
    """One relay's hold on the outbox: no other relay reads a shard that it owns. Raises whatever its database does."""

    async def claim_shards(self) -> Collection[int]:
        """Take a fair share, and tell all that is owned now. To be called between turns only."""
        ...

    async def read(self, shards: Collection[int], limit: int) -> Sequence[Row]:
        """The first rows of these shards, by id."""
        ...

    async def finish(self, ids: Sequence[int]) -> None:
        """These were acknowledged: they are not read again."""
        ...

    async def put_aside(self, ids: Sequence[int]) -> None:
        """These cannot be sent: they stay, and are not read again."""
        ...

    async def lag(self) -> OutboxLag: ...


class NotAllSent(Exception):
    """Some rows were not acknowledged, and no later row of their keys was; the cause is chained.

    `too_large` are the ids of rows that will never be, whatever is tried: later rows of their keys may have gone on.
    """

    def __init__(self, acknowledged: Sequence[int], too_large: Sequence[int] = ()) -> None:
        super().__init__("not every row was acknowledged")
        self.acknowledged = acknowledged
        self.too_large = too_large


class Sink(Protocol):
    """Where events go: rows of one key arrive there in their order, whatever fails between."""

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """Returns when all are acknowledged. Raises NotAllSent."""
        ...

    async def close(self) -> None: ...
