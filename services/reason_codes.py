"""Making reason codes and describing them anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.access import Caller
from domain.reasons import ReasonCode, too_many
from domain.refusals import Refusal
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from services.audit import described
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class UpsertReasonCode:
    """`changes` holds the fields that were sent, by the names of `domain.reasons.ReasonCode`."""

    idempotency_key: str
    code: str
    changes: Mapping[str, Any]


async def upsert_reason_code(command: UpsertReasonCode, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Make the reason code of this name, or change the fields that were sent. None is ever removed."""

    async def decide(unit: Unit) -> Decision:
        if refusal := invalid_identifier("code", command.code, CODE_LENGTH_MAX):
            return Decision((refusal,))
        return await _describe(command, caller, unit, ids)

    request = {"code": command.code, **command.changes}
    return await decide_once(caller, "upsertReasonCode", command.idempotency_key, request, units, decide)


async def _describe(command: UpsertReasonCode, caller: Caller, unit: Unit, ids: Ids) -> Decision:
    codes = await unit.reason_codes.lock()
    known = codes.get(command.code)
    made = (known or ReasonCode.fresh(command.code)).describe(command.changes)
    if not isinstance(made, Refusal) and known is None and (refusal := too_many(len(codes))):
        made = refusal
    if isinstance(made, Refusal):
        return Decision((made,), subject=known and command.code)
    if made != known:
        await unit.reason_codes.save(made)
        told = described(ids(), caller, "upsertReasonCode", "ReasonCode", command.code, known, made)
        await unit.audit.add([told])
    return Decision(subject=command.code)
