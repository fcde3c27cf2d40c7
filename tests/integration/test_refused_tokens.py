"""Refused tokens, from the door of a process to the audit log of the tenant that they named."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from db.pool import Database
from db.read_models import PostgresReads
from domain.identity import tenant_id
from server.authentication import authenticating, keys_at_start
from server.embedded.database import Addresses
from server.parts import tenant_exists
from server.settings import Settings
from server.tokens import issue
from services.audit_reads import AuditFilter
from services.identity import Unauthenticated
from services.reads import PageRequest
from tests.factories.tenants import found_tenant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DATA_DIR": str(tmp_path), "DEVELOPMENT": "1"})


@pytest.fixture
def of_acme(database: Addresses) -> Addresses:
    found_tenant(database, "acme")
    return database


async def test_a_tenant_finds_in_its_audit_log_which_tokens_were_refused(
    of_acme: Addresses, settings: Settings
) -> None:
    pool = await Database.connect(of_acme.application_url, size=2)
    reads = PostgresReads(pool)
    keys = keys_at_start(settings)
    async with authenticating(settings, keys, pool, partial(tenant_exists, reads)) as authenticator:
        await authenticator.authenticate(f"Bearer {issue(settings, 'acme', 'admin')}")
        for _ in range(3):
            with pytest.raises(Unauthenticated, match="expired"):
                await authenticator.authenticate(f"Bearer {issue(settings, 'acme', 'admin', ttl=-3600)}")

    page = await reads.audit.audited(tenant_id("acme"), AuditFilter(), PageRequest())

    [entry] = [edge.node.entry for edge in page.edges]
    assert (entry.action, entry.subject_type, len(entry.subject)) == ("refuseToken", "Token", 32)
    assert entry.detail is not None
    assert (entry.detail["count"], entry.detail["claimed"]) == (3, {"subject": "admin@acme"})
    assert entry.detail["reasons"] == {"The token has expired: get a new one.": 3}
    await pool.close()
