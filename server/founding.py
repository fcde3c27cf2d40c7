"""`tenant create`: a tenant that has a place and reasons, so that its people can begin."""

from __future__ import annotations

from db.founding import found, knows_zone
from db.pool import Database
from domain.identity import tenant_id
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal
from domain.tenants import Tenant, invalid_tenant
from server.ids import new_id
from server.operators import done
from server.settings import Settings
from services.audit import differences


async def create(
    settings: Settings, slug: str, name: str, currency: str, time_zone: str, default_location: str
) -> bool:
    """Whether it was made now; the same again changes nothing. Raises ValueError, whose text names the remedy."""
    tenant = Tenant(tenant_id(slug), slug, name, time_zone, currency, default_location)
    if refusal := invalid_tenant(tenant):
        raise ValueError(refusal.message)
    location = Location(new_id(), default_location, default_location).describe({}, above=(), is_default=True)
    assert not isinstance(location, Refusal)
    database = await Database.connect(settings.database_url, size=1)
    try:
        if not await knows_zone(database, time_zone):
            raise ValueError(f"time zone must be an IANA name such as Europe/Berlin or UTC, not {time_zone!r}.")
        told = done(slug, "createTenant", "Tenant", slug, changes=differences(None, tenant))
        there = await found(database, tenant, location, DEFAULT_REASON_CODES, told)
    finally:
        await database.close()
    if there is not None and (others := differences(there, tenant)):
        kept = ", ".join(f"{field} {change['from']!r}" for field, change in others.items())
        raise ValueError(f"there is a tenant '{slug}' already, with {kept}: it stays so.")
    return there is None
