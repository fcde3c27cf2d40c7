"""`ttl`: for how long a tenant's reservations hold."""

from collections.abc import Mapping

from db.pool import Database
from db.reservation_ttls import set_ttl, ttls_of
from domain.identity import tenant_id
from domain.orders import invalid_ttl
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from server.operators import done
from server.settings import Settings

#: What the seconds of all channels that are not named are called.
OTHERS = "all channels"
BUT_FOR_NAMED = "all other channels"


async def hold(settings: Settings, tenant: str, channel: str | None, seconds: int | None) -> Mapping[str, int]:
    """Set the seconds of a channel, or of all that are not named; without seconds change nothing.

    What holds now, in seconds by channel. Raises ValueError, whose text names the remedy.
    """
    refusal = invalid_identifier("channel", channel, CODE_LENGTH_MAX) or (
        invalid_ttl(seconds) if seconds is not None else None
    )
    if refusal:
        raise ValueError(refusal.message)
    database = await Database.connect(settings.database_url, size=1)
    try:
        id_ = tenant_id(tenant)
        if seconds is None:
            held = await ttls_of(database, id_)
        else:
            told = done(tenant, "setReservationTtl", "Tenant", tenant, channel=channel, seconds=seconds)
            held = await set_ttl(database, id_, channel or "", seconds, told)
    finally:
        await database.close()
    if held is None:
        raise ValueError(f"there is no tenant '{tenant}': see that --tenant is right.")
    return _named(held)


def _named(held: Mapping[str, int]) -> Mapping[str, int]:
    """The rule first, then the exceptions."""
    channels = {name: seconds for name, seconds in sorted(held.items()) if name}
    return {BUT_FOR_NAMED if channels else OTHERS: held[""]} | channels
