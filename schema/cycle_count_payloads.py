"""Payloads of what is done with cycle counts."""

from dataclasses import dataclass

import strawberry
from strawberry import Parent

from domain.cycle_counts import CycleCount as CycleCountPicture
from schema.context import Info
from schema.fields import derived, loaded
from schema.types.cycle_count import CycleCount, CycleCountLine, LineOf
from schema.types.errors import UserError
from services.decisions import Decision

_ERRORS = "Why nothing was changed; empty where the change was made."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was decided about one SKU of a list."""

    decision: Decision
    sku: str


async def _found(decision: Decision, info: Info) -> CycleCountPicture | None:
    named = decision.cycle_count
    return await info.context.loaders.cycle_counts_by_id.load(named) if named else None


async def _cycle_count(decision: Parent[Decision], info: Info) -> CycleCountPicture | None:
    return await _found(decision, info)


async def _list(recorded: Parent[Recorded], info: Info) -> CycleCountPicture | None:
    return await _found(recorded.decision, info)


async def _line(recorded: Parent[Recorded], info: Info) -> LineOf | None:
    document = await _found(recorded.decision, info)
    line = document and document.line(recorded.sku)
    return LineOf(document, line) if document and line else None


@strawberry.type(description="What became of `createCycleCount` or `closeCycleCount`.")
class CycleCountPayload:
    cycle_count: CycleCount | None = loaded(_cycle_count, "The list as it is now; null where there is no such one.")
    user_errors: list[UserError] = derived(lambda decision: list(decision.refusals), _ERRORS)


@strawberry.type(description="What became of `recordCycleCount`.")
class RecordCycleCountPayload:
    cycle_count: CycleCount | None = loaded(_list, "The list as it is now; null where there is no such one.")
    line: CycleCountLine | None = loaded(_line, "The SKU's line as it is now; null where it is not on the list.")
    user_errors: list[UserError] = derived(lambda recorded: list(recorded.decision.refusals), _ERRORS)
