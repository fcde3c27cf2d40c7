"""Context: what one operation knows. Made for each operation, and for each executed event of a subscription."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import strawberry

from domain.access import Caller, Scope
from schema.errors import unauthenticated
from schema.loaders import Loaders
from schema.once import once
from schema.report_parts import ReportParts
from services.group_commit import GroupCommit
from services.live import LiveStreams
from services.ports import Ids, UnitOfWork
from services.rates import Rates
from services.reads import Reads
from services.webhook_ports import NO_WEBHOOKS, WebhookPolicy


@dataclass
class Context:
    """`caller` is None where nobody is signed in; `live` where this process serves no subscriptions."""

    caller: Caller | None
    reads: Reads
    units: UnitOfWork
    commits: GroupCommit
    ids: Ids
    now: Callable[[], datetime]
    live: LiveStreams | None
    request_id: str
    #: None: nobody counts what is asked for.
    rates: Rates | None = None
    #: What this installation allows of webhooks.
    webhooks: WebhookPolicy = NO_WEBHOOKS
    #: Whether this operation was let pass, so that it counts once though it is asked for twice.
    counted: bool = False

    @property
    def signed_in(self) -> Caller:
        if self.caller is None:
            raise unauthenticated()
        return self.caller

    @property
    def acting(self) -> Caller:
        """The caller with the request in which it acts, for the audit log."""
        return replace(self.signed_in, request_id=self.request_id)

    def admit(self, operations: int) -> int:
        """0 where the caller may ask for so many now, else the milliseconds to wait."""
        caller = self.caller
        if self.rates is None or caller is None or self.counted:
            return 0
        wait_ms = self.rates.take(caller.tenant_slug, caller.subject, operations)
        self.counted = not wait_ms
        return wait_ms

    @once
    def scope(self) -> Scope:
        return self.signed_in.scope

    def named(self, actor: str | None) -> str | None:
        """The subject, where the caller may see who it is."""
        return actor if actor is not None and self.signed_in.may_name(actor) else None

    @once
    def moment(self) -> datetime:
        """One time for the whole operation, so that all its levels are stale or not at the same instant."""
        return self.now()

    @once
    def reports(self) -> ReportParts:
        """Of all reports of the operation."""
        return ReportParts(partial(self.reads.at_one_moment, self.scope.tenant))

    @once
    def loaders(self) -> Loaders:
        return Loaders(self.reads, self.scope)

    def forget(self) -> None:
        """Read everything anew: what was loaded before a change is no longer so."""
        self.__dict__.pop("loaders", None)


Info = strawberry.Info[Context, None]
