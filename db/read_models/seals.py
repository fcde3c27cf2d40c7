"""Seals: which place each entry has in its tenant's chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from db.pool import Database
from services.seal_reads import EntrySeal, Recorded
from services.seals import HASH_BYTES

#: The block that holds each of the entries $2, which were recorded at $3. It ends no earlier than the entry was
#: recorded, and with its month: most often it is the first of these, a later one where the entry was committed late.
OF_ENTRIES = f"""
SELECT asked.id, asked.at, seal.first + seal.place - 1,
    substring(seal.hashes FROM (seal.place - 1) * {HASH_BYTES} + 1 FOR {HASH_BYTES})
FROM unnest($2::uuid[], $3::timestamptz[]) AS asked (id, at) CROSS JOIN LATERAL (
    SELECT first, hashes, array_position(ids, asked.id) AS place FROM ledger_seals
    WHERE tenant_id = $1 AND kind = 'ENTRIES' AND asked.id = ANY (ids) AND until >= asked.at
        AND until < (date_trunc('month', asked.at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
    ORDER BY until, number LIMIT 1
) AS seal
"""


class PostgresSealReads:
    """Implements `services.seal_reads.SealReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_entries(self, tenant: UUID, entries: Sequence[Recorded]) -> Mapping[Recorded, EntrySeal]:
        ids, moments = [entry.id for entry in entries], [entry.at for entry in entries]
        rows = await self._database.fetch(tenant, OF_ENTRIES, [tenant, ids, moments])
        return {Recorded(id_, at): EntrySeal(sequence, hash_) for id_, at, sequence, hash_ in rows}
