"""Town: a system with one tenant who has everything, and others whose people try to get at it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import cast

from graphql import GraphQLInterfaceType

from domain.access import OPERATIONS, Role
from resolvers.build import build_schema
from server.contract import OPENAPI_FILE
from server.embedded import database
from server.embedded.database import Addresses
from tests.factories.shop import fresh
from tests.factories.tenants import found_tenant
from tests.faults.figures import LONG
from tests.faults.tenancy import books, operations, streams
from tests.faults.tenancy.belongings import Belongings, shop_of, subject_of
from tests.faults.tenancy.operations import Operation, was_done
from tests.faults.tenancy.requests import with_key
from tests.faults.tenancy.slots import Slot
from tests.faults.tenancy.streams import Subscription
from tests.faults.tenancy.sweep import Found, Strangers, Sweep
from tests.faults.tenancy.things import Thing
from tests.servers import Postgres, redis_server, running
from tests.stack import WEBHOOKS_OF_THIS_MACHINE, Stack, eventually, running_stack

THEM, WATCHERS = "them", "watchers"
#: Who tries; in the short form the role that may do all, and the one that sees the least.
ROLES = tuple(Role) if LONG else (Role.ADMIN, Role.VENDOR)
#: Sweeps and whatever else may go on at once.
AT_ONCE = 3
#: Of another tenant's channel.
TTL_SECONDS = 60
#: What is asked, and by what.
SURFACES = ("GraphQL", "by path")
SCHEMA = build_schema()._schema
KINDS = {kind.name for kind in SCHEMA.get_possible_types(cast(GraphQLInterfaceType, SCHEMA.get_type("Node")))}


@cache
def operations_of(surface: str) -> Sequence[Operation]:
    if surface == "GraphQL":
        return list(operations.of_schema(SCHEMA))
    return list(operations.of_document(json.loads(OPENAPI_FILE.read_bytes())))


@cache
def subscriptions() -> Sequence[Subscription]:
    return list(streams.of_schema(SCHEMA))


@dataclass(frozen=True, slots=True)
class Town:
    """`mine`: of each surface and role the belongings of a tenant who is tried by nobody else."""

    addresses: Addresses
    stack: Stack
    mine: Mapping[tuple[str, Role], Belongings]
    theirs: Strangers

    def swept(self, surface: str) -> Mapping[Role, Found]:
        """What each role found at a surface."""

        def sweep(role: Role) -> Found:
            return Sweep(role, self.mine[surface, role], self.theirs).run(operations_of(surface))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(ROLES, pool.map(sweep, ROLES), strict=True))

    def tell(self) -> None:
        """Start the relay, and wait until all is told that was done."""
        if "relay" not in self.stack.children:
            self.stack.start("relay")
        eventually(lambda: books.settled(self.addresses), "all is told")


@contextmanager
def row_level_security(postgres: Postgres, *, off: bool) -> Iterator[None]:
    """Off: the application's role sees every row, so that nothing but the statements keep tenants apart."""
    if off:
        database.execute(postgres.superuser_url, f"ALTER ROLE {database.APPLICATION} BYPASSRLS")
    try:
        yield
    finally:
        database.execute(postgres.superuser_url, f"ALTER ROLE {database.APPLICATION} NOBYPASSRLS")


@contextmanager
def running_town(postgres: Postgres, *, rows_are_secured: bool = True) -> Iterator[Town]:
    """Without relay and workers, so that nothing changes but what is asked for."""
    with (
        row_level_security(postgres, off=not rows_are_secured),
        postgres.clone() as addresses,
        running(redis_server) as redis,
        running_stack(
            addresses, redis.url, tenants=(THEM, WATCHERS), only=("serve",), environ=WEBHOOKS_OF_THIS_MACHINE
        ) as stack,
    ):
        tried = [(surface, role) for surface in SURFACES for role in ROLES]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            mine = dict(zip(tried, pool.map(lambda each: _firm(addresses, stack, each[1]), tried), strict=True))
        theirs = _strangers(addresses, stack, next(iter(mine.values())).shop.tenant)
        yield Town(addresses, stack, mine, theirs)


def _firm(addresses: Addresses, stack: Stack, role: Role) -> Belongings:
    slug = fresh(role)
    found_tenant(addresses, slug)
    return Belongings.of(shop_of(stack, slug))


def _strangers(addresses: Addresses, stack: Stack, other: str) -> Strangers:
    """Who have made a request like each that is tried, under a key of theirs; whose own rules let everything wait, and
    whose channel holds for a minute."""
    own = Belongings.of(shop_of(stack, THEM))
    assert own.nodes.keys() == KINDS, "give Belongings one of each type that `node` tells"
    tried = list(_slots(Thing.KEY))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        used = pool.map(lambda each: _used_key(each[0], own), tried)
        keys = {(operation.name, slot): key for (operation, slot), key in zip(tried, used, strict=True)}
    cursors = {operation.name: operation.cursor(own) for operation, _ in _slots(Thing.CURSOR)}
    books.hold(addresses, THEM, own.name(Thing.CHANNEL), TTL_SECONDS)
    own.shop.admin.succeed("setApprovalPolicy", rules=[{}])
    marks = books.marks(books.picture(addresses, THEM), books.picture(addresses, other), own.nodes)
    return Strangers(own, marks, cursors, keys)


def _slots(thing: Thing) -> Iterator[tuple[Operation, Slot]]:
    every = (operation for surface in SURFACES for operation in operations_of(surface))
    return ((operation, slot) for operation in every for slot in operation.slots if slot.thing is thing)


def _used_key(operation: Operation, own: Belongings) -> str:
    """By whoever may do it, once in each name."""
    key = fresh("Key")
    for role in {subject_of(role): role for role in ROLES if role in OPERATIONS[operation.access]}.values():
        answer = operation.ask(own.asker(role), with_key(operation.right(own, role), key))
        assert was_done(answer), (operation.name, role, answer.body)
    return key
