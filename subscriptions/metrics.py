"""Metrics of the line from the outbox to the screen."""

from prometheus_client import Counter, Gauge, Histogram

RELAYED = Counter("stockcast_outbox_relayed", "Outbox rows that the relay's sink has acknowledged.")
OUTBOX_ROWS = Gauge("stockcast_outbox_rows", "Outbox rows that wait to be relayed, as last counted.")
OUTBOX_LAG = Gauge("stockcast_outbox_lag_seconds", "Age of the oldest outbox row that waits, as last read.")
OUTBOX_PUT_ASIDE = Gauge("stockcast_outbox_put_aside", "Outbox rows too large for Kafka, put aside, as last counted.")
RELAY_FAULTS = Counter("stockcast_relay_faults", "Turns of the relay that failed and were tried again.")

BRIDGED = Counter("stockcast_bridge_messages", "Messages taken from Kafka into the broadcast log.")
BRIDGE_SKIPPED = Counter("stockcast_bridge_skipped", "Messages on the topic that are no envelopes.")
BRIDGE_GAPS = Counter("stockcast_bridge_gaps", "Times that Kafka no longer had what was to be read next.")
BRIDGE_LAG = Gauge(
    "stockcast_bridge_lag_messages",
    "Messages on this process's partitions that are not in the broadcast log yet, as last seen.",
)
BRIDGE_FAULTS = Counter("stockcast_bridge_faults", "Batches of the bridge that failed and were tried again.")

CONSUMED = Counter(
    "stockcast_consumed_events",
    "Events of other systems that were tried, by type and by what they came to: APPLIED, NO_EFFECT, RECORDED, "
    "CALLED_OFF, REPEATED (taken before), FAULT (ours), or the code of the refusal.",
    ["type", "outcome"],
)
DEAD_LETTERS = Counter("stockcast_dead_letters", "Messages put with the dead letters, by their own topic.", ["topic"])
PARKED = Counter("stockcast_parked", "Messages put aside until they, or those before them, can be taken.")
PARKED_WAITING = Gauge("stockcast_parked_messages", "Messages that are put aside, as last counted.")
PARKED_OLDEST = Gauge("stockcast_parked_oldest_seconds", "Age of the oldest message that is put aside, as last read.")
CONSUMER_LAG = Gauge("stockcast_consumer_lag_messages", "Messages on this process's partitions that are not done.")
CONSUMER_GAPS = Counter("stockcast_consumer_gaps", "Times that Kafka no longer had what was to be read next.")
CONSUMER_UNREADABLE = Gauge("stockcast_consumer_unreadable_partitions", "Partitions of ours that cannot be read.")
CONSUMER_FAULTS = Counter("stockcast_consumer_faults", "Tries to take a message that failed and were repeated.")

ENTRIES = Counter("stockcast_hub_entries", "Entries of the broadcast log that this process has read.")
UNREADABLE = Counter(
    "stockcast_hub_unreadable", "Entries of the broadcast log that are no envelopes, or of a later version than known."
)
LOG_LAG = Gauge(
    "stockcast_hub_log_lag_entries",
    "Entries of the broadcast log that this process had still to read when it last looked.",
)
LOG_SILENCE = Gauge(
    "stockcast_log_unanswered_seconds", "For how long the broadcast log's server has not answered; 0: it does."
)
GROUPS = Gauge("stockcast_hub_groups", "Groups of live streams that are told the same, in this process.")
WATCHES = Gauge("stockcast_hub_watches", "Live streams open in this process.")
OFFERED = Counter("stockcast_hub_events_offered", "Events handed to live streams, one for each stream.")
SENT = Counter("stockcast_hub_events_sent", "Events of live streams written to their peers, one for each stream.")
COALESCED = Counter("stockcast_hub_events_coalesced", "Events that a slow stream skipped for a later one of the level.")
SNAPSHOTS_LET_GO = Counter(
    "stockcast_hub_snapshots_let_go", "Snapshots let go because nobody took them; their streams begin anew."
)
RESETS = Counter("stockcast_hub_resets", "Streams told RESET.")
TOO_SLOW = Counter("stockcast_hub_too_slow", "Streams ended because their reader was too slow.")
RENDERED = Counter(
    "stockcast_hub_events_rendered", "Executions of a subscription for an event, shared by all who are shown the same."
)
EVENT_AGE = Histogram(
    "stockcast_hub_event_age_seconds",
    "From a change's recorded time to the moment this process hands it to its streams.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)

COMMIT_TO_SOCKET = Histogram(
    "stockcast_commit_to_socket_seconds",
    "From a change's recorded time to the moment at which it was written to the last of those who are shown the same "
    "and keep up; one for each change and way of showing it.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)

OPERATIONS_REFUSED = Counter(
    "stockcast_operations_refused",
    "Operations of live transports refused since there are too many at once, by whose: of a socket (socket); of a "
    "subject at this process (operations), or groups of its streams there (groups).",
    ["limit"],
)
SOCKETS = Gauge("stockcast_sockets", "WebSockets open in this process.")
EVENT_STREAMS = Gauge("stockcast_event_streams", "Event streams (SSE) open in this process.")
CLOSED = Counter(
    "stockcast_connections_closed",
    "Live connections that ended, by transport (websocket, sse) and cause: peer (it left or was lost); complete; "
    "shutdown; token_refused, token_expired, token_revoked; too_slow; too_many (sockets, messages); silent (no pong); "
    "protocol; unavailable; fault.",
    ["transport", "cause"],
)
