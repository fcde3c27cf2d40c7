"""What the workers need of the database and of their process. What fails because of the database raises its fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from domain.places import Place
from domain.webhook_retries import NextStep, Outcome
from domain.webhooks import WebhookAttempt
from services.seals import Block, Head
from services.webhook_ports import Claimed, Outgoing


class Due(Protocol):
    """A reservation whose time came `late_s` seconds before it was read."""

    @property
    def id(self) -> UUID: ...
    @property
    def late_s(self) -> float: ...


class Look(Protocol):
    @property
    def tenants(self) -> Mapping[UUID, datetime]:
        """Since when something of them is due, the longest due first."""
        ...

    @property
    def oldest_s(self) -> float:
        """How long ago the first of them fell due; 0 where nothing is."""
        ...

    @property
    def next_s(self) -> float | None:
        """Seconds until something more falls due; None: nothing does soon."""
        ...

    @property
    def more(self) -> bool:
        """Whether more may be due than was looked through."""
        ...


LookT = TypeVar("LookT", bound=Look, covariant=True)
DueT = TypeVar("DueT", bound=Due, covariant=True)


class DueReservations(Protocol[LookT, DueT]):
    """What is due, by the database's clock, and who sees to it."""

    async def look(self, back_s: float, ahead_s: float, tenants: Collection[UUID], ids: Collection[UUID]) -> LookT:
        """What fell due within `back_s` seconds, but for these tenants and reservations; what does in `ahead_s`."""
        ...

    async def claim(self, tenants: Collection[UUID]) -> Collection[UUID]:
        """Those of the tenants that no other worker sees to now; each is to be given back."""
        ...

    async def give_back(self, tenant: UUID) -> None: ...

    async def read(self, tenant: UUID, since: datetime, but_for: Collection[UUID], limit: int) -> Sequence[DueT]:
        """What is due of a tenant since a moment, the longest due first."""
        ...


