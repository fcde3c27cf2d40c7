"""The viewer: who asks, and for which tenant."""

import strawberry
from strawberry import Parent

from domain.access import Caller
from domain.locations import Location as LocationPicture
from domain.tenants import Tenant as TenantPicture
from schema.context import Info
from schema.errors import ApiError, ErrorCode
from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.types.location import Location
from schema.types.node import Node


@picture(TenantPicture, "A firm whose stock this is. Tenants share the system and never see each other.")
class Tenant(Node):
    id: strawberry.ID = derived(global_id_of("Tenant"), "Global id.")
    slug: str = attribute("slug", "Its short name, as tokens carry it.")
    name: str = attribute("name", "What people call it.")
    time_zone: str = attribute("time_zone", "IANA name of the zone whose days its reports count.")
    currency: str = attribute("currency", "ISO 4217 code of the currency of new items and of its reports.")

    @strawberry.field(graphql_type=Location, description="The place meant where a change of stock names no location.")
    @staticmethod
    async def default_location(tenant: Parent[TenantPicture], info: Info) -> LocationPicture | None:
        return await info.context.loaders.locations.load(tenant.default_location)


@strawberry.type(description="Who asks: the subject of the token.")
class Viewer:
    subject: str = attribute("subject", "The token's subject; it is written into every entry of the ledger it causes.")
    roles: list[str] = derived(
        lambda caller: sorted(caller.roles), "What the subject may do: docs/roles.md lists operations and roles."
    )
    vendor: str | None = attribute("vendor", "In a vendor's token the vendor whose items alone it sees; else null.")

    @strawberry.field(graphql_type=Tenant, description="The tenant whose stock the token opens.")
    @staticmethod
    async def tenant(caller: Parent[Caller], info: Info) -> TenantPicture:
        tenant = await info.context.loaders.tenants.load(caller.tenant)
        if tenant is None:
            message = f"There is no tenant '{caller.tenant_slug}': ask for a token of a tenant that exists."
            raise ApiError(ErrorCode.FORBIDDEN, message)
        return tenant
