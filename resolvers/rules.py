"""Rules: what a tenant settles for itself, its reason codes and its approval policy."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import argument

from domain.approvals import ApprovalPolicy as PolicyPicture
from domain.reasons import REASON_CODES_MAX
from domain.reasons import ReasonCode as ReasonCodePicture
from resolvers.admission import admitted
from resolvers.deciding import decided, with_subject
from schema.context import Info
from schema.fields import holding
from schema.inputs.rules import ApprovalPolicyInput, UpsertReasonCodeInput
from schema.payloads import ApprovalPolicyPayload, ReasonCodePayload
from schema.types.adjustment import ReasonCode
from schema.types.approval import ApprovalPolicy
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.decisions import Decision
from services.reason_codes import UpsertReasonCode, upsert_reason_code

_INPUT = argument(description="What to change.")


@strawberry.type
class RuleQueries:
    @strawberry.field(
        graphql_type=list[ReasonCode],
        description="The tenant's list of reasons for changing stock by hand, those that are out of use among them.",
        metadata=holding(REASON_CODES_MAX),
    )
    async def reason_codes(self, info: Info) -> Sequence[ReasonCodePicture]:
        context = admitted(info)
        return await context.reads.catalog.reason_codes(context.scope.tenant)

    @strawberry.field(
        graphql_type=ApprovalPolicy | None, description="The rules by which corrections by hand wait for approval."
    )
    async def approval_policy(self, info: Info) -> PolicyPicture:
        context = admitted(info)
        return await context.reads.catalog.approval_policy(context.scope.tenant)


@strawberry.type
class RuleMutations:
    @strawberry.field(
        graphql_type=ApprovalPolicyPayload | None,
        description="Settle which corrections by hand wait for another person's approval from now on.",
    )
    async def set_approval_policy(self, info: Info, input: Annotated[ApprovalPolicyInput, _INPUT]) -> Decision:
        command = SetApprovalPolicy(input.idempotency_key, input.all_rules(), input.changes())
        return await decided(info, set_approval_policy, command)

    @strawberry.field(
        graphql_type=ReasonCodePayload | None,
        description="Make a reason code, or change the fields of it that are sent.",
    )
    async def upsert_reason_code(self, info: Info, input: Annotated[UpsertReasonCodeInput, _INPUT]) -> Decision:
        command = UpsertReasonCode(input.idempotency_key, input.code, input.changes())
        return with_subject(await decided(info, upsert_reason_code, command), command.code)
