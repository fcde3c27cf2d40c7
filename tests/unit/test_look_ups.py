"""Look-ups by key: read together, and nobody answered with another's, nor failed by another's fault."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from unittest.mock import patch

from db import look_ups as module
from db.faults import DatabaseBusy, DatabaseUnavailable
from db.look_ups import AT_ONCE, FEW, KEYS_MAX, LookUps
from domain.access import Scope
from tests.factories.pictures import identity

SCOPE = Scope(identity("acme"))
VENDOR = Scope(identity("acme"), "vendor")
STRANGER = Scope(identity("globex"))


class Shelf:
    """Finds of a scope each key but those named `none…`; waits before each answer while `closed`."""

    def __init__(self) -> None:
        self.read: list[tuple[Scope, list[str]]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.fault: Exception | None = None

    async def find(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, str]:
        self.read.append((scope, list(keys)))
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        if "bad" in keys:
            raise ValueError("bad")
        return {key: f"{key} of {scope.vendor}" for key in keys if not key.startswith("none")}


async def turns() -> None:
    """Until all that can go on without waiting for anything did."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def busy(
    look_ups: LookUps, shelf: Shelf, scope: Scope = SCOPE
) -> AsyncIterator[list[asyncio.Future[str | None]]]:
    """As many statements of a tenant as may be are under way until the end."""
    shelf.open.clear()
    held: list[asyncio.Future[str | None]] = []
    for number in range(AT_ONCE):
        held.append(look_ups.one(scope, "thing", f"held {number}", shelf.find))
        await turns()
    yield held
    shelf.open.set()
    await asyncio.gather(*held)


async def test_what_is_asked_at_once_is_read_together() -> None:
    look_ups, shelf = LookUps(), Shelf()
    asked = [look_ups.find(SCOPE, "thing", keys, shelf.find) for keys in (["a", "b"], ["b"], ["none"], [])]
    told = [{"a": "a of None", "b": "b of None"}, {"b": "b of None"}, {}, {}]
    assert await asyncio.gather(*asked) == told
    assert shelf.read == [(SCOPE, ["a", "b", "none"])]
    assert await look_ups.one(SCOPE, "thing", "none", shelf.find) is None


async def test_what_comes_while_others_are_read_goes_with_the_next_statement() -> None:
    look_ups, shelf = LookUps(), Shelf()
    async with busy(look_ups, shelf):
        later = [look_ups.one(SCOPE, "thing", key, shelf.find) for key in "abc"]
        await turns()
        assert len(shelf.read) == AT_ONCE
    assert await asyncio.gather(*later) == [f"{key} of None" for key in "abc"]
    assert shelf.read[AT_ONCE:] == [(SCOPE, ["a", "b", "c"])]


async def test_nobody_waits_while_fewer_are_read_than_may_be() -> None:
    look_ups, shelf = LookUps(), Shelf()
    shelf.open.clear()
    first = look_ups.one(SCOPE, "thing", "a", shelf.find)
    await turns()
    second = look_ups.one(SCOPE, "thing", "b", shelf.find)
    await turns()
    assert shelf.read == [(SCOPE, ["a"]), (SCOPE, ["b"])]
    shelf.open.set()
    await asyncio.gather(first, second)


async def test_tenants_vendors_and_kinds_are_never_read_together() -> None:
    look_ups, shelf = LookUps(), Shelf()
    scopes = [SCOPE, VENDOR, STRANGER, Scope(identity("acme"), "another"), SCOPE, VENDOR]
    asked = [look_ups.one(scope, "thing", "a", shelf.find) for scope in scopes]
    found = await asyncio.gather(*asked, look_ups.one(SCOPE, "other thing", "a", shelf.find))
    assert found == [f"a of {scope.vendor}" for scope in [*scopes, SCOPE]]
    assert sorted(map(repr, shelf.read)) == sorted(repr((scope, ["a"])) for scope in [*scopes[:4], SCOPE])


