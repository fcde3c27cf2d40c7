"""The simulator's people on PostgreSQL: they act through the services, and what they leave behind is sound."""

from random import Random

from db.read_models import PostgresReads
from domain.access import Caller, Role
from domain.movements import Receive
from server.demo.shop import Shop
from server.demo.simulator import Person
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.integration.small_shop import SKUS, open_shop

SIMULATOR = Caller(ACME.id, ACME.slug, "simulator", frozenset({Role.SYSTEM}))
STATUSES = "SELECT DISTINCT status FROM reservations"


async def test_people_reserve_pay_ship_and_find_what_waits_to_be_shipped_after_a_start(database: Addresses) -> None:
    async with open_shop(database) as shop:
        await shop.move("stock", *(Receive(sku=sku, quantity=50) for sku in SKUS))
        reads = PostgresReads(shop.database)
        first, turns = Person(SIMULATOR, Shop(Random(4)), reads, shop.commits), 0
        while not {row[0] for row in await shop.outside.fetch(STATUSES)} >= {"CONFIRMED", "COMMITTED", "PENDING"}:
            turns += 1
            await first.act(turns / 2)
        paid = [row[0] for row in await shop.outside.fetch("SELECT id FROM reservations WHERE status = 'CONFIRMED'")]
        again = Person(SIMULATOR, Shop(Random(5)), reads, shop.commits)
        await again.act(0.0)
        shipped = "SELECT count(*) FROM reservations WHERE status = 'COMMITTED' AND id = ANY ($1)"
        for _ in range(10 * len(paid)):
            await again.act(3_600.0)
        assert await shop.outside.fetchval(shipped, paid) == len(paid)
