"""docs/running.md names every variable of the environment, with the default that it has, and how many connections each
process has."""

import re
from dataclasses import fields
from pathlib import Path

from db.pool import INACTIVE_SECONDS
from db.spares import REST_SECONDS
from server import consuming, parts, processes, worker
from server.embedded.wheel import ROOT
from server.settings import Settings

ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| \S.* \|$", re.M)


def shown(default: object) -> str:
    """A default as the table writes it; empty where there is none."""
    if isinstance(default, bool):
        return "1" if default else "0"
    if default is None or default == ():
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_guides_table_of_variables_is_that_of_the_settings() -> None:
    guide = Path(ROOT, "docs", "running.md").read_text()
    documented = dict(ROW.findall(guide))
    assert documented == {field.name.upper(): shown(field.default) for field in fields(Settings)}


def test_each_variable_is_read_under_the_name_of_its_setting() -> None:
    asked: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
            asked.add(name)
            return default

    Settings.from_environment(Environment())
    assert asked == {field.name.upper() for field in fields(Settings)}


def test_the_connections_that_are_told_are_the_pools_and_those_apart_from_them() -> None:
    guide = re.sub(r"\s+", " ", Path(ROOT, "docs", "running.md").read_text())
    revoked, outbox, due, rounds, deliveries, months, parked = [1] * 7
    serve, work = parts.POOL_SIZE + revoked + outbox, due + rounds + deliveries + months
    assert f"`serve` {serve}, for each of its `--workers` ({serve + work} without `REDIS_URL`)" in guide
    assert f"`relay` {processes.POOL_SIZE + outbox}, `bridge` {processes.POOL_SIZE}" in guide
    assert f"`worker` {worker.POOL_SIZE + work}, `consume` {consuming.POOL_SIZE + parked}." in guide
    assert (REST_SECONDS + INACTIVE_SECONDS, "did not need for six minutes" in guide) == (360.0, True)