async def test_a_tenant_that_waits_holds_up_no_other() -> None:
    look_ups, shelf, theirs = LookUps(), Shelf(), Shelf()
    async with busy(look_ups, shelf):
        assert await look_ups.one(STRANGER, "thing", "a", theirs.find) == "a of None"


async def test_a_fault_belongs_to_whoever_asked_for_what_caused_it() -> None:
    look_ups, shelf = LookUps(), Shelf()
    asked = [look_ups.one(SCOPE, "thing", key, shelf.find) for key in ("a", "b", "bad", "c", "d")]
    a, b, bad, *rest = await asyncio.gather(*asked, return_exceptions=True)
    assert (a, b, *rest) == ("a of None", "b of None", "c of None", "d of None")
    assert isinstance(bad, ValueError)


async def test_that_the_database_is_away_is_told_to_all_and_asked_once() -> None:
    look_ups, shelf = LookUps(), Shelf()
    shelf.fault = DatabaseUnavailable("gone")
    asked = [look_ups.one(SCOPE, "thing", key, shelf.find) for key in "abc"]
    assert await asyncio.gather(*asked, return_exceptions=True) == [shelf.fault] * 3
    assert len(shelf.read) == 1
    shelf.fault = None
    assert await look_ups.one(SCOPE, "thing", "a", shelf.find) == "a of None"


async def test_who_gives_up_takes_nobody_along() -> None:
    look_ups, shelf = LookUps(), Shelf()
    async with busy(look_ups, shelf) as held:
        held.pop().cancel()
        later = [look_ups.one(SCOPE, "thing", key, shelf.find) for key in "abc"]
        await turns()
        later.pop(0).cancel()
    assert await asyncio.gather(*later) == ["b of None", "c of None"]
    assert shelf.read[AT_ONCE:] == [(SCOPE, ["b", "c"])]


async def test_nothing_is_read_for_those_who_all_gave_up() -> None:
    look_ups, shelf = LookUps(), Shelf()
    async with busy(look_ups, shelf):
        later = look_ups.one(SCOPE, "thing", "a", shelf.find)
        await turns()
        later.cancel()
    await turns()
    assert len(shelf.read) == AT_ONCE


async def test_who_waits_too_long_is_told_so_and_those_who_come_later_are_not() -> None:
    look_ups, shelf = LookUps(), Shelf()
    async with busy(look_ups, shelf):
        with patch.object(module, "READ_WAIT_SECONDS", 0.0):
            asked = [look_ups.one(SCOPE, "thing", key, shelf.find) for key in "ab"]
            told = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(fault) for fault in told] == [DatabaseBusy] * 2
        later = look_ups.one(SCOPE, "thing", "c", shelf.find)
        await turns()
    assert await later == "c of None"


async def test_a_long_list_is_read_by_itself() -> None:
    look_ups, shelf = LookUps(), Shelf()
    keys = [str(number) for number in range(FEW + 1)]
    async with busy(look_ups, shelf):
        listed = asyncio.create_task(look_ups.find(SCOPE, "thing", keys, shelf.find))
        await turns()
        assert shelf.read[-1] == (SCOPE, keys)
    assert len(await listed) == len(keys)


async def test_a_statement_is_given_no_more_keys_than_it_may_have() -> None:
    look_ups, shelf = LookUps(), Shelf()
    asked = [look_ups.one(SCOPE, "thing", str(number), shelf.find) for number in range(2 * KEYS_MAX)]
    assert await asyncio.gather(*asked) == [f"{number} of None" for number in range(2 * KEYS_MAX)]
    assert max(len(keys) for _, keys in shelf.read) <= KEYS_MAX


async def test_a_tenant_of_whom_nothing_is_asked_is_forgotten() -> None:
    look_ups, shelf = LookUps(), Shelf()
    await look_ups.one(SCOPE, "thing", "a", shelf.find)
    await turns()
    assert not look_ups._desks
