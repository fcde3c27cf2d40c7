"""The player: each document of the file as commands of the inventory, day by day."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count, islice

from domain.access import Caller
from domain.movements import Adjust, Receive
from server.replay.commands import Commands
from server.replay.documents import Adjustment, Cancellation, Document, Order
from server.replay.lanes import Lanes
from server.replay.orders import Orders
from server.replay.shelves import Delivery, Shelves
from server.replay.summary import Summary
from server.replay.survey import Survey
from services.group_commit import GroupCommit
from services.items import UpsertItem, upsert_item
from services.ports import Ids, UnitOfWork

LOCATION = "MAIN"
#: Documents at work at once: enough of them gather for the next batch while one is carried out.
AT_ONCE = 64
#: Items described at once, each in a transaction of its own.
ITEMS_AT_ONCE = 16
LINES_PER_RECEIPT = 100

Wait = Callable[[datetime], Awaitable[None]]


class Player:
    """Plays one file for one tenant; `wait` holds each document back until its time has come.

    `commits` has one lane: what is asked first is decided first, so that the same file always comes to the same end.
    """

    def __init__(
        self,
        survey: Survey,
        caller: Caller,
        units: UnitOfWork,
        commits: GroupCommit,
        ids: Ids,
        wait: Wait,
        summary: Summary,
    ) -> None:
        self._survey, self._shelves, self._summary = survey, Shelves(survey), summary
        self._caller, self._units, self._ids, self._wait = caller, units, ids, wait
        self._commands = Commands(survey.digest, caller, commits, summary)
        self._orders = Orders(LOCATION, self._shelves, self._commands, summary)
        self._receipts = count(1)

    # ------------------------------------------------------------------ before the first day
    async def describe(self, told: Callable[[int], None]) -> None:
        """Make the items, or leave them as they are; `told` hears how many are done."""
        done = count(1)

        async def one(sku: str) -> None:
            await self._describe(sku)
            told(next(done))

        async with Lanes(ITEMS_AT_ONCE) as lanes:
            for sku in self._survey.skus:
                await lanes.begin((sku,), partial(one, sku))

    async def _describe(self, sku: str) -> None:
        item = self._survey.skus[sku]
        price = item.first_price and item.first_price.quantize(Decimal("0.0001")).normalize()
        changes = {"name": item.name, "price": price and Decimal(f"{price:f}"), "unit_cost": item.unit_cost}
        command = UpsertItem(self._commands.key(f"item:{sku}"), sku, changes | {"currency": "GBP"})
        decision = await upsert_item(command, self._caller, self._units, self._ids)
        for refusal in decision.refusals:
            self._summary.refuse("item", refusal.code)

    async def open(self) -> None:
        """Receive, the day before the first document, what the first weeks take."""
        if self._survey.first_at is None:
            return
        at = self._survey.first_at - timedelta(days=1)
        wanted = ((item.sku, self._shelves.opening(item)) for item in self._survey.skus.values())
        await self._deliver([Delivery(at, sku, quantity, "OPENING") for sku, quantity in wanted])

    # ------------------------------------------------------------------ days
    async def play(self, day: date, documents: Sequence[Document], told: Callable[[], None]) -> None:
        """One day: its deliveries first, then its documents; what was sold leaves in the evening. `told` is called
        after each document."""
        await self._deliver(self._shelves.deliveries(day))

        async def one(document: Document) -> None:
            await self._play(document)
            told()

        async with Lanes(AT_ONCE) as lanes:
            for document in documents:
                await self._wait(document.at)
                # What a cancellation undoes is known when all that was sold before it is decided.
                alone = isinstance(document, Cancellation)
                await lanes.begin(document.skus, partial(one, document), alone=alone)
        await self._orders.ship(max(document.at for document in documents), AT_ONCE)
        self._shelves.review(day, {sku for document in documents for sku in document.skus})

    async def _play(self, document: Document) -> None:
        match document:
            case Order():
                await self._orders.sell(document)
            case Cancellation():
                await self._orders.take_back(document)
            case Adjustment():
                await self._adjust(document)

    async def _adjust(self, document: Adjustment) -> None:
        movement = Adjust(
            sku=document.sku,
            location=LOCATION,
            change=document.quantity,
            reason_code=document.reason_code,
            note=document.words or None,
            reference_type="adjustment",
            reference=document.invoice,
            occurred_at=document.at,
        )
        for line in await self._commands.move("adjust", document.name, [movement], "adjustment"):
            self._shelves[line.sku].available += line.change
            self._summary.adjustments += 1

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        waiting = iter(deliveries)
        async with Lanes(AT_ONCE) as lanes:
            while some := list(islice(waiting, LINES_PER_RECEIPT)):
                await lanes.begin((), partial(self._receive, some, f"receipt:{next(self._receipts)}"))

    async def _receive(self, deliveries: Sequence[Delivery], name: str) -> None:
        receipts = [
            Receive(
                sku=delivery.sku,
                location=LOCATION,
                quantity=delivery.quantity,
                reference_type="purchase_order",
                reference=delivery.reference,
                occurred_at=delivery.at,
            )
            for delivery in deliveries
        ]
        for line in await self._commands.move("receive", name, receipts, "receipt"):
            self._shelves[line.sku].available += line.quantity
            self._summary.receipts += 1
