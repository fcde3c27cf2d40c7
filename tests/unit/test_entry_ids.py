"""Ids of ledger entries: whose they are follows from the level and its version, also where the entry is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from db.ledger import Unplaced, entry_id
from domain.ledger import Cause, LedgerEntry, LedgerKind, Quantities, Stamp
from tests.conformance.units_worlds import ids

VERSIONS = st.integers(1, 20_000)
LEVEL, OTHER = ids(), ids()
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def id_of(version: int, level: UUID = LEVEL) -> UUID:
    change = Quantities(1, 0, 0, 0)
    return entry_id(level, LedgerEntry(LedgerKind.RECEIPT, change, change, version, Cause("seed"), Stamp(NOW, NOW)))


@given(st.sets(VERSIONS, max_size=20), VERSIONS)
def test_a_level_knows_the_ids_of_the_versions_that_it_has_had(versions: set[int], newest: int) -> None:
    unplaced = Unplaced([*(id_of(version) for version in versions), *(ids() for _ in range(5))])
    assert set(unplaced.of(LEVEL, newest)) == {id_of(version) for version in versions if version <= newest}


@given(st.sets(VERSIONS, min_size=1, max_size=20))
def test_no_level_takes_the_ids_of_another(versions: set[int]) -> None:
    assert list(Unplaced([id_of(version, OTHER) for version in versions]).of(LEVEL, 20_000)) == []
