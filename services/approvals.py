"""Setting the rules by which corrections wait for approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.access import Caller
from domain.approvals import ApprovalRule, invalid_policy, unknown_names
from domain.refusals import Refusal
from services.audit import described
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class SetApprovalPolicy:
    """`rules` take the place of all that there were; `changes` holds `expires_after_hours` where it was sent."""

    idempotency_key: str
    rules: tuple[ApprovalRule, ...]
    changes: Mapping[str, int | None]


async def set_approval_policy(command: SetApprovalPolicy, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Settle which corrections wait from now on; those that wait already go on waiting."""

    async def decide(unit: Unit) -> Decision:
        # Examined before names are looked up: no database can be asked for a text that it could not store.
        refusals = invalid_policy(command.rules, command.changes.get("expires_after_hours"))
        refusals = refusals or await _unknown(command, unit)
        return Decision(refusals) if refusals else await _set(command, caller, unit, ids)

    request = {"rules": command.rules, **command.changes}
    return await decide_once(caller, "setApprovalPolicy", command.idempotency_key, request, units, decide)


async def _unknown(command: SetApprovalPolicy, unit: Unit) -> tuple[Refusal, ...]:
    codes = {code for rule in command.rules for code in rule.reason_codes or ()}
    locations = {code for rule in command.rules for code in rule.locations or ()}
    known = (await unit.levels.sites((), locations)).locations if locations else ()
    return unknown_names(command.rules, await unit.reason_codes.named(codes), known)


async def _set(command: SetApprovalPolicy, caller: Caller, unit: Unit, ids: Ids) -> Decision:
    before = await unit.approvals.lock()
    policy = replace(before, rules=command.rules, **command.changes)
    if policy != before:
        await unit.approvals.save(policy)
        told = described(ids(), caller, "setApprovalPolicy", "ApprovalPolicy", caller.tenant_slug, before, policy)
        await unit.audit.add([told])
    return Decision()
