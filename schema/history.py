"""History: for what time, and at how many points, a level's past is told."""

from datetime import datetime, timedelta
from uuid import UUID

from schema.errors import bad_input
from schema.loaders import Span

POINTS = 30
POINTS_MAX = 500
DAYS = timedelta(days=30)


def span_of(level: UUID, since: datetime | None, until: datetime | None, points: int | None, now: datetime) -> Span:
    """The last 30 days at 30 points, unless something else was asked for."""
    until = now if until is None else until
    since = _days_before(until) if since is None else since
    if since >= until:
        raise bad_input("from", "must lie before to")
    points = POINTS if points is None else points
    if not 2 <= points <= POINTS_MAX:
        raise bad_input("points", f"must lie between 2 and {POINTS_MAX}")
    return Span(level, since, until, points)


def _days_before(until: datetime) -> datetime:
    try:
        return until - DAYS
    except OverflowError:
        raise bad_input("to", "lies too early: name a later moment") from None
