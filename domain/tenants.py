"""Tenants: the firms that share the system and never see each other."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    """`currency` is that of new items, `default_location` the code of the place meant where none is named."""

    id: UUID
    slug: str
    name: str
    time_zone: str
    currency: str
    default_location: str
