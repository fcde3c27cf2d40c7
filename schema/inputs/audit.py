"""Which entries of the audit log."""

from datetime import datetime

import strawberry

from schema.fields import given, optional
from schema.inputs.texts import text, texts
from services.audit_reads import AuditFilter as EntriesWanted


@strawberry.input(
    description="Which entries of the audit log. Every field that is sent must match; a list matches any of its "
    "entries, an empty list matches nothing. At most 1,000 entries a list."
)
class AuditFilter:
    actors: list[str] | None = optional("Done by one of these.")
    actions: list[str] | None = optional("One of these actions.")
    subject_types: list[str] | None = optional("Done to one of these kinds of things.")
    subject: str | None = optional("Done to the thing of this name, whatever its kind.")
    from_: datetime | None = optional("Written at this moment or later.", name="from")
    to: datetime | None = optional("Written before this moment.")

    def wanted(self) -> EntriesWanted:
        return EntriesWanted(
            actors=texts("filter.actors", given(self.actors)),
            actions=texts("filter.actions", given(self.actions)),
            subject_types=texts("filter.subjectTypes", given(self.subject_types)),
            subject=text("filter.subject", given(self.subject)),
            since=given(self.from_),
            until=given(self.to),
        )
