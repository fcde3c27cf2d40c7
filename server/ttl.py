"""`ttl`: for how long a tenant's reservations hold."""

import re
from collections.abc import Mapping
from uuid import UUID

from db.pool import Database
from db.reservation_ttls import clear_ttl, set_ttl, ttls_of
from domain.identity import tenant_id
from domain.orders import invalid_ttl
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from server.operators import done
from server.settings import Settings
from services.audit import AuditEntry

#: What the seconds of all channels that are not named are called.
OTHERS = "all channels"
BUT_FOR_NAMED = "all other channels"
#: In place of seconds: those of all other channels.
CLEARED = "default"


async def hold(settings: Settings, tenant: str, channel: str | None, asked: str | None) -> Mapping[str, int]:
    """Set the seconds of a channel, or of all that are not named, or clear a channel's; None changes nothing.

    What holds now, in seconds by channel. Raises ValueError, whose text names the remedy.
    """
    refusal = invalid_identifier("channel", channel, CODE_LENGTH_MAX)
    if refusal:
        raise ValueError(refusal.message)
    seconds = _seconds(asked, channel)
    database = await Database.connect(settings.database_url, size=1)
    try:
        id_ = tenant_id(tenant)
        if asked is None:
            held = await ttls_of(database, id_)
        else:
            held = await _set(database, tenant, id_, channel or "", seconds)
    finally:
        await database.close()
    if held is None:
        raise ValueError(f"there is no tenant '{tenant}': see that --tenant is right.")
    return _named(held)


async def _set(
    database: Database, tenant: str, id_: UUID, channel: str, seconds: int | None
) -> Mapping[str, int] | None:
    def told(before: int | None, after: int | None) -> AuditEntry:
        changes = {"seconds": {"from": before, "to": after}}
        return done(tenant, "setReservationTtl", "Tenant", tenant, channel=channel or None, changes=changes)

    if seconds is None:
        return await clear_ttl(database, id_, channel, told)
    return await set_ttl(database, id_, channel, seconds, told)


def _seconds(asked: str | None, channel: str | None) -> int | None:
    """None where nothing is asked, and where a channel's are to be cleared."""
    if asked is None:
        return None
    if asked == CLEARED:
        if channel is None:
            raise ValueError(f"`{CLEARED}` is for one channel: name it with --channel.")
        return None
    if not re.fullmatch(r"\d{1,9}", asked, re.ASCII):
        raise ValueError(f"seconds are a whole number such as 1200, or `{CLEARED}` with --channel, not {asked!r}.")
    if refusal := invalid_ttl(int(asked)):
        raise ValueError(refusal.message)
    return int(asked)


def _named(held: Mapping[str, int]) -> Mapping[str, int]:
    """The rule first, then the exceptions."""
    channels = {name: seconds for name, seconds in sorted(held.items()) if name}
    return {BUT_FOR_NAMED if channels else OTHERS: held[""]} | channels