class DueAdjustments(Protocol):
    """Requests for adjustments that have waited for as long as they may, by the database's clock."""

    async def alone(self) -> bool:
        """Whether no other worker ends them."""
        ...

    async def due(self, but_for: Collection[UUID], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """The longest due first, but for these: each with its tenant before it."""
        ...


class DueLevels(Protocol):
    """Levels that may have become stale, by the database's clock, and are not known to be."""

    async def alone(self) -> bool:
        """Whether no other worker looks at them."""
        ...

    async def due(self, but_for: Collection[UUID], limit: int) -> Sequence[tuple[UUID, UUID, Place]]:
        """The longest due first, but for these: each with its tenant and its id before its place."""
        ...


class StandingAlerts(Protocol):
    """Alerts that are not resolved, of all tenants."""

    async def alone(self) -> bool:
        """Whether no other worker counts them."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """By kind; none of those of which none stands."""
        ...


class Waiting(Protocol):
    """Those who wait for stock."""

    async def alone(self) -> bool:
        """Whether no other worker looks after them."""
        ...

    async def skus(self, limit: int) -> Sequence[tuple[UUID, str]]:
        """The next of the SKUs that somebody waits for, each with its tenant; after the last the first again."""
        ...

    async def to_be_had(self, tenant: UUID, skus: Collection[str]) -> Sequence[str]:
        """Those of these SKUs of which there is some where somebody would take it."""
        ...


class OldRows(Protocol):
    """Rows that are kept for a time."""

    async def alone(self) -> bool:
        """Whether no other worker deletes them."""
        ...

    async def forget_decisions(self, age: timedelta, limit: int) -> int:
        """Delete decisions that are older; how many there were, at most `limit`."""
        ...

    async def forget_deliveries(self, age: timedelta, limit: int) -> int:
        """Delete deliveries that came longer ago; how many there were, at most `limit`."""
        ...

    async def forget_revocations(self, limit: int) -> int:
        """Delete what is known of revoked tokens that have expired; how many there were, at most `limit`."""
        ...

    async def forget_audit(self, age: timedelta, limit: int) -> int:
        """Delete entries of the audit log that are older, a year at least; how many there were, at most `limit`."""
        ...

    async def forget_webhook_deliveries(self, state: str, age: timedelta, limit: int) -> int:
        """Delete deliveries to webhooks that came to this end (DELIVERED or DEAD) longer ago; how many there were, at
        most `limit`."""
        ...


class LedgerMonths(Protocol):
    """The ledger, as its owner sees it: in months."""

    async def make_ahead(self, months: int) -> int:
        """Make what is missing so that so many months after this one are there; how many are, fewer where another
        process makes them now."""
        ...


class Seals(Protocol):
    """The tenants' chains of sealed ledger entries."""

    async def alone(self) -> bool:
        """Whether no other worker seals."""
        ...

    async def waiting(self) -> Sequence[UUID]:
        """Tenants with entries that are not sealed yet."""
        ...

    async def heads(self) -> Mapping[UUID, int]:
        """Each tenant with a chain, and the number of its last block."""
        ...

    async def seal(self, tenant: UUID) -> int:
        """Seal some of the entries that wait, the first fed first; how many. 0: none waits.

        Raises Held while somebody else folds or archives for the tenant.
        """
        ...

    async def blocks(self, tenant: UUID, after: int, limit: int) -> Sequence[Block]:
        """Blocks of the chain behind a number, in their order."""
        ...


class Folding(Protocol):
    """What is to be folded into the tenants' rollups beside the sealing."""

    async def alone(self) -> bool:
        """Whether this is the worker that seals."""
        ...

    async def asked(self) -> Sequence[UUID]:
        """Tenants of which demand is to be added up."""
        ...

    async def add_demand(self, tenant: UUID) -> bool:
        """Add up some of it; whether there may be more. Raises Held while somebody else folds for the tenant."""
        ...

    async def queued(self) -> Sequence[UUID]:
        """Tenants with SKUs that are to be folded by themselves."""
        ...

    async def left(self, tenant: UUID) -> int:
        """How many SKUs they are."""
        ...

    async def next(self, tenant: UUID, after: str) -> str | None:
        """The next SKU of them behind one, by code point."""
        ...

    async def fold(self, tenant: UUID, sku: str) -> tuple[int, bool]:
        """Fold some of a SKU from the ledger, if it still waits for that; how many of its entries, and whether there is
        more of it. Raises Held too."""
        ...


class Heads(Protocol):
    """What is known of the chains outside the database, where who rules the database rules nothing."""

    async def last(self) -> Mapping[UUID, Head]:
        """Each tenant of which something is known, and where its chain ends by the last block known."""
        ...

    async def keep(self, blocks: Sequence[Block]) -> None:
        """Add blocks, each the next one of its tenant; they are kept when this returns."""
        ...


class Patience(Protocol):
    """Bears with something that does not answer: told once however long it lasts, tried on with pauses."""

    def over(self) -> None:
        """It answered."""
        ...

    async def pause(self, fault: BaseException) -> None:
        """It did not; returns when the next try is due."""
        ...


class Candidate(Protocol):
    """A webhook of which something waits; whether something of it is due."""

    @property
    def tenant(self) -> UUID: ...
    @property
    def webhook(self) -> UUID: ...
    @property
    def due(self) -> bool: ...


CandidateT = TypeVar("CandidateT", bound=Candidate, covariant=True)


class DueDeliveries(Protocol[CandidateT]):
    """What is to be sent to webhooks, by the database's clock. Webhooks go by their tenant and their id."""

    async def look(self, limit: int) -> tuple[Sequence[tuple[UUID, UUID]], bool]:
        """The webhooks of so many deliveries that have been due the longest; whether there may be others."""
        ...

    async def walk(self, after: tuple[UUID, UUID], limit: int) -> Sequence[CandidateT]:
        """Webhooks of which something waits, in their order, those after one; fewer than `limit` where these are the
        last."""
        ...

    async def claim(self, rooms: Mapping[tuple[UUID, UUID], int], for_s: float) -> Sequence[Claimed]:
        """So many of each webhook's that are due, for so many seconds; no other worker gets them meanwhile."""
        ...

    async def read(self, claimed: Sequence[Claimed]) -> Sequence[Outgoing]:
        """What is to be sent of these; those that somebody settled meanwhile are left out."""
        ...

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        """Keep an attempt and what follows from it, unless the claim has run out; for how many seconds nothing was
        delivered to the webhook though it was tried, None: something was. `tried`: whether this was a try at all."""
        ...


class CrowdedWebhooks(Protocol):
    """Webhooks for which more waits than may. They go by their tenant and their id."""

    async def alone(self) -> bool:
        """Whether no other worker looks after them."""
        ...

    async def find(self, more_than: int) -> Sequence[tuple[UUID, UUID]]:
        """Those of which more deliveries wait than that."""
        ...


class Backlog(Protocol):
    @property
    def deliveries(self) -> int:
        """How many are to be sent, now or later; of very many not all are counted."""
        ...

    @property
    def oldest_due_s(self) -> float:
        """How long ago the first of them fell due; 0 where none is."""
        ...


BacklogT = TypeVar("BacklogT", bound=Backlog, covariant=True)


class WaitingDeliveries(Protocol[BacklogT]):
    async def waiting(self) -> BacklogT:
        """Of all tenants."""
        ...


class Sender(Protocol):
    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """One try; whatever goes wrong is told by the outcome."""
        ...
