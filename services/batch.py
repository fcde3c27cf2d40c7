"""The one path by which stock changes: look up keys, lock, decide in order of arrival, write, tell.

A batch is any number of commands of one tenant, carried out in one transaction: each decides for itself, and all of
their changes are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from domain.adjustments import Adjustment
from domain.cycle_counts import CycleCount
from domain.events import AlertChanged, Before, Event, StockLevelChanged
from domain.items import Item
from domain.ledger import Stamp
from domain.levels import LevelState
from domain.orders import CALLS_OFF
from domain.places import Place, Sites
from domain.reservations import Reservation
from domain.stock import StockLevel
from domain.transfers import Transfer
from services.alerts import settled
from services.commands import Command, Needs
from services.decisions import APPLIED, REPEATED, Claim, Decision, Delivery, Fate, Kept, KeyName
from services.desk import Desk
from services.drawer import Drawer
from services.idempotency import repeated
from services.ports import Ids, Unit

_Drawers = tuple[Drawer[Transfer], Drawer[CycleCount], Drawer[Adjustment]]


async def carry_out(commands: Sequence[Command], unit: Unit, ids: Ids) -> list[Decision]:
    """Decide each command, in their order, and write what they changed."""
    register = await _open(commands, unit)
    fresh = [command for command in commands if register.is_new(command)]
    if not fresh:
        return [register.earlier(command) or Decision() for command in commands]
    desk = await _lay_out(fresh, unit, ids)
    decisions = [register.earlier(command) or _decide(command, desk, register) for command in commands]
    await _write(desk, register, unit)
    return decisions


class _Register:
    """Keys and deliveries: those known before the batch, and those it has decided."""

    def __init__(self, kept: Mapping[KeyName, Kept], received: Iterable[str]) -> None:
        self._kept = dict(kept)
        self._received = set(received)
        self.decided: list[tuple[Claim, Decision]] = []
        self.taken: list[tuple[Delivery, str]] = []

    def is_new(self, command: Command) -> bool:
        return self.earlier(command) is None

    def earlier(self, command: Command) -> Decision | None:
        """What was decided of it before, also by an earlier command of this batch."""
        if command.delivery is not None and command.delivery.id in self._received:
            return Decision(outcome=REPEATED)
        if command.claim is None:
            return None
        earlier = repeated(command.claim, self._kept)
        # Who repeats the key is shown the things as they are by then.
        return earlier if earlier is None or earlier.seen is None else replace(earlier, seen=None)

    def enter(self, command: Command, decision: Decision) -> None:
        if command.claim is not None:
            self._kept[command.claim.name] = Kept(command.claim.fingerprint, decision)
            self.decided.append((command.claim, decision))
        if command.delivery is not None and decision.fate is Fate.KEPT:
            self._received.add(command.delivery.id)
            self.taken.append((command.delivery, _outcome(decision)))


def _outcome(decision: Decision) -> str:
    return decision.refusals[0].code.value if decision.refusals else decision.outcome or APPLIED


async def _open(commands: Sequence[Command], unit: Unit) -> _Register:
    names = [command.claim.name for command in commands if command.claim]
    deliveries = [command.delivery.id for command in commands if command.delivery]
    kept: Mapping[KeyName, Kept] = await unit.decisions.find(names) if names else {}
    return _Register(kept, await unit.inbox.known(deliveries) if deliveries else ())


async def _lay_out(commands: Sequence[Command], unit: Unit, ids: Ids) -> Desk:
    """Find and lock what the commands need, in the one order: documents, reservations, then levels."""
    needs = Needs.all_of([command.needs() for command in commands])
    needs, drawers = await _documents(needs, unit)
    reservations: Sequence[Reservation] = ()
    if needs.skus or needs.orders or needs.reservations:
        reservations = await unit.reservations.lock(needs.reservations, needs.orders, needs.skus)
    skus = {*needs.skus, *(line.sku for each in reservations for line in each.lines)}
    desk = Desk(
        ids,
        await unit.levels.sites(skus, needs.locations) if skus else NOWHERE,
        await unit.reason_codes.named(needs.reason_codes) if needs.reason_codes else {},
        reservations,
        _moving(needs, reservations),
    )
    desk.transfers, desk.cycle_counts, desk.adjustments = drawers
    if asking := [command for command in commands if command.asks(desk)]:
        desk.pending.update(await unit.adjustments.pending())
        if vendors := {command.caller.vendor for command in asking if command.caller.vendor is not None}:
            desk.pending_of.update(await unit.adjustments.pending_of(vendors))
    if needs.withdrawers:
        desk.withdrawn.update(await unit.adjustments.withdrawn(needs.withdrawers))
    if told := _told_orders(commands, needs):
        desk.called_off.update(await unit.inbox.called_off(told))
        desk.ended_before = await unit.reservations.ended(told)
    places = {place for command in commands for place in command.places(desk)}
    places.update(desk.awaited())
    desk.set(await unit.levels.lock(places, ids) if places else {}, unit.levels.stamp)
    # Who counts a level holds it: from now on nobody counts these again.
    if counts := [each for each in desk.adjustments.read if each.quantity_counted is not None and each.pending]:
        desk.counted_later = await unit.adjustments.counted_later(counts)
    return desk


async def _documents(needs: Needs, unit: Unit) -> tuple[Needs, _Drawers]:
    """Transfers, cycle counts and adjustments, locked in this order, and the needs with what they are of: which SKU,
    where and why."""
    transfers = await unit.transfers.lock(needs.transfers) if needs.transfers else ()
    cycle_counts = await unit.cycle_counts.lock(needs.cycle_counts) if needs.cycle_counts else ()
    adjustments = await unit.adjustments.lock(needs.adjustments) if needs.adjustments else ()
    of_documents = replace(
        needs,
        skus={*needs.skus, *(each.route.sku for each in transfers), *(each.sku for each in adjustments)},
        locations={*needs.locations, *(each.location for each in (*cycle_counts, *adjustments))},
        reason_codes={*needs.reason_codes, *(each.reason_code for each in adjustments)},
    )
    return of_documents, (Drawer(transfers), Drawer(cycle_counts), Drawer(adjustments))


def _moving(needs: Needs, reservations: Sequence[Reservation]) -> set[str]:
    """The SKUs of which units may be freed: `Reservations.lock` has looked for those who wait for them."""
    named = [each for each in reservations if each.id in needs.reservations or each.order.id in needs.orders]
    return {*needs.skus, *(sku for each in named for sku, _, _ in each.held)}


def _told_orders(commands: Sequence[Command], needs: Needs) -> set[str]:
    """Orders of which other systems tell."""
    told = {command.delivery.order_id for command in commands if command.delivery and command.delivery.order_id}
    return told.intersection(needs.orders)


NOWHERE = Sites({}, {}, {}, "")


def _decide(command: Command, desk: Desk, register: _Register) -> Decision:
    desk.traceparent, told_before = command.traceparent, len(desk.events)
    desk.serve_waiting()
    decision = command.decide(desk)
    desk.serve_waiting()
    register.enter(command, decision)
    told = command.delivery
    if told is not None and told.order_id is not None and told.type in CALLS_OFF and decision.fate is Fate.KEPT:
        desk.called_off.add(told.order_id)
    if command.traceparent is not None:
        desk.traced.update(dict.fromkeys((event.id for event in desk.events[told_before:]), command.traceparent))
    return decision


async def _write(desk: Desk, register: _Register, unit: Unit) -> None:
    levels = [level for level in desk.levels.values() if level.changed]
    events = [*desk.events, *(level_changed(desk.ids(), level, desk.sites) for level in levels)]
    made, changed = desk.made, desk.changed
    if levels:  # it may have to look for alerts: asked first, so that all that is written goes in one statement
        events += await settled(levels, desk.sites.items, desk.sites.locations, unit, desk.ids)
    if desk.turned_away:
        await unit.reservations.ensure_unreserved(desk.turned_away)
    if grown := desk.grown:
        await unit.reservations.ensure_known(grown)
    if made or changed:
        await unit.reservations.save(made, changed)
    if desk.transfers.made or desk.transfers.changed:
        await unit.transfers.save(desk.transfers.made, desk.transfers.changed)
    if desk.cycle_counts.changed:
        await unit.cycle_counts.save((), desk.cycle_counts.changed)
    if levels:
        await unit.levels.save(levels)
    if desk.adjustments.made or desk.adjustments.changed:
        await unit.adjustments.save(desk.adjustments.made, desk.adjustments.changed)
    if desk.asked:
        await unit.demand.feed(desk.asked)
    if desk.audited:
        await unit.audit.add(desk.audited)
    if events:
        await unit.outbox.add(events, _traces(desk, events))
    if register.taken:
        await unit.inbox.keep(register.taken)
    if register.decided:
        await unit.decisions.keep(register.decided)


def _traces(desk: Desk, events: Iterable[Event]) -> Mapping[UUID, str]:
    """Of what a command told itself, and of the levels that it changed with their alerts: which command it was."""
    traces, of_levels = desk.traced, desk.traced_levels
    if of_levels:
        for event in events:
            place = _place_of(event)
            if place in of_levels:
                traces[event.id] = of_levels[place]
    return traces


def _place_of(event: Event) -> Place | None:
    match event:
        case StockLevelChanged():
            return event.level.item.sku, event.level.location.code
        case AlertChanged():
            return event.state.alert.place
        case _:
            return None


def level_changed(id_: UUID, level: StockLevel, sites: Sites, item_before: Item | None = None) -> StockLevelChanged:
    """The one event that tells of all changes of a level in this transaction."""
    item = sites.items[level.sku]
    described = item_before or item
    last = level.entries[-1] if level.entries else None
    before = (
        None
        if level.status_before is None
        else Before(
            level.before.available_to_promise,
            level.status_before,
            described.category,
            described.vendor,
            described.condition,
        )
    )
    recorded_at = level.updated_at or level.created_at
    return StockLevelChanged(
        id_,
        LevelState.of(level, item, sites.locations[level.location]),
        level.version_read,
        before,
        last.kind if last else None,
        last.cause if last else None,
        last.stamp if last else Stamp(recorded_at, recorded_at),
    )
