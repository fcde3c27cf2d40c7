"""Node: whatever has an id of its own."""

import strawberry

from schema.fields import attribute


@strawberry.interface(description="A thing with a global id, which `node(id:)` finds again.")
class Node:
    id: strawberry.ID = attribute("id", "The same for every caller and for ever; opaque.")
