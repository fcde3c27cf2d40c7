"""What every unit of work promises of reason codes, approval policies and the audit log; fake and adapter alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.approvals import ApprovalPolicy, ApprovalRule
from domain.reasons import DEFAULT_REASON_CODES, ReasonCode, ReasonDirection
from services.audit import AuditEntry
from services.ports import Unit
from tests.conformance.units_worlds import GLOBEX, World, ids

POLICY = ApprovalPolicy(
    "EUR",
    (
        ApprovalRule(units_over=0, value_over=Decimal("99.90"), reason_codes=("lost",)),
        ApprovalRule(locations=("MAIN", "A-1"), roles=("manager",)),
        ApprovalRule(),
    ),
    48,
)


def entry(action: str = "upsertItem") -> AuditEntry:
    return AuditEntry(
        ids(), "admin@acme", action, "Item", "blue", {"changes": {"name": {"from": None, "to": "é"}}}, "r-1"
    )


async def test_a_reason_code_is_made_and_written_anew(world: World) -> None:
    broken = ReasonCode("broken", "Broken", ReasonDirection.DECREASE, requires_note=True)

    async def save(unit: Unit, reason: ReasonCode) -> None:
        assert reason.code in await unit.reason_codes.lock() or reason == broken
        await unit.reason_codes.save(reason)
        assert await unit.reason_codes.named({"broken"}) == {"broken": reason}

    await world.run(lambda unit: save(unit, broken))
    await world.run(lambda unit: save(unit, replace(broken, active=False)))

    all_of_them = await world.run(lambda unit: unit.reason_codes.lock())
    assert all_of_them["broken"] == replace(broken, active=False)
    assert len(all_of_them) == len(DEFAULT_REASON_CODES) + 1
    assert "broken" not in await world.run(lambda unit: unit.reason_codes.lock(), GLOBEX)


async def test_of_two_who_make_one_reason_code_the_second_finds_it(world: World) -> None:
    async def make(unit: Unit) -> bool:
        if "fresh" in await unit.reason_codes.lock():
            return False
        await unit.reason_codes.save(ReasonCode("fresh", "Fresh"))
        return True

    assert sorted(await asyncio.gather(*(world.run(make) for _ in range(5)))) == [False] * 4 + [True]


async def test_a_tenant_has_no_rules_of_approval_at_first(world: World) -> None:
    assert await world.run(lambda unit: unit.approvals.lock()) == ApprovalPolicy("EUR")


async def test_an_approval_policy_comes_back_as_it_was_saved(world: World) -> None:
    for policy in (POLICY, ApprovalPolicy("EUR", (), 1), ApprovalPolicy("EUR")):

        async def save(unit: Unit, policy: ApprovalPolicy = policy) -> None:
            await unit.approvals.lock()
            await unit.approvals.save(policy)

        await world.run(save)
        assert await world.run(lambda unit: unit.approvals.lock()) == policy
        assert await world.run(lambda unit: unit.approvals.lock(), GLOBEX) == ApprovalPolicy("EUR")


async def test_of_two_who_change_a_policy_the_second_finds_what_the_first_has_set(world: World) -> None:
    async def add(unit: Unit, units_over: int) -> None:
        policy = await unit.approvals.lock()
        await unit.approvals.save(replace(policy, rules=(*policy.rules, ApprovalRule(units_over=units_over))))

    await asyncio.gather(*(world.run(lambda unit, n=n: add(unit, n)) for n in range(5)))

    policy = await world.run(lambda unit: unit.approvals.lock())
    assert {rule.units_over for rule in policy.rules} == set(range(5))


async def test_what_was_done_is_told_in_the_audit_log_as_it_was_written(world: World) -> None:
    first, second = entry(), replace(entry(), detail=None, request_id=None, subject="")

    await world.run(lambda unit: unit.audit.add([first, second]))

    assert await world.audited() == sorted([first, second], key=lambda each: each.id)


async def test_what_is_undone_leaves_nothing_in_the_audit_log(world: World) -> None:
    async def fail(unit: Unit) -> None:
        await unit.audit.add([entry()])
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await world.run(fail)

    assert await world.audited() == []


async def test_work_that_runs_again_is_told_once(world: World) -> None:
    tries: list[int] = []

    async def collide(unit: Unit) -> None:
        await unit.audit.add([entry()])
        tries.append(1)
        if len(tries) == 1:
            raise world.collision()

    await world.run(collide)

    assert len(tries) == 2
    assert len(await world.audited()) == 1
