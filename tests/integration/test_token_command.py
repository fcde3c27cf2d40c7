"""`token`: a token of a tenant that nobody made opens nothing, and says so beside it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.embedded.database import Addresses
from tests.factories.tenants import found_tenant


def test_a_token_of_a_tenant_that_is_not_there_comes_with_a_warning(
    database: Addresses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found_tenant(database, "acme")
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DEVELOPMENT", "1")
    known, unknown = (CliRunner().invoke(app, ["token", "--tenant", t, "--role", "analyst"]) for t in ("acme", "acne"))
    assert (known.exit_code, known.stderr) == (0, "")
    assert (unknown.exit_code, unknown.stdout.count(".")) == (0, 2)
    assert "no tenant 'acne'" in unknown.stderr
