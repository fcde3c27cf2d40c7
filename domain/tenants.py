"""Tenants: the firms that share the system and never see each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from domain.items import invalid_currency
from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier, invalid_name

#: It stands in tokens, and in the names of files.
_SLUG = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{CODE_LENGTH_MAX - 1}}}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tenant:
    """`currency` is that of new items, `default_location` the code of the place meant where none is named."""

    id: UUID
    slug: str
    name: str
    time_zone: str
    currency: str
    default_location: str


def invalid_tenant(tenant: Tenant) -> Refusal | None:
    """What is wrong with one that is to be made, but for its time zone, which the database knows."""
    if not _SLUG.fullmatch(tenant.slug):
        message = (
            f"slug must be 1 to {CODE_LENGTH_MAX} letters, digits, `.`, `_` or `-`, such as acme: not {tenant.slug!r}."
        )
        return Refusal(RefusalCode.INVALID_INPUT, message, ("slug",))
    return (
        invalid_name("name", tenant.name)
        or invalid_currency(tenant.currency)
        or invalid_identifier("default location", tenant.default_location, CODE_LENGTH_MAX)
    )
