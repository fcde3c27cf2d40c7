"""The command line: each command asks for the addresses it uses and for no others, and says what is wrong in a word."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.settings import Settings, SettingsError

DATABASE = "postgresql://app:word@127.0.0.1:1/shop"
OWNER = "postgresql://owner:word@127.0.0.1:1/shop"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No demo runs, and nothing is named but a database."""
    for name in ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "MIGRATION_DATABASE_URL", "CONSUMED_TOPICS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", DATABASE)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Settings]]:
    """The settings of each command that got as far as its work, which is not done."""
    begun: list[Settings] = []

    async def nothing(settings: Settings, *_: Any) -> int:
        begun.append(settings)
        return 0

    for place in (
        "server.processes.run_relay",
        "server.processes.run_bridge",
        "server.worker.run_worker",
        "server.consuming.run_consumers",
        "server.demo.simulator.simulate",
        "server.demo.seed.seed",
        "server.replay.run.replay",
    ):
        monkeypatch.setattr(place, nothing)
    monkeypatch.setattr("db.migrations.migrate", lambda owner, application: begun.append(Settings.of_running_system()))
    monkeypatch.setattr("server.serving.serve", lambda settings, *_: begun.append(settings))
    yield begun


@pytest.mark.parametrize("command", ["serve", "worker", "seed", "simulate", "replay"])
def test_a_command_that_needs_a_database_alone_asks_for_nothing_else(command: str, ran: list[Settings]) -> None:
    assert CliRunner().invoke(app, [command]).exit_code == 0
    assert [settings.redis_url for settings in ran] == [""]


def test_migrating_asks_for_the_owners_address_alone(ran: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "MIGRATION_DATABASE_URL is not set" in str(CliRunner().invoke(app, ["migrate"]).exception)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", OWNER)
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    assert len(ran) == 1


def test_a_relay_needs_somewhere_to_send_to(ran: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    refused = CliRunner().invoke(app, ["relay"]).exception
    assert isinstance(refused, SettingsError)
    assert "REDIS_URL is not set" in str(refused)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    assert CliRunner().invoke(app, ["relay"]).exit_code == 0
    assert len(ran) == 1


def test_relay_and_bridge_start_without_loading_what_changes_stock() -> None:
    program = """
import sys, server.cli, server.processes
sys.exit(" ".join({"sqlalchemy", "alembic"} & sys.modules.keys()) or 0)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.stderr.strip(), ran.returncode) == ("", 0)


def test_a_bridge_needs_both_its_ends(ran: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    assert "REDIS_URL is not set" in str(CliRunner().invoke(app, ["bridge"]).exception)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    assert CliRunner().invoke(app, ["bridge"]).exit_code == 0
    assert len(ran) == 1


def test_a_consumer_needs_a_kafka_and_says_how_topics_are_named(
    ran: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "KAFKA_BOOTSTRAP_SERVERS=host:port" in str(CliRunner().invoke(app, ["consume"]).exception)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    refused = CliRunner().invoke(app, ["consume"]).exception
    assert isinstance(refused, SettingsError)
    [shown] = re.findall(r"CONSUMED_TOPICS='(.*?)'", str(refused))
    monkeypatch.setenv("CONSUMED_TOPICS", shown)
    assert CliRunner().invoke(app, ["consume"]).exit_code == 0
    assert [topic.name for settings in ran for topic in settings.consumed_topics] == ["orders.v1", "payments.v1"]


@pytest.mark.parametrize("speed", ["0", "0.0", "-1", "fast", "1e3", "²"])
def test_a_replay_at_no_speed_is_refused_with_one_that_works(speed: str, ran: list[Settings]) -> None:
    refused = CliRunner().invoke(app, ["replay", "--speed", speed])
    assert refused.exit_code == 2
    assert "a number above 0" in refused.output
    assert ran == []


@pytest.mark.parametrize("speed", ["max", "0.5", "3600"])
def test_a_replay_takes_any_speed_above_zero(speed: str, ran: list[Settings]) -> None:
    assert CliRunner().invoke(app, ["replay", "--speed", speed]).exit_code == 0
    assert len(ran) == 1


def test_the_list_of_commands_says_of_each_in_a_line_what_it_does() -> None:
    listed = CliRunner().invoke(app, ["--help"], terminal_width=80).output.partition("Commands:\n")[2]
    lines = listed.splitlines()
    assert {"serve", "worker", "verify-ledger", "token", "tenant"} <= {line.split()[0] for line in lines}
    assert [line for line in lines if line.endswith("...") or len(line.split()) < 3] == []


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        ("worker", ("MIGRATION_DATABASE_URL", "LEDGER_HEAD_FILE", "LEDGER_KEY_FILE", "WEBHOOK_KEY_FILE")),
        ("verify-ledger", ("LEDGER_HEAD_FILE", "LEDGER_KEY_FILE")),
        ("archive-ledger", ("MIGRATION_DATABASE_URL",)),
    ],
)
def test_a_command_whose_reach_depends_on_settings_names_them(command: str, settings: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [command, "--help"]).output
    assert [name for name in settings if name not in told] == []


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ((), "--tenant is missing"),
        (("--tenant", "acme"), "--role is missing"),
        (("--tenant", "acme", "--role", "king"), "role must be one of"),
        (("--tenant", "acme", "revoke", "one"), "behind `revoke`"),
    ],
)
def test_a_token_that_cannot_be_printed_is_told_why(
    arguments: tuple[str, ...], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPMENT", "1")
    refused = CliRunner().invoke(app, ["token", *arguments])
    assert refused.exit_code == 2
    assert remedy in " ".join(refused.output.split())


def test_a_token_is_printed_without_a_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVELOPMENT", "1")
    printed = CliRunner().invoke(app, ["token", "--tenant", "acme", "--role", "analyst"])
    assert (printed.exit_code, printed.output.count(".")) == (0, 2)
