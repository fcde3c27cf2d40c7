"""FakePastReads: the past is what it was given for a moment; before `archived_until` it is in archives."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.access import Scope
from domain.levels import PastLevel
from domain.places import Place
from services.level_filter import LevelFilter
from services.pages import Edge, Page, PageRequest
from services.past_reads import Archived


@dataclass
class FakePastReads:
    """`asked` holds each read by its name."""

    all_levels: list[PastLevel] = field(default_factory=list[PastLevel])
    archived_until: datetime | None = None
    asked: Counter[str] = field(default_factory=Counter[str])

    async def levels(self, scope: Scope, filter: LevelFilter, page: PageRequest, at: datetime) -> Page[PastLevel]:
        levels = self._as_of(at, "levels")
        return Page([Edge(f"{at}", level) for level in levels[: page.size]], len(levels) > page.size)

    async def levels_at(self, scope: Scope, places: Sequence[Place], at: datetime) -> Mapping[Place, PastLevel]:
        found = {(level.item.sku, level.location.code): level for level in self._as_of(at, "levels_at")}
        return {place: found[place] for place in places if place in found}

    async def levels_of(self, scope: Scope, skus: Sequence[str], at: datetime) -> Mapping[str, Sequence[PastLevel]]:
        there = self._as_of(at, "levels_of")
        found = {sku: [level for level in there if level.item.sku == sku] for sku in skus}
        return {sku: levels for sku, levels in found.items() if levels}

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, PastLevel]:
        return {level.id: level for level in self._as_of(at, "levels_by_id") if level.id in ids}

    def _as_of(self, at: datetime, read: str) -> list[PastLevel]:
        self.asked[read] += 1
        if self.archived_until is not None and at < self.archived_until:
            raise Archived(self.archived_until)
        return [level for level in self.all_levels if level.as_of == at]
