"""Locations."""

import strawberry
from strawberry import Parent

from domain.locations import Location as LocationPicture
from schema.context import Info
from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.types.node import Node


@picture(
    LocationPicture,
    "A place where stock lies: a warehouse, a store, or below one of them a zone, an aisle, a bin. Never removed: one "
    "that is no longer used is closed (`active: false`).",
)
class Location(Node):
    id: strawberry.ID = derived(global_id_of("Location"), "Global id.")
    code: str = attribute("code", "Its name in every argument called `location`; unique in the tenant.")
    name: str = attribute("name", "What people call it.")
    kind: str = attribute("kind", "`warehouse`, `store`, `bin`, or whatever the tenant calls its kinds.")
    zone: str | None = attribute("zone", "The zone of delivery addresses that it serves best.")
    priority: int = attribute("priority", "Where stock may come from several locations, the lower number goes first.")
    active: bool = attribute("active", "Whether stock may be brought here and promised from here.")

    @strawberry.field(
        graphql_type="Location | None", description="The location in which this one lies; null at the top of the tree."
    )
    @staticmethod
    async def parent(location: Parent[LocationPicture], info: Info) -> LocationPicture | None:
        return None if location.parent is None else await info.context.loaders.locations.load(location.parent)
