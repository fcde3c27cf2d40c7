"""`audit export`: who did what, as a file; and what the command line does is in it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.identity import tenant_id
from server import audit_export
from server.cli import app
from server.embedded.database import Addresses
from server.embedded.database import run as finished
from server.ids import new_id
from services.audit import AuditEntry
from tests.factories.tenants import found_tenant

ACME = tenant_id("acme")


@pytest.fixture
def of_acme(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> Addresses:
    for slug in ("acme", "globex"):
        found_tenant(database, slug)
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    return database


def fill(addresses: Addresses, *subjects: str, detail: dict[str, Any] | None = None) -> None:
    async def write() -> None:
        pool = await Database.connect(addresses.application_url, size=1)
        entries = [AuditEntry(new_id(), "admin@acme", "upsertItem", "Item", each, detail, "r-1") for each in subjects]
        await PostgresUnitOfWork(pool, random=Random(1)).run(ACME, lambda unit: unit.audit.add(entries))
        await pool.close()

    finished(write())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def exported(*arguments: str) -> list[dict[str, Any]]:
    told = run("audit", "export", "--tenant", "acme", *arguments)
    assert told.exit_code == 0, told.output
    return [json.loads(line) for line in told.output.splitlines()]


def test_entries_come_oldest_first_however_many_they_are(of_acme: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "ENTRIES_AT_ONCE", 3)
    for n in range(7):
        fill(of_acme, f"sku-{n}", detail={"changes": {"name": {"from": None, "to": "é"}}})

    entries = exported()

    assert [entry["subject"] for entry in entries] == [f"sku-{n}" for n in range(7)]
    assert list(entries[0]) == ["at", "actor", "action", "subjectType", "subject", "detail", "requestId", "id"]
    assert entries[0]["detail"] == {"changes": {"name": {"from": None, "to": "é"}}}
    assert (entries[0]["actor"], entries[0]["requestId"]) == ("admin@acme", "r-1")


def test_that_the_log_was_exported_is_in_it_from_then_on(of_acme: Addresses) -> None:
    exported("--from", "2026-01-01")

    [entry] = exported()

    assert (entry["action"], entry["subjectType"], entry["subject"]) == ("exportAuditLog", "AuditLog", "acme")
    assert re.fullmatch(r".+ \(command line\)", entry["actor"])
    assert entry["detail"]["from"] == "2026-01-01T00:00:00Z"
    assert entry["detail"]["format"] == "jsonl"


def test_only_the_time_that_is_asked_for_is_told(of_acme: Addresses) -> None:
    fill(of_acme, "sku")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert [entry["subject"] for entry in exported("--from", "2020-01-01", "--to", soon)] == ["sku", "acme"]
    assert exported("--to", "2020-01-01") == []
    assert exported("--from", soon, "--to", "2100-01-01") == []


def test_a_table_has_no_cell_that_a_spreadsheet_takes_for_a_formula(of_acme: Addresses) -> None:
    fill(of_acme, "=cmd|' /C calc'!A0", "plain, with a comma", detail={"n": 1})

    rows = list(csv.DictReader(io.StringIO(run("audit", "export", "--tenant", "acme", "--format", "csv").output)))

    assert [row["subject"] for row in rows] == ["'=cmd|' /C calc'!A0", "plain, with a comma"]
    assert [row["detail"] for row in rows] == ['{"n": 1}'] * 2


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("--tenant", "acne"), "no tenant 'acne'"),
        (("--tenant", "acme", "--from", "soon"), "--from must be a time such as"),
        (("--tenant", "acme", "--to", "later"), "--to must be a time such as"),
        (("--tenant", "acme", "--from", "2026-02-01", "--to", "2026-01-01"), "--from must lie before --to"),
        (("--tenant", "acme", "--format", "xml"), "jsonl"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_the_remedy(
    of_acme: Addresses, arguments: tuple[str, ...], remedy: str
) -> None:
    refused = run("audit", "export", *arguments)
    assert refused.exit_code == 2
    assert remedy in " ".join(refused.output.split())


def test_what_else_the_command_line_settles_is_told_too(of_acme: Addresses) -> None:
    run("ttl", "--tenant", "acme", "--channel", "web", "60")
    run("token", "revoke", "token-1", "--tenant", "acme", "--until", "2100-01-01T00:00:00Z")
    run("ttl", "--tenant", "acme")
    run("token", "revoke", "token-2")

    ttl, revoked = exported()

    changes = {"seconds": {"from": None, "to": 60}}
    assert (ttl["action"], ttl["detail"]) == ("setReservationTtl", {"channel": "web", "changes": changes})
    assert (revoked["action"], revoked["subjectType"], revoked["subject"]) == ("revokeToken", "Token", "token-1")
    assert revoked["detail"] == {"until": "2100-01-01T00:00:00Z"}
    others = [json.loads(line) for line in run("audit", "export").output.splitlines()]
    assert [entry["subject"] for entry in others] == ["token-2"]


def test_what_the_command_line_changes_is_told_with_what_it_was_and_what_changes_nothing_is_not(
    of_acme: Addresses,
) -> None:
    for arguments in (("1200",), ("1200",), ("--channel", "web", "60"), ("--channel", "web", "default")):
        for _ in range(2):
            run("ttl", "--tenant", "acme", *arguments)
    for months in ("24", "24", "forever"):
        run("keep-ledger", "--tenant", "acme", months)
    for until in ("2100-01-01", "2100-01-01", "2101-01-01", "2100-01-01"):
        run("token", "revoke", "token-1", "--tenant", "acme", "--until", until)

    told = [(entry["action"], entry["detail"].get("changes")) for entry in exported()]

    assert told == [
        ("setReservationTtl", {"seconds": {"from": 900, "to": 1200}}),
        ("setReservationTtl", {"seconds": {"from": None, "to": 60}}),
        ("setReservationTtl", {"seconds": {"from": 60, "to": None}}),
        ("keepLedger", {"months": {"from": None, "to": 24}}),
        ("keepLedger", {"months": {"from": 24, "to": None}}),
        ("revokeToken", None),
        ("revokeToken", None),
    ]
