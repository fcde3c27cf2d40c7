"""PlainBooks: what the requirement says of levels and reservations, in dicts and loops, without a line of the product.

Everything is carried out at once and in order; time is a number of seconds that the test moves. An answer is
(refusal codes, number of the reservation, shortages, number of the correction); both are numbered in the order in which
they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.conformance.write_model.corrections import Correction, PlainCorrections
from tests.conformance.write_model.plain_lines import QUANTITY_MAX, Entries, chosen, examine_lines
from tests.conformance.write_model.plain_stock import Answer, Choice, Goods, Level, Line, Promise, Refused, Site, Want
from tests.conformance.write_model.transfers import PlainTransfers, Way

TTL_MAX = 31 * 24 * 3600


@dataclass
class PlainBooks(PlainTransfers, PlainCorrections):
    sites: dict[str, Site]
    goods: dict[str, Goods]
    ttls: dict[str | None, int]
    levels: dict[tuple[str, str], Level]
    now: int = 0
    promises: list[Promise] = field(default_factory=list[Promise])
    ways: list[Way] = field(default_factory=list[Way])
    corrections: list[Correction] = field(default_factory=list[Correction])
    #: (subject, operation, key) -> what was asked under it, and what was answered.
    keys: dict[tuple[str, str, str], tuple[object, Answer]] = field(default_factory=dict[Any, Any])
    #: (act, number of the reservation or the correction), as they are told outside.
    told: list[tuple[str, int | None]] = field(default_factory=list[tuple[str, "int | None"]])

    # ---------------------------------------------------------------- keys
    def ask(self, subject: str, operation: str, key: str, request: object, do: Callable[[], Answer]) -> Answer:
        """Under a key the first answer is given again, refusals too; another request is refused."""
        if (name := (subject, operation, key)) in self.keys:
            asked, answer = self.keys[name]
            return answer if asked == request else Answer(("IDEMPOTENCY_KEY_REUSED",))
        answer = self._answer(do)
        self.keys[name] = (request, answer)
        return answer

    def _answer(self, do: Callable[[], Answer]) -> Answer:
        try:
            return do()
        except Refused as refused:
            return Answer(refused.codes)

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
        codes = ["INVALID_QUANTITY" for _, _, units in lines if not 0 < units <= QUANTITY_MAX]
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

    def release(self, number: int | None, asked: Entries, vendor: str | None = None) -> Answer:
        examine_lines(asked)
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

    def expire(self, number: int) -> Answer:
        if self._due(self.promises[number]):
            self._expire(number)
        return Answer()

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

    # ---------------------------------------------------------------- movements
    def receive(self, sku: str, location: str | None, units: int) -> Answer:
        """Goods that arrive, and goods that come back."""
        self._quantity(units, 1)
        place = self._place(sku, location)
        self.levels.setdefault(place, Level()).move(units)
        self._serve_those_who_wait([sku])
        return Answer()

    def _quantity(self, units: int, least: int) -> None:
        if not least <= units <= QUANTITY_MAX:
            raise Refused("INVALID_QUANTITY")

    def _place(self, sku: str, location: str | None, vendor: str | None = None) -> tuple[str, str]:
        if sku not in self.goods or vendor not in (None, self.goods[sku].vendor):
            raise Refused("UNKNOWN_SKU")
        if location is None:
            there = [code for what, code in self.levels if what == sku]
            if len(there) > 1:
                raise Refused("LOCATION_REQUIRED")
            location = there[0] if there else "MAIN"
        if location not in self.sites:
            raise Refused("UNKNOWN_LOCATION")
        if self.goods[sku].archived:
            raise Refused("ITEM_ARCHIVED")
        return sku, location

    def draft(self) -> PlainBooks:
        """Books of their own to go on with."""
        return replace(
            self,
            levels={place: replace(level) for place, level in self.levels.items()},
            promises=[replace(each, lines=[replace(line) for line in each.lines]) for each in self.promises],
            ways=[replace(each) for each in self.ways],
            corrections=[replace(each) for each in self.corrections],
            keys=dict(self.keys),
            told=list(self.told),
        )
