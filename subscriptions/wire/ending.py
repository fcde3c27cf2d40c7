"""Ending: why a live connection is no more, as metrics tell it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Ending(StrEnum):
    #: It left, or was lost.
    PEER = "peer"
    #: An event stream told all there was.
    COMPLETE = "complete"
    SHUTDOWN = "shutdown"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - no secret
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    TOO_SLOW = "too_slow"
    #: Sockets or messages.
    TOO_MANY = "too_many"
    #: It answered no ping.
    SILENT = "silent"
    #: It said what the protocol does not know, or when it may not.
    PROTOCOL = "protocol"
    UNAVAILABLE = "unavailable"
    FAULT = "fault"


#: Where a close code says it all; the others are the protocol's.
OF_CODE: Mapping[int, Ending] = {
    1001: Ending.SHUTDOWN,
    1011: Ending.FAULT,
    1013: Ending.TOO_SLOW,
    4403: Ending.TOKEN_REFUSED,
    4499: Ending.SILENT,
}
