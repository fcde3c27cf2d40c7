"""The schema, built from its roots."""

import strawberry
from graphql import lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema import enums
from schema.conversion import RememberedNames, convert_inputs
from schema.scalars import SCALARS
from schema.types.adjustment import Adjustment
from schema.types.audit import AuditEntry
from schema.types.ledger import LedgerEntry
from schema.types.webhook import Webhook, WebhookDelivery

__all__ = ["build_schema", "enums", "sdl"]


def build_schema() -> strawberry.Schema:
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Adjustment, AuditEntry, LedgerEntry, Webhook, WebhookDelivery],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=RememberedNames()),
    )
    convert_inputs(schema)
    return schema


def sdl(schema: strawberry.Schema) -> str:
    """The schema definition language of a schema: sorted, so that equal schemas read alike."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"
