"""Logs: one JSON object a line on stderr, each with the id of the request it belongs to, if any."""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from server.kafka_retries import KafkaRetries
from services import trace

#: The request that the current task works for.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}

_NARRATORS = (
    "aiokafka",
    "alembic",
    "asyncio",
    "httpcore2",
    "httpx2",
    "opentelemetry",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
    "websockets",
)


class JsonFormatter(logging.Formatter):
    """`time` (RFC 3339, UTC), `level`, `logger`, `message`, `requestId`, `traceId` and `spanId`, what was given as
    `extra`, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["requestId"] = current
        if traced := trace.current():
            line["traceId"], line["spanId"] = trace.trace_id(traced), trace.span_id(traced)
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure(level: str) -> None:
    """Send everything there. Libraries that narrate each step are heard from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(KafkaRetries())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Its pool tells with a traceback, again and again, what `subscriptions.outage` tells once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    for name in _NARRATORS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
