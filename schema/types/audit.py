"""The audit log: its entries and their pages."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.types.connection import Edge, PageInfo, page_info
from schema.types.node import Node
from services.audit_reads import AuditRecord


@picture(
    AuditRecord,
    "One thing that somebody did beside stock, written in the transaction that did it and never changed afterwards. Of "
    "stock the ledger tells.",
)
class AuditEntry(Node):
    id: strawberry.ID = derived(global_id_of("AuditEntry", "entry.id"), "Global id.")
    at: datetime = attribute("at", "When it was written down, by the database's clock.")
    actor: str = attribute(
        "entry.actor",
        "Who did it: the subject of a token; what was done on the command line names the login of the machine there.",
    )
    action: str = attribute(
        "entry.action",
        "What was done: an operation of this API, such as `upsertItem`, or one of the command line, such as "
        "`revokeToken`. `refuseToken`: a token was not accepted. More may come.",
    )
    subject_type: str = attribute(
        "entry.subject_type", "What kind of thing it was done to, such as `Item`, `ApprovalPolicy` or `Token`."
    )
    subject: str = attribute("entry.subject", "Which one, by its name: a SKU, a code, a token's id; may be empty.")
    detail: JSON | None = attribute(
        "entry.detail",
        "What else is known of it. `changes`: of each field that changed its value before (`from`) and after (`to`).",
    )
    request_id: str | None = attribute(
        "entry.request_id",
        "Of the request in which it was asked for, as its answer told it; null where there was none.",
    )


@strawberry.type(description="A page of the audit log, newest first.")
class AuditEntryConnection:
    edges: list[Edge[AuditEntry]] = attribute("edges", "The entries of this page with their cursors, in order.")
    nodes: list[AuditEntry] = attribute("nodes", "The entries of this page, in order: `edges` without their cursors.")
    page_info: PageInfo = page_info()
    total_count: int | None = attribute(
        "total", "How many entries the whole list holds; null where counting would cost too much."
    )
