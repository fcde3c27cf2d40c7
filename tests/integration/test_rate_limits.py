"""Rate limits at every door, and over several processes that share a Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from server.embedded.redis import RedisServer
from server.shared_rates import SharedRates, shared
from services.rates import Bucket, Rates
from subscriptions.log.redis_link import UNREACHABLE, Timing, dial_calls
from tests.fakes.api import FakeApi
from tests.integration import test_http as by_graphql
from tests.integration import test_rest_http as by_path

QUERY = {"query": "{ a: viewer { subject } b: viewer { subject } }"}


@pytest.mark.parametrize("accepted", ["application/json", "application/graphql-response+json"])
async def test_a_query_above_the_limit_is_429_with_the_time_to_come_back(accepted: str) -> None:
    endpoint = by_graphql.Endpoint(FakeApi(rates=Rates(3)))
    async with endpoint.http:
        first, limited = [await endpoint.post(QUERY, accept=accepted) for _ in range(2)]
    assert first.status_code == 200
    assert limited.status_code == 429
    assert "data" not in limited.json()
    [error] = limited.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["requestId"] == limited.headers["x-request-id"]
    assert 19_000 < error["extensions"]["retryAfterMs"] <= 20_000
    assert limited.headers["retry-after"] == "20"
    assert 'outcome="limited"' in endpoint.metrics.text().decode()


async def test_a_request_by_path_above_the_limit_is_429_and_counts_with_the_others() -> None:
    endpoint = by_path.Endpoint(FakeApi(rates=Rates(2)))
    async with endpoint.http:
        answers = [await endpoint.http.get(by_path.LEVELS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    told = by_path.assert_problem(answers[-1], 429, "RATE_LIMITED")
    assert 29_000 < told["retryAfterMs"] <= 30_000
    assert answers[-1].headers["retry-after"] == "30"


# ---------------------------------------------------------------- over several processes
@asynccontextmanager
async def processes(url: str, count: int, most: int) -> AsyncIterator[list[tuple[Rates, SharedRates]]]:
    async with AsyncExitStack() as stack:
        made: list[tuple[Rates, SharedRates]] = []
        for _ in range(count):
            client = dial_calls(url, Timing())
            stack.push_async_callback(client.aclose)
            rates = Rates(most, shared=True)
            made.append((rates, SharedRates(rates, client)))
        yield made


def taken(rates: Rates, times: int, subject: str = "manager") -> int:
    return sum(rates.take("acme", subject) == 0 for _ in range(times))


async def test_what_one_process_let_pass_the_others_do_not(redis_url: str) -> None:
    async with processes(redis_url, 3, 600) as [(first, telling), (second, hearing), (third, late)]:
        assert taken(first, 500) == 500
        await telling.tell()
        assert taken(second, 1) == 1
        await hearing.tell()
        assert 99 <= taken(second, 600) <= 120  # and what came back meanwhile, ten a second
        await hearing.tell()
        assert taken(third, 1) == 1
        await late.tell()
        assert taken(third, 600) < 20


async def test_what_was_too_much_together_is_paid_back(redis_url: str) -> None:
    async with processes(redis_url, 4, 6_000) as made:
        assert [taken(rates, 6_000) for rates, _ in made] == [6_000] * 4
        for _, sharing in made:
            await sharing.tell()
        wait_ms = made[-1][0].take("acme", "manager")
        assert 55_000 < wait_ms <= 60_020, "twice as much as it holds is the most that is asked back"


async def test_subjects_whose_names_read_alike_share_nothing(redis_url: str) -> None:
    async with processes(redis_url, 1, 10) as [(rates, sharing)]:
        rates.take("a:b", "c", 10)
        await sharing.tell()
        rates.take("a", "b:c", 1)
        await sharing.tell()
        assert taken_of(rates, "a", "b:c", 20) >= 9


def taken_of(rates: Rates, tenant: str, subject: str, times: int) -> int:
    return sum(rates.take(tenant, subject) == 0 for _ in range(times))


async def test_thousands_of_subjects_are_told_in_pieces(redis_url: str) -> None:
    async with processes(redis_url, 2, 100) as [(rates, sharing), (other, hearing)]:
        for n in range(1_200):
            rates.take("acme", f"subject-{n}", 100)
        await sharing.tell()
        for n in (0, 600, 1_199):
            other.take("acme", f"subject-{n}")
        await hearing.tell()
        assert all(other.take("acme", f"subject-{n}") > 0 for n in (0, 600, 1_199))


async def test_while_redis_is_away_each_counts_alone_and_what_it_took_is_told_later(
    private_redis: RedisServer,
) -> None:
    async with processes(private_redis.url, 2, 6_000) as [(rates, sharing), (other, hearing)]:
        private_redis.kill()
        assert taken(rates, 5_000) == 5_000
        with pytest.raises(UNREACHABLE):
            await sharing.tell()
        assert taken(rates, 500) == 500
        private_redis.start()
        await sharing.tell()
        assert taken(other, 1) == 1
        await hearing.tell()
        assert taken(other, 6_000) < 1_500


async def test_it_is_told_by_itself_and_goes_on_after_an_outage(private_redis: RedisServer) -> None:
    first, second = Learning(6_000, shared=True), Learning(6_000, shared=True)
    async with shared(first, private_redis.url), shared(second, private_redis.url):
        taken(first, 1)
        await learnt(first)
        private_redis.kill()
        taken(first, 6_000)
        first.learnt.clear()
        private_redis.start()
        await learnt(first)
        taken(second, 1)
        await learnt(second)
        assert second.take("acme", "manager", 4_000) > 0


class Learning(Rates):
    """Says when it has learnt something."""

    def __init__(self, operations_a_minute: int, *, shared: bool) -> None:
        super().__init__(operations_a_minute, shared=shared)
        self.learnt = asyncio.Event()

    def learn(self, bucket: Bucket, level: float) -> None:
        super().learn(bucket, level)
        self.learnt.set()


async def learnt(rates: Learning) -> None:
    async with asyncio.timeout(60):
        await rates.learnt.wait()
