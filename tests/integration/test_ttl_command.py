"""`ttl`: sets for how long a tenant's reservations hold, and says what holds."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.embedded.database import Addresses
from tests.factories.tenants import found_tenant


@pytest.fixture
def database_of_acme(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> Addresses:
    found_tenant(database, "acme")
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    return database


def ttl(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ttl", *arguments])


def test_it_tells_what_holds_before_and_after_a_change(database_of_acme: Addresses) -> None:
    assert ttl("--tenant", "acme").output == "all channels: 900 s\n"
    assert ttl("--tenant", "acme", "1200").output == "all channels: 1200 s\n"
    assert ttl("--tenant", "acme", "--channel", "web", "60").output == "all other channels: 1200 s\nweb: 60 s\n"
    assert ttl("--tenant", "acme").output == "all other channels: 1200 s\nweb: 60 s\n"
    assert ttl("--tenant", "acme", "--channel", "web", "default").output == "all channels: 1200 s\n"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("0",), "give 1 to 2678400 seconds"),
        (("2678401",), "give 1 to 2678400 seconds"),
        (("soon",), "a whole number such as 1200, or `default` with --channel, not 'soon'"),
        (("default",), "name it with --channel"),
        (("--channel", " web", "60"), "remove it"),
        (("--channel", "", "60"), "channel"),
    ],
)
def test_what_cannot_hold_is_refused_and_changes_nothing(
    database_of_acme: Addresses, arguments: tuple[str, ...], remedy: str
) -> None:
    refused = ttl("--tenant", "acme", *arguments)
    assert refused.exit_code == 2
    assert remedy in " ".join(refused.output.split())
    assert ttl("--tenant", "acme").output == "all channels: 900 s\n"


@pytest.mark.parametrize("seconds", [(), ("60",)])
def test_a_tenant_that_does_not_exist_is_named(database_of_acme: Addresses, seconds: tuple[str, ...]) -> None:
    refused = ttl("--tenant", "acne", *seconds)
    assert refused.exit_code == 2
    assert "no tenant 'acne'" in " ".join(refused.output.split())
