"""Reservations as the plain books have them, and those who wait for what others free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.conformance.write_model.people import vendor_of
from tests.conformance.write_model.plain_lines import Entries, chosen, examine_lines
from tests.conformance.write_model.plain_movements import PlainMovements
from tests.conformance.write_model.plain_stock import (
    UNITS_MAX,
    Answer,
    Choice,
    Level,
    Line,
    Promise,
    Refused,
    Want,
)

TTL_MAX = 31 * 24 * 3600


class PlainReservations(PlainMovements):
    """What the requirement says of reservations, for books that have levels and tell others."""

    ttls: dict[str | None, int]
    now: int
    promises: list[Promise]
    told: list[tuple[str, int | None]]

    # ---------------------------------------------------------------- reserving
    def reserve(
        self,
        order: str,
        lines: Sequence[tuple[str, str | None, int]],
        policy: str,
        strategy: str,
        zone: str | None,
        channel: str | None,
        ttl: int | None,
    ) -> Answer:
        self._examine(lines, ttl)
        wants: dict[tuple[str, str | None], int] = {}
        for sku, location, units in lines:
            wants[sku, location] = wants.get((sku, location), 0) + units
        for number, promise in enumerate(self.promises):
            if promise.order != order or promise.status in ("RELEASED", "EXPIRED", "FAILED"):
                continue
            if self._due(promise):
                self._expire(number)
            elif promise.wants == wants:
                return Answer((), number, promise.shortages)
            else:
                raise Refused("ORDER_ALREADY_RESERVED")
        if codes := self._unusable(lines):
            self.told.append(("InventoryReservationFailed", None))
            raise Refused(*codes)
        choice = self._choice(list(wants.items()), strategy, zone)
        shortages = choice.shortages
        nothing = policy == "PARTIAL" and not choice.shares
        if shortages and (policy == "ALL_OR_NOTHING" or nothing):
            self.told.append(("InventoryReservationFailed", None))
            return Answer(("INSUFFICIENT_STOCK",) * len(shortages), None, shortages)
        ttl = ttl or self.ttls.get(channel) or self.ttls[None]
        promise = Promise(order, wants, strategy, zone, ttl, shortages=shortages)
        for (sku, wanted), location, units in choice.shares:
            promise.lines.append(Line(sku, location, wanted, allocated=units))
            self.levels[sku, location].move(allocated=units)
        if policy == "BACKORDER":
            for sku, wanted, requested, available in shortages:
                promise.lines.append(Line(sku, None, wanted, backordered=requested - available))
        self.promises.append(promise)
        self._settle(promise, fresh=True)
        self.told.append(("InventoryReserved", len(self.promises) - 1))
        return Answer((), len(self.promises) - 1, shortages)

    def _examine(self, lines: Sequence[tuple[str, str | None, int]], ttl: int | None) -> None:
        codes = ["INVALID_QUANTITY" for _, _, units in lines if not 0 < units <= UNITS_MAX]
        if not lines or (ttl is not None and not 0 < ttl <= TTL_MAX):
            codes.insert(0, "INVALID_INPUT")
        if codes:
            raise Refused(*codes)

    def _unusable(self, lines: Sequence[tuple[str, str | None, int]]) -> list[str]:
        unknown = [
            "UNKNOWN_SKU" if sku not in self.goods else "UNKNOWN_LOCATION"
            for sku, location, _ in lines
            if sku not in self.goods or (location is not None and location not in self.sites)
        ]
        return unknown or [
            "ITEM_ARCHIVED" if self.goods[sku].archived else "LOCATION_INACTIVE"
            for sku, location, _ in lines
            if self.goods[sku].archived or (location is not None and not self.sites[location].active)
        ]

    def _choice(self, wants: Sequence[tuple[Want, int]], strategy: str, zone: str | None) -> Choice:
        left = {place: level.available for place, level in self.levels.items() if self.sites[place[1]].active}
        return Choice(wants, left, self.sites).made(strategy, zone)

    # ---------------------------------------------------------------- what becomes of a reservation
    def confirm(self, number: int | None) -> Answer:
        promise = self._holding(number, "PENDING", "BACKORDERED")
        if promise.paid:
            raise Refused("ILLEGAL_TRANSITION")
        promise.paid = True
        return self._done(promise, number, "InventoryReservationConfirmed")

    def extend(self, number: int | None, ttl: int) -> Answer:
        if not 0 < ttl <= TTL_MAX:
            raise Refused("INVALID_INPUT")
        promise = self._holding(number, "PENDING")
        promise.expires_at = self.now + ttl
        return self._done(promise, number, "InventoryReservationExtended")

    def commit(self, number: int | None, asked: Entries) -> Answer:
        examine_lines(asked)
        promise = self._holding(number, "PENDING", "CONFIRMED", "BACKORDERED")
        units = chosen(promise.lines, asked, lambda line: line.allocated)
        if not any(units):
            raise Refused("ILLEGAL_TRANSITION")
        for line, count in zip(promise.lines, units, strict=True):
            line.allocated -= count
            line.committed += count
            if count:
                self._level(line).move(-count, -count)
        promise.paid = True
        return self._done(promise, number, "InventoryCommitted")

    def release(self, by: str, number: int | None, asked: Entries) -> Answer:
        examine_lines(asked)
        vendor = vendor_of(by)
        lines = [] if number is None else self.promises[number].lines
        own = [line for line in lines if vendor in (None, self.goods[line.sku].vendor)]
        if not own:
            raise Refused("NOT_FOUND")
        promise = self._holding(number, "PENDING", "CONFIRMED", "BACKORDERED")
        units = chosen(lines, asked, lambda line: line.allocated + line.backordered, own)
        if not any(units):
            raise Refused("ILLEGAL_TRANSITION")
        self._give_back(promise, units)
        answer = self._done(promise, number, "InventoryReleased")
        self._serve_those_who_wait(line.sku for line, count in zip(list(lines), units, strict=False) if count)
        return answer

    def expire(self, number: int | None) -> Answer:
        """Nobody has paid for it in time, perhaps."""
        if number is None or not self._due(self.promises[number]):
            return Answer()
        self._expire(number)
        return Answer(reservation=number)

    def _expire(self, number: int) -> None:
        promise = self.promises[number]
        self._give_back(promise, [line.allocated for line in promise.lines])
        promise.status, promise.expires_at = "EXPIRED", None
        promise.changes += 1
        self.told.append(("InventoryReservationExpired", number))
        self._serve_those_who_wait(line.sku for line in list(promise.lines))

    def _holding(self, number: int | None, *allowed: str) -> Promise:
        if number is None:
            raise Refused("NOT_FOUND")
        promise = self.promises[number]
        if promise.status == "EXPIRED" or self._due(promise):
            raise Refused("RESERVATION_EXPIRED")
        if promise.status not in allowed:
            raise Refused("ILLEGAL_TRANSITION")
        return promise

    def _due(self, promise: Promise) -> bool:
        return promise.status == "PENDING" and promise.expires_at is not None and promise.expires_at <= self.now

    def _give_back(self, promise: Promise, units: Sequence[int]) -> None:
        for line, count in zip(promise.lines, units, strict=True):
            waited = min(count, line.backordered)
            line.backordered -= waited
            line.allocated -= count - waited
            line.released += count
            if count > waited:
                self._level(line).move(allocated=waited - count)

    def _done(self, promise: Promise, number: int | None, act: str) -> Answer:
        promise.changes += 1
        self._settle(promise)
        self.told.append((act, number))
        return Answer((), number)

    def _settle(self, promise: Promise, *, fresh: bool = False) -> None:
        """The status that follows from the lines; one that waits no more has its whole time before it."""
        waited = promise.status == "BACKORDERED"
        if any(line.backordered for line in promise.lines):
            promise.status = "BACKORDERED"
        elif any(line.allocated for line in promise.lines):
            promise.status = "CONFIRMED" if promise.paid else "PENDING"
        else:
            promise.status = "COMMITTED" if any(line.committed for line in promise.lines) else "RELEASED"
        if promise.status != "PENDING":
            promise.expires_at = None
        elif fresh or waited:
            promise.expires_at = self.now + promise.ttl

    def _level(self, line: Line) -> Level:
        assert line.location is not None
        return self.levels[line.sku, line.location]

    # ---------------------------------------------------------------- those who wait
    def _serve_those_who_wait(self, skus: Iterable[str]) -> None:
        for sku in dict.fromkeys(skus):
            for number, promise in enumerate(self.promises):
                if any(line.backordered for line in promise.lines if line.sku == sku):
                    self._fill(number, promise, sku)

    def _fill(self, number: int, promise: Promise, sku: str) -> None:
        waiting = [line for line in promise.lines if line.sku == sku and line.backordered]
        wants: list[tuple[Want, int]] = [((sku, line.wanted), line.backordered) for line in waiting]
        shares = self._choice(wants, promise.strategy, promise.zone).shares
        for (_, wanted), location, units in shares:
            line = next(line for line in waiting if line.wanted == wanted)
            self.levels[sku, location].move(allocated=units)
            if units == sum(line.units):
                line.location, line.allocated, line.backordered = location, units, 0
            else:
                line.backordered -= units
                there = [
                    each for each in promise.lines if (each.sku, each.location, each.wanted) == (sku, location, wanted)
                ]
                if not there:
                    there = [Line(sku, location, wanted)]
                    promise.lines += there
                there[0].allocated += units
        if shares:
            self._done(promise, number, "InventoryBackorderFilled")
