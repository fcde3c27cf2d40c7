"""Identifiers: UUID version 7 (RFC 9562), so that rows made one after the other lie one after the other."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5


def uuid7(milliseconds: int, randomness: int) -> UUID:
    """A UUIDv7 from the Unix time in milliseconds and at least 74 random bits."""
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= ((randomness >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= randomness & (2**62 - 1)
    return UUID(int=value)


def tenant_id(slug: str) -> UUID:
    """A tenant's id follows from its slug, so that no look-up must see two tenants to find one."""
    return uuid5(NAMESPACE_URL, f"urn:stockcast:tenant:{slug}")
