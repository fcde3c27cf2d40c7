"""Steps: reservations, movements and transfers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.conformance.write_model import movements, policies, reservations, transfers
from tests.conformance.write_model.asks import FEW, LOCATION, SKU, Ask
from tests.conformance.write_model.driver import Driver
from tests.conformance.write_model.people import EXPIRY
from tests.conformance.write_model.plain_stock import Why
from tests.conformance.write_model.world import GOODS


class StockSteps(Driver):
    @rule(ask=reservations.RESERVING | reservations.RESERVING | reservations.RESERVING | reservations.RESERVING_WRONGLY)
    def reserve(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=reservations.RESERVING, times=st.integers(2, 3))
    def send_one_order_several_times_at_once(self, ask: Ask, times: int) -> None:
        """Under keys of its own each."""
        self.send_together([ask] * times)

    @precondition(lambda self: self.books.promises)
    @rule(
        ask=reservations.CONFIRMING
        | reservations.EXTENDING
        | reservations.COMMITTING
        | reservations.COMMITTING
        | reservations.RELEASING
        | reservations.VENDORS_RELEASING
    )
    def settle(self, ask: Ask) -> None:
        self.send(ask)

    @precondition(lambda self: self.books.promises)
    @rule()
    def end_all_that_is_due(self) -> None:
        numbers = range(len(self.books.promises))
        self.together([Ask("expireReservation", "", (number,), EXPIRY) for number in numbers])

    @rule(
        sku=SKU,
        wants=st.lists(st.tuples(FEW, reservations.WANTED), min_size=2, max_size=4),
        brought=st.lists(st.tuples(LOCATION, FEW), min_size=1, max_size=3),
        found=st.none() | st.tuples(LOCATION, FEW),
        corrected=st.lists(st.tuples(LOCATION, st.sampled_from([1, 2, 3, -1, -2])), max_size=3),
    )
    def let_several_wait_and_bring_them_some(
        self, sku: str, wants: list[Any], brought: list[Any], found: Any, corrected: list[Any]
    ) -> None:
        for units, location in wants:
            lines = ((sku, location, units),)
            self.send(Ask("reserveStock", "", (f"W-{next(self.numbers)}", lines, "BACKORDER", *reservations.PLAINLY)))
        lines = [(sku, location, change, Why("correction"), None) for location, change in corrected]
        self.send(Ask("adjustStockBatch", "", (tuple(lines),)))
        for location, units in brought:
            self.send(Ask("receiveStock", "", (sku, location, units, Why())))
        if found is not None and GOODS[sku][0] == "acme":
            number = len(self.books.corrections)
            self.send(Ask("adjustStock", "", (sku, *found, Why(), None), "vendor@acme"))
            if len(self.books.corrections) > number:
                self.approve(number)

    # ---------------------------------------------------------------- movements
    @rule(ask=movements.RECEIVING | movements.RECEIVING | movements.RETURNING | movements.RECEIVING_MANY)
    def bring(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=movements.HOLDING | movements.HOLDING | movements.UNHOLDING | movements.WASTING)
    def set_aside_or_throw_away(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=movements.MOVING_WHEREVER | movements.RECEIVING_WHEREVER)
    def move_wherever(self, ask: Ask) -> None:
        self.send(ask)

    # ---------------------------------------------------------------- transfers
    @rule(ask=transfers.SENDING | transfers.SENDING_WRONGLY)
    def send_elsewhere(self, ask: Ask) -> None:
        self.send(ask)

    @rule(sku=SKU, way=transfers.WAYS, units=transfers.FEW, more=transfers.FEW)
    def bring_some_and_send_some_on(self, sku: str, way: tuple[str, str], units: int, more: int) -> None:
        self.send(Ask("receiveStock", "", (sku, way[0], units + more, Why())))
        self.send(Ask("transferStock", "", (sku, *way, units)))

    @rule(away_and_back=policies.AWAY_AND_BACK, more=st.integers(0, 1))
    def receive_where_it_is_not_done_and_where_it_is_again(self, away_and_back: tuple[Ask, Ask], more: int) -> None:
        number = len(self.books.ways)
        self.send(Ask("transferStock", "", ("D", "MAIN", "ANNEX", 1 + more)))
        if len(self.books.ways) > number:
            for ask in away_and_back:
                self.send(ask)
                self.together([self.keyed(Ask("receiveTransfer", "", (number, 1)))])

    @precondition(lambda self: self.books.ways)
    @rule(asks=st.lists(transfers.ARRIVING | transfers.ARRIVING | transfers.CALLING_OFF, min_size=1, max_size=3))
    def go_on_with_transfers(self, asks: list[Ask]) -> None:
        self.send_together(asks)
