"""Read models: what the API reads, each question one SQL statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from db.look_ups import LookUps
from db.one_moment import one_moment
from db.pool import Database
from db.read_models.adjustments import PostgresAdjustmentReads
from db.read_models.aging import AgingAtOneMoment, PostgresAgingReads
from db.read_models.alerts import PostgresAlertReads
from db.read_models.audit import PostgresAuditReads
from db.read_models.catalog import PostgresCatalogReads
from db.read_models.cycle_counts import PostgresCycleCountReads
from db.read_models.health import HealthAtOneMoment, PostgresHealthReads
from db.read_models.ledger import PostgresLedgerReads
from db.read_models.past import PostgresPastReads
from db.read_models.reservations import PostgresReservationReads
from db.read_models.seals import PostgresSealReads
from db.read_models.stock import PostgresStockReads
from db.read_models.transfers import PostgresTransferReads
from db.read_models.webhooks import PostgresWebhookReads
from services.insight_ports import ReportReads


class PostgresReads:
    """Implements `services.reads.Reads`."""

    def __init__(self, database: Database) -> None:
        look_ups = LookUps()
        self.stock = PostgresStockReads(database, look_ups)
        self.past = PostgresPastReads(database)
        self.catalog = PostgresCatalogReads(database, look_ups)
        self.ledger = PostgresLedgerReads(database)
        self.seals = PostgresSealReads(database)
        self.reservations = PostgresReservationReads(database)
        self.audit = PostgresAuditReads(database)
        self.transfers = PostgresTransferReads(database)
        self.adjustments = PostgresAdjustmentReads(database)
        self.cycle_counts = PostgresCycleCountReads(database)
        self.alerts = PostgresAlertReads(database)
        self.webhooks = PostgresWebhookReads(database)
        self.health = PostgresHealthReads(database)
        self.aging = PostgresAgingReads(database)
        self._database = database

    @asynccontextmanager
    async def at_one_moment(self, tenant: UUID) -> AsyncIterator[ReportReads]:
        async with one_moment(self._database, tenant) as moment:
            yield ReportReads(HealthAtOneMoment(moment), AgingAtOneMoment(moment))
