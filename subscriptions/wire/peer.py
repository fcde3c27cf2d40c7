"""Peer: who is told by an operation's stream, as far as that matters to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from subscriptions.hub.backlog import Backlog
from subscriptions.wire.fanout import Pipe


@dataclass(frozen=True, slots=True)
class Peer:
    """`backlog` is that of all its streams. `on_too_slow` is called at once when more waits for it than may, also while
    it is busy with an earlier result."""

    backlog: Backlog
    on_too_slow: Callable[[], None]
    #: Where there is a way to it without waiting.
    pipe: Pipe | None = None
