"""The keeper: folds a tenant's sealed entries into rollups and layers, in the transaction that seals them.

What was folded is what the ledger's feed no longer holds: an entry is in the feed or in the rows, never in both or in
none. Entries that come late are folded where they happened: their SKUs anew from the ledger, from that day on. Where
that would be too much for the moment, the SKU is put down to be folded by itself (`rollup_queue`), and its entries
until then with it. That goes on step by step, each a transaction of its own, from where the last one ended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg

from db.layers import AskedShelf, PostgresLayers
from db.rollup_books import BEGINNING, RollupBooks, RollupQueue, Turn
from db.rollup_entries import PostgresEntries
from db.rollups import Asked, PostgresRollups
from domain.days import LocalDays
from domain.keeping import DaysFrom, Moved, SkuRows, SkuState, carried, stacked
from domain.layers import Shelf
from domain.rollups import SkuTotals, folded_anew_from

#: Entries of one level that are read again while other entries wait to be sealed.
READ_AGAIN_MAX = 2_000
#: Entries of a SKU that is folded by itself, in one transaction: half a second of it.
STEP = 10_000
#: Entries that are read at once where all are, only to be compared.
CHUNK = 2_000
#: Later than anything that happened.
EVER = datetime(9999, 12, 30, tzinfo=UTC)

_DAY = timedelta(days=1)
_PLACES = "SELECT location FROM stock_levels WHERE tenant_id = $1 AND sku = $2"


class Step(NamedTuple):
    """So many entries were folded; whether there are `more` to fold."""

    entries: int
    more: bool


class Keeper:
    """For who holds the books; in one transaction."""

    def __init__(self, connection: asyncpg.Connection, books: RollupBooks) -> None:
        self._connection = connection
        self._books = books
        self._entries = PostgresEntries(connection, books)
        self._rollups = PostgresRollups(connection, books.tenant)
        self._layers = PostgresLayers(connection, books.tenant)
        self._queue = RollupQueue(connection, books.tenant)

    async def keep(self, entries: Sequence[asyncpg.Record]) -> None:
        """Fold the entries of a block."""
        changes: dict[str, list[Moved]] = {}
        for _, sku, moved in await self._entries.taken(entries):
            changes.setdefault(sku, []).append(moved)
        await self._put_behind(changes)
        totals = await self._totals(changes, {})
        late = await self._read_again(changes, totals)
        if late:
            totals |= await self._totals({sku: changes[sku] for sku in late}, late)
            await self._drop(late, {sku: {location for location, _ in changes[sku]} for sku in late})
        states = {sku: SkuState(totals[sku]) for sku in changes}
        await self._shelve(states, changes, late)
        days = await self._days(changes)
        await self._write([(sku, states[sku].follow(moved, days[sku])) for sku, moved in changes.items()])

    async def fold_some(self, sku: str, turn: Turn) -> Step:
        """Fold some entries of a SKU by itself, from a moment on that no row reaches across.

        What it is folded to, and where it goes on, is kept together. Rows of later days stand until their turn comes.
        """
        since, locations = max(turn.since, self._books.first), await self.locations(sku)
        if turn.forget_costs:
            await self._rollups.forget_costs(sku, self._books.first)
            await self._layers.forget_costs(sku, self._books.first)
        await self._open(sku, locations)
        changes, until = await self._entries.stretch(sku, since, locations, STEP)
        await self._drop({sku: since}, {sku: locations}, until or EVER)
        state = await self._state(sku, since, locations)
        await self._write([(sku, await self._follow(state, sku, since, changes))])
        await self._queue.folded(sku, until)
        return Step(len(changes), more=until is not None)

    async def drop_all(self, sku: str) -> None:
        """Also what lies before the floor: what is folded next begins with the balances that archived months left."""
        await self._drop({sku: BEGINNING}, {sku: await self.locations(sku)})

    async def folded(self, sku: str, since: datetime, locations: Collection[str]) -> AsyncIterator[tuple[int, SkuRows]]:
        """What the ledger comes to from a moment on, with what is kept from before, some entries at a time."""
        state = await self._state(sku, since, locations)
        async for changes in self._entries.stream(sku, since, locations, CHUNK):
            yield len(changes), await self._follow(state, sku, since, changes)

    async def locations(self, sku: str) -> list[str]:
        return [row[0] for row in await self._connection.fetch(_PLACES, self._books.tenant, sku)]

    async def _open(self, sku: str, locations: Collection[str]) -> None:
        """Where months of the ledger were archived before anything was folded, begin with the balances they left."""
        floor = self._books.floor
        if floor is None or await self._rollups.levels([Asked(sku, location, floor) for location in locations]):
            return
        openings = await self._entries.openings(sku)
        await self._write([(sku, SkuState().follow(openings, self._books.days))])

    async def _put_behind(self, changes: dict[str, list[Moved]]) -> None:
        """Take out the SKUs that wait to be folded. What happened behind the place from which they go on is read with
        what lies there; only what happened before it puts them back, to the beginning of its day.
        """
        back: dict[str, datetime] = {}
        for sku, since in (await self._queue.waiting(list(changes))).items():
            first = min(change.at for _, change in changes.pop(sku))
            if first < since:
                back[sku] = self._books.whole_since(self._books.days.of(first))
        await self._queue.put(back)

    async def _days(self, changes: Mapping[str, Sequence[Moved]]) -> Mapping[str, LocalDays]:
        """By SKU. What happened behind the floor is of no day that has a row from before it: that row stays."""
        floor, days = self._books.floor, self._books.days
        near = [sku for sku, moved in changes.items() if any(self._books.near_floor(change.at) for _, change in moved)]
        last = {} if floor is None else await self._rollups.last_days(near, floor)
        return {sku: DaysFrom(days.zone, first=last[sku] + _DAY) if sku in last else days for sku in changes}

    async def _state(self, sku: str, since: datetime, locations: Collection[str]) -> SkuState:
        """Where all levels of a SKU stood at a moment."""
        totals = await self._rollups.levels([Asked(sku, location, since) for location in locations])
        state = SkuState(SkuTotals({location: level for (_, location), level in totals.items()}))
        asked = [AskedShelf(sku, name, since, level.on_hand) for name, level in state.totals.levels.items()]
        layers = await self._layers.of_levels(asked)
        for _, name, _, on_hand in asked:
            state.shelves.levels[name] = Shelf(layers.get((sku, name), []), on_hand)
        return state

    async def _follow(self, state: SkuState, sku: str, since: datetime, changes: Sequence[Moved]) -> SkuRows:
        """Fold changes since a moment into where a SKU stood then."""
        await self._load_transfers(sku, since, state, carried(changes))
        return state.follow(changes, (await self._days({sku: changes}))[sku])

    async def _load_transfers(self, sku: str, since: datetime, state: SkuState, transfers: Collection[str]) -> None:
        """Those that no earlier entries were of."""
        fresh = [transfer for transfer in transfers if transfer not in state.totals.transfers]
        found = await self._rollups.transits([Asked(sku, transfer, since) for transfer in fresh])
        state.totals.transfers.update({transfer: transit for (_, transfer), transit in found.items()})
        await self._shelve_transfers({sku: state}, {sku: since})

    async def _totals(
        self, changes: Mapping[str, Sequence[Moved]], before: Mapping[str, datetime]
    ) -> dict[str, SkuTotals]:
        """Those of the levels and transfers that changes are of, as they are, or were before a moment."""
        levels = [
            Asked(sku, location, before.get(sku, EVER))
            for sku, moved in changes.items()
            for location in {location for location, _ in moved}
        ]
        transfers = [
            Asked(sku, transfer, before.get(sku, EVER)) for sku, moved in changes.items() for transfer in carried(moved)
        ]
        found = {sku: SkuTotals() for sku in changes}
        for (sku, location), level in (await self._rollups.levels(levels)).items():
            found[sku].levels[location] = level
        for (sku, transfer), transit in (await self._rollups.transits(transfers)).items():
            found[sku].transfers[transfer] = transit
        return found

    async def _read_again(
        self, changes: dict[str, list[Moved]], totals: Mapping[str, SkuTotals]
    ) -> dict[str, datetime]:
        """SKUs of which something comes late, and since when; their changes are then all since. Those with too many are
        put down for later, and taken out."""
        days = self._books.days
        told = {sku: folded_anew_from(totals[sku], moved, days) for sku, moved in changes.items()}
        late = {sku: self._books.whole_since(day) for sku, day in told.items() if day is not None}
        if not late:
            return late
        found = (
            dict.fromkeys(late) if await self._entries.many_wait() else await self._entries.since(late, READ_AGAIN_MAX)
        )
        for sku, again in found.items():
            if again is None:
                await self._queue.put({sku: late.pop(sku)})
                del changes[sku]
            else:
                changes[sku] = again
        return late

    async def _shelve(
        self, states: Mapping[str, SkuState], changes: Mapping[str, Sequence[Moved]], before: Mapping[str, datetime]
    ) -> None:
        """Load the layers that the changes ask for."""
        asked: list[AskedShelf] = []
        for sku, moved in changes.items():
            levels = states[sku].totals.levels
            for location, whole in stacked(moved).items():
                on_hand = levels[location].on_hand if location in levels else 0
                states[sku].shelves.levels[location] = Shelf([], on_hand)
                asked.append(AskedShelf(sku, location, before.get(sku, EVER), on_hand if whole else 1))
        for (sku, location), layers in (await self._layers.of_levels(asked)).items():
            states[sku].shelves.levels[location].layers = layers
        await self._shelve_transfers(states, before)

    async def _shelve_transfers(self, states: Mapping[str, SkuState], before: Mapping[str, datetime]) -> None:
        """Load what travels with the transfers that are not loaded yet."""
        asked: list[AskedShelf] = []
        for sku, state in states.items():
            for transfer, transit in state.totals.transfers.items():
                if transfer not in state.shelves.transfers:
                    units = transit.uncosted + transit.costed
                    state.shelves.transfers[transfer] = Shelf([], units)
                    asked.append(AskedShelf(sku, transfer, before.get(sku, EVER), units))
        for (sku, transfer), layers in (await self._layers.of_transfers(asked)).items():
            states[sku].shelves.transfers[transfer].layers = layers

    async def _drop(
        self, since: Mapping[str, datetime], locations: Mapping[str, Collection[str]], until: datetime = EVER
    ) -> None:
        """Rows up to a moment; layers all: each counts on from the one before it."""
        levels = [Asked(sku, location, moment) for sku, moment in since.items() for location in locations[sku]]
        await self._rollups.drop(levels, since, until)
        await self._layers.drop(levels, since)

    async def _write(self, rows: Iterable[tuple[str, SkuRows]]) -> None:
        rows = list(rows)
        await self._rollups.write((sku, day) for sku, folded in rows for day in folded.days)
        await self._layers.add(
            [(sku, location, layer) for sku, folded in rows for location, layer in folded.layers],
            [(sku, transfer, layer) for sku, folded in rows for transfer, layer in folded.travelling],
        )
