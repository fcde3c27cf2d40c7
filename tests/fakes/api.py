"""The API without servers: the executor over fake read models, units that answer a fixed decision, a fake stream."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry

from domain.access import Caller, Role, Scope
from domain.refusals import Refusal
from resolvers.build import build_schema
from schema.context import Context
from schema.executor import Answer, Executor, Prepared
from schema.faults import Refused
from schema.limits import Limits
from services.commands import Command
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.live import BadStreamCursor, StreamEvent, StreamFilter
from services.rates import Rates
from tests.factories.pictures import FIRM, NOON, identity, item, level, location, record
from tests.fakes.reads import FakeReads

MANAGER = Caller(FIRM.id, FIRM.slug, "manager", frozenset({Role.MANAGER}))
ADMIN = Caller(FIRM.id, FIRM.slug, "admin", frozenset({Role.ADMIN}))
VENDOR = Caller(FIRM.id, FIRM.slug, "vendor", frozenset({Role.VENDOR}), "acme")


@cache
def schema() -> strawberry.Schema:
    return build_schema()


def shop() -> FakeReads:
    """Three items at two locations, with ten of each but TENT at WEST, and one entry for every level."""
    main, west = location("MAIN"), location("WEST", parent="MAIN")
    goods = [item("LAMP"), item("TENT"), item("STOVE", vendor="other")]
    levels = [level(each, main) for each in goods] + [level(goods[1], west, on_hand=2)]
    entries = [record(each, 1) for each in levels]
    return FakeReads(FIRM, NOON, [*goods, item("NEW")], [main, west], levels, entries)


@dataclass
class FakeUnits:
    """Decides every command as told, and keeps nothing."""

    decision: Decision = field(default_factory=Decision)

    async def run(self, tenant: UUID, work: Any) -> Any:
        return self.decision


class FakeCommits(GroupCommit):
    """Decides every command as told, and keeps nothing."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def submit(self, command: Command) -> asyncio.Future[Decision]:
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        decided.set_result(self._decision)
        return decided


class FakeStream:
    """A live port whose watchers are told the given events."""

    def __init__(self, *events: StreamEvent) -> None:
        self._events = events
        self.watched: list[tuple[Scope, StreamFilter[Any], bool, str | None]] = []

    def watch(
        self, scope: Scope, filter: StreamFilter[Any], *, snapshot: bool = False, after: str | None = None
    ) -> AsyncIterator[Any]:
        if after == "rubbish":
            raise BadStreamCursor
        self.watched.append((scope, filter, snapshot, after))
        return self._tell()

    async def _tell(self) -> AsyncIterator[StreamEvent]:
        for event in self._events:
            yield event


@dataclass
class FakeApi:
    """One caller's API; `faults` holds what was reported."""

    caller: Caller | None = MANAGER
    reads: FakeReads = field(default_factory=shop)
    units: FakeUnits = field(default_factory=FakeUnits)
    live: FakeStream | None = None
    introspection: bool = False
    shortcuts: bool = True
    rates: Rates | None = None
    limits: Limits = field(default_factory=Limits)
    faults: list[Exception] = field(default_factory=list[Exception])

    def __post_init__(self) -> None:
        self.executor = Executor(
            schema(),
            limits=self.limits,
            introspection=self.introspection,
            shortcuts=self.shortcuts,
            report_fault=self.faults.append,
        )

    @property
    def context(self) -> Context:
        commits = FakeCommits(self.units.decision)
        return Context(
            self.caller,
            self.reads,
            self.units,
            commits,
            lambda: identity("new"),
            lambda: NOON,
            self.live,
            "request-1",
            self.rates,
        )

    def prepare(self, query: str, **variables: Any) -> Prepared:
        """As one whose document is known."""
        self.executor.prepare(query, variables)
        return self.executor.prepare(query, variables)

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        return orjson.loads(orjson.dumps(await self.answer(query, **variables)))

    async def answer(self, query: str, **variables: Any) -> Answer:
        """As the executor gives it: parts of it may be written already."""
        return await self.executor.execute(self.prepare(query, **variables), self.context)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one error of an answer."""
        (error,) = (await self.send(query, **variables))["errors"]
        return error


def refusing(*refusals: Refusal, **decided: Any) -> FakeUnits:
    return FakeUnits(Decision(refusals, **decided))


def refusal(query: str, variables: dict[str, Any] | None = None, name: str | None = None, **api: Any) -> dict[str, Any]:
    """The first error of a request that is not run at all."""
    with pytest.raises(Refused) as refused:
        FakeApi(**api).executor.prepare(query, variables, name)
    assert "data" not in refused.value.errors[0]
    return refused.value.errors[0]


def code_of(query: str, variables: dict[str, Any] | None = None, name: str | None = None) -> str:
    return refusal(query, variables, name)["extensions"]["code"]
