"""Ways in which a level changes: each says what goes before and then, behind its yield, does it in one transaction.

All begin with ten at MAIN, of which five are low.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from domain.movements import Adjust, Count, Hold, Return, Unhold, Waste
from services.transfers import CancelTransfer, ReceiveTransfer
from tests.conformance.watched_store import STOCK, Store

Way = Callable[[Store], AsyncIterator[None]]


def lost(units: int) -> Adjust:
    return Adjust(sku="blue", location="MAIN", change=-units, reason_code="lost")


# ------------------------------------------------------------------ what leaves four
async def corrected(store: Store) -> AsyncIterator[None]:
    yield
    await store.move(lost(6))


async def counted(store: Store) -> AsyncIterator[None]:
    yield
    await store.move(Count(sku="blue", location="MAIN", counted=4))


async def counted_from_a_list(store: Store) -> AsyncIterator[None]:
    to_count = await store.list_to_count()
    yield
    await store.record(to_count, 4)


async def approved(store: Store) -> AsyncIterator[None]:
    await store.hold_back(5)
    asked = await store.move(lost(6))
    yield
    await store.approve(asked)


async def held(store: Store) -> AsyncIterator[None]:
    yield
    await store.move(Hold(sku="blue", location="MAIN", quantity=6))


async def thrown_away(store: Store) -> AsyncIterator[None]:
    yield
    await store.move(Waste(sku="blue", location="MAIN", quantity=6))


async def reserved(store: Store) -> AsyncIterator[None]:
    yield
    await store.reserve(6)


async def sent(store: Store) -> AsyncIterator[None]:
    yield
    await store.send(6, "MAIN", "SHOP")


async def called_low(store: Store) -> AsyncIterator[None]:
    yield
    await store.allow(low_stock_threshold=STOCK)


FALLS: list[Way] = [*(corrected, counted, counted_from_a_list, approved, held, thrown_away, reserved, sent, called_low)]


# ------------------------------------------------------------------ what ends that there is too little
async def received(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.receive(6)


async def returned(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.move(Return(sku="blue", location="MAIN", quantity=6))


async def found(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.move(Adjust(sku="blue", location="MAIN", change=6, reason_code="found"))


async def counted_anew(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.move(Count(sku="blue", location="MAIN", counted=10))


async def put_back_on_sale(store: Store) -> AsyncIterator[None]:
    await store.move(Hold(sku="blue", location="MAIN", quantity=6))
    yield
    await store.move(Unhold(sku="blue", location="MAIN", quantity=6))


async def released(store: Store) -> AsyncIterator[None]:
    reservation = await store.reserve(6)
    yield
    await store.release(reservation)


async def expired(store: Store) -> AsyncIterator[None]:
    reservation = await store.reserve(6)
    await store.fall_due(reservation)
    yield
    await store.expire(reservation)


async def called_off(store: Store) -> AsyncIterator[None]:
    transfer = await store.send(6, "MAIN", "SHOP")
    yield
    await store.carry(CancelTransfer(transfer))


async def arrived(store: Store) -> AsyncIterator[None]:
    await store.receive(6, "SHOP")
    await store.move(lost(6))
    transfer = await store.send(6, "SHOP", "MAIN")
    yield
    await store.carry(ReceiveTransfer(transfer, 6))


async def called_enough(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.allow(low_stock_threshold=2)


async def called_nothing(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.allow(low_stock_threshold=None)


async def archived(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.describe(archived=True)


RISES: list[Way] = [
    *(received, returned, found, counted_anew, put_back_on_sale, released, expired, called_off, arrived),
    *(called_enough, called_nothing, archived),
]


# ------------------------------------------------------------------ what leaves the alert as it is
async def shipped(store: Store) -> AsyncIterator[None]:
    reservation = await store.reserve(6)
    yield
    await store.commit(reservation)


async def thrown_away_from_hold(store: Store) -> AsyncIterator[None]:
    await store.move(Hold(sku="blue", location="MAIN", quantity=6))
    yield
    await store.move(Waste(sku="blue", location="MAIN", quantity=6, from_hold=True))


async def announced(store: Store) -> AsyncIterator[None]:
    await store.receive(7, "SHOP")
    await store.move(lost(6))
    yield
    await store.send(6, "SHOP", "MAIN")


async def lower_still(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.reserve(3)


async def hardly_more(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.receive(2)


async def described_anew(store: Store) -> AsyncIterator[None]:
    await store.move(lost(6))
    yield
    await store.describe(name="Blue goods", vendor="acme")


QUIET: list[Way] = [shipped, thrown_away_from_hold, announced, lower_still, hardly_more, described_anew]
