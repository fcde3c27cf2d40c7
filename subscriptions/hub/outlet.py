"""Outlet: where the events of a live stream leave by themselves, without its reader's turn, while its peer keeps up.

A stream that has told all it knows is parked. What comes from then on its group hands to the channel of all who are
shown it alike, with the lane of those in the group; the channel sends it to each of them. Many groups, told apart by
what they want, may share a channel: an event is shown once for all of them. A stream whose peer does not keep up falls
back: what was not sent is put into its queue, its reader takes it at the peer's pace, and parks it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.live import StreamEvent
from services.reads import Snapshot


class Passing(NamedTuple):
    """An event on its way through a channel, with what a queue must know of it."""

    event: StreamEvent
    previous_version: int | None
    #: Its place in the log; that of the last entry before it for an event of no thing.
    offset: int
    #: The transaction of a change, and when it was recorded; None for an event of no thing.
    tx: int | None
    recorded_at: datetime | None = None
    #: Bytes of a change's envelope.
    size: int = 0


class Parkable(Protocol):
    def fall_back(self, unsent: Iterable[Passing]) -> None:
        """Its peer does not keep up, or the event cannot be sent this way."""
        ...


class Lane:
    """Those of one group on one channel: each is told what the group is told."""

    __slots__ = ("peers",)

    def __init__(self) -> None:
        self.peers: dict[Parked, Outlet] = {}


class Channel(Protocol):
    """Those who are shown an event alike. Nothing here waits."""

    def push(self, passing: Passing, lane: Lane) -> None:
        """For those in this lane when it is sent. What several lanes are told is handed on for all of them at once."""
        ...


class Outlet(Protocol):
    """One stream's way out."""

    @property
    def channel(self) -> Channel:
        """That of all who are shown the same."""
        ...

    @property
    def open(self) -> bool:
        """Whether its peer has taken what was sent before."""
        ...


class Parked:
    """A stream on a channel: from where in the log on it is told, and what it knows by the snapshot it was sent."""

    __slots__ = ("outlet", "seen", "sent", "since", "stream")

    def __init__(self, stream: Parkable, outlet: Outlet, since: int, seen: Snapshot[Any] | None) -> None:
        self.stream = stream
        self.outlet = outlet
        #: The cursor of what was sent to it last.
        self.sent: str | None = None
        self.since = since
        self.seen = seen

    def wants(self, passing: Passing) -> bool:
        """Whether it was not told of it before it parked."""
        if passing.tx is None:
            return passing.offset >= self.since
        return passing.offset > self.since and (self.seen is None or not self.seen.saw(passing.tx))
