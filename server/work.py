"""Work: what a process does that nobody asked for at that moment, put together. Any number of processes share it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random, SystemRandom
from typing import Any

from db.crowded_webhooks import CrowdedWebhooks
from db.due_adjustments import DueAdjustments
from db.due_deliveries import DueDeliveries
from db.due_levels import DueLevels
from db.due_reservations import DueReservations
from db.folding import Folding
from db.ledger_partitions import OwnedLedger
from db.ledger_seals import Seals
from db.pool import Database
from db.retention import OldRows
from db.standing_alerts import StandingAlerts
from db.waiting import WaitingStock
from db.waiting_deliveries import WaitingDeliveries
from db.worker_session import WorkerSession
from server.ids import new_id
from server.ledger_heads import heads_of
from server.settings import Settings
from server.webhook_keys import keys_of
from server.webhook_sender import WebhookSender
from services.group_commit import GroupCommit
from services.ports import UnitOfWork
from subscriptions.outage import Outage
from workers import (
    ledger_months,
    retention,
    stale,
    standing,
    unanswered,
    undelivered,
    waiting,
    webhook_surplus,
    webhooks,
)
from workers import sealing as sealer
from workers.expiry import Expiry
from workers.ledger_months import MonthsAhead
from workers.retention import Kept, Retention
from workers.rollups import Rollups
from workers.rounds import rounds
from workers.sealing import Sealing
from workers.stale import Stale
from workers.standing import Standing
from workers.unanswered import Unanswered
from workers.undelivered import Undelivered
from workers.waiting import Sweep
from workers.webhook_surplus import WebhookSurplus
from workers.webhooks import Webhooks

logger = logging.getLogger(__name__)

NO_OWNER = (
    "MIGRATION_DATABASE_URL is not set: this worker makes no months of the ledger ahead. Where no other does, entries "
    "go on into the last one that was made, which can then be archived as a whole only."
)


NO_WEBHOOK_KEY = "WEBHOOK_KEY_FILE is not set: nothing is sent to webhooks by this worker."


async def work(settings: Settings, database: Database, units: UnitOfWork, commits: GroupCommit) -> None:
    """Expire reservations, serve those who wait, end requests that nobody decides, open alerts of what does not move,
    seal the ledger, fold it into rollups and make its months, tell webhooks, forget what is old; until cancelled. What
    is away is waited for. Raises SettingsError where the ledger's key or that of webhooks cannot be read."""
    async with AsyncExitStack() as stack:
        due = DueReservations(database)
        stack.push_async_callback(due.close)
        session = WorkerSession(database)
        stack.push_async_callback(session.close)
        expiry = Expiry(due, commits, reading=_patience("what is due"), writing=_patience("the database"))
        sweep = Sweep(WaitingStock(database, session), commits)
        asked = Unanswered(DueAdjustments(session), commits)
        still = Stale(DueLevels(session), units, new_id)
        old = Retention(OldRows(session), _kept(settings))
        sealing = Sealing(Seals(database, session), heads_of(settings))
        rollups = Rollups(Folding(database, session))
        counting = Standing(StandingAlerts(session))
        hooks = _webhooks(stack, settings, database, units)
        surplus = WebhookSurplus(CrowdedWebhooks(session), units)
        backlog = Undelivered(WaitingDeliveries(session), sends=hooks is not None)
        async with asyncio.TaskGroup() as group:
            group.create_task(expiry.run())
            group.create_task(_rounds("waiting", sweep.turn, waiting.EVERY_S, waiting.BREATH_S))
            group.create_task(_rounds("unanswered", asked.turn, unanswered.EVERY_S, unanswered.BREATH_S))
            group.create_task(_rounds("stale", still.turn, stale.EVERY_S, stale.BREATH_S))
            group.create_task(_rounds("retention", old.turn, retention.EVERY_S, retention.BREATH_S))
            group.create_task(_rounds("sealing", _both(sealing.turn, rollups.turn), sealer.EVERY_S, sealer.BREATH_S))
            group.create_task(_rounds("standing", counting.turn, standing.EVERY_S, standing.EVERY_S))
            group.create_task(
                _rounds("webhook surplus", surplus.turn, webhook_surplus.EVERY_S, webhook_surplus.BREATH_S)
            )
            group.create_task(_rounds("undelivered", backlog.turn, undelivered.EVERY_S, undelivered.EVERY_S))
            if hooks is not None:
                group.create_task(_rounds("webhooks", hooks.turn, webhooks.EVERY_S, webhooks.BREATH_S))
            if settings.migration_database_url:
                months = MonthsAhead(OwnedLedger(settings.migration_database_url))
                group.create_task(_rounds("months", months.turn, ledger_months.EVERY_S, ledger_months.BREATH_S))
            else:
                logger.warning(NO_OWNER)


def _both(seal: Callable[[], Awaitable[bool]], fold: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
    """One after the other, as both hold the tenants' books."""

    async def turn() -> bool:
        more = await seal()
        return await fold() or more

    return turn


def _webhooks(stack: AsyncExitStack, settings: Settings, database: Database, units: UnitOfWork) -> Webhooks | None:
    """What tells webhooks, which can be done with the key to their secrets alone."""
    keys = keys_of(settings)
    if keys is None:
        logger.info(NO_WEBHOOK_KEY)
        return None
    due, sender = DueDeliveries(database), WebhookSender(settings.webhook_private_networks)
    hooks = Webhooks(due, sender, keys, units, new_id, SystemRandom())
    for close in (due.close, sender.close, hooks.finish):
        stack.push_async_callback(close)
    return hooks


def _rounds(
    worker: str, turn: Callable[[], Awaitable[bool]], every_s: float, breath_s: float
) -> Coroutine[Any, Any, None]:
    return rounds(worker, turn, _patience(f"the worker of {worker}"), every_s=every_s, breath_s=breath_s)


def _kept(settings: Settings) -> Kept:
    return Kept(
        timedelta(hours=settings.decisions_hours),
        timedelta(days=settings.inbox_days),
        timedelta(days=settings.audit_days),
        timedelta(days=settings.webhook_days),
    )


def _patience(name: str) -> Outage:
    return Outage(name, Random())
