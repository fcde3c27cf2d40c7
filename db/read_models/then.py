"""Then: a level as of a moment, from the ledger, as a piece of SQL that each read of the past joins to its levels.

What had happened by a moment is told by `occurred_at`, and an entry's balances by the order of recording. So: the
balances after `newest`, an entry that was recorded by the moment, and the changes of `late`, what was recorded after
it and happened by the moment all the same. What was recorded by then had happened by then, so nothing has to be taken
off. Where no such entry is left, the `opening` that an archive left takes its place, or nothing does.

Both look into `ledger_place`; of ids, which hold the millisecond of recording, it tells in the index what was recorded
when. `newest` is one look. `late` reads of the months that follow only what came late; of the entry's own month it
passes over the level's earlier entries in the index.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.ledger_partitions import month_after
from services.past_reads import Archived

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

QUANTITIES = ("on_hand", "allocated", "unavailable", "incoming")
_SUMS = ", ".join(f"sum({name}_change) AS {name}" for name in QUANTITIES)
_TOLD = ", ".join(
    f"coalesce(newest.{name}_after, opening.{name}, 0) + coalesce(late.{name}, 0) AS {name}" for name in QUANTITIES
)
#: The first id of the millisecond in which the entry was recorded.
_FIRST_ID = "(left(coalesce(newest.id, opening.entry_id)::text, 13) || '-0000-0000-000000000000')::uuid"
_AT = "entry.tenant_id = :tenant AND entry.sku = level.sku AND entry.location = level.location"

COLUMNS = (*QUANTITIES, "version", "recorded_at", "moved_at", "archived")
#: One row of COLUMNS for a table `level` with `sku` and `location`; `:at` is the moment, `:at_id` an id behind all that
#: was recorded by then. `version` is 0 where nothing counts. `archived` is the tenant's newest month in an archive.
THEN = f"""
SELECT {_TOLD},
    coalesce(late.version, newest.level_version, opening.level_version, 0) AS version,
    coalesce(late.recorded_at, newest.recorded_at, opening.recorded_at) AS recorded_at,
    greatest(late.occurred_at, newest.occurred_at, opening.recorded_at) AS moved_at,
    (SELECT max(month) FROM ledger_openings WHERE tenant_id = :tenant) AS archived
FROM (VALUES (1)) AS always (one)
LEFT JOIN LATERAL (
    SELECT * FROM ledger AS entry
    WHERE {_AT} AND entry.occurred_at <= :at AND entry.recorded_at <= :at AND entry.id < :at_id
    ORDER BY entry.occurred_at DESC, entry.id DESC LIMIT 1
) AS newest ON true
LEFT JOIN LATERAL (
    SELECT * FROM ledger_openings AS entry
    WHERE {_AT} AND newest.id IS NULL ORDER BY entry.month DESC LIMIT 1
) AS opening ON true
LEFT JOIN LATERAL (
    SELECT {_SUMS}, max(level_version) AS version, max(recorded_at) AS recorded_at, max(occurred_at) AS occurred_at
    FROM ledger AS entry
    WHERE {_AT} AND entry.occurred_at <= :at
        AND entry.recorded_at >= coalesce(newest.recorded_at, opening.recorded_at, '-infinity')
        AND entry.id >= coalesce({_FIRST_ID}, '00000000-0000-0000-0000-000000000000')
        AND entry.level_version > coalesce(newest.level_version, opening.level_version, 0)
) AS late ON true
"""


def id_behind(at: datetime) -> UUID:
    """An id above those of all entries that were recorded by then, and no more than a millisecond above."""
    milliseconds = max((at - _EPOCH) // _MILLISECOND + 1, 0)
    return UUID(int=milliseconds << 80)


def check_told(archived: str | None, at: datetime) -> None:
    """Raises Archived where a moment lies in a month that is archived, or before one."""
    if archived is None:
        return
    since = month_after(datetime.strptime(f"{archived}+0000", "%Y-%m%z"))
    if at < since:
        raise Archived(since)
