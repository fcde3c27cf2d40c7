"""`make run`: everything started in order, watched while it runs, and stopped together."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from server.demo import servers
from server.demo.processes import WATCH_SECONDS, Processes, environ_of
from server.demo.progress import Display, display
from server.demo.workplace import HEADS, KEY, WEBHOOK_KEYS, Workplace
from server.embedded import node
from server.embedded.process import Child, free_port
from server.embedded.wheel import ROOT
from server.listener import listen
from server.settings import Settings

READY_SECONDS = 60
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The user asked to stop. No `Exception`, so that nothing on the way takes it for a fault."""


def run(settings: Settings) -> int:
    """Start, print, watch until a signal, stop; returns the exit status. `StartError` when something does not start."""
    began = time.monotonic()
    shown = display()
    try:
        with (
            stop_signals(),
            # First: a second run in one place would else be told of the port that the first has.
            Workplace.opened(settings.data_dir, settings.ephemeral) as workplace,
            listen(settings.host, settings.port) as listener,
        ):
            _run(_placed(settings, workplace), workplace, shown, began, listener)
    except Stopped:
        shown.say("Stopped.")
    return 0


def _run(settings: Settings, workplace: Workplace, shown: Display, began: float, listener: socket.socket) -> None:
    """`listener` is handed on to the API: nobody can take the port meanwhile and answer in its place."""
    with ExitStack() as stack:
        pages = stack.enter_context(_pages(workplace.logs / "pages.log"))
        running = stack.enter_context(servers.started(settings, workplace, shown))
        settings = running.settings
        _prepare(settings, shown)
        _wait_for_pages(pages, shown)
        workplace.announce_system(environ_of(settings))
        processes = Processes(settings, workplace.logs, shown.say)
        stack.callback(_stop, processes, shown)
        _start(processes, settings, shown, listener)
        _announce(settings, workplace, shown, began)
        processes.watch_servers(running.embedded)
        while True:
            processes.check()
            time.sleep(WATCH_SECONDS)


def _placed(settings: Settings, workplace: Workplace) -> Settings:
    """Keys lie with the data, so that an ephemeral run leaves none, unless the environment names files of its own; the
    worker's metrics on any port, unless it names one."""
    ours = settings.data_dir
    return replace(
        settings,
        signing_key_file=_moved(settings.signing_key_file, ours, workplace.data),
        jwks_file=_moved(settings.jwks_file, ours, workplace.data),
        ledger_head_file=settings.ledger_head_file or workplace.data / HEADS,
        ledger_key_file=settings.ledger_key_file or workplace.data / KEY,
        webhook_key_file=settings.webhook_key_file or workplace.data / WEBHOOK_KEYS,
        metrics_port=settings.metrics_port or free_port(),
    )


def _moved(file: Path, directory: Path, data: Path) -> Path:
    return data / file.relative_to(directory) if file.is_relative_to(directory) else file


def _prepare(settings: Settings, shown: Display) -> None:
    """The newest schema and, in an empty database, the demo's data."""
    from db.migrations import migrate
    from server.demo.seed import seed

    with shown.step("Migrations"):
        migrate(settings.migration_database_url, settings.database_url)
    with shown.step("Demo data") as step:
        asyncio.run(seed(settings, step.progress))


@contextmanager
def _pages(log: Path) -> Iterator[Child | None]:
    """Build the pages in the background while the servers start; nothing when they are built already."""
    if not node.needs_build():
        yield None
        return
    child = Child.start("pages", [sys.executable, "-m", "server.embedded.node", "build", log], log, directory=ROOT)
    try:
        yield child
    finally:
        if child.running:
            child.kill()


def _wait_for_pages(pages: Child | None, shown: Display) -> None:
    """Without the pages the API still works, so a failed build is told and not fatal."""
    if pages is None:
        return
    with shown.step("Dashboard and GraphiQL") as step:
        step.note("npm packages, bundled once")
        failed = pages.process.wait() != 0
    if failed:
        shown.say(f"Dashboard and GraphiQL will be missing, all else works.{pages.tail()}")


def _start(processes: Processes, settings: Settings, shown: Display, listener: socket.socket) -> None:
    """API, relay and worker first; the simulator when there is somebody to see it."""
    with shown.step("API, relay, worker" + (", bridge" if settings.kafka_bootstrap_servers else "")):
        serve = processes.start_api(listener)
        processes.start("relay")
        processes.start("worker")
        if settings.kafka_bootstrap_servers:
            processes.start("bridge")
        serve.wait_until(lambda: is_ready(settings, processes), READY_SECONDS)
    if settings.simulator:
        processes.start("simulate")


def is_ready(settings: Settings, processes: Processes) -> bool:
    """Whether `/readyz` says so; looks after the other processes meanwhile."""
    processes.check()
    connection = HTTPConnection(settings.own_host, settings.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _announce(settings: Settings, workplace: Workplace, shown: Display, began: float) -> None:
    from server.demo import welcome

    demo = welcome.description(settings)
    workplace.announce_demo(demo)
    shown.say(welcome.text(demo, workplace, time.monotonic() - began, settings.ephemeral))


def _stop(processes: Processes, shown: Display) -> None:
    """In good order; a second signal meanwhile kills what is left."""
    shown.say("Stopping …")
    try:
        processes.stop()
    except Stopped:
        processes.kill()


@contextmanager
def stop_signals() -> Iterator[None]:
    """INT, TERM and HUP raise `Stopped`, each time they come."""

    def received(number: int, frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, received) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
