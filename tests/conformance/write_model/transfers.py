"""Transfers in the random runs: as they are drawn, as they are sent, and as the plain books have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.access import Caller
from domain.transfers import Transfer
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.transfers import CancelTransfer, MoveTransfer, ReceiveTransfer, TransferStock, move_transfer
from tests.conformance.write_model.plain_stock import Answer, Goods, Level, Refused, Site

UNITS_MAX = 100_000_000
#: Operations that name a transfer by its number.
STEPS = ("receiveTransfer", "cancelTransfer")


#: From where to where.
WAYS = st.sampled_from([pair for pair in product(("MAIN", "WEST", "EAST"), repeat=2) if pair[0] != pair[1]])
FEW = st.sampled_from([1, 1, 1, 2, 2, 3, 4])


def sending(sku: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.builds(lambda sku, way, units: (sku, *way, units), sku, WAYS, FEW)


def sending_wrongly(sku: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Any, ...]]:
    code = st.sampled_from(["MAIN", "MAIN", "WEST", "SHUT", "NOWHERE"])
    return st.tuples(sku, code, code, FEW | st.sampled_from([0, UNITS_MAX + 1]))


def receiving(number: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(number, st.sampled_from([1, 1, 1, 1, 2, 2, 3, 0]))


async def send(
    operation: str, arguments: Sequence[Any], ids: Sequence[UUID], key: str, caller: Caller, commits: GroupCommit
) -> Decision:
    """One request to the real services; `ids` are those of the transfers, by their numbers."""
    return await move_transfer(key, _request(operation, arguments, ids), caller, commits)


def _request(operation: str, arguments: Sequence[Any], ids: Sequence[UUID]) -> MoveTransfer:
    if operation == "transferStock":
        return TransferStock(*arguments)
    named = UUID(int=0) if arguments[0] is None else ids[arguments[0]]
    return CancelTransfer(named) if operation == "cancelTransfer" else ReceiveTransfer(named, arguments[1])


@dataclass(slots=True)
class Way:
    """A transfer: the levels that it leads from and to, and how many units of how many have arrived."""

    origin: tuple[str, str]
    destination: tuple[str, str]
    units: int
    arrived: int = 0
    status: str = "IN_TRANSIT"
    changes: int = 1

    @property
    def open(self) -> int:
        return self.units - self.arrived if self.status == "IN_TRANSIT" else 0


class PlainTransfers:
    """What the requirement says of transfers, for books that have levels, and tell and serve others."""

    sites: dict[str, Site]
    goods: dict[str, Goods]
    levels: dict[tuple[str, str], Level]
    ways: list[Way]
    told: list[tuple[str, int | None]]
    _serve_those_who_wait: Callable[[list[str]], None]

    def send(self, sku: str, origin: str, destination: str, units: int) -> Answer:
        if origin == destination:
            raise Refused("INVALID_INPUT")
        self._countable(units)
        if sku not in self.goods:
            raise Refused("UNKNOWN_SKU")
        if not {origin, destination} <= self.sites.keys():
            raise Refused("UNKNOWN_LOCATION")
        if self.goods[sku].archived:
            raise Refused("ITEM_ARCHIVED")
        if not (self.sites[origin].active and self.sites[destination].active):
            raise Refused("LOCATION_INACTIVE")
        way = Way((sku, origin), (sku, destination), units)
        if units > self.levels.get(way.origin, Level()).available:
            raise Refused("INSUFFICIENT_STOCK")
        self.levels[way.origin].move(-units)
        self.levels.setdefault(way.destination, Level()).move(incoming=units)
        self.ways.append(way)
        self.told.append(("InventoryTransferred", None))
        return Answer(transfer=len(self.ways) - 1)

    def take_in(self, number: int | None, units: int) -> Answer:
        self._countable(units)
        way = self._under_way(number)
        if units > way.open:
            raise Refused("INVALID_QUANTITY")
        way.arrived += units
        way.status = "RECEIVED" if way.arrived == way.units else "IN_TRANSIT"
        self.levels[way.destination].move(units, incoming=-units)
        return self._moved(way, number, "InventoryTransferReceived")

    def call_off(self, number: int | None) -> Answer:
        way = self._under_way(number)
        units, way.status = way.open, "CANCELLED"
        self.levels[way.origin].move(units)
        self.levels[way.destination].move(incoming=-units)
        return self._moved(way, number, "InventoryTransferCancelled")

    def _moved(self, way: Way, number: int | None, act: str) -> Answer:
        way.changes += 1
        self.told.append((act, None))
        self._serve_those_who_wait([way.origin[0]])
        return Answer(transfer=number)

    def _under_way(self, number: int | None) -> Way:
        if number is None:
            raise Refused("NOT_FOUND")
        if self.ways[number].status != "IN_TRANSIT":
            raise Refused("ILLEGAL_TRANSITION")
        return self.ways[number]

    def _countable(self, units: int) -> None:
        if not 1 <= units <= UNITS_MAX:
            raise Refused("INVALID_QUANTITY")


def expected(way: Way) -> tuple[object, ...]:
    return way.origin, way.destination, way.units, way.arrived, way.status, way.changes


def found(transfer: Transfer) -> tuple[object, ...]:
    """The same of a transfer as it was kept."""
    return (*transfer.route.places, transfer.quantity, transfer.received, transfer.status.value, transfer.version)
