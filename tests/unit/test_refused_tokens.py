"""Refused tokens: summed, bounded, told to the tenants that they named."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
import pytest

from domain.identity import tenant_id
from domain.tenants import Tenant
from server import refused_tokens
from server.claims import ClaimNames
from server.ids import new_id
from server.refused_tokens import READ_MAX, RefusedTokens
from services.audit import AuditEntry
from services.ports import Unavailable
from tests.fakes.house import House
from tests.fakes.units import FakeUnitOfWork

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
EXPIRED, FORGED = "The token has expired: get a new one.", "The token's signature does not fit."


class World:
    """The tenants acme and globex, and what their audit logs tell."""

    def __init__(self) -> None:
        tenants = [Tenant(tenant_id(slug), slug, slug, "UTC", "EUR", "MAIN") for slug in ("acme", "globex")]
        self.units = FakeUnitOfWork(*(House(tenant) for tenant in tenants))
        self.asked: list[UUID] = []
        self.away = False
        self.refused = RefusedTokens(ClaimNames(), self._exists, self, new_id, lambda: NOON)

    async def run(self, tenant: UUID, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self.away:
            raise Unavailable("the database is away")
        return await self.units.run(tenant, work)

    async def _exists(self, tenant: UUID) -> bool:
        self.asked.append(tenant)
        return tenant in self.units.houses

    def told(self, slug: str) -> list[AuditEntry]:
        return self.units.houses[tenant_id(slug)].audited


@pytest.fixture
def world() -> World:
    return World()


def token(**claims: Any) -> str:
    return jwt.encode(claims, "k" * 64, algorithm="HS256")


async def test_refused_tokens_of_a_tenant_are_summed_in_one_entry(world: World) -> None:
    for reason in (EXPIRED, EXPIRED, FORGED):
        world.refused.note(token(tenant="acme", sub="manager@acme", jti="id-1"), reason)
    await world.refused.tell()

    [entry] = world.told("acme")
    assert (entry.actor, entry.action, entry.subject_type, entry.subject) == ("", "refuseToken", "Token", "id-1")
    assert entry.detail == {
        "count": 3,
        "reasons": {EXPIRED: 2, FORGED: 1},
        "from": NOON.isoformat(),
        "to": NOON.isoformat(),
        "claimed": {"subject": "manager@acme"},
    }
    assert world.told("globex") == []


async def test_what_was_told_is_not_told_again(world: World) -> None:
    world.refused.note(token(tenant="acme"), EXPIRED)
    await world.refused.tell()
    await world.refused.tell()
    world.refused.note(token(tenant="acme"), FORGED)
    await world.refused.tell()
    assert [entry.detail and entry.detail["reasons"] for entry in world.told("acme")] == [{EXPIRED: 1}, {FORGED: 1}]


@pytest.mark.parametrize(
    "rubbish",
    [
        "x",
        "...",
        "",
        token(),
        token(tenant=7),
        token(tenant="a\u0000b"),
        token(tenant="x" * 65),
        token(tenant=["acme"]),
        token(tenant="nobody-here"),
    ],
)
async def test_what_names_no_tenant_of_ours_is_counted_in_the_log_alone(
    world: World, rubbish: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.refused.note(rubbish, FORGED)
    await world.refused.tell()
    assert all(house.audited == [] for house in world.units.houses.values())
    assert [record.message for record in caplog.records if record.name == refused_tokens.__name__] == [
        "further tokens were refused, of no tenant that is told of it: 1"
    ]


async def test_a_token_that_says_what_cannot_be_stored_is_told_without_it(world: World) -> None:
    world.refused.note(token(tenant="acme", sub="a\u0000b", jti="x" * 201), FORGED)
    await world.refused.tell()
    [entry] = world.told("acme")
    assert entry.subject == ""
    assert entry.detail is not None
    assert entry.detail["claimed"] == {}


async def test_a_flood_is_read_in_part_and_asks_the_database_for_no_more_than_was_read(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for n in range(READ_MAX):
        world.refused.note(token(tenant=f"nobody-{n}"), FORGED)
    world.refused.note(token(tenant="acme"), FORGED)
    await world.refused.tell()

    assert len(world.asked) == READ_MAX
    assert f"further tokens were refused, of no tenant that is told of it: {READ_MAX + 1}" in caplog.text
    assert world.told("acme") == []
    world.refused.note(token(tenant="acme"), FORGED)
    await world.refused.tell()
    assert len(world.told("acme")) == 1, "the next minute begins anew"


async def test_made_up_tenants_keep_none_from_being_told_that_was_never_told_before(world: World) -> None:
    for n in range(READ_MAX - 2):
        world.refused.note(token(tenant=f"nobody-{n}"), FORGED)
    for _ in range(2):
        world.refused.note(token(tenant="globex"), FORGED)
    await world.refused.tell()
    assert [dict(entry.detail or {})["count"] for entry in world.told("globex")] == [2]


async def test_while_the_database_is_away_no_more_names_are_kept_than_a_minute_brings(world: World) -> None:
    world.away = True
    world.refused.note(token(tenant="acme"), FORGED)
    for minute in range(2):
        for n in range(READ_MAX):
            world.refused.note(token(tenant=f"nobody-{minute}-{n}"), FORGED)
        with pytest.raises(Unavailable):
            await world.refused.tell()
    world.away = False
    await world.refused.tell()
    assert len(set(world.asked)) == READ_MAX
    assert len(world.told("acme")) == 1


async def test_what_the_database_does_not_take_is_told_later(world: World) -> None:
    world.refused.note(token(tenant="acme"), EXPIRED)
    world.away = True
    with pytest.raises(Unavailable):
        await world.refused.tell()
    world.refused.note(token(tenant="acme"), EXPIRED)
    world.away = False
    await world.refused.tell()
    [entry] = world.told("acme")
    assert entry.detail is not None
    assert entry.detail["count"] == 2


async def test_the_last_of_it_is_told_at_the_end(world: World) -> None:
    async with world.refused.told():
        world.refused.note(token(tenant="acme"), EXPIRED)
    assert len(world.told("acme")) == 1
