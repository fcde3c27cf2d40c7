"""The level that a SKU and perhaps a location mean, as a caller sees it."""

from domain.levels import LevelState, only_level
from domain.texts import storable
from schema.context import Context


async def level_meant(context: Context, sku: str, location: str | None) -> LevelState | None:
    """The level at the location or, where none is named, the SKU's only one; None for what nothing stored can equal."""
    if not storable(sku + (location or "")):
        return None
    if location is not None:
        return await context.loaders.levels_at.load((sku, location))
    return only_level(await context.loaders.levels_of.load(sku) or ())
