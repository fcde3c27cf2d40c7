"""Metrics of the workers."""

from collections.abc import Mapping

from prometheus_client import REGISTRY, Counter, Gauge, Histogram


class ReadGauge(Gauge):
    """Told from the first reading on: where no worker runs, 0 would pass for all being well, or for nothing there."""

    def __init__(self, name: str, documentation: str) -> None:
        super().__init__(name, documentation, registry=None)
        self._told = False

    def set(self, value: float) -> None:
        super().set(value)
        if not self._told:
            self._told = True
            REGISTRY.register(self)


class ReadCounts:
    """Numbers by one label, told from the first reading on, until another process reads them."""

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self._gauge = Gauge(name, documentation, [label], registry=None)
        self._told = False

    def set(self, counts: Mapping[str, int]) -> None:
        for value, count in counts.items():
            self._gauge.labels(value).set(count)
        if not self._told:
            self._told = True
            REGISTRY.register(self._gauge)

    def forget(self) -> None:
        if self._told:
            self._told = False
            REGISTRY.unregister(self._gauge)


EXPIRED = Counter("stockcast_reservations_expired", "Reservations that this process ended because their time had come.")
EXPIRY_LAG = Histogram(
    "stockcast_expiry_lag_seconds",
    "From the moment at which a reservation expires to the moment at which its end was committed.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
EXPIRY_OVERDUE = ReadGauge("stockcast_expiry_overdue_seconds", "How long ago fell due what has been due the longest.")
EXPIRY_FAILED = Counter("stockcast_expiry_failed", "Reservations that could not be ended; each is tried again later.")
UNANSWERED = Counter(
    "stockcast_adjustments_expired", "Requests for adjustments that this process ended because nobody decided in time."
)
UNANSWERED_FAILED = Counter(
    "stockcast_adjustments_expiry_failed",
    "Requests for adjustments that could not be ended; each is tried again later.",
)
STALE = Counter("stockcast_stale_alerts_opened", "Alerts that this process opened of levels on which nothing moves.")
STALE_FAILED = Counter(
    "stockcast_stale_levels_failed", "Due levels that could not be looked at; each is tried again later."
)
STANDING_ALERTS = ReadCounts(
    "stockcast_alerts_standing",
    "Alerts that are open or acknowledged, of all tenants, by kind, as last counted. One of all workers tells it.",
    "kind",
)
SWEPT = Counter("stockcast_backorders_swept", "SKUs given to those who waited for them though there was stock.")
FORGOTTEN = Counter("stockcast_rows_forgotten", "Rows deleted because their time to be kept was over.", ["table"])
LEDGER_MONTHS_AHEAD = ReadGauge(
    "stockcast_ledger_months_ahead", "Months of the ledger that are made and have not begun yet."
)
SEALED = Counter("stockcast_ledger_entries_sealed", "Ledger entries that this process sealed.")
SEALING_FAILED = Counter(
    "stockcast_ledger_sealing_failed", "Times that a tenant's entries could not be sealed; each is tried again."
)
HEADS_AMISS = ReadGauge(
    "stockcast_ledger_heads_amiss",
    "Tenants whose chain of seals does not hold, or not go on from what is known of it outside the database.",
)
FOLDED_ANEW = Counter(
    "stockcast_rollup_entries_folded_anew", "Ledger entries that were read again to fold a SKU's rollups by itself."
)
FOLDING_FAILED = Counter(
    "stockcast_rollup_folding_failed",
    "Times that a SKU's rollups could not be folded, or a tenant's demand not be added up; each is tried again.",
)
WEBHOOK_TRIES = Counter(
    "stockcast_webhook_tries",
    "Tries of this process to deliver to webhooks, by what became of the delivery: DELIVERED, PENDING or DEAD.",
    ["state"],
)
WEBHOOK_SECONDS = Histogram(
    "stockcast_webhook_try_seconds",
    "How long a try to deliver to a webhook took.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
WEBHOOK_LAG = Histogram(
    "stockcast_webhook_lag_seconds",
    "From the moment at which a delivery to a webhook is due to the moment at which this process sends it.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600),
)
WEBHOOKS_IN_FLIGHT = ReadGauge("stockcast_webhooks_in_flight", "Deliveries to webhooks that are under way.")
WEBHOOKS_WAITING = ReadGauge(
    "stockcast_webhook_deliveries_waiting",
    "Deliveries to webhooks that are to be sent, now or later, as last counted; no more than 100,000 are.",
)
WEBHOOKS_OLDEST_DUE = ReadGauge(
    "stockcast_webhook_oldest_due_seconds",
    "How long ago fell due what has been due to webhooks the longest, of what nobody sends now; 0: nothing is.",
)
WEBHOOK_SURPLUS = Counter(
    "stockcast_webhook_surplus", "Deliveries given up because more waited for one webhook than may."
)
WEBHOOKS_SWITCHED_OFF = Counter(
    "stockcast_webhooks_switched_off", "Webhooks switched off because they lead nowhere or answered that they are gone."
)
FAULTS = Counter("stockcast_worker_faults", "Turns of a worker that failed and were tried again.", ["worker"])
