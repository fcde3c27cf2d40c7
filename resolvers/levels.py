"""The level that a SKU and perhaps a location mean, as a caller sees it."""

from dataclasses import replace
from datetime import datetime

from domain.levels import LevelState, PastLevel, only_level
from domain.texts import storable
from schema.context import Context
from schema.past import past_moment, told
from services.decisions import Decision


async def level_meant(context: Context, sku: str, location: str | None) -> LevelState | None:
    """The level at the location or, where none is named, the SKU's only one; None for what nothing stored can equal."""
    if not storable(sku + (location or "")):
        return None
    if location is not None:
        return await context.loaders.levels_at.load((sku, location))
    return only_level(await context.loaders.levels_of.load(sku) or ())


async def level_then(context: Context, sku: str, location: str | None, at: datetime) -> PastLevel | None:
    """The same as of a moment. Raises BAD_USER_INPUT for one that cannot be told."""
    at = past_moment(at, context.moment)
    with told("asOf"):
        if location is not None:
            return await context.loaders.past_levels_at.load(((sku, location), at))
        return only_level(await context.loaders.past_levels_of.load((sku, at)) or ())


async def with_level(context: Context, decision: Decision, sku: str, location: str | None) -> Decision:
    """A change refused before its level was looked for shows that level too, where there is one."""
    if decision.places:
        return decision
    level = await level_meant(context, sku, location)
    return decision if level is None else replace(decision, places=((level.item.sku, level.location.code),))
