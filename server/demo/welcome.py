"""What a user needs when the demo is ready: addresses, tokens, a request to paste, and how to stop."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.access import Role
from server.demo.catalogue.items import tenants, vendor_of
from server.demo.workplace import Workplace
from server.settings import Settings
from server.tokens import issue

TOKEN_SECONDS = 7 * 24 * 3600
QUERY = "{ stockLevels(first: 3) { edges { node { sku quantityOnHand availableToPromise status } } } }"


def url(settings: Settings, port: int | None = None) -> str:
    """Where a browser on this machine finds the API, or what else listens on a port; no slash at the end."""
    host = settings.own_host
    return f"http://{f'[{host}]' if ':' in host else host}:{port or settings.port}"


def tokens(settings: Settings, tenant: str) -> dict[str, str]:
    """One for each role of a tenant, valid for a week."""
    vendors = {Role.VENDOR: vendor_of(tenant)}
    return {
        role.value: issue(settings, tenant, role, vendor=vendors.get(role), ttl=TOKEN_SECONDS) for role in sorted(Role)
    }


def description(settings: Settings) -> dict[str, Any]:
    """The content of `demo.json`."""
    base = url(settings)
    shown, other = (tenant.slug for tenant in tenants())
    return {
        "url": base,
        "graphql": f"{base}/graphql",
        "websocket": f"{base.replace('http', 'ws', 1)}/graphql",
        "sse": f"{base}/graphql/stream",
        "worker_metrics": f"{url(settings, settings.metrics_port)}/metrics",
        "tenant": shown,
        "tokens": tokens(settings, shown),
        "other": {"tenant": other, "tokens": tokens(settings, other)},
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "kafka": settings.kafka_bootstrap_servers,
        "pid": os.getpid(),
    }


def text(demo: Mapping[str, Any], workplace: Workplace, seconds: float, ephemeral: bool) -> str:
    """The lines that `make run` prints when it is ready."""
    others = f"those of {demo['other']['tenant']}: {workplace.directory / 'demo.json'}"
    where = "" if workplace.directory == Path(".data").absolute() else f"DATA_DIR={workplace.directory} "
    keep = "removed at stop" if ephemeral else f"kept in {workplace.data}; `{where}make reset` starts afresh"
    token_lines = "\n".join(f"  {role:<9} {token}" for role, token in demo["tokens"].items())
    return f"""
Ready in {seconds:.1f} s.

  Dashboard  {demo["url"]}/
  GraphiQL   {demo["graphql"]}
  WebSocket  {demo["websocket"]}  (graphql-transport-ws)
  SSE        {demo["sse"]}
  Health     {demo["url"]}/healthz, /readyz, /metrics; the worker's: {demo["worker_metrics"]}

Tokens of {demo["tenant"]}, one for each role, valid for a week ({others}):
{token_lines}

Try it:

  {curl(demo["graphql"], demo["tokens"]["analyst"])}

Kafka: {demo["kafka"] or "none; the relay hands events straight to the broadcast log (KAFKA=1 starts a broker)"}
Data:  {keep}
Logs:  {workplace.logs}
Stop:  Ctrl-C
"""


def curl(graphql: str, token: str) -> str:
    """A request that works when pasted into a shell."""
    body = shlex.quote(json.dumps({"query": QUERY}))
    return f"curl -s {graphql} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d {body}"
