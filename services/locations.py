"""Making locations and describing them anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.access import Caller
from domain.events import LocationChanged
from domain.locations import Location, invalid_description
from domain.places import unknown_location
from domain.refusals import Refusal
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from services.audit import described as told
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class UpsertLocation:
    """`changes` holds the fields that were sent, by the names of `domain.locations.Location`."""

    idempotency_key: str
    code: str
    changes: Mapping[str, Any]


async def upsert_location(command: UpsertLocation, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Make the location of this code, or change the fields that were sent."""

    async def decide(unit: Unit) -> Decision:
        # Examined before the parent is looked up: no database can be asked for a text that it could not store.
        if refusal := invalid_identifier("code", command.code, CODE_LENGTH_MAX) or invalid_description(command.changes):
            return Decision((refusal,))
        return await _describe(command, caller, unit, ids)

    request = {"code": command.code, **command.changes}
    return await decide_once(caller, "upsertLocation", command.idempotency_key, request, units, decide)


async def _describe(command: UpsertLocation, caller: Caller, unit: Unit, ids: Ids) -> Decision:
    known = await unit.locations.lock(command.code)
    location = known or Location(ids(), command.code, command.code)
    parent = command.changes.get("parent", location.parent)
    above = await unit.locations.path(parent) if parent else ()
    is_default = (await unit.tenant()).default_location == command.code
    described = location.describe(command.changes, above=above, is_default=is_default)
    if not isinstance(described, Refusal) and parent and not above:
        described = unknown_location(parent, field="parent")
    if isinstance(described, Refusal):
        return Decision((described,), subject=known and command.code)
    if described is not known:
        await unit.locations.save(described)
        at = unit.levels.stamp(None).recorded_at
        await unit.outbox.add([LocationChanged(ids(), described, caller.subject, at)])
        await unit.audit.add([told(ids(), caller, "upsertLocation", "Location", command.code, known, described)])
    return Decision(subject=command.code)
