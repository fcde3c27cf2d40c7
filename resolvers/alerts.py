"""Alerts: what the API reads of them, and who has seen one."""

from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import argument

from domain.alert_state import AlertState
from resolvers.admission import admitted
from schema.context import Info
from schema.inputs.alerts import AcknowledgeAlertInput, AlertFilter
from schema.pages import page_of
from schema.payloads import AlertPayload
from schema.types.alert import Alert
from schema.types.connection import Connection
from services.alert_reads import AlertFilter as AlertsWanted
from services.alerts import acknowledge_alert
from services.decisions import Decision
from services.pages import Page


@strawberry.type
class AlertQueries:
    @strawberry.field(
        graphql_type=Connection[Alert] | None,
        description="Alerts, the newest first, resolved ones too; those that stand: `filter: {status: [OPEN, "
        "ACKNOWLEDGED]}`. A vendor sees those of its items.",
    )
    async def alerts(
        self,
        info: Info,
        filter: Annotated[AlertFilter | None, argument(description="Which; all if left out.")] = None,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[AlertState]:
        context = admitted(info)
        wanted = filter.wanted() if filter else AlertsWanted()
        with page_of(info, first, after) as page:
            return await context.reads.alerts.matching(context.scope, wanted, page)


@strawberry.type
class AlertMutations:
    @strawberry.field(
        graphql_type=AlertPayload | None,
        description="Say that you have seen an alert that stands; the first who says so is kept, and to say it again "
        "changes nothing. It stands until the stock resolves it, and is open again where LOW_STOCK runs out.",
    )
    async def acknowledge_alert(
        self, info: Info, input: Annotated[AcknowledgeAlertInput, argument(description="Which alert.")]
    ) -> Decision:
        context = admitted(info)
        context.forget()
        named = input.alert
        decision = await acknowledge_alert(input.idempotency_key, named, context.acting, context.units, context.ids)
        # What was refused before it was looked for is shown too, where it exists.
        return replace(decision, alert=decision.alert or named)
