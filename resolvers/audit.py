"""The audit log, as the API reads it."""

from typing import Annotated

import strawberry
from strawberry import argument

from resolvers.admission import admitted
from schema.context import Info
from schema.inputs.audit import AuditFilter
from schema.pages import page_of
from schema.types.audit import AuditEntryConnection
from services.audit_reads import AuditFilter as EntriesWanted
from services.audit_reads import AuditRecord
from services.reads import Page


@strawberry.type
class AuditQueries:
    @strawberry.field(
        graphql_type=AuditEntryConnection | None,
        description="Who did what beside stock, newest first; kept for a year.",
    )
    async def audit_log(
        self,
        info: Info,
        filter: Annotated[AuditFilter | None, argument(description="Which; all if left out.")] = None,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[AuditRecord]:
        context = admitted(info)
        wanted = filter.wanted() if filter else EntriesWanted()
        with page_of(info, first, after) as page:
            return await context.reads.audit.audited(context.scope.tenant, wanted, page)
