"""The past: moments that stock can be told of, and what cannot be asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from domain.periods import invalid_moment
from schema.errors import bad_input, refused
from schema.scalars import write_date_time
from services.past_reads import Archived
from services.reads import LevelFilter, LevelSort

#: What a level as of a moment costs beside its fields: a look into each month of its ledger.
PRICE = 20
#: How GraphQL names what depends on the stock of each level, so that all of them would have to be looked up.
_DEPENDS = {"status": "status", "stale_for_days": "staleForDays", "stale": "stale"}


def past_moment(at: datetime, now: datetime) -> datetime:
    if refusal := invalid_moment(at, now):
        raise refused(refusal)
    return at


def check_of_past(filter: LevelFilter, sort: LevelSort) -> None:
    """Raises BAD_USER_INPUT for what a list of the past cannot be narrowed or sorted by."""
    for field, name in _DEPENDS.items():
        if getattr(filter, field) is not None:
            raise bad_input(f"filter.{name}", "cannot go with asOf: leave one of them out")
    if sort is not LevelSort.SKU:
        raise bad_input("sort", "cannot go with asOf, where levels come by SKU: leave one of them out")


@contextmanager
def told(argument: str) -> Iterator[None]:
    """Around the reading of the past: what lies in archives is refused by the name of the argument that asks for it."""
    try:
        yield
    except Archived as archived:
        since = write_date_time(archived.since)
        raise bad_input(
            argument, f"lies in months whose ledger was archived: the first moment that can be told is {since}"
        ) from None
