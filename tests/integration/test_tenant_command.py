"""`tenant create`: a tenant of one's own, with which its people can begin at once."""

from __future__ import annotations

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from db.pool import Database
from db.read_models import PostgresReads
from domain.identity import tenant_id
from domain.reasons import DEFAULT_REASON_CODES
from domain.tenants import Tenant
from server.cli import app
from server.embedded.database import Addresses, run

ACME = {"name": "Acme Outdoor", "currency": "EUR", "time-zone": "Europe/Berlin", "default-location": "LDS-DC"}
MADE = Tenant(tenant_id("acme"), "acme", "Acme Outdoor", "Europe/Berlin", "EUR", "LDS-DC")
COUNTS = "SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM locations), (SELECT count(*) FROM reason_codes)"


@pytest.fixture
def empty(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> Addresses:
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    return database


def create(slug: str = "acme", **changed: str) -> Result:
    options = ACME | {name.replace("_", "-"): value for name, value in changed.items()}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return CliRunner().invoke(app, ["tenant", "create", slug, *arguments])


def counted(addresses: Addresses) -> tuple[int, ...]:
    async def ask() -> tuple[int, ...]:
        connection = await asyncpg.connect(addresses.superuser_url)
        row = await connection.fetchrow(COUNTS)
        await connection.close()
        assert row is not None
        return tuple(row)

    return run(ask())


def kept(addresses: Addresses, slug: str = "acme") -> Tenant | None:
    async def ask() -> Tenant | None:
        database = await Database.connect(addresses.application_url, size=1)
        found = await PostgresReads(database).catalog.tenant(tenant_id(slug))
        await database.close()
        return found

    return run(ask())


def test_a_tenant_is_made_with_a_location_and_reasons_and_its_audit_log_says_by_whom(empty: Addresses) -> None:
    told = create()
    assert (told.exit_code, told.output) == (0, "Tenant acme is made.\n")
    assert kept(empty) == MADE
    assert counted(empty) == (1, 1, len(DEFAULT_REASON_CODES))
    log = CliRunner().invoke(app, ["audit", "export", "--tenant", "acme"]).output
    assert '"createTenant", "subjectType": "Tenant", "subject": "acme"' in log


def test_the_same_again_changes_nothing_and_another_description_is_refused(empty: Addresses) -> None:
    create()
    again, other = create(), create(name="Acme", currency="USD")
    assert (again.exit_code, again.output) == (0, "Tenant acme is there already, as it is told here.\n")
    assert other.exit_code == 2
    assert "already, with name 'Acme Outdoor', currency 'EUR': it stays so" in " ".join(other.output.split())
    assert kept(empty) == MADE
    assert counted(empty) == (1, 1, len(DEFAULT_REASON_CODES))
    assert CliRunner().invoke(app, ["audit", "export", "--tenant", "acme"]).output.count("createTenant") == 1


def test_tenants_may_have_locations_of_one_code(empty: Addresses) -> None:
    assert [create(slug).exit_code for slug in ("acme", "globex")] == [0, 0]
    assert counted(empty) == (2, 2, 2 * len(DEFAULT_REASON_CODES))


@pytest.mark.parametrize(
    ("slug", "changed", "remedy"),
    [
        ("../acme", {}, "slug must be 1 to 64 letters"),
        ("", {}, "slug must be 1 to 64 letters"),
        ("a" * 65, {}, "slug must be 1 to 64 letters"),
        ("acme", {"name": " "}, "name is empty"),
        ("acme", {"currency": "euro"}, "three capital letters"),
        ("acme", {"time_zone": "Berlin"}, "an IANA name such as Europe/Berlin"),
        ("acme", {"default_location": " MAIN"}, "remove it"),
        ("acme", {"default_location": ""}, "default location is empty"),
    ],
)
def test_what_cannot_be_a_tenant_is_refused_with_the_remedy(
    empty: Addresses, slug: str, changed: dict[str, str], remedy: str
) -> None:
    refused = create(slug, **changed)
    assert refused.exit_code == 2
    assert remedy in " ".join(refused.output.split())
    assert counted(empty) == (0, 0, 0)
