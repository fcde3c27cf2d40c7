"""The player: each document of the file as commands of the inventory, day by day.

Every command has an idempotency key made from the file's content and its document, so that a run that was cut off is
simply run again: what was done is answered, not done twice. Another file's documents are others, whatever their number.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count, islice
from typing import TypeVar

from domain.access import Caller
from domain.movements import Adjust, Allocate, Movement, Pick, Receive, Return
from domain.refusals import Refusal, RefusalCode
from server.replay.documents import Adjustment, Cancellation, Document, Order
from server.replay.lanes import Lanes
from server.replay.shelves import Delivery, Shelves
from server.replay.summary import Summary
from server.replay.survey import Survey
from services.decisions import Decision
from services.items import UpsertItem, upsert_item
from services.ports import Ids, UnitOfWork
from services.stock import MoveStock, move_stock

LOCATION = "MAIN"
#: Documents at work at once; those for one SKU wait for each other.
AT_ONCE = 16
LINES_PER_RECEIPT = 100

Moving = TypeVar("Moving", bound=Movement)
Wait = Callable[[datetime], Awaitable[None]]


class Player:
    """Plays one file for one tenant; `wait` holds each document back until its time has come."""

    def __init__(
        self, survey: Survey, caller: Caller, units: UnitOfWork, ids: Ids, wait: Wait, summary: Summary
    ) -> None:
        self._survey, self._shelves, self._summary = survey, Shelves(survey), summary
        self._caller, self._units, self._ids, self._wait = caller, units, ids, wait
        self._receipts = count(1)

    # ------------------------------------------------------------------ before the first day
    async def describe(self, told: Callable[[int], None]) -> None:
        """Make the items, or leave them as they are; `told` hears how many are done."""
        done = count(1)

        async def one(sku: str) -> None:
            await self._describe(sku)
            told(next(done))

        async with Lanes(AT_ONCE) as lanes:
            for sku in self._survey.skus:
                await lanes.begin((sku,), partial(one, sku))

    async def _describe(self, sku: str) -> None:
        item = self._survey.skus[sku]
        price = item.first_price and item.first_price.quantize(Decimal("0.0001")).normalize()
        changes = {"name": item.name, "price": price and Decimal(f"{price:f}"), "unit_cost": item.unit_cost}
        command = UpsertItem(self._key(f"item:{sku}"), sku, changes | {"currency": "GBP"})
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
        """One day: its deliveries first, then its documents; `told` is called after each document."""
        await self._deliver(self._shelves.deliveries(day))

        async def one(document: Document) -> None:
            await self._play(document)
            told()

        async with Lanes(AT_ONCE) as lanes:
            for document in documents:
                await self._wait(document.at)
                await lanes.begin(_skus(document), partial(one, document))
        self._shelves.review(day, {sku for document in documents for sku in _skus(document)})

    async def _play(self, document: Document) -> None:
        match document:
            case Order():
                await self._sell(document)
            case Cancellation():
                await self._take_back(document)
            case Adjustment():
                await self._adjust(document)

    async def _sell(self, order: Order) -> None:
        """Allocate every line that can be served, then pick what was allocated."""
        key = f"{order.invoice[:100]}:{order.line}"
        wanted = _summed(order)
        self._summary.orders += 1
        self._summary.order_lines += len(wanted)
        asked = [_line(Allocate, order, "order", sku, quantity) for sku, quantity in wanted.items()]
        allocated = await self._move("allocate", key, asked, "order")
        for sku in wanted.keys() - {line.sku for line in allocated}:
            self._shelves[sku].unserved[wanted[sku]] += 1
        picks = [_line(Pick, order, "order", line.sku, line.quantity) for line in allocated]
        for line in await self._move("pick", key, picks, "order"):
            self._shelves[line.sku].available -= line.quantity
            self._summary.served(line.sku, line.quantity)

    async def _take_back(self, cancellation: Cancellation) -> None:
        returns: list[Return] = []
        for sku, quantity in _summed(cancellation).items():
            if self._shelves[sku].cancels_unserved(quantity):
                self._summary.returns_of_nothing += 1
            else:
                returns.append(_line(Return, cancellation, "cancellation", sku, quantity, reason_code="returned"))
        key = f"{cancellation.invoice[:100]}:{cancellation.line}"
        for line in await self._move("return", key, returns, "return"):
            self._shelves[line.sku].available += line.quantity
            self._summary.returns += 1

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
        key = f"{document.invoice[:100]}:{document.line}"
        for line in await self._move("adjust", key, [movement], "adjustment"):
            self._shelves[line.sku].available += line.change
            self._summary.adjustments += 1

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        waiting = iter(deliveries)
        async with Lanes(AT_ONCE) as lanes:
            while some := list(islice(waiting, LINES_PER_RECEIPT)):
                await lanes.begin((), partial(self._receive, some, f"receipt:{next(self._receipts)}"))

    async def _receive(self, deliveries: Sequence[Delivery], key: str) -> None:
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
        for line in await self._move("receive", key, receipts, "receipt"):
            self._shelves[line.sku].available += line.quantity
            self._summary.receipts += 1

    # ------------------------------------------------------------------ commands
    def _key(self, name: str) -> str:
        return f"{self._survey.digest}:{name}"

    async def _move(self, operation: str, key: str, movements: Sequence[Moving], what: str) -> Sequence[Moving]:
        """Carry out together all movements that can be; those that were. Each refused line is counted."""
        for attempt in count(1):
            if not movements:
                break
            command = MoveStock(self._key(f"{key}:{attempt}"), tuple(movements), operation)
            decision = await move_stock(command, self._caller, self._units, self._ids)
            if not decision.refusals:
                self._summary.changes += len(movements)
                break
            movements = self._without_refused(movements, decision, what)
        return movements

    def _without_refused(self, movements: Sequence[Moving], decision: Decision, what: str) -> Sequence[Moving]:
        refused = {_line_of(refusal, len(movements)): refusal.code for refusal in decision.refusals}
        if None in refused:  # the command as a whole
            refused = dict.fromkeys(range(len(movements)), refused[None])
        for code in refused.values():
            self._summary.refuse(what, code)
        return [movement for number, movement in enumerate(movements) if number not in refused]


def _line_of(refusal: Refusal, lines: int) -> int | None:
    """Which of the command's movements was refused; None: all of them."""
    if refusal.code is RefusalCode.IDEMPOTENCY_KEY_REUSED:
        return None
    if lines == 1:
        return 0
    return int(refusal.field[1]) if refusal.field[:1] == ("lines",) else None


def _skus(document: Document) -> Iterable[str]:
    return (document.sku,) if isinstance(document, Adjustment) else {line.sku for line in document.lines}


def _summed(document: Order | Cancellation) -> Counter[str]:
    """SKU -> units, in the order of their first lines."""
    units: Counter[str] = Counter()
    for line in document.lines:
        units[line.sku] += line.quantity
    return units


def _line(
    make: Callable[..., Moving], document: Order | Cancellation, type_: str, sku: str, quantity: int, **more: str
) -> Moving:
    return make(
        sku=sku,
        location=LOCATION,
        quantity=quantity,
        reference_type=type_,
        reference=document.invoice,
        occurred_at=document.at,
        **more,
    )
