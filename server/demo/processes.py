"""The product's own processes, each `python -m server …`, watched: who dies is named and started again."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server.demo.servers import Server
from server.embedded.process import Child, StartError
from server.embedded.wheel import ROOT
from server.settings import Settings

BACKOFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
STEADY_SECONDS = 60  # who ran this long starts again at the shortest wait
STOP_SECONDS = 12
WATCH_SECONDS = 0.2


def environ_of(settings: Settings) -> dict[str, str]:
    """The variables that give a process of ours these settings."""
    named = {
        "PORT": str(settings.port),
        "HOST": settings.host,
        "DATABASE_URL": settings.database_url,
        "MIGRATION_DATABASE_URL": settings.migration_database_url,
        "REDIS_URL": settings.redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers or "",
        "TOPIC": settings.topic,
        "SIGNING_KEY_FILE": str(settings.signing_key_file),
        "JWKS_FILE": str(settings.jwks_file),
        "LEDGER_HEAD_FILE": str(settings.ledger_head_file or ""),
        "LEDGER_KEY_FILE": str(settings.ledger_key_file or ""),
        "WEBHOOK_KEY_FILE": str(settings.webhook_key_file or ""),
        "WEBHOOK_PRIVATE_NETWORKS": ",".join(map(str, settings.webhook_private_networks)),
        "ISSUER": settings.issuer,
        "AUDIENCE": settings.audience,
        "ALLOWED_ORIGINS": ",".join(settings.allowed_origins),
        "DEVELOPMENT": "1" if settings.development else "0",
        "LOG_LEVEL": settings.log_level,
        "SIMULATOR_RATE": str(settings.simulator_rate),
    }
    return {name: value for name, value in named.items() if value}


@dataclass(slots=True)
class Watched:
    """Something that should keep running. Without `restart` its death ends the demo."""

    name: str
    child: Callable[[], Child | None]
    restart: Callable[[], object] | None
    failures: int = 0
    due: float | None = None


@dataclass(slots=True)
class Processes:
    """Starts, watches and stops; `say` tells the user what happened."""

    settings: Settings
    logs: Path
    say: Callable[[str], None]
    _children: dict[str, Child] = field(default_factory=dict[str, Child])
    _watched: list[Watched] = field(default_factory=list[Watched])

    def watch_servers(self, servers: Sequence[Server]) -> None:
        """Embedded servers come back on their port; the product survives their absence meanwhile."""
        for server in servers:
            name = server.child.name if server.child else type(server).__name__
            self._watched.append(Watched(name, lambda server=server: server.child, server.start))

    def start_api(self, listener: socket.socket) -> Child:
        """Start `serve` on a socket that is its own from now on. Its death ends the demo."""
        child = self._launch("serve", "--fd", listener.fileno(), descriptors=(listener.fileno(),))
        listener.close()
        self._watched.append(Watched("serve", lambda: child, None))
        return child

    def start(self, name: str) -> None:
        """Start `python -m server NAME`, with its output in NAME.log, and again whenever it died."""
        self._launch(name)
        self._watched.append(Watched(name, lambda: self._children.get(name), lambda: self._launch(name)))

    def check(self) -> None:
        """Tell who died, start again who is due; `StartError` when the API itself is gone."""
        now = time.monotonic()
        for watched in self._watched:
            child = watched.child()
            if watched.due is not None:
                self._restart(watched, now)
            elif child is not None and not child.running:
                self._mourn(watched, child, now)

    def stop(self) -> None:
        """Ask all at once, wait for all, kill who does not listen."""
        self._watched.clear()
        for child in self._children.values():
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            child.wait_or_kill(max(0.1, deadline - time.monotonic()))

    def kill(self) -> None:
        """Nobody waits any longer."""
        for child in self._children.values():
            child.kill()

    def _launch(self, name: str, *options: str | int, descriptors: Sequence[int] = ()) -> Child:
        # One port for metrics cannot serve several processes: here the worker has it, whose gauges no other tells.
        port = str(self.settings.metrics_port or "") if name == "worker" else ""
        environ: Mapping[str, str] = os.environ | {"METRICS_PORT": port} | environ_of(self.settings)
        command = [sys.executable, "-m", "server", name, *map(str, options)]
        log = self.logs / f"{name}.log"
        child = Child.start(name, command, log, environ=environ, directory=ROOT, descriptors=descriptors)
        self._children[name] = child
        return child

    def _mourn(self, watched: Watched, child: Child, now: float) -> None:
        if watched.restart is None:
            raise StartError(f"{watched.name} {child.ending}.{child.tail()}")
        watched.failures = 1 if now - child.started > STEADY_SECONDS else watched.failures + 1
        wait = BACKOFF_SECONDS[min(watched.failures, len(BACKOFF_SECONDS)) - 1]
        watched.due = now + wait
        self.say(f"{watched.name} {child.ending} (see {child.log}); starting it again in {wait} s")

    def _restart(self, watched: Watched, now: float) -> None:
        if watched.due is None or watched.restart is None or now < watched.due:
            return
        watched.due = None
        try:
            watched.restart()
        except StartError as error:
            watched.failures += 1
            watched.due = now + BACKOFF_SECONDS[min(watched.failures, len(BACKOFF_SECONDS)) - 1]
            self.say(f"{watched.name} does not come back: {error}")
